"""What a choice may show in general, in Chinese and English; none of these offers stands in `training/tastes`."""

from datetime import UTC, datetime

import pytest

from memosd.domain.ids import BatchId, MessageId, ProjectId
from memosd.domain.memories import Content, Kind
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.extraction.local import LocalExtractor, talk_of
from memosd.extraction.tastes import Catalogue
from memosd.language.script import language_of
from memosd.providers.e5 import E5Embedder
from tests.support.embedder import e5 as e5
from tests.support.embedder import graphs as graphs
from tests.support.fakes import HashEmbedder

SAID = datetime(2025, 6, 18, 20, 15, tzinfo=UTC)


async def preference(extractor: LocalExtractor, asked: str, offer: str, reply: str) -> Content:
    """The one that is made of a choice."""
    said = ((Role.USER, asked), (Role.ASSISTANT, offer), (Role.USER, reply))
    messages = tuple(Message(MessageId(f"m{n}"), role, text, SAID) for n, (role, text) in enumerate(said))
    project = ProjectId("p")
    batch = Batch(BatchId("b"), project, "u", "c", Owner.user("u"), messages, SAID)
    [found] = [c for c in await extractor.extract(talk_of(batch, ())) if c.kind is Kind.PREFERENCE]
    return found


@pytest.mark.parametrize(
    ("asked", "offer", "reply", "guess"),
    [
        (
            "Which pet suits a small flat?",
            "1. A corn snake. 2. A bearded dragon. 3. A golden retriever.",
            "I'll go with option 3, the others don't appeal to me.",
            "reptiles",
        ),
        (
            "How should I learn statistics?",
            "1. Weekly lectures at fixed hours. 2. A course with a strict timetable. 3. Lessons to watch any time.",
            "Option 3, the others don't appeal to me.",
            "own pace",
        ),
        (
            "今晚看什么？",
            "1. 一部废弃医院里的惊悚片。2. 午夜凶宅。3. 一部讲面包店的喜剧。",
            "我选第三个，其他的不喜欢。",
            "鬼故事",
        ),
        (
            "聚餐点些什么？",
            "1. 三文鱼刺身拼盘。2. 温泉蛋盖饭。3. 砂锅炖鸡。",
            "我选第三个，其他的不喜欢。",
            "熟透",
        ),
    ],
)
async def test_a_choice_is_believed_for_what_may_lie_behind_it(
    e5: E5Embedder, asked: str, offer: str, reply: str, guess: str
) -> None:
    found = await preference(LocalExtractor(e5), asked, offer, reply)
    reasoning = str(found.detail["reasoning"])
    guessed = reasoning.partition("Perhaps the user" if "Perhaps" in reasoning else "也许用户")[2]
    assert guess in guessed
    assert guess not in found.value  # a guess is never stated as what the user prefers


@pytest.mark.parametrize(
    ("offer", "reply"),
    [
        ("1. The blue bucket. 2. The green bucket. 3. The grey bucket.", "Option 2, I don't care for the others."),
        ("1. 蓝色水桶。2. 绿色水桶。3. 灰色水桶。", "我选第二个，其他的不喜欢。"),
        ("1. Saturday at noon. 2. Tuesday after four. 3. Friday evening.", "Option 2, the others don't work for me."),
        ("1. 周六中午。2. 周二下午四点以后。3. 周五晚上。", "我选第二个，其他的不行。"),
    ],
)
async def test_a_choice_that_shows_nothing_in_general_is_told_without_guesses(
    e5: E5Embedder, offer: str, reply: str
) -> None:
    found = await preference(LocalExtractor(e5), "", offer, reply)
    assert "Perhaps" not in str(found.detail["reasoning"])
    assert "也许" not in str(found.detail["reasoning"])


def test_the_catalogue_scores_every_taste_and_has_it_in_both_languages() -> None:
    catalogue = Catalogue.load()
    count, dimensions = catalogue.scoring.left.shape
    assert count > len(catalogue.tastes)  # what shows nothing is scored, too
    assert catalogue.scoring.taken.shape == (count, dimensions)
    assert catalogue.scoring.bias.shape == (count,)
    assert {language_of(taste.told("en")) for taste in catalogue.tastes} == {"en"}
    assert {language_of(taste.told("zh")) for taste in catalogue.tastes} == {"zh"}


def test_vectors_of_another_embedder_are_not_read() -> None:
    assert not Catalogue.load().reads(HashEmbedder())
