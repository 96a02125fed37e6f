"""From the first person to the third: what a user says of themselves, as a statement about the user.

Only regular sentences are turned; for the others `third_person` says None, and the words are quoted instead.
"""

import functools
import re

from memosd.extraction.patterns import lines
from memosd.extraction.wording import is_traditional
from memosd.language.script import language_of
from memosd.language.sentences import sentences

_JOINING = re.compile(
    r"^(?:(?:oh|well|and|but|so|also|plus|besides|anyway|actually|however|by the way)\b[,\s]+"
    r"|(?:perfect|great|nice|lovely|cool|fine|good|right|sure|okay|ok|yes|hi|hey|hello|ah|thanks|thank you)"
    r"[,.!]+\s+)+(?=I\b|my\b)"
    "|^(?:(?:太好了|好[的吧啊呀]|行[吧啊]?|是[的啊]|[谢謝][谢謝]|嗨|你好|哎|哈+|哦|嗯|[对對]了|另外|[还還]有|而且|不[过過]|但是?|可是|所以|然[后後]|其[实實]|[顺順]便[说說]一下)"
    "[，,、！!。 ]*)+(?=我)",
    re.IGNORECASE,
)
"""What joins a sentence to the one before it, or only answers that, and means nothing without it."""
_CHINESE_OTHERS = re.compile('我[们們]|咱|[你您][们們]|自我|[他她][说說]|[“”「」"]')
_ADDRESSED = re.compile("吧(?=[，。,！!；;]|$)|(?<![申邀聘])[请請](?![假客帖柬教])")
"""Asks the assistant for something; with 'you' it is said who is asked."""
_KIN = re.compile("我(?=[妈爸哥姐弟妹爷奶媽爺]|家|老[婆公]|女|[儿兒]子)")
_SELF, _YOU = re.compile("我"), re.compile("[你您]")

_AUXILIARY = {
    "i'm": ("is", "'re"),
    "i've": ("has", "'ve"),
    "i'll": ("will", "'ll"),
    "i'd": ("would", "'d"),
}
_IRREGULAR = {"am": "is", "have": "has", "do": "does", "don't": "doesn't", "haven't": "hasn't", "go": "goes"}
_SAME = frozenset(
    """
    can can't cannot could couldn't will won't would wouldn't should shouldn't must may might had hadn't did didn't was
    wasn't never've
    """.split()
)
_ADVERB = r"(?:\w+ly|always|also|just|still|never|often|only|sometimes|usually|even|much|now|ever|rarely|quite|soon)\s+"
_FOLLOWING = re.compile(rf"(\s+(?:{_ADVERB})*)([a-z]+(?:'t)?)\b", re.IGNORECASE)
_QUOTED = re.compile(r"[“”\"]|\b(?:we|us|our|ours|you|your|yours)\b|\b(?:said|says|told)\b", re.IGNORECASE)
_WORD = re.compile(r"\bI(?:['’](?:m|ve|ll|d))?(?![\w'’])")
_OBJECTS = (
    (re.compile(r"\bme\b", re.IGNORECASE), "them"),
    (re.compile(r"\bmyself\b", re.IGNORECASE), "themselves"),
    (re.compile(r"\bmine\b", re.IGNORECASE), "theirs"),
)
_MINE = re.compile(r"\b(?:me|my|mine|myself)\b", re.IGNORECASE)
_MY = re.compile(r"\bmy\b", re.IGNORECASE)
_JOINED_VERB = re.compile(r"\b(?:and|or|but)\s+(?:\w+ly\s+|never\s+|also\s+)?([a-z']+)")


def third_person(text: str, *, subject: str | None = None) -> str | None:
    """What the speaker says of themselves as said of them by another; None where that cannot be done reliably.

    subject: what to call the speaker, if not 'the user' (用户, 用戶).
    """
    text = _JOINING.sub("", text)
    if language_of(text) == "zh":
        return _chinese(text, subject or ("用戶" if is_traditional(text) else "用户"))
    return _english(text, subject)


def _chinese(text: str, subject: str) -> str | None:
    """Chinese verbs have no person: the pronouns are all that changes."""
    if "我" not in text or _CHINESE_OTHERS.search(text) or (_ADDRESSED.search(text) and not _YOU.search(text)):
        return None
    text = _KIN.sub(f"{subject}的", text)
    return _YOU.sub("助手", _SELF.sub(subject, text))


def _english(text: str, subject: str | None) -> str | None:
    text = text.replace("’", "'")
    if _QUOTED.search(text):
        return None
    turned = []
    named = False
    for sentence in sentences(text):
        this = _sentence(sentence, subject, named)
        if this is None:
            return None
        named = True
        turned.append(this)
    return " ".join(turned)


def _sentence(sentence: str, subject: str | None, named: bool) -> str | None:
    """One sentence; the first 'I' of all becomes the subject, which its verb must fit, every other one 'they'."""
    first = _WORD.search(sentence)
    if first is None and not named:
        if (my := re.match(r"[Mm]y\b", sentence)) is None:
            return None
        owner = f"{subject}'s" if subject else "The user's"
        return _others(owner + sentence[my.end() :])
    if first is None or named:
        return _others(sentence)
    verb = _agreeing(first.group().lower(), sentence[first.end() :])
    if verb is None or _MINE.search(sentence[: first.start()]):
        return None
    name = subject or ("The user" if first.start() == 0 else "the user")
    return sentence[: first.start()] + name + _others(verb)


def _agreeing(pronoun: str, rest: str) -> str | None:
    """What follows the first 'I', in the third person singular."""
    if pronoun in _AUXILIARY:
        return f" {_AUXILIARY[pronoun][0]}{rest}"
    match = _FOLLOWING.match(rest)
    turned = _conjugated(match[2].lower()) if match else None
    if match is None or turned is None:
        return None
    after = rest[match.end() :]
    if turned != match[2].lower() and any(m[1] in _verbs() for m in _JOINED_VERB.finditer(after)):
        return None  # 'I like tea and hate coffee': the second verb would have to be turned, too
    return match[1] + turned + after


def _conjugated(verb: str) -> str | None:
    """The third person singular of a verb as it stands behind 'I'; a past form or a modal stays; None: unknown."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb in _SAME or verb in _pasts() or (verb.endswith("ed") and len(verb) > 4 and verb not in _verbs()):
        return verb
    if verb not in _verbs():
        return None
    if re.search(r"(?:s|sh|ch|x|z|o)$", verb):
        return verb + "es"
    return re.sub(r"(?<=[^aeiou])y$", "ie", verb) + "s"


def _others(text: str) -> str:
    """Every further word in the first person; behind 'they', verbs keep the form they had behind 'I'."""
    text = re.sub(r"\bI am\b", "they are", text)
    text = re.sub(r"\bI was\b", "they were", text)
    text = re.sub(r"\bI wasn't\b", "they weren't", text)
    text = _WORD.sub(lambda m: "they" + _AUXILIARY.get(m.group().lower(), ("", ""))[1], text)
    text = _MY.sub(lambda m: "Their" if m.group()[0] == "M" else "their", text)
    for pattern, word in _OBJECTS:
        text = pattern.sub(word, text)
    return re.sub(r"(^|[.!?] )they\b", r"\1They", text)


@functools.cache
def _verbs() -> frozenset[str]:
    return frozenset(" ".join(lines("verbs", "en")).split())


@functools.cache
def _pasts() -> frozenset[str]:
    return frozenset(" ".join(lines("pasts", "en")).split())
