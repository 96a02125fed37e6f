"""Scores tastes: whether what was said is known as a preference, and is in the list for a request that it bears on.

One user of each language is told everything in `data/own/tastes.dev.json`, each case in a conversation of its own:
`messages`, and for a preference (`type` "explicit" or "implicit") a `query` that shares no word with it and the words
(`expect`), one of which tells it. Of type "none" are facts, of which no preference may be made.
"""

import json
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from harness.client import Client

PAGE = 50
MOST = 9
"""Preferences that a search asks for."""


def run(client: Client, data: Mapping[str, Any], tag: str) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Figures by language and for all (`cases`: how many), and the ids of the cases that were not passed.

    known: shares of the preferences that are known as such; listed: that are in the list of at most nine for their
    request; type_right: of the known ones; kept_out: of the facts, those of which no preference was made.
    """
    rows = [
        row
        for language in ("zh", "en")
        for row in _told(client, [case for case in data["cases"] if case["lang"] == language], f"{tag}-{language}")
    ]
    table = {}
    for group in ("all", "zh", "en"):
        of_group = [row for row in rows if group in ("all", row["lang"])]
        names = sorted({name for row in of_group for name in row if name not in ("id", "lang")})
        shares = {name: round(mean(row[name] for row in of_group if name in row), 4) for name in names}
        table[group] = {"cases": float(len(of_group)), **shares}
    return table, [row["id"] for row in rows if not row.get("listed", row.get("kept_out"))]


def _told(client: Client, cases: Sequence[Mapping[str, Any]], user: str) -> list[dict[str, Any]]:
    for n, case in enumerate(cases):
        said = [{**m, "chat_time": f"2025-05-{n % 28 + 1:02d} 10:00:00"} for m in case["messages"]]
        added = {"user_id": user, "conversation_id": case["id"], "messages": said}
        client.wait_for(client.data("/add/message", added)["task_id"])
    known: dict[str, list[Mapping[str, Any]]] = {}
    for preference in _preferences(client, user):
        known.setdefault(preference["conversation_id"], []).append(preference)
    return [_judged(client, case, known.get(case["id"], ()), user) for case in cases]


def _judged(client: Client, case: Mapping[str, Any], known: Sequence[Mapping[str, Any]], user: str) -> dict[str, Any]:
    row = {"id": case["id"], "lang": case["lang"]}
    if case["type"] == "none":
        return {**row, "kept_out": float(not known)}
    telling = [p for p in known if _tells(p, case["expect"])]
    found = client.data("/search/memory", {"user_id": user, "query": case["query"], "preference_limit_number": MOST})[
        "preference_detail_list"
    ]
    row |= {
        "known": float(bool(telling)),
        "listed": float(any(p["conversation_id"] == case["id"] and _tells(p, case["expect"]) for p in found)),
    }
    if telling:
        row["type_right"] = float(any(p["preference_type"].startswith(case["type"]) for p in telling))
    return row


def _preferences(client: Client, user: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    page, pages = 1, 1
    while page <= pages:
        asked = {"user_id": user, "page": page, "size": PAGE, "include_preference": True}
        answer = client.data("/get/memory", asked)
        found += answer["preference_detail_list"]
        page, pages = page + 1, int(answer["pages"])
    return found


def _tells(preference: Mapping[str, Any], words: Sequence[str]) -> bool:
    text = json.dumps([preference["preference"], preference["reasoning"]], ensure_ascii=False).casefold()
    return any(word.casefold() in text for word in words)
