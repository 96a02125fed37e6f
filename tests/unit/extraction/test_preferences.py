"""What is taken for a preference of the user; each rule in Chinese and in English."""

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import numpy as np
import pytest

from memosd.domain.ids import MessageId
from memosd.domain.messages import Message, Role
from memosd.extraction.preferences import (
    FEATURES,
    MODEL,
    Preference,
    features,
    load_probe,
    outright,
    statements,
    states,
)
from memosd.extraction.repeated import names
from memosd.providers.e5 import E5Embedder
from tests.support.embedder import e5 as e5
from tests.support.embedder import graphs as graphs
from tests.support.fakes import HashEmbedder

SAID = datetime(2025, 6, 18, tzinfo=UTC)


def said(*texts: str) -> list[Message]:
    return [Message(MessageId(f"m{n}"), Role.USER, text, SAID + timedelta(minutes=n)) for n, text in enumerate(texts)]


async def judged(e5: E5Embedder, *texts: str) -> list[Preference]:
    found = [statement for message in said(*texts) for statement in statements(message)]
    return load_probe().judge(found, await e5.embed([statement.text for statement in found], purpose="passage"))


@pytest.mark.parametrize(
    "text",
    [
        "I can't stand coriander.",
        "On trains I like a window seat.",
        "From now on answer me in British English.",
        "I'm allergic to shellfish",
        "My favourite colour is teal.",
        "I’d rather walk than drive.",
        "我不喜欢吃香菜。",
        "我坐火车喜欢靠窗的座位。",
        "以后回答我请用繁体中文。",
        "我對海鮮過敏",
        "我最爱的颜色是青色。",
        "請不要給我推薦恐怖片",
        "饮食偏好: 偏爱辣, 健康饮食",
        "Moths give me the creeps.",
        "I have never understood golf.",
        "I insist on loose-leaf tea.",
        "Rugby is not my thing.",
        "I'm terrified of wasps.",
        "A ferry beats a coach any day.",
        "I can't do cobblestones.",
        "Give me hills or nothing.",
        "Cobwebs make me sneeze.",
        "For me a mug has to be heavy.",
        "高尔夫我一点兴趣都没有。",
        "我特别怕马蜂。",
        "橄欖球我看不進去。",
        "散装茶我坚持要自己挑。",
        "塑料花我打死都不买。",
        "我怕打雷，门窗都要关好。",
        "一聞到油漆味我就頭暈",
    ],
)
def test_the_wording_of_an_outright_preference(text: str) -> None:
    assert states(text)
    [preference] = outright(statements(said(text)[0]))
    assert preference.explicit
    assert [statement.text for statement in preference.statements] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "I took the car in for a service yesterday.",
        "My sister loves jazz.",
        "Do I like jazz?",
        "I would like you to check the weather",
        "My uncle is terrified of wasps.",
        "They only had the brown one left, so I took that.",
        "店里只剩棕色的，我就拿了。",
        "我叔叔特别怕马蜂。",
        "我昨天把车送去保养了。",
        "我妹妹喜欢吃辣。",
        "我喜欢什么颜色？",
        "我愛人在醫院工作",
        "My flatmate from Turin only eats pasta, I cook mine apart.",
        "The agent recommended us a flat that faces north, we haven't seen it.",
        "I can't do Thursday.",
        "我大学同学对花粉过敏，上周爬山她没来。",
        "阿嬤最愛高山茶，我每年買兩斤給她。",
        "导游给我们推荐了一家面馆，还没去。",
        "我怕来不及，先把票买了。",
        "听到这个消息大家都很难受。",
    ],
)
async def test_facts_others_and_questions_are_kept_out(e5: E5Embedder, text: str) -> None:
    assert not states(text)
    assert await judged(e5, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, I'm so proud of everybody who came!",
        "Keep going, you can do it!",
        "谢谢大家来参加，我真的很感动！",
        "我先把會議紀錄放進資料夾，等老師確認。",
    ],
)
async def test_cheers_and_notes_are_kept_out(e5: E5Embedder, text: str) -> None:
    assert await judged(e5, text) == []


def test_only_the_sentences_that_state_one_are_taken_alone() -> None:
    english = "I moved last week. I prefer quiet streets. The rent is high."
    assert [s.text for s in statements(said(english)[0]) if s.stated] == ["I prefer quiet streets."]
    chinese = "上周我搬家了。我喜欢安静的街道。房租很高。"
    assert [s.text for s in statements(said(chinese)[0]) if s.stated] == ["我喜欢安静的街道。"]


def test_what_is_refused_stays_with_what_was_chosen() -> None:
    text = "I'll take option 2. I don't like the other ones."
    assert [s.text for s in statements(said(text)[0])] == [text]


def test_captions_questions_and_the_speakers_name_are_no_statement() -> None:
    text = "Anna: How are you? I keep bees. [shared image: a hive]"
    assert [s.text for s in statements(said(text)[0])] == ["I keep bees."]


@pytest.mark.parametrize(
    "text",
    [
        "I sent the feather pillow back again and slept on my coat.",
        "Skipped the buffet again and asked for soup.",
        "羽毛枕头我又退回去了，宁可枕着外套睡。",
        "观光缆车我又没坐，绕的后山。",
    ],
)
async def test_a_choice_shows_a_preference(e5: E5Embedder, text: str) -> None:
    assert [preference.explicit for preference in await judged(e5, text)] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "Took the wrong exit again and came in at ten.",
        "The ferry was full again, so they put me on the bus.",
        "又下错了出口，十点才到公司。",
        "渡輪又客滿了，他們讓我改坐公車。",
    ],
)
async def test_what_merely_happened_again_shows_nothing(e5: E5Embedder, text: str) -> None:
    assert await judged(e5, text) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("I skipped the lift again and took the stairs.", "At the hotel I also walked up all nine floors."),
        ("电梯来了我没坐，又走的楼梯。", "在酒店也是，九层楼我都是自己走上去的。"),
    ],
)
async def test_a_choice_made_twice_is_one_preference_that_was_shown(e5: E5Embedder, first: str, second: str) -> None:
    [preference] = await judged(e5, first, second)
    assert [statement.text for statement in preference.statements] == [first, second]
    assert not preference.explicit


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("I took the ferry's outside deck again.", "On the river boat I sat outside as well."),
        ("I picked the tent with two doors.", "My last one had two doors too."),
        ("渡船上我又坐到外面的甲板了。", "游江那趟也是，我一路在外头吹风。"),
        ("渡輪上我又坐到外面的甲板了。", "遊河那次也是，我一路在外頭吹風。"),
    ],
)
async def test_neighbours_that_tell_little_alone_show_a_preference(e5: E5Embedder, first: str, second: str) -> None:
    assert await judged(e5, first) == []
    [preference] = await judged(e5, first, second)
    assert [statement.text for statement in preference.statements] == [first, second]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The dinghy's pump broke again.", "The oars split as well, I ordered new ones."),
        ("I sanded the hull.", "The mast was varnished too."),
        ("皮艇的气泵又坏了。", "桨也裂了，我都订了新的。"),
        ("皮艇的幫浦又壞了。", "槳也裂了，我都訂了新的。"),
    ],
)
async def test_two_facts_of_one_topic_show_nothing(e5: E5Embedder, first: str, second: str) -> None:
    assert await judged(e5, first, second) == []


@pytest.mark.parametrize(
    "text",
    [
        "Street names with the number first, please.",
        "Whenever you mention a film, give me the director.",
        "Round my invoices to whole euros.",
        "提到电影请附上导演。",
        "给我开的发票一律取整数。",
        "替我訂車請選有天窗的。",
    ],
)
async def test_how_something_is_to_be_done_every_time_is_stated(e5: E5Embedder, text: str) -> None:
    assert [preference.explicit for preference in await judged(e5, text)] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Read me the second page.",
        "Please send this invoice to Hannah today.",
        "念一下第二页。",
        "请把这份发票今天发给小韩。",
        "請把烤箱調到兩百度。",
    ],
)
async def test_what_is_to_be_done_once_is_none(e5: E5Embedder, text: str) -> None:
    assert await judged(e5, text) == []


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("Could you put the years in order?", "I can't follow the jumps."),
        ("能不能按年份排？", "跳来跳去我跟不上。"),
        ("可以照年份排嗎？", "跳來跳去我跟不上。"),
    ],
)
def test_a_question_for_another_form_goes_with_why(asked: str, why: str) -> None:
    [both] = statements(said(f"{asked} {why}")[0])
    assert both.text.replace(" ", "") == (asked + why).replace(" ", "")
    assert statements(said(asked)[0]) == []


@pytest.mark.parametrize("text", ["Could you tell me the way? I'm lost.", "能告诉我怎么走吗？我迷路了。"])
async def test_a_question_and_its_occasion_show_nothing(e5: E5Embedder, text: str) -> None:
    assert await judged(e5, text) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("I keep the tickets in the drawer for now.", "I put the receipts there as well until Ken has seen them."),
        ("车票我暂时又放回抽屉里了。", "发票也先放那儿,等老肯看过再拿走。"),
        ("車票我暫時又放回抽屜裡了。", "發票也先放那裡,等老肯看過再拿走。"),
    ],
)
async def test_what_is_done_for_now_shows_no_habit(e5: E5Embedder, first: str, second: str) -> None:
    assert await judged(e5, first, second) == []


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("Ines: ", "I skipped the lift again and took the stairs.", "At the hotel I also walked up all nine floors."),
        ("小林：", "电梯来了我没坐，又走的楼梯。", "在酒店也是，九层楼我都是自己走上去的。"),
    ],
)
async def test_what_was_done_shows_nothing_among_people(e5: E5Embedder, name: str, first: str, second: str) -> None:
    assert [preference.explicit for preference in await judged(e5, first, second)] == [False]
    assert await judged(e5, name + first, name + second) == []


@pytest.mark.parametrize("text", ["Keep it up, I'm here for you!", "Keep your chin up.", "Keep things going!"])
def test_cheers_in_the_imperative_are_no_wish(text: str) -> None:
    assert not states(text)
    assert states("Keep it short.")


async def test_two_messages_that_state_two_preferences_stay_two(e5: E5Embedder) -> None:
    assert len(await judged(e5, "I hate horror films.", "I only drink oolong.")) == 2
    assert len(await judged(e5, "我讨厌恐怖片。", "我只喝乌龙茶。")) == 2


def test_the_probe_reads_only_vectors_of_its_own_model(e5: E5Embedder) -> None:
    assert load_probe().reads(e5)
    assert not load_probe().reads(HashEmbedder())


def test_nothing_said_shows_nothing() -> None:
    assert load_probe().judge([], np.empty((0, 384), np.float32)) == []


def test_the_coefficients_are_complete() -> None:
    stored = json.loads(files("memosd.extraction").joinpath("preferences.json").read_text("utf-8"))
    for model in ("preference", "explicit", "twice"):
        assert list(stored[model]["features"]) == list(names(FEATURES) if model == "twice" else FEATURES)
        assert len(stored[model]["vector"]) == 384
    assert len(features("我喜欢茶")) == len(FEATURES)
    assert MODEL


@pytest.mark.parametrize("text", ["", " ", "[image: a cat]"])
def test_what_has_no_words_states_nothing(text: str) -> None:
    assert [statement for message in said(text) for statement in statements(message)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Please book me a ferry to Bastia and put it in my calendar.",
        "Add onions and tape to my shopping list.",
        "Please give me three names for a boat.",
        "Help me write a toast for the wedding and print it.",
        "请帮我订一张去成都的车票，顺便写进日程。",
        "推荐一个假日活动吧",
        "假日推荐个去处吧",
        "帮我写一封道歉邮件",
        "推薦幾本地理書給我",
        "幫我訂個計程車去車站，再通知小明",
        "我会说闽南话和一点韩语。",
    ],
)
async def test_a_task_and_a_fact_of_life_are_no_preference(text: str, e5: E5Embedder) -> None:
    assert await judged(e5, text) == []
    assert outright(statements(said(text)[0])) == []


@pytest.mark.parametrize(
    "text",
    [
        "Order the decaf, coffee makes me jittery.",
        "幫我訂一樓的房間，我怕坐電梯。",
        "Please get me an aisle seat whenever we fly.",
        "Order me the stew, without celery please.",
        "Write it short, I never read to the end.",
        "帮我点碗面，不要放葱。",
        "以后订票都给我买靠过道的。",
        "幫我訂旅館，一定要有陽台，沒陽台我住不下去。",
    ],
)
async def test_a_task_that_says_how_it_is_always_to_be_done_is_a_preference(text: str, e5: E5Embedder) -> None:
    [preference] = await judged(e5, text)
    assert preference.explicit


@pytest.mark.parametrize(
    "two",
    [
        ("推荐一个假日活动吧", "帮我写一封道歉邮件"),
        ("给我一个南瓜汤的做法", "给我一个枣糕的做法"),
        ("幫我出個謎語", "再給我出個謎語"),
        ("Give me a recipe for leek soup.", "Give me a recipe for plum cake."),
    ],
)
async def test_two_tasks_show_no_preference_together(two: tuple[str, str], e5: E5Embedder) -> None:
    assert await judged(e5, *two) == []
