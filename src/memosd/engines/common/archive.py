"""What an archive has of each table."""

_CARRIED: dict[str, str] = {
    "projects": "ProjectRecord",
    "api_keys": "KeyRecord",
    "knowledge_bases": "KnowledgeBaseRecord",
    "batches": "BatchRecord",
    "files": "FileEntry",
    "messages": "BatchRecord",
    "memories": "MemoryRecord",
    "memory_versions": "MemoryRecord",
    "embeddings": "EmbeddingRecord",
    "events": "EventRecord",
    "edges": "LinkRecord",
    "tasks": "TaskEntry",
    "usage": "UsageRecord",
}
"""Which record of `ports.archive` carries a table's rows, in every engine."""
CARRIED = frozenset(_CARRIED)
