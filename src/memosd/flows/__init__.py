"""What the server does, one verb a file."""
