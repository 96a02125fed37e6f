"""Runs of the same tools for the same kind of task, as one memory: what was tried, how often it worked, the lesson."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memosd.domain.ids import MessageId
from memosd.domain.memories import Content, Entity, Kind
from memosd.extraction.titles import TITLE
from memosd.extraction.tools.calls import Call, in_words
from memosd.extraction.tools.outcomes import NO_RESULT
from memosd.extraction.tools.runs import Run
from memosd.language.names import keywords
from memosd.language.script import Language, language_of
from memosd.language.sentences import clip
from memosd.language.terms import terms

KEPT = 8
"""Runs that a memory keeps word for word, the latest; older ones only count."""
SHOWN_CALLS = 12
"""Calls of the latest run that its value shows."""
SHOWN_RUNS = 3
"""Earlier runs that its value names."""
MAX_SOURCES = 100
MAX_TOOLS = 30

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "task": "Task: {task}",
        "no_task": "Task not stated",
        "worked": "worked",
        "failed": "failed: {error}",
        "unknown": "no result is known",
        "outcome_ok": "Outcome: succeeded.",
        "outcome_bad": "Outcome: failed.",
        "outcome_unknown": "Outcome: not known.",
        "objection": "The user objected: {text}",
        "more": "({count} calls between are left out)",
        "again": "Also: {runs}",
        "rate": "worked {ok} of {all} times",
        "never": "no result is known yet",
        "heed": "it failed with: {error}",
        "with": "it worked with {arguments}",
        "way": "What worked for this kind of task: {steps}.",
        "avoid": "{tool} failed: {error}. Mind this before calling it again.",
        "recovered": "{tool} first failed ({error}) and then worked with {arguments}.",
        "concluded": "What was concluded: {text}",
    },
    "zh": {
        "task": "任务：{task}",
        "no_task": "任务未说明",
        "worked": "成功",
        "failed": "失败：{error}",
        "unknown": "结果未知",
        "outcome_ok": "结果：成功。",
        "outcome_bad": "结果：失败。",
        "outcome_unknown": "结果：未知。",
        "objection": "用户随后指出：{text}",
        "more": "（中间省略{count}次调用）",
        "again": "此外：{runs}",
        "rate": "{all}次中成功{ok}次",
        "never": "尚无结果",
        "heed": "曾失败：{error}",
        "with": "可行的参数：{arguments}",
        "way": "此类任务的可行做法：{steps}。",
        "avoid": "{tool}曾失败：{error}。再次调用前请注意。",
        "recovered": "{tool}先失败（{error}），改用{arguments}后成功。",
        "concluded": "当时的结论：{text}",
    },
}


@dataclass(slots=True)
class Tally:
    """How often a tool was called and how often that worked, of the calls whose result is known."""

    known: int = 0
    worked: int = 0

    @property
    def rate(self) -> float:
        """Of at least one that is known."""
        return round(self.worked / self.known, 4)


def trajectory(runs: Sequence[Run], *, at: datetime, older: Mapping[str, Any] | None = None) -> Content:
    """A memory of these runs, oldest first, all of the same tools. at: when the latest was said.

    older: what is known of runs that are no longer kept, as `detail["older"]` of the memory before.
    """
    older = _with_dropped(older or {"runs": 0, "tools": {}}, runs[:-KEPT])
    kept, latest = runs[-KEPT:], runs[-1]
    language = language_of(latest.task or latest.answer)
    words = _WORDS[language]
    tools = latest.tools[:MAX_TOOLS]
    statuses = [_status(tool, kept, older, words) for tool in tools]
    experience = _experience(latest, words, language)
    value = _value(kept, words, language)
    task = latest.task or latest.answer or ", ".join(map(in_words, tools))
    lesson = "; ".join(dict.fromkeys(call.error for call in latest.calls if call.error and call.error != NO_RESULT))
    keys = (task, f"{', '.join(map(in_words, tools))}: {lesson or latest.answer or task}")
    names = dict.fromkeys(name for call in latest.calls for name in call.names)
    return Content(
        kind=Kind.TOOL_TRAJECTORY,
        title=clip(task, characters=TITLE),
        value=value,
        said_at=at,
        sources=tuple(MessageId(s) for s in dict.fromkeys(s for run in kept for s in run.sources))[-MAX_SOURCES:],
        keys=keys,
        terms=tuple(terms(f"{value} {' '.join(map(in_words, (*tools, *names)))}")),
        entities=tuple(Entity("thing", tool) for tool in tools),
        tags=(*tools, *keywords(task, limit=3)),
        language=language,
        detail={
            "tool_used_status": statuses,
            "experience": experience,
            "tools": list(tools),
            "runs": [run.packed() for run in kept],
            "older": older,
        },
    )


def kept_runs(content: Content) -> list[Run]:
    return [Run.unpacked(packed) for packed in content.detail.get("runs", ())]


def occurrences(content: Content) -> int:
    """How many runs a memory stands for."""
    return len(content.detail.get("runs", ())) + int(content.detail.get("older", {}).get("runs", 0))


def _with_dropped(older: Mapping[str, Any], dropped: Sequence[Run]) -> dict[str, Any]:
    tools = {tool: list(counts) for tool, counts in older["tools"].items()}
    for call in (call for run in dropped for call in run.calls if call.ok is not None):
        counts = tools.setdefault(call.tool, [0, 0])
        counts[0] += 1
        counts[1] += bool(call.ok)
    return {"runs": older["runs"] + len(dropped), "tools": tools}


def _status(tool: str, kept: Sequence[Run], older: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    made = [(run, call) for run in kept for call in run.calls if call.tool == tool]
    tally = Tally(*older["tools"].get(tool, (0, 0)))
    for run, call in made:
        if call.ok is not None:
            tally.known += 1
            tally.worked += call.ok and not _objected(run, call)
    errors = [call.error for run, call in made if call.error and (call.ok is False or not tally.known)]
    errors += [run.objection for run, call in made if _objected(run, call)]
    worked = next((call for run, call in reversed(made) if call.ok and not _objected(run, call)), None)
    told = [words["rate"].format(ok=tally.worked, all=tally.known) if tally.known else words["never"]]
    if errors and tally.known:
        told.append(words["heed"].format(error=errors[-1]))
    if worked and worked.arguments:
        told.append(words["with"].format(arguments=worked.arguments))
    return {
        "used_tool": tool,
        **({"success_rate": tally.rate} if tally.known else {}),
        "error_type": errors[-1] if errors else "",
        "tool_experience": ("；" if words is _WORDS["zh"] else "; ").join(told),
    }


def _objected(run: Run, call: Call) -> bool:
    """Whether the user objected to what this call did: then the last call of the run is to blame."""
    return bool(run.objection) and call is run.calls[-1]


def _value(kept: Sequence[Run], words: Mapping[str, str], language: Language) -> str:
    latest = kept[-1]
    task = words["task"].format(task=latest.task) if latest.task else words["no_task"]
    lines = [f"[{latest.day}] {task}", *_steps(latest, words)]
    outcome = words[{True: "outcome_ok", False: "outcome_bad", None: "outcome_unknown"}[latest.ok]]
    lines.append(f"{outcome}{'' if language == 'zh' else ' '}{latest.answer}".rstrip())
    if latest.objection:
        lines.append(words["objection"].format(text=latest.objection))
    if before := [run for run in kept[:-1] if run.task][-SHOWN_RUNS:]:
        lines.append(words["again"].format(runs="; ".join(_brief(run, words) for run in reversed(before))))
    return "\n".join(lines)


def _steps(run: Run, words: Mapping[str, str]) -> list[str]:
    shown = list(enumerate(run.calls, start=1))
    left_out = len(shown) - SHOWN_CALLS
    lines = [f"{number}. {_call(call)} → {_result(call, words)}" for number, call in shown]
    if left_out <= 0:
        return lines
    half = SHOWN_CALLS // 2
    return [*lines[:half], words["more"].format(count=left_out), *lines[-half:]]


def _call(call: Call) -> str:
    return f"{call.tool}({call.arguments})"


def _result(call: Call, words: Mapping[str, str]) -> str:
    if call.ok is None:
        return words["unknown"]
    if call.ok:
        return f"{words['worked']}: {call.result}"
    return words["failed"].format(error=call.error)


def _brief(run: Run, words: Mapping[str, str]) -> str:
    error = next((call.error for call in run.calls if call.ok is False), run.objection)
    outcome = words["unknown"] if run.ok is None else words["worked"] if run.ok else words["failed"].format(error=error)
    return f"[{run.day}] {clip(run.task, characters=80)} → {outcome}"


def _experience(run: Run, words: Mapping[str, str], language: Language) -> str:
    """Guidance for the whole: what worked in which order, what failed and how that was got over."""
    told: list[str] = []
    for tool in run.tools:
        made = [call for call in run.calls if call.tool == tool]
        failed = next((call for call in made if call.ok is False), None)
        after = made[made.index(failed) + 1 :] if failed else []
        cured = next((call for call in after if call.ok), None)
        if failed and cured:
            said = {"tool": tool, "error": failed.error, "arguments": cured.arguments}
            told.append(words["recovered"].format(**said))
        elif failed:
            told.append(words["avoid"].format(tool=tool, error=failed.error))
    if run.ok and (steps := dict.fromkeys(_signature(call) for call in run.calls if call.ok)):
        told.insert(0, words["way"].format(steps=" → ".join(steps)))
    if run.objection:
        told.append(words["objection"].format(text=run.objection))
    elif run.ok is not True and run.answer:
        told.append(words["concluded"].format(text=run.answer))
    return ("" if language == "zh" else " ").join(told)


def _signature(call: Call) -> str:
    return f"{call.tool}({', '.join(call.names)})"
