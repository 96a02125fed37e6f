"""Tool memories from calls, results and descriptions."""

import json
from dataclasses import replace
from typing import Any

import pytest

from memosd.domain.changes import Add
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Content, Kind, Memory, Stage
from memosd.domain.messages import Message, Role
from memosd.domain.scope import Owner
from memosd.extraction.tools.calls import MAX_CALLS, UNKNOWN_TOOL, calls, in_words
from memosd.extraction.tools.extract import tool_memories
from memosd.extraction.tools.outcomes import EMPTY, NO_RESULT, judged
from memosd.extraction.tools.resolve import resolve_tools
from memosd.extraction.tools.runs import runs
from memosd.extraction.tools.schemas import schemas
from memosd.extraction.tools.trajectories import KEPT, kept_runs, occurrences, trajectory
from memosd.ports.extraction import Talk
from memosd.ports.storage import Ranked
from tests.support.records import MORNING, PROJECT, batch, message, unit, vectors


def asked(name: str, arguments: str = "{}", id: str = "1") -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def called(*made: dict[str, Any]) -> Message:
    return Message(message("").id, Role.ASSISTANT, "", MORNING, tool_calls=made)


def returned(text: str, id: str | None = "1") -> Message:
    return Message(message("").id, Role.TOOL, text, MORNING, tool_call_id=id)


@pytest.mark.parametrize(
    "result",
    [
        '{"success": true, "rows": [1]}',
        '{"code": 0, "data": {"id": 4}}',
        '{"code": "200", "message": "done"}',
        '{"error": null, "value": 3}',
        '{"errors": [], "saved": 12}',
        "[1, 2]",
        "17",
        "12 passed, 0 failed",
        "Compiled without errors.",
        "写入完成，没有错误。",
        "查到三个航班",
        '{"status": "--4"}',
        '{"status": "²"}',
        '{"code": "' + "4" * 5000 + '"}',
        "A long report. " * 40 + "One of the chapters deals with error handling.",
    ],
)
def test_success(result: str) -> None:
    assert judged(result).ok


@pytest.mark.parametrize(
    ("result", "error"),
    [
        ('{"success": false, "message": "seat map closed"}', "seat map closed"),
        ('{"ok": false}', "failed without saying why"),
        ('{"error": {"code": 7, "message": "no such room"}}', "no such room"),
        ('{"status": 503, "detail": "try later"}', "try later"),
        ('{"code": 40013, "msg": "余额不足"}', "余额不足"),
        ('{"isError": true, "content": [{"type": "text", "text": "disk is full"}]}', "disk is full"),
        ('{"exit_code": 2, "stderr": "no rule to make target"}', "no rule to make target"),
        ('{"status": 200, "result": {"ok": false, "reason": "locked"}}', "locked"),
        ("HTTP 429 Too Many Requests", "HTTP 429 Too Many Requests"),
        ("Traceback (most recent call last):\n  ...\nKeyError: 'city'", "KeyError: 'city'"),
        ("Permission denied", "Permission denied"),
        ("参数格式不正确", "参数格式不正确"),
        ("連線逾時，請稍後再試", "連線逾時，請稍後再試"),
        ("[]", EMPTY),
        ("null", EMPTY),
        ('{"ok": true, "items": [], "total": 0}', EMPTY),
        ("No results found.", EMPTY),
        ("没有找到相关结果", EMPTY),
        ("沒有找到相關結果。", EMPTY),
    ],
)
def test_failure_and_what_went_wrong(result: str, error: str) -> None:
    verdict = judged(result)
    assert (verdict.ok, verdict.error) == (False, error)


def test_parallel_calls_are_paired_by_id_and_not_by_order() -> None:
    made = calls(
        [called(asked("a", id="x"), asked("b", id="y")), returned("second", "y"), returned("Error: first", "x")]
    )
    assert [(c.tool, c.result, c.ok) for c in made] == [("a", "Error: first", False), ("b", "second", True)]


def test_results_without_ids_belong_to_the_oldest_open_call() -> None:
    made = calls([called(asked("a", id="x"), asked("b", id="y")), returned("one", None), returned("two", "lost")])
    assert [(c.tool, c.result) for c in made] == [("a", "one"), ("b", "two")]


def test_a_call_without_a_result_is_not_known_to_have_worked() -> None:
    [call] = calls([called(asked("a"))])
    assert (call.ok, call.error) == (None, NO_RESULT)


def test_a_result_without_a_call_is_kept() -> None:
    [call] = calls([returned("42")])
    assert (call.tool, call.result, call.ok) == (UNKNOWN_TOOL, "42", True)


def test_malformed_arguments_and_huge_results_are_kept_within_bounds() -> None:
    [call] = calls([called(asked("a", "{not json")), returned("x" * 2_000_000)])
    assert call.arguments == "{not json"
    assert call.names == ()
    assert len(call.result) <= 400
    assert len(calls([called(*(asked("a", id=str(n)) for n in range(100)))])) == MAX_CALLS


@pytest.mark.parametrize(
    ("name", "words"), [("send_invoice", "send invoice"), ("sendInvoice", "send Invoice"), ("a.b-c/d", "a b c d")]
)
def test_names_as_words(name: str, words: str) -> None:
    assert in_words(name) == words


def test_schemas_are_cut_out_as_they_stand() -> None:
    first = '{"type":"function", "function": {"name":"find_room","description":"找会议室","parameters":{}}}'
    second = '{ "name" : "send",\n "description":"Send it" }'
    text = f"Be brief. <tool_schema>[{first},\n {second}]</tool_schema> Thanks."
    assert [(s.name, s.text) for s in schemas(text)] == [("find_room", first), ("send", second)]


@pytest.mark.parametrize(
    "block",
    [
        "",
        "[",
        "{]",
        '{"name": 3}',
        "[1, null]",
        '{"a": ' * 3000,
        "not json at all",
        '{"name": "x", "n": ' + "1" * 5000 + "}",
        '{"name": "x", "d": "\\ud800"}',
    ],
)
def test_what_is_no_schema_is_left_out(block: str) -> None:
    assert schemas(f"<tool_schema>{block}</tool_schema>") == []


def test_the_last_description_of_a_tool_counts() -> None:
    block = '{"name": "a", "v": 1} {"name": "a", "v": 2}'
    assert [json.loads(s.text)["v"] for s in schemas(f"<tool_schema>{block}</tool_schema>")] == [2]


@pytest.mark.parametrize(
    ("said", "objection"),
    [
        ("Book a desk for me.", "That's not right, I meant the other floor."),
        ("帮我订个工位。", "不对，不是这一层。"),
    ],
)
def test_an_objection_makes_a_run_a_failure(said: str, objection: str) -> None:
    talk = [message(said), called(asked("book_desk")), returned('{"ok": true, "desk": 4}'), message(objection)]
    [run] = runs(talk, touching=frozenset(m.id for m in talk))
    assert run.ok is False
    made = trajectory([run], at=MORNING)
    [status] = made.detail["tool_used_status"]
    assert status["success_rate"] == 0.0
    assert objection in status["error_type"]
    assert objection in made.value


@pytest.mark.parametrize("sign", ["-", "，", " ", "\n"])
def test_long_rows_of_signs_are_no_objection(sign: str) -> None:
    """Reading them takes as long as they are, not as long as all pairs of them."""
    talk = [message("Book a desk."), called(asked("book_desk")), returned('{"ok": true}'), message(sign * 60_000)]
    [run] = runs(talk, touching=frozenset(m.id for m in talk))
    assert run.objection == ""


def test_an_objection_in_a_later_request_reads_the_run_again() -> None:
    first = [message("Book a desk."), called(asked("book_desk")), returned('{"ok": true}')]
    later = batch("No, that's wrong.")
    [made] = tool_memories(Talk(later, earlier=tuple(first)))
    assert made.detail["tool_used_status"][0]["success_rate"] == 0.0
    assert tool_memories(Talk(batch("Lovely weather."), earlier=tuple(first))) == []


@pytest.mark.parametrize("said", ["Lock the side door.", "锁上侧门。"])
def test_of_a_tool_without_a_known_result_no_rate_is_told(said: str) -> None:
    talk = [message(said), called(asked("lock_door", id="1"), asked("ring", id="2")), returned("done", "2")]
    [run] = runs(talk, touching=frozenset(m.id for m in talk))
    unknown, known = trajectory([run], at=MORNING).detail["tool_used_status"]
    assert (unknown["used_tool"], "success_rate" in unknown) == ("lock_door", False)
    assert (known["used_tool"], known["success_rate"]) == ("ring", 1.0)


def test_a_failure_that_was_got_over_is_told() -> None:
    talk = batch(
        message("Put the review on Thursday at two."),
        called(asked("create_event", '{"start": "2 pm"}', "1")),
        returned('{"ok": false, "error": "start must be ISO 8601"}', "1"),
        called(asked("create_event", '{"start": "2025-09-18T14:00:00Z"}', "2")),
        returned('{"ok": true}', "2"),
        message("It is in your calendar.", role=Role.ASSISTANT),
    )
    [made] = tool_memories(Talk(talk))
    [status] = made.detail["tool_used_status"]
    assert status["success_rate"] == 0.5
    assert status["error_type"] == "start must be ISO 8601"
    assert "2025-09-18T14:00:00Z" in made.detail["experience"]
    assert "Outcome: succeeded" in made.value


def test_old_runs_are_only_counted() -> None:
    made: Content | None = None
    for n in range(KEPT + 3):
        talk = batch(message(f"Convert {n} euros."), called(asked("convert")), returned("5" if n % 2 else "Error: no"))
        [new] = tool_memories(Talk(talk))
        known = kept_runs(made) if made else []
        made = trajectory(
            [*known, *kept_runs(new)], at=MORNING, older=made.detail["older"] if made is not None else None
        )
    assert made is not None
    assert occurrences(made) == KEPT + 3
    assert len(kept_runs(made)) == KEPT
    assert made.detail["tool_used_status"][0]["success_rate"] == round(5 / 11, 4)


def test_a_tool_memory_that_a_person_worded_stays_and_what_is_new_stands_beside_it() -> None:
    def told(text: str, result: str, *, stage: Stage, id: str) -> tuple[Memory, Ranked]:
        [content] = [
            c
            for c in tool_memories(Talk(batch(message(text), called(asked("find")), returned(result))))
            if c.kind is Kind.TOOL_TRAJECTORY
        ]
        memory = Memory(
            MemoryId(id), PROJECT, Owner.user("a"), "a", "c", replace(content, stage=stage), MORNING, MORNING
        )
        return memory, Ranked(memory, vectors(unit(0)), frozenset())

    known, near = told("Find a hotel in Rome", "three", stage=Stage.CORRECTED, id="known")
    new, _ = told("Find a hotel in Oslo", "two", stage=Stage.REFINED, id="new")
    [change] = resolve_tools([new.content], vectors=[vectors(unit(0))], earlier=[], nearby=[[near]])
    assert isinstance(change, Add)
    assert resolve_tools([known.content], vectors=[vectors(unit(0))], earlier=[known], nearby=[[near]]) == []


def test_a_schema_that_a_person_worded_is_not_read_as_one() -> None:
    schema = Content(Kind.TOOL_SCHEMA, "find", '{"name": "find"}', MORNING, detail={"tools": ["find"]})
    worded = replace(schema, value="finds hotels", stage=Stage.CORRECTED)
    memory = Memory(MemoryId("m"), PROJECT, Owner.user("a"), "a", "c", worded, MORNING, MORNING)
    near = Ranked(memory, vectors(unit(0)), frozenset())
    assert resolve_tools([schema], vectors=[vectors(unit(0))], earlier=[], nearby=[[near]]) == []
