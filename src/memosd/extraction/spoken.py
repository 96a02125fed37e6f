"""The words of a memory as they were spoken, without what `wording` puts around them."""

import re

from memosd.language.names import speaker

_CALLED = r"(?: \([^()\n]{1,80}\)|（[^（）\n]{1,80}）)?"
LABEL = re.compile(rf"^(?:(?:User|用[户戶]){_CALLED}|Assistant|助手)[:：] ?")
"""The role before a line, with the user's name if it is known."""
_LABEL = re.compile(rf"^(?:User|用[户戶]){_CALLED}[:：]\s*")
_ANSWER = re.compile(r"^(?:Assistant|助手)[:：]\s*")
LABELLED = re.compile(rf"{_LABEL.pattern}|{_ANSWER.pattern}")
"""The role before a line, and the blanks behind it."""
CONTEXT = re.compile(r"(?<!\s)\s*(?:\((?:in reply to|about): “[^”]*”\)|（(?:回应|关于)：“[^”]*”）)")
"""What a line says that it replies to, or is about."""
_REPLY = re.compile(r"(?:\(in reply to: |（回应：)“([^”]*)”[)）]")


def spoken(text: str) -> list[str]:
    """What was said, a line a speaker; what an assistant answered only where there is nothing else."""
    return [without_context(LABELLED.sub("", line)) for line in own(text)]


def own(text: str) -> list[str]:
    """The lines that are not an assistant's, as they stand; all lines where there is nothing else."""
    lines = text.split("\n")
    return [line for line in lines if not _ANSWER.match(line)] or lines


def answering(line: str) -> str:
    """The role before a line of an assistant, and the blanks behind it; empty before any other line."""
    match = _ANSWER.match(line)
    return match[0] if match else ""


def lines(text: str) -> list[str]:
    """The lines of a text that are not blank, each without the role of who spoke; names of speakers stay."""
    return [line for line in (LABELLED.sub("", line).strip() for line in text.split("\n")) if line]


def leans(text: str) -> bool:
    """Whether the words mean little without those they reply to."""
    return bool(CONTEXT.search(text))


def replied_to(text: str) -> list[str]:
    """What the lines of a text say that they reply to."""
    return _REPLY.findall(text)


def without_context(text: str) -> str:
    """The lines of a text without what they reply to or are about."""
    return CONTEXT.sub("", text)


def without_speaker(text: str) -> str:
    """What was said, without the name of who said it."""
    name = speaker(text)
    return text[len(name) :].lstrip(" :：") if name else text
