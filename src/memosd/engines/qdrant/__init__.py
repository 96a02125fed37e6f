"""Qdrant as a vector index beside the records: inside this process (Edge), or a server."""
