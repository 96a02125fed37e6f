"""Idle talk, judged on sentences that are kept apart from those of `training/telling`."""

from datetime import UTC, datetime

import pytest

from memosd.domain.ids import BatchId, MessageId, ProjectId
from memosd.domain.memories import Content, Kind
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.extraction.idle import FEATURES, LONG, doubtful, features
from memosd.extraction.local import LocalExtractor, talk_of
from memosd.providers.e5 import E5Embedder
from tests.support.embedder import e5 as e5
from tests.support.embedder import graphs as graphs

SAID = datetime(2025, 6, 18, 20, 15, tzinfo=UTC)
IDLE = [
    "Chin up, my friend, storms never last forever.",
    "Kindness is a language that everybody understands.",
    "You have no idea how much your message brightened my morning!",
    "I believe we can get through anything as long as we stick together.",
    "That sounds like such a lovely way to spend an afternoon!",
    "The road may be long, but every step brings you closer.",
    "风雨过后总会见到彩虹的。",
    "善意是每个人都能听懂的语言。",
    "看到你的消息，我一整个早上都很开心！",
    "只要我们团结，什么坎都能迈过去。",
    "這樣度過一個下午真是太享受了！",
    "路再長，走一步就近一步。",
]
TOLD = [
    "I rent out the attic to a student.",
    "My nephew plays the oboe.",
    "We moved the clinic to the ground floor.",
    "Thanks for cheering me up! I was sad because my horse is lame.",
    "It was wonderful, we danced with my grandmother until midnight!",
    "I forgot my passport at the hotel.",
    "我把阁楼租给了一个学生。",
    "我外甥会吹双簧管。",
    "诊所搬到一楼了。",
    "谢谢你安慰我！我难过是因为我的马瘸了。",
    "太美好了，我們跟奶奶跳舞跳到半夜！",
    "我把護照忘在飯店了。",
]


async def kept(e5: E5Embedder, sentences: list[str]) -> list[str]:
    """Those that a memory is made of, each said to a friend in a talk of its own."""
    found = []
    for sentence in sentences:
        message = Message(MessageId("m"), Role.USER, f"Ines: {sentence}", SAID)
        batch = Batch(BatchId("b"), ProjectId("p"), "ines", "c", Owner.user("ines"), (message,), SAID)
        if await LocalExtractor(e5).extract(talk_of(batch, ())):
            found.append(sentence)
    return found


async def test_idle_talk_is_dropped(e5: E5Embedder) -> None:
    assert len(await kept(e5, IDLE)) <= len(IDLE) // 4


async def test_what_tells_something_is_kept(e5: E5Embedder) -> None:
    assert await kept(e5, TOLD) == TOLD


@pytest.mark.parametrize(
    "sentence", ["Together we can do anything at 7!", "只要在一起7点什么都行！", "What a joy! [image: a red kite]"]
)
async def test_a_number_or_a_note_is_something_to_keep(e5: E5Embedder, sentence: str) -> None:
    assert await kept(e5, [sentence]) == [sentence]


@pytest.mark.parametrize(
    ("line", "named"), [("Ben: That's great, Ines!", 0.0), ("Ben: I met Ines in Porto.", 1.0), ("小本：真好！", 0.0)]
)
def test_a_name_that_only_addresses_tells_nothing(line: str, named: float) -> None:
    assert features(line)[FEATURES.index("named")] == named


@pytest.mark.parametrize("sentence", [IDLE[1], IDLE[7]])
def test_a_long_line_is_not_doubted(sentence: str) -> None:
    short, long = f"Ines: {sentence}", "Ines: " + sentence * (1 + LONG // len(sentence))
    assert doubtful(Content(Kind.FACT, "", short, SAID, keys=(short,))) == [short]
    assert doubtful(Content(Kind.FACT, "", short, SAID, keys=(f"{short}\n{long}",))) == []
