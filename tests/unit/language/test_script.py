import pytest

from memosd.language.script import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I moved to Leeds.", "en"),
        ("我搬到了杭州。", "zh"),
        ("我養了一隻倉鼠", "zh"),
        ("用Python写代码", "zh"),
        ("我在用 Visual Studio Code 写代码", "zh"),
        ("She said 你好 and then talked about her work for an hour", "en"),
        ("", "en"),
        ("😀 123", "en"),
        ("Où est la gare ?", "en"),
    ],
)
def test_the_script_tells_the_language(text: str, language: str) -> None:
    assert language_of(text) == language
