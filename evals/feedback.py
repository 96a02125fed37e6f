"""Scores feedback: what was told, what was said against it, what is then found, and whether others' memories changed.

Cases lie in `data/own/feedback.dev.json`: `tell` (what the user said before), `feedback`, and checks: `query` with
`expect` (words of which each group must stand in one found memory), `gone` (words that must stand in none that lacks
what is expected), `keep` (a query whose words must still be found).
"""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from harness.client import Client

SEARCHED = 25
"""Memories of each kind that a check looks through, without a threshold."""


def run(client: Client, data: Mapping[str, Any], tag: str) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Figures by language and for all (`cases`: how many), and the ids of the cases that were not passed."""
    rows = [_case(client, case, f"{tag}-{case['id']}") for case in data["cases"]]
    table = {}
    for group in ("all", "zh", "en"):
        of_group = [row for row in rows if group in ("all", row["lang"])]
        table[group] = {
            "cases": float(len(of_group)),
            "pass": round(mean(row["pass"] for row in of_group), 4),
            "others_touched": float(sum(row["touched"] for row in of_group)),
        }
    return table, [row["id"] for row in rows if not row["pass"]]


def _case(client: Client, case: Mapping[str, Any], user: str) -> dict[str, Any]:
    other = f"{user}-other"
    for who in (user, other):
        for n, said in enumerate(case["tell"]):
            _done(client, client.data("/add/message", _said(who, n, said)))
    before = _memories(client, other)
    answer = {"user_id": user, "conversation_id": "feedback", "feedback_content": case["feedback"]}
    _done(client, client.data("/add/feedback", answer))
    passed = True
    if "query" in case:
        found = _found(client, user, case["query"])
        right = [text for text in found if _meets(text, case.get("expect", []))]
        stale = [text for text in found if any(_has(text, word) for word in case.get("gone", []))]
        passed = (not case.get("expect") or bool(right)) and not [text for text in stale if text not in right]
        if case.get("gone") and not case.get("expect"):
            passed = not stale
    if "keep" in case:
        found = _found(client, user, case["keep"]["query"])
        passed = passed and any(_meets(text, case["keep"]["expect"]) for text in found)
    touched = _memories(client, other) != before
    return {"id": case["id"], "lang": case["lang"], "pass": float(passed and not touched), "touched": float(touched)}


def _said(user: str, n: int, text: str) -> dict[str, Any]:
    message = {"role": "user", "content": text, "chat_time": f"2025-05-0{n + 1} 10:00:00"}
    return {"user_id": user, "conversation_id": f"c{n}", "messages": [message]}


def _done(client: Client, accepted: Mapping[str, Any]) -> None:
    client.wait_for(accepted["task_id"])


def _found(client: Client, user: str, query: str) -> list[str]:
    asked = {"user_id": user, "query": query, "relativity": 0, "memory_limit_number": SEARCHED}
    answer = client.data("/search/memory", {**asked, "preference_limit_number": SEARCHED})
    facts = [memory["memory_value"] for memory in answer["memory_detail_list"]]
    return facts + [memory["preference"] for memory in answer["preference_detail_list"]]


def _memories(client: Client, user: str) -> list[Any]:
    answer = client.data("/get/memory", {"user_id": user, "size": 50})
    return [answer["memory_detail_list"], answer["preference_detail_list"]]


def _meets(text: str, groups: Sequence[Sequence[str]]) -> bool:
    return all(any(_has(text, word) for word in group) for group in groups)


def _has(text: str, word: str) -> bool:
    return word.casefold() in text.casefold()
