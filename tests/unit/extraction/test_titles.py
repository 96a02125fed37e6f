"""Titles, of talk in both languages."""

import pytest

from memosd.extraction.titles import TITLE, title, title_of_preference


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ines: By the way, I rent out the attic.", "Ines: I rent out the attic."),
        ("小林：对了，我把阁楼租出去了。", "小林: 我把阁楼租出去了。"),
        ("Ines: I've something to share - we moved to Porto.", "Ines: We moved to Porto."),
        ("小林：跟你说件事——我们搬到天津了。", "小林: 我们搬到天津了。"),
    ],
)
def test_what_only_leads_up_to_something_is_left_out(text: str, expected: str) -> None:
    assert title(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ben: What do you call the tortoise?\nInes: It's Olive.", "What do you call the tortoise? It's Olive."),
        ("小本：你家乌龟几岁了？\n小林：三岁。", "你家乌龟几岁了？ 三岁。"),
    ],
)
def test_a_short_answer_is_shown_with_its_question(text: str, expected: str) -> None:
    assert title(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ines: Here it is! [shared image: a red kite above the dunes]", "Ines: A red kite above the dunes"),
        ("小林：给你看！[图片：沙滩上的红风筝]", "小林: 沙滩上的红风筝"),
        ("小林：給你看！[圖片：沙灘上的紅風箏]", "小林: 沙灘上的紅風箏"),
    ],
)
def test_beside_words_that_tell_little_the_picture_is_the_title(text: str, expected: str) -> None:
    assert title(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Ines: It was such a lovely surprise for all of us.\nBen: My nephew plays the oboe in Leeds.",
            "Ben: My nephew plays the oboe in Leeds.",
        ),
        ("小林：那真是个大惊喜。\n小本：我外甥在乐团吹双簧管。", "小本: 我外甥在乐团吹双簧管。"),
    ],
)
def test_what_points_at_something_said_before_gives_way(text: str, expected: str) -> None:
    assert title(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Ines: Haven't written for ages, wanted to let you know we opened a bakery with my cousins in Porto!",
            "Ines: We opened a bakery with my cousins in Porto!",
        ),
        (
            "小林：真的非常感谢大家一直以来的支持和鼓励非常开心非常幸运特别期待祝大家一直快乐幸福开心，"
            "我和表妹在波尔图开了一家面包店，卖酸面包、可颂、杏仁饼干。",
            "小林: 我和表妹在波尔图开了一家面包店，卖酸面包、可颂、杏仁饼干。",
        ),
    ],
)
def test_a_long_sentence_begins_where_it_tells_most(text: str, expected: str) -> None:
    assert title(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ines: Chess it is, then. Let's do it on Saturday!", "Ines: Chess it is, then. Let's do it on Saturday!"),
        ("小林：那就好。就那样吧，我去那。", "小林: 那就好。就那样吧，我去那。"),
    ],
)
def test_what_leans_on_the_sentence_before_is_shown_with_it(text: str, expected: str) -> None:
    assert title(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ines: Sure, Ben! (in reply to: “Ben: I bet on the grey horse.”)", "Ben: I bet on the grey horse."),
        ("小林：好的，小本！（回应：“小本：我押那匹灰马。”）", "小本: 我押那匹灰马。"),
    ],
)
def test_mere_consent_is_called_by_what_it_consents_to(text: str, expected: str) -> None:
    assert title(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "User: How do I sharpen chisels?\nAssistant: Use a wet stone. You surely own a workshop in Bergen.",
            "How do I sharpen chisels?",
        ),
        ("用户：凿子怎么磨？\n助手：用磨刀石。你显然在卑尔根开了一家木工房。", "凿子怎么磨？"),
        ("用戶：鑿子怎麼磨？\n助手：用磨刀石。你顯然在卑爾根開了一家木工房。", "鑿子怎麼磨？"),
        ("Assistant: You own a workshop in Bergen.", "Assistant: You own a workshop in Bergen."),
        ("助手：你在卑尔根开了一家木工房。", "助手：你在卑尔根开了一家木工房。"),
    ],
)
def test_what_an_assistant_said_makes_no_title_beside_its_user_and_is_marked(text: str, expected: str) -> None:
    assert title(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "User: Rather the ferry. (in reply to: “The tunnel or the ferry?”)",
            "The tunnel or the ferry? Rather the ferry.",
        ),
        ("用户：渡轮吧 （回应：“走隧道还是坐渡轮？”）", "走隧道还是坐渡轮？ 渡轮吧"),
        ("User: Okay (in reply to: “The oven is set to warm.”)", "Assistant: The oven is set to warm. Okay"),
        ("用户：好的 （回应：“烤箱调到保温了。”）", "助手：烤箱调到保温了。 好的"),
        (
            "User: The ferry (in reply to: “Would you rather go through the long and narrow tunnel or take it?”)",
            "Would you rather go through the long and narrow… The ferry",
        ),
    ],
)
def test_a_short_reply_is_shown_with_what_it_replies_to(text: str, expected: str) -> None:
    assert title(text) == expected


@pytest.mark.parametrize(
    ("value", "said", "expected"),
    [
        (
            "Ines loves it.",
            "Ines: The sourdough of my cousin won a prize. I love it.",
            "Ines: The sourdough of my cousin won a prize.",
        ),
        (
            "Ines loves sourdough from Porto.",
            "Ines: Yes! I love sourdough from Porto.",
            "Ines loves sourdough from Porto.",
        ),
        ("用户喜欢它。", "表妹烤的酸面包得了奖。我喜欢它。", "表妹烤的酸面包得了奖。"),
    ],
)
def test_a_preference_that_names_nothing_is_called_by_its_talk(value: str, said: str, expected: str) -> None:
    assert title_of_preference(value, said) == expected


@pytest.mark.parametrize("text", ["", "Ines: " + "harbour master " * 20, "小林：" + "港务局" * 40])
def test_a_title_is_short(text: str) -> None:
    assert len(title(text)) <= TITLE
