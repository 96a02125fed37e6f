"""Titles, of talk in both languages."""

import pytest

from memosd.extraction.titles import TITLE, title


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


@pytest.mark.parametrize("text", ["", "Ines: " + "harbour master " * 20, "小林：" + "港务局" * 40])
def test_a_title_is_short(text: str) -> None:
    assert len(title(text)) <= TITLE
