"""How a memory is worded: who said what, and when, in the language and script of the talk."""

import re
from collections.abc import Sequence
from datetime import datetime

from memosd.domain.messages import Role
from memosd.extraction.choices import Choice
from memosd.language.names import speaker
from memosd.language.script import Language, language_of
from memosd.language.sentences import clip
from memosd.language.terms import simplified

THING = 90
"""Characters that are quoted of each thing that a choice was made from."""
_SPEAKERS: dict[tuple[Language, Role], str] = {
    ("zh", Role.USER): "用户：",
    ("zh", Role.ASSISTANT): "助手：",
    ("en", Role.USER): "User: ",
    ("en", Role.ASSISTANT): "Assistant: ",
}
_ANOTHER = {
    "User": "Another user",
    "The user": "Another user",
    "the user": "another user",
    "用户": "另一位用户",
    "用戶": "另一位用戶",
}
_THE_USER = re.compile(r"\bUser(?=(?: \([^()]*\))?:)|\b[Tt]he user\b|用[户戶]")
_DAY = re.compile(r"^\[\d{4}-\d\d-\d\d\] ")
_USER = re.compile(rf"^(?:{_DAY.pattern})?(User|用[户戶])(?=[:：])")


def line(role: Role, text: str, *, language: Language | None = None) -> str:
    """One speaker's line. Talk that names its speakers itself (`Anna: …`) is left as it is."""
    text = " ".join(text.split())
    if speaker(text):
        return text
    return label(role, text, language=language)


def label(role: Role, text: str, *, name: str | None = None, language: Language | None = None) -> str:
    """The text behind the name of who said it, or else behind the role."""
    if name:
        return f"{name}: {text}"
    speaking = _SPEAKERS[language or language_of(text), role]
    return (speaking.replace("户", "戶") if is_traditional(text) else speaking) + text


def with_name(value: str, name: str) -> str:
    """A memory's text with the user's name behind the label of what the user said; unchanged if there is no label."""
    return _USER.sub(lambda m: m[0] + (f" ({name})" if m[1] == "User" else f"（{name}）"), value)


def of_another(text: str) -> str:
    """A text about the user as others are shown it: 'another user', where it says 'the user'."""
    return _THE_USER.sub(lambda m: _ANOTHER[m[0]], text)


def is_traditional(text: str) -> bool:
    """Whether a text has a Chinese character that only Traditional writing has; both have some, such as 吒 in 哪吒."""
    return any(one != other and not _is_simplified(one) for one, other in zip(text, simplified(text), strict=True))


def _is_simplified(character: str) -> bool:
    """Whether the standard set of Simplified writing has a character."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def joined(before: str, after: str) -> str:
    """Two pieces of one talk, in order, with a space between them where the script has spaces."""
    return f"{before}{'' if not before or language_of(before) == 'zh' else ' '}{after}"


def dated(text: str, said_at: datetime) -> str:
    """The text behind the day on which it was said."""
    return f"[{said_at:%Y-%m-%d}] {text}"


def undated(value: str) -> tuple[str, str]:
    """What `dated` has put before a text, and the text; the first is empty where no day stands there."""
    text = _DAY.sub("", value)
    return value.removesuffix(text), text


def answering(question: str, *, language: Language) -> str:
    """The words that join a short reply to what it replies to."""
    return f"（回应：“{question}”）" if language == "zh" else f"(in reply to: “{question}”)"


def continuing(question: str, *, language: Language) -> str:
    """The words that tell what an answer, or a part of it, is about."""
    return f"（关于：“{question}”）" if language == "zh" else f"(about: “{question}”)"


def stated(said: str, said_at: datetime, *, language: Language) -> str:
    """Why an outright preference is believed, in the script of what was said."""
    day = f"{said_at:%Y-%m-%d}"
    if language == "zh":
        return f"用戶於{day}明確說明。" if is_traditional(said) else f"用户于{day}明确说明。"
    return f"Stated outright by the user on {day}."


def shown(said: str, said_at: datetime, *, times: int, language: Language) -> str:
    """Why a preference is believed that was shown and not stated, in the script of what was said."""
    day = f"{said_at:%Y-%m-%d}"
    if language == "zh" and is_traditional(said):
        return f"由用戶{day}的選擇或做法{'兩次' if times > 1 else ''}看出。"
    if language == "zh":
        return f"由用户{day}的选择或做法{'两次' if times > 1 else ''}看出。"
    return f"Shown {'twice ' if times > 1 else ''}by what the user chose or did on {day}."


def chosen(choice: Choice, *, name: str | None, language: Language) -> str:
    """What a choice between things that were offered shows: what is preferred, and what is not wanted. What was left
    stands for what is not wanted where the reply does not say.

    name: who chose, if the talk says so.
    """
    liked, others = (
        _listed((*choice.taken, *choice.wanted), language),
        _listed(choice.unwanted or choice.left, language),
    )
    if language == "zh":
        traditional = is_traditional(liked + others)
        user, refused = ("用戶", "不喜歡或避開") if traditional else ("用户", "不喜欢或避开")
        return f"{name or user}偏好“{liked}”，{refused if choice.refused else '而不是'}“{others}”。"
    return f"{name or 'The user'} prefers “{liked}”{'; dislikes or avoids' if choice.refused else ' over'} “{others}”."


def by_choice(
    choice: Choice, said: str, said_at: datetime, *, asked: str | None, perhaps: Sequence[str], language: Language
) -> str:
    """Why a preference is believed that was shown by a choice: the words of it, what was left, and guesses.

    asked: what the offer answered. perhaps: what it may show of the user in general, as predicates.
    """
    day, said = f"{said_at:%Y-%m-%d}", " ".join(said.split())
    left = _listed(choice.left, language) if choice.unwanted else ""
    about = clip(asked, characters=THING) if asked else ""
    if language == "zh":
        traditional = is_traditional(said)
        user, chose = ("用戶", "選擇") if traditional else ("用户", "选择")
        without, asking = ("沒有選", "所問") if traditional else ("没有选", "所问")
        parts = (
            f"由{user}{day}的{chose}看出：“{said}”",
            left and f"{without}“{left}”",
            about and f"{asking}：“{about}”",
        )
        guesses = (f"{'也許' if traditional else '也许'}{user}{taste}。" for taste in perhaps)
        return "；".join(filter(None, parts)) + "。" + "".join(guesses)
    parts = (f"Shown by a choice on {day}: “{said}”", left and f"left “{left}”", about and f"asked “{about}”")
    return "; ".join(filter(None, parts)) + "." + "".join(f" Perhaps the user {taste}." for taste in perhaps)


def _listed(things: Sequence[str], language: Language) -> str:
    return ("；" if language == "zh" else "; ").join(clip(thing, characters=THING) for thing in things)
