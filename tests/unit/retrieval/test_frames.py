"""The framed examples that relevance is learnt from: what is said not to be answered must not be."""

from training.recall.frames import Phrase, close, framed, may_answer


def test_both_languages_are_framed_alike_and_every_time_the_same() -> None:
    found = framed(seed=7)
    assert found == framed(seed=7)
    assert sum(each.language == "zh" for each in found) * 2 == len(found)


def test_what_is_near_is_of_another_subject_or_of_another_kind() -> None:
    for each in framed(seed=7):
        for phrase in each.near:
            assert phrase.about != each.fact.about
            assert phrase.about[0] != each.fact.about[0] or not close(each.fact.kind, phrase.kind)


def test_what_is_asked_is_what_was_told() -> None:
    assert all(phrase.about == each.fact.about for each in framed(seed=7) for phrase in each.ask)


def test_no_frame_leaves_a_gap() -> None:
    for each in framed(seed=7):
        assert not any(mark in phrase.text for phrase in (each.fact, *each.ask, *each.near) for mark in "{}|")


def test_a_fact_of_ones_own_may_answer_only_for_its_kind() -> None:
    job = Phrase("I am a nurse.", "occupation", ("I", "myjob"), 0)
    assert may_answer(job, Phrase("Where do I work?", "place", ("I", "mywork"), 1))
    assert not may_answer(job, Phrase("What is my shoe size?", "number", ("I", "shoe"), 2))
    assert not may_answer(job, Phrase("Where is my aunt?", "place", ("my aunt", "home"), 3))
    assert may_answer(
        Phrase("My aunt sails.", "activity", ("my aunt", "sport"), 4), Phrase("?", "age", ("my aunt", "age"), 5)
    )
