"""The HTTP API: one walk for every endpoint, from bytes to a flow and back."""
