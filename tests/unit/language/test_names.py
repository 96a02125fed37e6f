import pytest

from memosd.domain.memories import Entity
from memosd.language.names import MAX_NAMES, keywords, names, speaker


def found(text: str) -> set[str]:
    return {entity.name for entity in names(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I went to Paris with Melanie Okafor.", {"Paris", "Melanie Okafor"}),
        ("Yesterday was fun. Thanks a lot!", set()),
        ("I read “The Silent Harbour” twice", {"The Silent Harbour"}),
        ("We met at the University of Leeds", {"University of Leeds"}),
        ("Anna's dog bit me, and Anna laughed", {"Anna"}),
        ("We bought it at Loden and Mistral Wear", {"Loden", "Mistral Wear"}),
        ("I said so. Aww Ines, Woohoo Ben! On Fri we fly", {"Ines", "Ben"}),
        ("我和王小明在北京大学见面", {"王小明", "北京大学"}),
        ("我看了《活着》，很感动", {"活着"}),
        ("上周三我去了医院", set()),
        ("用户：我戒了烟", set()),
        ("住在台北", {"台北"}),
    ],
)
def test_names_are_found_in_both_languages(text: str, expected: set[str]) -> None:
    assert found(text) == expected


def test_a_name_is_labelled() -> None:
    assert names("I flew to Oslo") == (Entity("place", "Oslo"),)
    assert names("我在北京大学读书") == (Entity("organisation", "北京大学"),)


def test_names_are_capped() -> None:
    text = "; ".join(f"we saw Bridge{chr(65 + i)}x there" for i in range(26))
    assert len(names(text)) == MAX_NAMES


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Anna: I moved", "Anna"),
        ("小红：我搬家了", "小红"),
        ("User: hi", None),
        ("用户：你好", None),
        ("用戶：你好", None),
        ("Note that: x", None),
        ("I moved", None),
    ],
)
def test_talk_may_name_its_speaker(text: str, name: str | None) -> None:
    assert speaker(text) == name


def test_keywords_are_the_longest_content_words() -> None:
    assert keywords("the pottery class was expensive", limit=2) == ("expensive", "pottery")
    assert "演唱会" in keywords("我去看了演唱会", limit=2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我买了无糖茶", {"无糖茶"}),
        ("这门零基础课程", {"零基础", "课程"}),
        ("我在台積電當工程師", {"工程師"}),
        ("我在台积电当工程师", {"工程师"}),
        ("她在圖書館當管理員", {"圖書館", "管理員"}),
    ],
)
def test_keywords_are_words_of_the_dictionary_in_either_script(text: str, expected: set[str]) -> None:
    assert set(keywords(text, limit=5)) == expected


def test_names_are_found_in_traditional_text() -> None:
    assert {"王小明", "北京大學"} <= found("王小明在北京大學讀書")
