"""The requests and answers of the API as they travel: pydantic models, and their translation from and to the domain."""
