"""Tell memosd something in Chinese and in English, and ask for it again. Needs only `requests`.

memosd serve                                  # in one shell; it prints an API key at its first start
MEMOS_API_KEY=mk_… python examples/quickstart.py
"""

import os
import time
from typing import Any

import requests

BASE_URL = os.environ.get("MEMOS_BASE_URL", "http://127.0.0.1:8000/api/openmem/v1")
HEADERS = {"Authorization": f"Token {os.environ['MEMOS_API_KEY']}", "Content-Type": "application/json"}

TRAVEL = [
    {"role": "user", "content": "我暑假定好去广州旅游，住宿的话有哪些连锁酒店可选？"},
    {"role": "assistant", "content": "您可以考虑【七天、全季、希尔顿】等等"},
    {"role": "user", "content": "我选七天"},
    {"role": "assistant", "content": "好的，有其他问题再问我。"},
]
RUNNING = [
    {"role": "user", "content": "I ran my first marathon yesterday.", "chat_time": "2025-10-06 09:00:00"},
    {"role": "assistant", "content": "Congratulations! How do you feel?", "chat_time": "2025-10-06 09:00:30"},
    {"role": "user", "content": "Tired, my left knee hurts a little.", "chat_time": "2025-10-06 09:01:00"},
]


def call(path: str, **request: Any) -> Any:
    """The `data` of the answer."""
    answer = requests.post(BASE_URL + path, headers=HEADERS, json=request, timeout=120).json()
    if answer["code"] != 0:
        raise SystemExit(f"{path}: {answer['code']}: {answer['message']}")
    return answer["data"]


def remember(conversation: str, messages: list[dict[str, str]]) -> None:
    """Add messages, and wait until their refined memories can be found."""
    added = call("/add/message", user_id="ada", conversation_id=conversation, messages=messages)
    while (status := call("/get/status", task_id=added["task_id"])["status"]) == "running":
        time.sleep(0.1)
    print(f"{conversation}: {status}")


def ask(query: str) -> None:
    found = call("/search/memory", user_id="ada", query=query, conversation_id="now")
    print(f"\n{query}")
    for memory in found["memory_detail_list"]:
        print(f"  {memory['relativity']:.2f}  {memory['memory_value']}")
    for preference in found["preference_detail_list"]:
        print(f"  {preference['relativity']:.2f}  {preference['preference']}")


def main() -> None:
    remember("travel", TRAVEL)
    remember("running", RUNNING)
    ask("我在广州住哪家酒店？")
    ask("When did I run a marathon?")


if __name__ == "__main__":
    main()
