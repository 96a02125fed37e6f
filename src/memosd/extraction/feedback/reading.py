"""Feedback read on its face: what it asks for, and the words that it is about."""

import re
from dataclasses import dataclass
from enum import StrEnum

from memosd.extraction.patterns import pattern
from memosd.extraction.smalltalk import is_smalltalk
from memosd.language.script import language_of
from memosd.language.sentences import is_question, sentences
from memosd.language.terms import terms


class Wish(StrEnum):
    """REPLACE: one word by another, everywhere. CORRECT: something is so, and not as it is remembered. FORGET: what is
    remembered is not true, or not to be kept. TELL: something is so. NOTHING: nothing that can be remembered."""

    REPLACE = "replace"
    CORRECT = "correct"
    FORGET = "forget"
    TELL = "tell"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Feedback:
    """statement: what is so, in the words of the feedback. old, new: the words that were wrong, and those in their
    place, where the feedback names them. about: what tells which memory has the old ones. sure: it says outright that
    something is remembered wrongly."""

    wish: Wish
    statement: str
    old: str = ""
    new: str = ""
    about: str = ""
    sure: bool = False


_Q = "[\"'“”‘’「」『』《》]?"
_REPLACE = (
    re.compile(
        r"(?:please |could you |can you )*(?:replace|change|rename|swap|substitute|correct)"
        r"(?P<all> all| every| each)?(?: (?:of )?(?:the )?(?:mentions?|occurrences?|instances?|uses?) of)?"
        rf"(?: the (?:word|name|term|spelling))? {_Q}(?P<old>.{{1,60}}?){_Q}"
        rf" (?:with|by|to|into) {_Q}(?P<new>.{{1,60}}?){_Q}"
        r"(?P<where>,? (?:everywhere|throughout|wherever\b.*|in (?:all|every|each)\b.*"
        r"|in (?:my|the|your) (?:whole )?memor\w+))?",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:请|請|麻烦你?|麻煩你?|帮我|幫我)*(?:把|将|將)(?P<scope>(?:记忆|記憶|资料|資料|知识库|知識庫)(?:里|裡|中)的?)?"
        rf"(?P<all>所有的?|全部的?|每一?[处處个個]的?)?{_Q}(?P<old>.{{1,60}}?){_Q}"
        rf"(?P<where>全都|全部都?|统统|統統|一律|通通|都|全)?(?:改|换|換|替换|替換|更正|更名|改名)(?:成|为|為|作|叫){_Q}(?P<new>.{{1,60}}?){_Q}"
    ),
)
_NOT_BUT = (
    re.compile(
        r"(?P<about>.{0,30}?\b)?(?:it|that|this|he|she|they|i)?(?:'s| is| was| are|'m| am)? ?not "
        r"(?:the |an? )?(?P<old>[^,;.]{1,60}?)[,;]? ?"
        r"(?:but|[,;] ?(?:it|that|he|she|they|i)(?:'s| is| was| are|'m| am)) (?:the |an? )?(?P<new>[^,;]{1,60})",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?P<about>.{0,30}?)(?:不是|并不是|並不是|不在|不叫)(?P<old>[^，,。；;]{1,40})[，,；;。]?\s*(?:而是|应该是|應該是|应是|應是|是|在|叫)(?P<new>[^，,。；;]{1,40})"
    ),
)
_BODY_NOT = (
    re.compile(
        r"(?P<body>.{3,200}?)[,;]? (?:and )?(?:not|instead of|rather than) "
        r"(?:the |an? |in |at |on |to |for |by )?(?P<old>[^,;.]{1,60}?)"
        r"(?: ones?| any ?more| as .{1,60}| like .{1,60})?",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?P<body>.{2,200}?)[，,；;。]\s*(?:而|并|並)?(?:不是|不在|不叫|不住在?|不到|并非|並非|不去|不为|不為)(?P<old>[^，,。；;]{1,40}?)(?:了|的)?"
    ),
)
_LAST_COPULA = re.compile(
    r".*(?:\b(?:is|are|was|were|be|called|named|costs?|in|at|on|to|for|from|by|has|have|likes?|loves?|prefers?|speaks?|owns?"
    r"|uses?|drinks?|eats?|plays?)\b|=|是|为|為|叫|在|到|成|有|去|姓|喜欢|喜歡|[:：])\s*(?:the |an? )?(?P<new>.+)",
    re.IGNORECASE | re.DOTALL,
)
_AUXILIARY = re.compile(
    r"\b(?:do|does|did|am|is|are|was|were|will|would|can|could|should|shall|have|has|had|may|might|must)$",
    re.IGNORECASE,
)
_END = " \t\n.。!！~～"


def read(text: str) -> Feedback:
    """What a feedback asks for."""
    said = " ".join(text.split()).strip(_END)
    language = language_of(said)
    blame = pattern("feedback/blame", language)
    sure = blame.search(said) is not None
    said = blame.sub("", said).strip(_END + "，,；;") if sure and terms(blame.sub("", said)) else said
    if not said or is_smalltalk(said) or pattern("feedback/hostile", language).search(said):
        return Feedback(Wish.NOTHING, said)
    if (replacing := _replacing(said)) is not None:
        return replacing
    cue = pattern("feedback/cue", language).match(said)
    bare = said[cue.end() :].strip(_END + "，,：:;；") if cue else said
    if forgetting := pattern("feedback/forget", language).match(bare) or pattern("feedback/forget", language).match(
        said
    ):
        rest = forgetting.string[forgetting.end() :].strip(_END + "，,：:;；")
        rest = pattern("feedback/tail", language).sub("", rest).strip(_END + "，,")
        return Feedback(Wish.FORGET if terms(rest) else Wish.NOTHING, rest)
    if (correcting := _correcting(bare)) is not None:
        return correcting
    if all(is_question(sentence) for sentence in sentences(bare)) or not terms(bare):
        return Feedback(Wish.NOTHING, bare)
    if pattern("feedback/opinion", language).fullmatch(bare):
        return Feedback(Wish.NOTHING, bare)
    return Feedback(Wish.CORRECT if cue or sure else Wish.TELL, bare, sure=sure)


def _replacing(said: str) -> Feedback | None:
    for each in _REPLACE:
        found = each.fullmatch(said)
        if found:
            old, new = found["old"].strip(), found["new"].strip()
            everywhere = bool(found["all"] or found["where"])
            if not terms(old) or not new:
                return Feedback(Wish.NOTHING, said)
            return Feedback(Wish.REPLACE if everywhere else Wish.CORRECT, said, old, new)
    return None


def _correcting(said: str) -> Feedback | None:
    for each in _NOT_BUT:
        if found := each.fullmatch(said):
            return Feedback(
                Wish.CORRECT, said, found["old"].strip(), found["new"].strip(_END), about=found["about"] or ""
            )
    for each in _BODY_NOT:
        if found := each.fullmatch(said):
            body = found["body"].strip(_END)
            if _AUXILIARY.search(body):  # 'I do not …' denies, it does not correct
                continue
            copula = _LAST_COPULA.fullmatch(body)
            new = copula["new"].strip() if copula else ""
            return Feedback(Wish.CORRECT, body, found["old"].strip(), new, about=body)
    return None
