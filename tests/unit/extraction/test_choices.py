"""What a reply takes of what was offered."""

import pytest

from memosd.extraction.choices import choice, offered

LISTED = "Some ideas:\n1. A rowing club by the lake.\n2. You could try an indoor wall.\n3. A chess café."
CHINESE = "可以试试：\n1. 湖边的划船俱乐部\n2. 室内攀岩馆\n3. 棋牌茶馆"


@pytest.mark.parametrize(
    ("text", "things"),
    [
        (LISTED, ["A rowing club by the lake", "an indoor wall", "A chess café"]),
        ("You could take 1) soup, 2) a pie or 3) curry.", ["soup", "a pie", "curry"]),
        ("You might like a ferry, a night train, or a rented van.", ["a ferry", "a night train", "a rented van"]),
        (CHINESE, ["湖边的划船俱乐部", "室内攀岩馆", "棋牌茶馆"]),
        ("可以吃火锅、日料，或者街角的素食馆。", ["吃火锅", "日料", "街角的素食馆"]),
        ("You could rent a bike (1), take the tram (2), or walk (3).", ["rent a bike", "take the tram", "walk"]),
        ("可以骑车（1），坐电车（2），或者走路（3）。", ["骑车", "坐电车", "走路"]),
        ("You could try a red or blue lamp, a candle, or a torch.", ["a red or blue lamp", "a candle", "a torch"]),
        (
            "You could try a stew, a stir-fry with broccoli, peppers, and mushrooms, or grilled salmon.",
            ["a stew", "a stir-fry with broccoli, peppers, and mushrooms", "grilled salmon"],
        ),
        ("可以考虑西兰花、彩椒炒的素菜，一份沙拉，或者烤三文鱼。", ["西兰花、彩椒炒的素菜", "一份沙拉", "烤三文鱼"]),
        ("It rained all day, so we stayed in.", []),
        ("昨天下了一天雨。", []),
    ],
)
def test_what_is_offered(text: str, things: list[str]) -> None:
    assert offered(text) == things


@pytest.mark.parametrize(
    ("reply", "offer", "taken", "refused"),
    [
        ("The second one, please. The others are too noisy for me.", LISTED, ["an indoor wall"], True),
        ("Chess sounds lovely!", LISTED, ["A chess café"], False),
        ("I don't like water much. I'll go with the chess café.", LISTED, ["A chess café"], True),
        ("就第三个吧，其他的太累了。", CHINESE, ["棋牌茶馆"], True),
        ("我選攀岩館，水上的我不喜歡。", CHINESE, ["室内攀岩馆"], True),
        ("I'll take the café, but let me read the news first.", LISTED, ["A chess café"], False),
    ],
)
def test_what_is_taken_and_what_is_left(reply: str, offer: str, taken: list[str], refused: bool) -> None:
    found = choice(reply, offer)
    assert found is not None
    assert list(found.taken) == taken
    assert sorted((*found.taken, *found.left)) == sorted(offered(offer))
    assert found.refused is refused


@pytest.mark.parametrize(
    ("reply", "offer"),
    [
        ("Which of these is open on Sundays?", LISTED),
        ("My aunt had a boat once.", LISTED),
        ("I'll take the second one.", "It rained all day."),
        ("哪个周日开门？", CHINESE),
        ("我选第九个。", CHINESE),
    ],
)
def test_no_choice(reply: str, offer: str) -> None:
    assert choice(reply, offer) is None


@pytest.mark.parametrize(
    ("reply", "offer", "unwanted", "wanted"),
    [
        ("The café. The other options with water don't appeal to me.", LISTED, ["water"], []),
        ("The chess café, the others are too noisy for me.", LISTED, ["too noisy"], []),
        ("I don't like climbing much. I'll go with the chess café.", LISTED, ["climbing"], []),
        ("The café; the rowing ones aren't my thing, and I prefer a warm room.", LISTED, ["rowing"], ["warm room"]),
        ("The café. The rowing, rope, and wall ones aren't for me.", LISTED, ["rowing, rope, and wall"], []),
        ("The café. The rest doesn't work for me.", LISTED, [], []),
        ("选茶馆吧，其他带水的我都不要。", CHINESE, ["水"], []),
        ("就第三个吧，其他的太累了。", CHINESE, ["太累"], []),
        ("我选茶馆，我不喜欢攀岩。", CHINESE, ["攀岩"], []),
        ("我選茶館，我對划船沒興趣，我更喜歡安靜的地方。", CHINESE, ["划船"], ["安靜的地方"]),
        ("选茶馆吧，其他的不行。", CHINESE, [], []),
    ],
)
def test_why(reply: str, offer: str, unwanted: list[str], wanted: list[str]) -> None:
    found = choice(reply, offer)
    assert found is not None
    assert list(found.unwanted) == unwanted
    assert list(found.wanted) == wanted
