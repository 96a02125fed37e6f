"""Scores skills: a user with similar tasks gets one skill that says how, a user with different tasks gets none.

Cases lie in `data/own/skills.dev.json`: `rounds` (each the messages of one request), `skills` (how many are right),
and for one: `query`, by which it must be found, and `expect`, the words of which each group must stand in it.
"""

import json
from collections.abc import Mapping
from statistics import mean
from typing import Any

from harness.client import Client

MOST = 25


def run(client: Client, data: Mapping[str, Any], tag: str) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Figures by language and for all (`cases`: how many), and the ids of the cases that were not passed."""
    rows = [_case(client, case, f"{tag}-{case['id']}") for case in data["cases"]]
    table = {}
    for group in ("all", "zh", "en"):
        of_group = [row for row in rows if group in ("all", row["lang"])]
        passed = round(mean(row["pass"] for row in of_group), 4)
        table[group] = {"cases": float(len(of_group)), "pass": passed}
    return table, [row["id"] for row in rows if not row["pass"]]


def _case(client: Client, case: Mapping[str, Any], user: str) -> dict[str, Any]:
    for n, messages in enumerate(case["rounds"]):
        at = f"2025-05-{n + 1:02d} 10:00:00"
        said = [{**message, "chat_time": at} for message in messages]
        task = client.data("/add/message", {"user_id": user, "conversation_id": f"c{n}", "messages": said})["task_id"]
        client.wait_for(task)
    everything = {"relativity": 0, "include_skill": True, "skill_limit_number": MOST}
    found = client.data("/search/memory", {"user_id": user, "query": case["query"], **everything})["skill_detail_list"]
    passed = len(found) == case["skills"]
    if case["skills"]:
        asked = {"user_id": user, "query": case["query"], "include_skill": True}
        found = client.data("/search/memory", asked)["skill_detail_list"]
        text = json.dumps(found, ensure_ascii=False).casefold()
        passed = passed and bool(found) and all(any(w.casefold() in text for w in g) for g in case["expect"])
    return {"id": case["id"], "lang": case["lang"], "pass": float(passed)}
