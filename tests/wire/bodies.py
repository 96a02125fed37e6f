"""A good request to every endpoint."""

from typing import Any

GOOD: dict[str, dict[str, Any]] = {
    "/add/message": {
        "user_id": "ada",
        "conversation_id": "0610",
        "messages": [{"role": "user", "content": "我暑假定好去广州旅游，住宿的话有哪些连锁酒店可选？"}],
    },
    "/get/message": {"user_id": "ada", "conversation_id": "0610"},
    "/search/memory": {"user_id": "ada", "query": "Where does the user stay?"},
    "/get/memory": {"user_id": "ada"},
    "/delete/memory": {"memory_ids": ["mem_1"]},
    "/get/status": {"task_id": "task_1"},
    "/chat": {"user_id": "ada", "conversation_id": "0610", "query": "Where do I stay?"},
    "/extract/memory": {"messages": [{"role": "user", "content": "I'll go with 7 Days Inn."}]},
    "/rerank": {"query": "What does Ada like?", "documents": ["Ada likes chess.", "It rains."]},
}


def add(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A request to add these messages."""
    return {"user_id": "ada", "conversation_id": "0610", "messages": list(messages), **more}


def search(**more: Any) -> dict[str, Any]:
    return {**GOOD["/search/memory"], **more}
