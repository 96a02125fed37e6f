"""What tells a change from a memory of something else."""

import numpy as np
import pytest

from memosd.extraction.evolution import Statement, other_subject, same_subject


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("My brother lives in Cork.", "I live in Galway.", False),
        ("我弟弟住在绍兴。", "我住在温州。", False),
        ("My brother lives in Cork.", "My brother lives in Galway.", True),
        ("我住在绍兴。", "我住在温州。", True),
    ],
)
def test_the_speaker_and_a_relative_are_two_subjects(old: str, new: str, same: bool) -> None:
    nothing = np.zeros(2, np.float32)
    assert same_subject(Statement.of(old, nothing), Statement.of(new, nothing)) is same


@pytest.mark.parametrize(
    ("old", "new", "other"),
    [
        ("Order 4417 from Ines went to Lima.", "Order 4502 from Ruth went to Oslo.", True),
        ("Order 4417 went to Lima.", "Order 4502 went to Lima.", True),
        (
            "The talk with Ines about project Fern is in hall 3.",
            "The talk with Ruth about project Moss is in hall 8.",
            True,
        ),
        ("订单3051由顺达送往宁波。", "订单3068由顺达送往南宁。", True),
        ("张梅的车位在二层12号。", "李强的车位在三层47号。", True),
        ("The talk with Ines is in hall 3.", "The talk with Ines is in hall 8.", False),
        ("Ines is the treasurer of the choir.", "Ruth is the treasurer of the choir.", False),
        ("I work at the harbour as a welder.", "I work at the mill as a fitter.", False),
        ("My old locker is number 12.", "My new locker is number 47.", False),
        ("我在港口做焊工。", "我在磨坊做钳工。", False),
        (
            "The budget of the choir was set at 4000.",
            "After a long evening the budget of the choir rose to 5500.",
            False,
        ),
        ("There are five of us in the quartet.", "Counting Ines we are seven in the quartet.", False),
        ("合唱团的经费定的是四千。", "商量了一晚，合唱团的经费加到五千五。", False),
        ("张梅的车位在二层12号。", "张梅的车位在三层47号。", False),
    ],
)
def test_sentences_of_one_form_with_another_subject_are_told_from_changes(old: str, new: str, other: bool) -> None:
    nothing = np.zeros(2, np.float32)
    assert other_subject(Statement.of(old, nothing), Statement.of(new, nothing)) is other


@pytest.mark.parametrize(
    ("text", "judged"),
    [
        ("Ana: [shared image: a heron on a jetty]", False),
        ("Ana: This is our jetty now. [shared image: a heron on a jetty]", True),
        ("小安：[图片：码头上的苍鹭]", False),
        ("小安：这是我们现在的码头。[图片：码头上的苍鹭]", True),
    ],
)
def test_a_picture_without_words_states_nothing_that_could_change(text: str, judged: bool) -> None:
    assert Statement.of(text, np.zeros(2, np.float32)).single is judged


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("My son is on about sharks this month (July 2025).", frozenset()),
        ("Since Monday (2025-07-07) I take 2 drops.", {"2"}),
        ("我儿子这个月（2025年7月）迷上鲨鱼。", frozenset()),
        ("我周一（2025年7月7日）起吃2片。", {"2"}),
    ],
)
def test_days_that_extraction_writes_into_a_sentence_are_not_read_as_its_values(text: str, numbers: set[str]) -> None:
    assert Statement.of(text, np.zeros(2, np.float32)).numbers == numbers
