"""One skill from a cluster of similar tasks: its procedure, what was learnt, what the user likes, and examples.

What stands in a skill is taken from the evidence as it is; nothing is made up.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from memosd.domain.ids import MemoryId
from memosd.domain.memories import Content, Kind, View
from memosd.extraction.requests import asked_for, is_request
from memosd.extraction.tools.calls import in_words
from memosd.extraction.tools.runs import Run
from memosd.extraction.tools.trajectories import kept_runs, occurrences
from memosd.language.names import keywords
from memosd.language.script import Language, language_of
from memosd.language.sentences import clip, sentences
from memosd.language.terms import fold, terms
from memosd.ports.models import Vector

OCCURRENCES = 3
"""Times that a task must have been done until a skill is drawn from it, or ..."""
TOOL_TURNS = 5
"""... calls of tools that were made for it."""
GROWN = 1.5
"""How many times as much evidence makes a new version of a skill that says the same."""
STEPS = 12
EXAMPLES = 3
LESSONS = 6
PREFERENCES = 3
NAME = 48
STEP = 200
EXAMPLE = 240
MAX_SOURCES = 60

_LIST_ITEM = re.compile(r"^[^\S\n]*(?:[-*•]|\d+[.)、]|[一二三四五六七八九十]+[、.])\s*(.+)$", re.MULTILINE)
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "description": "How this user's task “{name}” is done. Done {count} times, for example: {tasks}.",
        "call": "Call {tool}{names}, for example {arguments}.",
        "bare": "Call {tool}.",
        "names": " with {names}",
        "worked": "worked",
        "failed": "failed",
        "unknown": "outcome not known",
        "rate": "{tool} worked {ok} of {all} times.",
    },
    "zh": {
        "description": "该用户的任务“{name}”的做法。已做过{count}次，例如：{tasks}。",
        "call": "调用{tool}{names}，例如{arguments}。",
        "bare": "调用{tool}。",
        "names": "（参数：{names}）",
        "worked": "成功",
        "failed": "失败",
        "unknown": "结果未知",
        "rate": "{tool}：{all}次中成功{ok}次。",
    },
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A memory of a task: a round in which it was asked for, with its answer; or runs of tools."""

    id: MemoryId
    content: Content
    vector: Vector
    answer: str = ""

    @property
    def tasks(self) -> list[str]:
        """What was asked for, each time, oldest first."""
        if self.content.kind is Kind.TOOL_TRAJECTORY:
            return [run.task for run in kept_runs(self.content) if run.task]
        return [clip(asked_for(_said(self.content)), characters=EXAMPLE)]

    @property
    def count(self) -> int:
        return occurrences(self.content) if self.content.kind is Kind.TOOL_TRAJECTORY else 1

    @property
    def turns(self) -> int:
        """Calls of tools."""
        return sum(len(run.calls) for run in kept_runs(self.content))


def is_task(content: Content) -> bool:
    """Whether a memory may be evidence for a skill: runs of tools, or a request with its answer."""
    if content.kind is Kind.TOOL_TRAJECTORY:
        return any(run.task for run in kept_runs(content))
    if content.kind is not Kind.FACT:
        return False
    return content.view is View.USER and is_request(_said(content))


def _said(content: Content) -> str:
    return content.keys[0] if content.keys else content.value


def enough(cluster: Sequence[Evidence]) -> bool:
    """Whether a skill can be drawn from these."""
    return sum(each.count for each in cluster) >= OCCURRENCES or sum(each.turns for each in cluster) >= TOOL_TURNS


def distil(cluster: Sequence[Evidence], *, preferences: Sequence[str], at: datetime) -> Content:
    """The skill of a cluster, oldest evidence first."""
    tasks = [task for each in cluster for task in each.tasks]
    language = language_of(tasks[-1])
    words = _WORDS[language]
    runs = [run for each in cluster for run in kept_runs(each.content)]
    tools = list(dict.fromkeys(call.tool for run in runs for call in run.calls))
    name = _name(tasks, tools, language)
    count = sum(each.count for each in cluster)
    shown = [f"“{clip(task, characters=80)}”" for task in list(dict.fromkeys(tasks))[-EXAMPLES:]]
    description = words["description"].format(
        name=name, count=count, tasks=("、" if language == "zh" else ", ").join(shown)
    )
    steps, script = _procedure(runs, cluster, words)
    known = [run for run in runs if run.ok is not None]
    rate = round(sum(bool(run.ok) for run in known) / len(known), 4) if known else None
    keys = tuple(dict.fromkeys((*tasks[-EXAMPLES:], name)))
    return Content(
        kind=Kind.SKILL,
        title=name,
        value=description,
        said_at=at,
        sources=tuple(dict.fromkeys(source for each in cluster for source in each.content.sources))[-MAX_SOURCES:],
        keys=keys,
        terms=tuple(terms(" ".join((description, *map(in_words, tools), *steps)))),
        tags=tuple(dict.fromkeys((*tools[:8], *keywords(name, limit=3)))),
        language=language,
        confidence=round(min(0.95, 0.5 + 0.1 * count) * (rate if rate is not None and rate < 0.5 else 1.0), 2),
        detail={
            "procedure": "\n".join(f"{n}. {step}" for n, step in enumerate(steps, start=1)),
            "experience": _experience(cluster, runs, words),
            "preference": list(preferences)[:PREFERENCES],
            "examples": _examples(cluster, words),
            "script": script,
            "others": {
                "occurrences": count,
                "success_rate": rate,
                "tools": tools,
                "evidence": [each.id for each in cluster],
            },
        },
    )


def worth_a_version(before: Content, after: Content) -> bool:
    """Whether a skill says something new, or rests on much more than before."""
    old, new = before.detail["others"], after.detail["others"]
    if new["occurrences"] <= old["occurrences"]:
        return False
    parts = ("procedure", "experience", "preference")
    says_more = any(before.detail[part] != after.detail[part] for part in parts) and new["tools"] != old["tools"]
    return says_more or bool(new["occurrences"] >= GROWN * old["occurrences"])


def _name(tasks: Sequence[str], tools: Sequence[str], language: Language) -> str:
    """What all the tasks have in common, in the words of the latest; else the tools'."""
    latest, others = tasks[-1], tasks[:-1]
    if language == "zh":
        common = _common_run(latest, others)
        if len(common) >= 4:
            return clip(common, characters=NAME)
    else:
        shared = [set(fold(task).split()) for task in others]
        kept = [w for w in latest.split() if sum(fold(w) in each for each in shared) >= max(1, 0.6 * len(shared))]
        while kept and not terms(kept[-1]):
            kept.pop()
        if len(terms(" ".join(kept))) >= 2:
            return clip(" ".join(kept).strip(" .,!?"), characters=NAME)
    return clip(", ".join(map(in_words, tools)) or latest, characters=NAME)


def _common_run(latest: str, others: Sequence[str]) -> str:
    """The pieces of the latest task that stand in most others, joined."""
    if not others:
        return ""
    other = max(others, key=lambda task: SequenceMatcher(None, latest, task, autojunk=False).ratio())
    blocks = SequenceMatcher(None, latest, other, autojunk=False).get_matching_blocks()
    return "".join(latest[b.a : b.a + b.size] for b in blocks if b.size > 1).strip(" ，。！？,.!?：:")


def _procedure(
    runs: Sequence[Run], cluster: Sequence[Evidence], words: dict[str, str]
) -> tuple[list[str], dict[str, object]]:
    """The steps of the latest run that went well, with its calls as a script; else those of the latest answer."""
    best = next((run for run in reversed(runs) if run.ok), runs[-1] if runs else None)
    if best is not None:
        made = [call for call in best.calls if call.ok] or list(best.calls)
        steps = []
        for call in made[:STEPS]:
            names = words["names"].format(names=", ".join(call.names)) if call.names else ""
            form = "call" if call.arguments else "bare"
            steps.append(words[form].format(tool=call.tool, names=names, arguments=call.arguments))
        return steps, {"calls": [{"tool": call.tool, "arguments": call.arguments} for call in made[:STEPS]]}
    answers = [each.answer for each in cluster if each.answer]
    if not answers:
        return [], {}
    listed = [[clip(item, characters=STEP) for item in _LIST_ITEM.findall(answer)] for answer in answers]
    steps = next((items for items in reversed(listed) if len(items) > 1), [])
    if not steps:
        steps = [clip(sentence, characters=STEP) for sentence in sentences(answers[-1])]
    return steps[:STEPS], {}


def _experience(cluster: Sequence[Evidence], runs: Sequence[Run], words: dict[str, str]) -> list[str]:
    found = [str(e) for each in reversed(cluster) if (e := each.content.detail.get("experience"))]
    for tool in dict.fromkeys(call.tool for run in runs for call in run.calls):
        known = [call.ok for run in runs for call in run.calls if call.tool == tool and call.ok is not None]
        if len(known) > 1:
            found.append(words["rate"].format(tool=tool, ok=sum(known), all=len(known)))
    return list(dict.fromkeys(found))[:LESSONS]


def _examples(cluster: Sequence[Evidence], words: dict[str, str]) -> list[str]:
    found = []
    for each in cluster:
        for run in kept_runs(each.content):
            outcome = words["unknown"] if run.ok is None else words["worked"] if run.ok else words["failed"]
            found.append(clip(f"{run.task} → {outcome}{f': {run.answer}' if run.answer else ''}", characters=EXAMPLE))
        if each.content.kind is Kind.FACT:
            found.append(clip(f"{asked_for(_said(each.content))} → {each.answer}", characters=EXAMPLE))
    return list(dict.fromkeys(found))[-EXAMPLES:]
