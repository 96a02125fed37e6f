"""Understanding a question, scoring what might answer it, choosing what to return."""
