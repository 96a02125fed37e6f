"""The resolver on contents made by hand, with vectors that are near or far."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from memosd.domain.changes import ARCHIVED, REPEATED, Add, Change, Retire, Revise
from memosd.domain.ids import MemoryId, MessageId, ProjectId
from memosd.domain.memories import Content, Kind, Memory, Stage, View
from memosd.domain.scope import Owner
from memosd.extraction.resolve import NOT_KEPT, SUPERSEDED, LocalResolver, compared
from memosd.ports.models import Vectors
from memosd.ports.storage import Ranked

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def vector(*near: float) -> Vectors:
    rows: Vectors = np.zeros((1, 8), np.float32)
    rows[0, : len(near)] = near
    rows /= np.linalg.norm(rows)
    return rows


NEW, NEAR, FAR = vector(1, 0.3), vector(1, -0.5), vector(0, 0, 1)


def content(text: str, source: str, *, days: int = 0, kind: Kind = Kind.FACT) -> Content:
    at = MONDAY + timedelta(days=days)
    key = f"User: {text}"
    return Content(kind, text, f"[{at:%Y-%m-%d}] {key}", at, sources=(MessageId(source),), keys=(key,))


def known(id: str, content: Content, vectors: Vectors = NEAR) -> Ranked:
    memory = Memory(MemoryId(id), ProjectId("p"), Owner.user("u"), "u", "c", content, content.said_at, content.said_at)
    return Ranked(memory, vectors, frozenset())


async def resolve(
    *new: Content, around: Sequence[Ranked] = (), earlier: Sequence[Memory] = (), vectors: Vectors = NEW
) -> list[Change]:
    return await LocalResolver().resolve(
        new, vectors=[vectors] * len(new), earlier=earlier, nearby=[list(around)] * len(new)
    )


async def test_nothing_known_adds() -> None:
    [change] = await resolve(content("I live in York.", "m1"))
    assert isinstance(change, Add)


async def test_a_newer_state_is_added_and_the_older_retired_behind_it() -> None:
    old, new = content("I live in York.", "m1"), content("I live in Leeds now.", "m2", days=9)
    added, retired = await resolve(new, around=[known("old", old)])
    assert isinstance(added, Add)
    assert added.content.value == "[2026-03-11] User: I live in Leeds now. (before, until 2026-03-11: I live in York.)"
    assert added.content.keys == ("User: I live in Leeds now.", "User: I live in York.")
    assert retired == Retire(MemoryId("old"), SUPERSEDED, replaced_by=added.id, version=1)


async def test_an_older_state_that_comes_late_is_kept_as_history_only() -> None:
    old, new = content("I live in York.", "m1"), content("I live in Leeds now.", "m2", days=9)
    changes = await resolve(old, around=[known("new", new)])
    [added] = [c for c in changes if isinstance(c, Add)]
    [revised] = [c for c in changes if isinstance(c, Revise)]
    [retired] = [c for c in changes if isinstance(c, Retire)]
    assert (retired.id, retired.replaced_by) == (added.id, "new")
    assert revised.content.value.endswith("(before, until 2026-03-11: I live in York.)")


async def test_a_third_state_carries_the_two_before_it() -> None:
    first, second = content("I live in York.", "m1"), content("I live in Leeds now.", "m2", days=9)
    added, _ = await resolve(second, around=[known("first", first)])
    assert isinstance(added, Add)
    third, _ = await resolve(content("I live in Bath now.", "m3", days=20), around=[known("second", added.content)])
    assert isinstance(third, Add)
    assert third.content.value == (
        "[2026-03-22] User: I live in Bath now. (before, until 2026-03-22: I live in Leeds now.)"
        " (before, until 2026-03-11: I live in York.)"
    )


@pytest.mark.parametrize(
    ("told", "news"),
    [
        ("I am 34, I live in York and I have two kids.", "I live in Leeds now."),
        ("我叫李明，今年29岁，在苏州工作。", "我现在在成都工作了。"),
        ("我叫李明，今年29歲，在蘇州工作。", "我現在在成都工作了。"),
    ],
)
async def test_a_sentence_of_several_facts_is_told_the_news_of_one_and_stays(told: str, news: str) -> None:
    old, new = content(told, "m1"), content(news, "m2", days=9)
    changes = await resolve(new, around=[known("old", old)])
    assert not [c for c in changes if isinstance(c, Retire)]
    [revised] = [c for c in changes if isinstance(c, Revise)]
    assert told in revised.content.value
    assert news in revised.content.value


async def test_far_in_meaning_is_left_alone() -> None:
    old, new = content("I live in York.", "m1"), content("I live in Leeds now.", "m2", days=9)
    assert len(await resolve(new, around=[known("old", old, FAR)])) == 1


async def test_of_many_memories_of_one_form_only_that_of_the_same_subject_is_meant() -> None:
    around = [
        known(name, content(f"The goalkeeper of {club} is {name}.", f"m{i}"), vector(1, i / 20))
        for i, (club, name) in enumerate(
            [("Ashford Rovers", "Oskar"), ("Harbour United", "Teo"), ("Lindenau Town", "Jill"), ("Red Cliff", "Ruben")]
        )
    ]
    new = content("The goalkeeper of Harbour United is Selma.", "m9", days=3)
    changes = await resolve(new, around=around, vectors=vector(1, 0.1))
    assert [c.id for c in changes if isinstance(c, Retire)] == ["Teo"]


@pytest.mark.parametrize(
    ("old", "new", "others"),
    [
        ("I live in York.", "I live in Leeds now.", ("The kettle hums.", "Ruben plays chess.", "It rained in May.")),
        ("我住在蘇州。", "我現在住在成都了。", ("水壶会响。", "阿文爱下棋。", "五月下过雨。")),
    ],
)
async def test_of_memories_equally_near_the_one_that_alone_is_changed_is_meant(
    old: str, new: str, others: Sequence[str]
) -> None:
    apart = [vector(0.4, *(float(i == n) for n in range(4))) for i in range(4)]
    around = [known(f"k{i}", content(text, f"m{i}"), apart[i]) for i, text in enumerate((old, *others))]
    changes = await resolve(content(new, "m9", days=3), around=around, vectors=vector(1))
    assert [c.id for c in changes if isinstance(c, Retire)] == ["k0"]


async def test_what_an_assistant_said_is_not_retired_by_its_user_nor_the_other_way() -> None:
    old, new = content("I live in York.", "m1"), content("I live in Leeds now.", "m2", days=9)
    assert len(await resolve(new, around=[known("old", replace(old, view=View.ASSISTANT))])) == 1
    assert len(await resolve(replace(new, view=View.ASSISTANT), around=[known("old", old)])) == 1


async def test_news_ends_a_preference_but_a_preference_ends_no_fact() -> None:
    taste = content("I always drink coffee.", "m1", kind=Kind.PREFERENCE)
    now = content("I no longer drink coffee.", "m2", days=9)
    assert "old" in [c.id for c in await resolve(now, around=[known("old", taste)]) if isinstance(c, Retire)]
    reverse = await resolve(replace(now, kind=Kind.PREFERENCE), around=[known("old", replace(taste, kind=Kind.FACT))])
    assert len(reverse) == 1


async def test_the_same_words_join_with_the_sources_of_both_and_the_newest_date() -> None:
    old, new = content("I live in York.", "m1"), content("I live in York.", "m2", days=9)
    [change] = await resolve(new, around=[known("old", old)])
    assert isinstance(change, Revise)
    assert change.content.sources == ("m1", "m2")
    assert change.content.said_at == new.said_at


async def test_a_repetition_inside_one_batch_is_added_once() -> None:
    [change] = await resolve(content("I live in York.", "m1"), content("I live in York.", "m2"))
    assert isinstance(change, Add)
    assert change.content.sources == ("m1", "m2")


async def test_the_draft_of_a_repetition_gives_way_to_what_it_repeats() -> None:
    old, new = content("I live in York.", "m1"), content("I live in York.", "m2", days=9)
    draft = known("draft", content("I live in York.", "m2")).memory
    changes = await resolve(new, around=[known("old", old)], earlier=[draft])
    assert Retire(MemoryId("draft"), REPEATED, replaced_by=MemoryId("old"), version=1) in changes


async def test_a_round_that_goes_on_keeps_its_id_and_its_history() -> None:
    old, new = content("I live in York.", "m1"), content("I live in Leeds now.", "m2", days=9)
    added, _ = await resolve(new, around=[known("old", old)])
    assert isinstance(added, Add)
    longer = replace(new, value=new.value + "\nAssistant: Nice town.", sources=(*new.sources, MessageId("m3")))
    [change] = await resolve(longer, earlier=[known("round", added.content).memory])
    assert isinstance(change, Revise)
    assert change.id == "round"
    assert change.content.value == longer.value + " (before, until 2026-03-11: I live in York.)"


async def test_a_draft_that_came_to_nothing_is_retired() -> None:
    draft = known("draft", content("hm", "m1")).memory
    assert await resolve(earlier=[draft]) == [Retire(MemoryId("draft"), NOT_KEPT, version=1)]


def settled(id: str, content: Content, *, stage: Stage = Stage.CORRECTED, archived: bool = False) -> Memory:
    memory = replace(known(id, replace(content, stage=stage)).memory, version=2)
    return replace(memory, retired_at=MONDAY, retired_because=ARCHIVED) if archived else memory


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("kind", [Kind.FACT, Kind.PREFERENCE])
async def test_nothing_is_made_of_messages_whose_memory_a_person_corrected_or_put_away(
    archived: bool, kind: Kind
) -> None:
    theirs = settled("theirs", content("I live in Leeds.", "m1"), archived=archived)
    assert await resolve(content("I live in York.", "m1", kind=kind), earlier=[theirs]) == []
    [other] = await resolve(content("I keep bees.", "m2", kind=kind), earlier=[theirs])
    assert isinstance(other, Add)


async def test_what_was_said_beside_corrected_words_stays_as_it_was_said() -> None:
    theirs = settled("theirs", content("I live in Leeds.", "m1"))
    beside = known("beside", replace(content("My sister is Eva.", "m2"), stage=Stage.DRAFT)).memory
    joined = replace(content("I live in York. My sister is Eva.", "m1"), sources=(MessageId("m1"), MessageId("m2")))
    refined = replace(beside.content, stage=Stage.REFINED)
    assert await resolve(joined, earlier=[theirs, beside]) == [Revise(beside.id, refined, version=1)]


async def test_a_title_given_to_a_first_form_stays() -> None:
    said = content("I live in York.", "m1")
    for stage, title in ((Stage.DRAFT, "Home"), (Stage.REFINED, said.title)):
        given = settled("given", replace(said, title="Home"), stage=stage)
        [change] = await resolve(said, earlier=[given])
        assert change == Revise(given.id, replace(said, title=title), version=2)


async def test_a_repetition_keeps_the_words_of_a_correction() -> None:
    old, new = content("I live in York.", "m1"), content("I live in York.", "m2", days=9)
    corrected = replace(old, value="Ana lives in York.", stage=Stage.CORRECTED)
    [change] = await resolve(new, around=[known("old", corrected)])
    assert isinstance(change, Revise)
    assert change.content == replace(corrected, sources=(MessageId("m1"), MessageId("m2")))


async def test_changes_name_the_version_they_were_made_from() -> None:
    old, new = content("I live in York.", "m1"), content("I live in Leeds now.", "m2", days=9)
    was = known("old", old)
    _, retired = await resolve(new, around=[replace(was, memory=replace(was.memory, version=7))])
    assert isinstance(retired, Retire)
    assert retired.version == 7


async def test_two_memories_of_the_same_messages_never_replace_each_other() -> None:
    one, other = content("I live in York.", "m1"), content("I live in Leeds now.", "m1")
    assert [type(c) for c in await resolve(one, other)] == [Add, Add]


async def test_every_memory_is_written_at_most_once() -> None:
    towns = ["York", "Leeds", "Bath"]
    states = [content(f"I live in {town} now.", f"m{i}", days=i) for i, town in enumerate(towns)]
    vectors = [vector(1, -0.5), vector(1, 0.3), vector(0.9, 0.1, 0.5)]
    changes = await LocalResolver().resolve(states, vectors=vectors, earlier=[], nearby=[[], [], []])
    written = [c.id for c in changes if isinstance(c, Add | Revise)]
    assert len(written) == len(set(written)) == 3
    assert len([c for c in changes if isinstance(c, Retire)]) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [("I live in York.", "I live in Leeds now."), ("我住在苏州。", "我现在住在成都了。")],
)
def test_what_two_memories_say_of_one_having_taken_the_place_of_the_other(old: str, new: str) -> None:
    was, now = known("old", content(old, "m1")), known("new", content(new, "m2", days=9), NEW)
    found = compared(was, now)
    assert found is not None
    assert found["change"] > 0.4
    assert (found["hinted"], found["changed in new"]) == (1, 1)
    assert compared(now, was) is None, "what was said earlier takes no place"
    assert compared(was, known("none", now.memory.content, np.zeros((0, 8), np.float32))) is None
    same_talk = known("new", content(new, "m2"), NEW)
    assert compared(was, same_talk) is None, "who changes their mind within one talk says so, and is believed at once"


@pytest.mark.parametrize(
    ("task", "news"),
    [
        ("Write a card to my landlord in York.", "I live in Leeds now."),
        ("帮我写一张卡片给苏州的房东。", "我现在住在成都了。"),
    ],
)
def test_a_task_is_no_state_that_could_be_out_of_date(task: str, news: str) -> None:
    assert compared(known("old", content(task, "m1")), known("new", content(news, "m2", days=9), NEW)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("I live in York.", "My sister lives in Leeds now."),
        ("I live in York. The river is near.\nI keep bees.", "I live in Leeds now."),
        ("我住在苏州。", "我妹妹现在住在成都了。"),
    ],
)
def test_another_subject_and_what_tells_more_than_one_thing_are_not_compared(old: str, new: str) -> None:
    assert compared(known("old", content(old, "m1")), known("new", content(new, "m2", days=9), NEW)) is None


QUESTIONS = [
    ("Which bank do I use now?", "Which gym do I use now?"),
    ("我现在用哪家银行？", "我现在用哪家健身房？"),
    ("我現在用哪家銀行？", "我現在用哪家健身房？"),
]
STATES = [
    ("I live in York.", "Do I live in Leeds now?"),
    ("我住在苏州。", "我现在住在成都吗？"),
    ("我住在蘇州。", "我現在住在成都嗎？"),
]


@pytest.mark.parametrize(("old", "new"), [*QUESTIONS, *STATES, *((b, a) for a, b in STATES)])
async def test_a_question_takes_no_place_and_none_takes_its_place(old: str, new: str) -> None:
    was, now = content(old, "m1"), content(new, "m2", days=9)
    [change] = await resolve(now, around=[known("old", was)])
    assert isinstance(change, Add)
    assert change.content == now
    assert compared(known("old", was), known("new", now, NEW)) is None


async def test_a_question_and_a_statement_of_its_words_stay_two() -> None:
    for said, asked in (("My sister sings.", "My sister sings?"), ("我妹妹会唱歌。", "我妹妹会唱歌吗？")):
        changes = await resolve(content(asked, "m2", days=9), around=[known("old", content(said, "m1"), NEW)])
        assert [type(change) for change in changes] == [Add]


def replying(text: str, to: str, source: str, *, days: int = 0) -> Content:
    return content(f"{text} (in reply to: “{to}”)", source, days=days)


@pytest.mark.parametrize(
    "text", ["Great, I always fly with hand luggage.", "我坐飞机只带手提行李。", "我坐飛機只帶手提行李。"]
)
async def test_the_same_statement_in_reply_to_another_thing_is_a_repetition(text: str) -> None:
    known_one = known("old", replying(text, "Your flight to Rome is booked.", "m1"), NEW)
    [revised] = await resolve(replying(text, "Your flight to Oslo is booked.", "m2", days=2), around=[known_one])
    assert isinstance(revised, Revise)
    assert revised.content.sources == ("m1", "m2")


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("The second one, please.", "There is a pass and a tunnel.", "There is a ferry and a bridge."),
        ("I would rather go over the water.", "The tunnel or the ferry?", "The bridge or the boat?"),
        ("I always take the wider road.", "1. the pass 2. the coast", "1. the valley 2. the ridge"),
        ("第二个吧。", "有山口和隧道。", "有渡轮和大桥。"),
        ("我更愿意走水路过去。", "隧道还是渡轮？", "大桥还是小船？"),
    ],
)
async def test_the_same_reply_to_another_offer_is_no_repetition(text: str, first: str, second: str) -> None:
    known_one = known("old", replying(text, first, "m1"), NEW)
    [added] = await resolve(replying(text, second, "m2", days=2), around=[known_one])
    assert isinstance(added, Add)
