"""`make demo`: a real server, a conversation in Chinese and one in English, and what is found of them again.

Starts `memosd serve` on a free port with a data directory of its own, and removes both at the end.
"""

from harness.client import Client
from harness.server import running

USER = "demo_user"
TRAVEL = [
    ("user", "我暑假定好去广州旅游，住宿的话有哪些连锁酒店可选？"),
    ("assistant", "您可以考虑【七天、全季、希尔顿】等等"),
    ("user", "我选七天"),
    ("assistant", "好的，有其他问题再问我。"),
]
KNEE = [
    ("user", "Hi! I ran my first half marathon yesterday, my left knee hurts a little."),
    ("assistant", "Congratulations! Do you want a lighter plan for next week?"),
    ("user", "Yes please. And I prefer running early in the morning."),
    ("assistant", "Noted!"),
]
QUESTIONS = (
    "我暑假去哪里玩，住哪家酒店？",
    "When was my half marathon?",
    "What time of day do I like to run?",
    "我的膝盖怎么了？",
    "How many children do I have?",
)


def add(client: Client, conversation: str, turns: list[tuple[str, str]], at: str) -> None:
    said = [{"role": role, "content": text, "chat_time": at} for role, text in turns]
    body = {"user_id": USER, "conversation_id": conversation, "messages": said, "async_mode": False}
    client.data("/add/message", body)
    print(f"\n  conversation {conversation}, {at}")
    for role, text in turns:
        print(f"    {role:>9}: {text}")


def ask(client: Client, question: str) -> None:
    found = client.data("/search/memory", {"user_id": USER, "query": question, "memory_limit_number": 2})
    print(f"\n  ? {question}")
    for memory in found["memory_detail_list"]:
        print(f"    {memory['relativity']:.2f}  {memory['memory_value']}".replace("\n", "\n          "))
    for preference in found["preference_detail_list"]:
        print(f"    {preference['relativity']:.2f}  {preference['preference']}  ({preference['preference_type']})")
    if not found["memory_detail_list"] and not found["preference_detail_list"]:
        print("    –     nothing: this was never told")


def main() -> None:
    print("Starting memosd on an empty data directory (the first start ever builds the embedder, some seconds) …")
    with running() as server, server.client() as client:
        print(f"It listens on {server.url}.\n\nAdding two conversations:")
        add(client, "0610", TRAVEL, "2025-06-10 09:00:00")
        add(client, "1006", KNEE, "2025-10-06 09:00:00")
        print("\nAsking, in either language (relativity, memory):")
        for question in QUESTIONS:
            ask(client, question)
    print("\nThe server has been stopped and its data removed. To keep one running: make serve")


if __name__ == "__main__":
    main()
