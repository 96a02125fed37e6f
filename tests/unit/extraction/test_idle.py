"""Idle talk, judged on sentences that are kept apart from those of `training/telling`."""

from datetime import UTC, datetime

import pytest

from memosd.domain.ids import BatchId, MessageId, ProjectId
from memosd.domain.memories import Content, Kind
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.extraction.idle import LONG, doubtful
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


@pytest.mark.parametrize("sentence", ["Together we can do anything at 7!", "只要在一起7点什么都行！"])
async def test_a_number_is_something_to_keep(e5: E5Embedder, sentence: str) -> None:
    assert await kept(e5, [sentence]) == [sentence]


async def memories(e5: E5Embedder, *said: str) -> list[Content]:
    """What is made of two friends' turns, the first of them the user's."""
    roles = (Role.USER, Role.ASSISTANT)
    messages = tuple(Message(MessageId(f"m{n}"), roles[n % 2], text, SAID) for n, text in enumerate(said))
    batch = Batch(BatchId("b"), ProjectId("p"), "ines", "c", Owner.user("ines"), messages, SAID, tags=("given",))
    return await LocalExtractor(e5).extract(talk_of(batch, ()))


@pytest.mark.parametrize(
    ("said", "answered", "left"),
    [
        (
            f"Ines: {IDLE[3]} [image: a red kite above the dunes]",
            f"Ben: {IDLE[2]}",
            "Ines: [image: a red kite above the dunes]",
        ),
        (f"小林：{IDLE[9]}[图片：沙滩上的红风筝]", f"阿杰：{IDLE[8]}", "小林：[图片：沙滩上的红风筝]"),
        (
            f"Ines: {IDLE[3]}",
            f"Ben: {IDLE[2]} [voice message] [photo: two goats on a roof]",
            "Ben: [photo: two goats on a roof]",
        ),
    ],
)
async def test_of_idle_talk_beside_a_picture_the_picture_is_left(
    e5: E5Embedder, said: str, answered: str, left: str
) -> None:
    [memory] = await memories(e5, said, answered)
    assert memory.value == f"[2025-06-18] {left}"
    assert memory.sources == ("m0", "m1")
    assert memory.tags[0] == "given"


@pytest.mark.parametrize("said", ["I want to lose weight.", "我想减肥。", IDLE[3], IDLE[9]])
async def test_what_is_said_to_an_assistant_is_not_doubted(e5: E5Embedder, said: str) -> None:
    assert len(await memories(e5, said)) == 1


@pytest.mark.parametrize("said", [f"Ines: {IDLE[3]} [shared photo]", f"小林：{IDLE[9]}[动画表情]"])
async def test_a_note_that_tells_nothing_keeps_no_idle_talk(e5: E5Embedder, said: str) -> None:
    assert await memories(e5, said) == []


async def test_what_is_told_beside_a_picture_is_kept_whole(e5: E5Embedder) -> None:
    [memory] = await memories(e5, f"Ines: {TOLD[1]} [image: a boy with an oboe]")
    assert TOLD[1] in memory.value


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ("Ines: Clementine! (in reply to: “What is your tortoise called?”)", []),
        ("小林：橘子！（回应：“你家乌龟叫什么？”）", []),
        ("Ines: Bye! (in reply to: “Ben: I have to go.”)", ["Ines: Bye!", "Ben: I have to go."]),
        ("小林：拜拜！（回应：“我得走了。”）", ["小林：拜拜！", "我得走了。"]),
    ],
)
def test_only_a_reply_to_no_question_is_doubted(text: str, doubted: list[str]) -> None:
    assert doubtful(Content(Kind.FACT, "", text, SAID, keys=(text,))) == doubted


async def test_a_farewell_to_a_farewell_is_dropped(e5: E5Embedder) -> None:
    said = "Ben: That's what friends are for, to support each other! Well, I have to go, bye!"
    made = await memories(e5, f"Ines: {TOLD[0]}", said, "Ines: Take care, Ben, bye!")
    assert not any("Take care" in memory.value for memory in made)


def doubts(text: str, before: str = "") -> list[str]:
    return doubtful(Content(Kind.FACT, "", text, SAID, keys=(text,)), before)


@pytest.mark.parametrize(
    ("line", "doubted"),
    [
        ("Ben: That's great, Ines!", True),
        ("Ben: I met Ines in Porto.", False),
        ("小本：真好！", True),
        ("小本：我在里斯本待过。", False),
        ("小本：我在看《海边》。", False),
        ("Ben: I like \u201cThat\u201d.", False),
    ],
)
def test_a_name_that_only_addresses_tells_nothing(line: str, doubted: bool) -> None:
    assert bool(doubts(line)) == doubted


@pytest.mark.parametrize(
    ("line", "doubted"),
    [
        ("Ben: It was lovely last spring.", False),
        ("Ben: What a lovely day today!", True),
        ("Ben: What did you do last week?", True),
        ("小本：上个月真好。", False),
        ("小本：今天真好！", True),
        ("小本：去年過得很充實。", False),
    ],
)
def test_what_is_of_another_day_is_not_doubted(line: str, doubted: bool) -> None:
    assert bool(doubts(line)) == doubted


@pytest.mark.parametrize(
    ("before", "line", "doubted"),
    [
        ("Ines: Why did you choose it?", "Ben: It stands for strength.", False),
        ("Ines: Lovely! What does it mean? Anything special?", "Ben: It stands for strength.", False),
        ("Ines: How are you?", "Ben: It has been a rough patch.", True),
        ("Ines: How did that make you feel?", "Ben: It was a wonderful feeling.", True),
        ("Ines: Life is beautiful, isn't it?", "Ben: It surely is a gift.", True),
        ("Ines: Will I like it?", "Ben: No, it takes patience.", False),
        ("Ines: I hope you can come.", "Ben: No worries, I will.", True),
        ("小伊：你为什么选它？", "小本：它代表力量。", False),
        ("小伊：你為什麼選它？", "小本：它代表力量。", False),
        ("小伊：最近过得怎么样？", "小本：有点难熬。", True),
        ("小伊：那是什么感觉？", "小本：那种感觉真美好。", True),
        ("小伊：要面试吗？", "小本：不用，有耐心就行。", False),
    ],
)
def test_an_answer_is_not_doubted(before: str, line: str, doubted: bool) -> None:
    assert bool(doubts(line, before)) == doubted
    assert bool(doubts(f"{before}\n{line}")) == doubted


@pytest.mark.parametrize("asked", ["Ines: Any new pastimes these days?", "小林：最近有新爱好吗？"])
async def test_a_round_of_questions_alone_is_dropped(e5: E5Embedder, asked: str) -> None:
    assert await memories(e5, asked) == []


@pytest.mark.parametrize(
    ("cheer", "told"),
    [(" ".join(IDLE[:4]), "My nephew plays the oboe."), ("".join(IDLE[7:10]), "我外甥会吹双簧管。")],
)
async def test_one_telling_sentence_among_cheer_keeps_a_round(e5: E5Embedder, cheer: str, told: str) -> None:
    gap = " " if cheer.isascii() else ""
    assert await kept(e5, [cheer]) == []
    assert await kept(e5, [f"{cheer}{gap}{told}"])


HARD_IDLE = [
    "My weeks have been a bit of a roller coaster, but I'm coping.",
    "Cheers, your hints set me thinking, I'll see what I make of them!",
    "I'll drop you a line once I hear back.",
    "Let's both go on giving our best for the people around us.",
    "With a talent like yours the right door will open.",
    "There's so much going on, I hardly know where to begin.",
    "这几个礼拜像坐过山车一样，不过我顶得住。",
    "多谢，你的提醒让我想了很多，我看看能做些什么！",
    "等有了回音，我再给你发消息。",
    "咱们都继续为身边的人尽力吧。",
    "以你的天分，總會遇到對的機會。",
    "事情太多了，真不知從何說起。",
]
HARD_TOLD = [
    "My weeks have been a roller coaster since the baby came.",
    "Cheers, your hint about the glue saved my model ship!",
    "The insurer hasn't written back about the flood.",
    "I teach the neighbours' children to read.",
    "I was turned down by the art school.",
    "It reminds me of my father's tannery.",
    "孩子出生以后，这几个礼拜像坐过山车一样。",
    "多谢，你说的那种胶水救了我的船模！",
    "保险公司还没回复水淹的事。",
    "我教邻居的孩子认字。",
    "美術學院沒有錄取我。",
    "它讓我想起爸爸的皮革作坊。",
]


async def test_what_sounds_like_news_and_tells_nothing_is_dropped(e5: E5Embedder) -> None:
    assert len(await kept(e5, HARD_IDLE)) <= len(HARD_IDLE) // 4


async def test_news_in_words_that_are_alike_is_kept(e5: E5Embedder) -> None:
    assert len(await kept(e5, HARD_TOLD)) >= len(HARD_TOLD) - 1


@pytest.mark.parametrize("sentence", [IDLE[1], IDLE[7]])
def test_a_long_line_is_not_doubted(sentence: str) -> None:
    short, long = f"Ines: {sentence}", "Ines: " + sentence * (1 + LONG // len(sentence))
    assert doubtful(Content(Kind.FACT, "", short, SAID, keys=(short,))) == [short]
    assert doubtful(Content(Kind.FACT, "", short, SAID, keys=(f"{short}\n{long}",))) == []
