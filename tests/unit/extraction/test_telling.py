"""Talk that tells something, and talk that only cheers."""

import pytest

from memosd.extraction.telling import tells


@pytest.mark.parametrize(
    "text",
    [
        "Ana: Thanks, Ben! I sold the canoe.",
        "Ana: Great news! My sister moved to Porto.",
        "Ana: She is Samantha, I'm so glad!\nBen: Wonderful!",
        "User: We fly at 7, can't wait!",
        "小安：谢谢！我把独木舟卖了。",
        "小安：太好了！我妹妹搬到廈門了。",
    ],
)
def test_one_telling_sentence_is_enough(text: str) -> None:
    assert tells(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ana: Thanks, Ben! Your support means a lot to me.\nBen: Always here for you. Take care!",
        "Ana: You're doing great, keep going!\nBen: Thanks, I really appreciate it.",
        "小安：谢谢你一直支持我！\n小本：加油，你真的很棒！",
        "小安：謝謝你一直支持我！\n小本：加油，你真的很棒！",
    ],
)
def test_cheers_tell_nothing(text: str) -> None:
    assert not tells(text)
