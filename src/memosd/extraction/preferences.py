"""Preferences a user states outright: likes, dislikes, habits of choice, standing instructions.

Found in single sentences of the user's own talk. Only the first person counts ('my sister loves…' is not the user's
taste), and questions state nothing.
"""

from memosd.extraction.patterns import pattern
from memosd.language.script import language_of
from memosd.language.sentences import is_question, sentences

LIMIT = 8
"""Preferences taken from one message."""


def stated_preferences(text: str) -> list[str]:
    """The sentences of a user's message that state a preference outright, in order."""
    return [sentence for sentence in sentences(text) if _states(sentence.replace("’", "'"))][:LIMIT]


def _states(sentence: str) -> bool:
    language = language_of(sentence)
    return (
        bool(pattern("preferences", language).search(sentence))
        and not pattern("others", language).search(sentence)
        and not is_question(sentence)
    )
