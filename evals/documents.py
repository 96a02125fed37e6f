"""The set of documents: real files, uploaded to a base, and questions whose passage is known."""

import base64
import time
from collections.abc import Mapping, Sequence
from typing import Any

from harness import Client, Server
from harness.documents import MAKE, Written

FIRST = 5
"""Memories among which the passage must be."""
USER = "eval-documents"
WAIT = 300.0

Row = dict[str, Any]


def run(server: Server, data: Mapping[str, Any]) -> tuple[list[tuple[str, int, dict[str, float]]], list[str]]:
    """Group, number of cases and figures, for all and for each language; and notes.

    found@5: the question's passage is among the first five memories, together with those of a user who has said other
    things. mrr: its reciprocal rank, 0 beyond them. memory_found: what the user has said is among the first five
    although the base is named, too.
    """
    with server.client() as client:
        base = client.data("/create/knowledgebase", {"knowledgebase_name": USER})["id"]
        _upload(client, base, data["documents"])
        _say(client, data["memories"])
        rows = [_asked(client, base, case, "found@5") for case in data["questions"]]
        rows += [_asked(client, base, case, "memory_found") for case in data["memories"]]
        client.data("/delete/knowledgebase", {"knowledgebase_id": base})
    lines = [
        _line(group, [row for row in rows if group in ("overall", row["lang"])]) for group in ("overall", "zh", "en")
    ]
    failed = [row["id"] for row in rows if not row["found"]]
    return lines, [f"{len(failed)} not found: {', '.join(failed)}"] if failed else []


def _upload(client: Client, base: str, documents: Sequence[Mapping[str, Any]]) -> None:
    """Raises `RuntimeError` for one that cannot be read, `TimeoutError`."""
    files = []
    for one in documents:
        content = MAKE[one["format"]](Written.of(one))
        files.append({"name": f"{one['id']}.{one['format']}", "content": base64.b64encode(content).decode()})
    taken = client.data("/add/knowledgebase-file", {"knowledgebase_id": base, "file": files})
    ids = [file["id"] for file in taken]
    deadline = time.monotonic() + WAIT
    while True:
        details = client.data("/get/knowledgebase-file", {"file_ids": ids})["file_detail_list"]
        if failed := [file for file in details if file["status"] == "failed"]:
            raise RuntimeError(f"{failed[0]['name']}: {failed[0].get('message')}")
        if all(file["status"] == "completed" for file in details):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"documents are not read after {WAIT:.0f} s")
        time.sleep(0.1)


def _say(client: Client, memories: Sequence[Mapping[str, Any]]) -> None:
    messages = [{"role": "user", "content": one["said"]} for one in memories]
    client.data("/add/message", {"user_id": USER, "conversation_id": "talk", "messages": messages, "async_mode": False})


def _asked(client: Client, base: str, case: Mapping[str, Any], metric: str) -> Row:
    body = {"user_id": USER, "query": case["query"], "knowledgebase_ids": [base], "memory_limit_number": 9}
    found = client.data("/search/memory", body)["memory_detail_list"]
    ranks = [i for i, memory in enumerate(found, 1) if case["expect"] in memory["memory_value"]]
    within = bool(ranks) and ranks[0] <= FIRST
    return {"id": case["id"], "lang": case["lang"], "metric": metric, "rank": ranks[0] if ranks else 0, "found": within}


def _line(group: str, rows: Sequence[Row]) -> tuple[str, int, dict[str, float]]:
    questions = [row for row in rows if row["metric"] == "found@5"]
    memories = [row for row in rows if row["metric"] == "memory_found"]
    return (
        group,
        len(questions),
        {
            "found@5": sum(row["found"] for row in questions) / len(questions),
            "mrr": sum(1 / row["rank"] for row in questions if row["rank"]) / len(questions),
            "memory_found": sum(row["found"] for row in memories) / len(memories),
        },
    )
