"""Names in a text: the people, places, organisations, works and quoted things that link memories in the graph.

English: runs of capitalised words, told from ordinary words that open a sentence. Chinese: part-of-speech tags of a
dictionary segmenter (jieba-rs, ICTCLAS tags). Both: what stands in quotation marks or book-title marks. A linking hint,
not a claim: a name missed or taken for another label costs a graph edge, never a memory.
"""

import functools
import re
from collections.abc import Iterator
from typing import Literal

import rjieba

from memosd.domain.memories import Entity
from memosd.language.script import HAN
from memosd.language.terms import fold, simplified

MAX_NAMES = 12
"""Names kept of one text, in order."""
MAX_LENGTH = 60
BEFORE = 40
"""Characters before a name that are looked at."""

_WITHOUT = frozenset("无無非零免")
"""Characters before a noun that turn its meaning."""

Label = Literal["person", "place", "organisation", "thing"]

_QUOTED = re.compile(
    r"《([^》\n]{1,60})》|「([^」\n]{2,40})」|“([^”\n]{2,60})”|\"([^\"\n]{2,60})\"|【([^】\n]{2,40})】"
)
_SPEAKER = re.compile(rf"^([A-Z][\w'-]{{1,20}}(?: [A-Z][\w'-]{{1,20}})?|[{HAN}]{{2,4}})\s*[:：]\s*", re.MULTILINE)
_CAPITALISED = re.compile(
    r"(?<![\w'’])([A-Z][\w&’'-]*(?:\s+(?:(?:of|the|de|la|von|van)\s+)?[A-Z][\w&’'-]*){0,4})", re.UNICODE
)
_SENTENCE_START = re.compile(r"(?:^|[.!?。！？:：\n]\s*|[\"“(]\s*)$")
_PLACE_CUE = re.compile(r"\b(?:in|at|to|from|near|visit(?:ed|ing)?|around)\s+$")
_ORGANISATION = re.compile(r"\b(?:Inc|Ltd|Corp|University|College|School|Company|Bank|Institute|Club|Group|Hospital)\b")
_CONTRACTION = re.compile(r"['’](?:s|m|re|ve|ll|d|t)$")
_TAGS: dict[str, Label] = {"nr": "person", "nrt": "person", "nrfg": "person", "ns": "place", "nt": "organisation"}
_NOT_A_NAME = re.compile("[0-9一二三四五六七八九十上下前后今明昨][个週周天月年日号次]|[天周月年日]$|^[老小阿]$")

_FAMILIES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文温庄柯洪施游詹"
)
"""Frequent Chinese family names."""

# Words that are capitalised, or stand before a colon, for another reason than being a name.
_COMMON = frozenset(
    """
    a absolutely actually after again agreed all also am amazing an and any anyway are as at awesome be because been
    before but by bye can cheers congrats congratulations cool could definitely did do does don even every everything
    exactly fantastic finally first for from fun getting glad go going gonna good gotcha got great had haha happy has
    have having he hello her here hers hey hi his hmm honestly hope how i if in indeed is it its just keep last lately
    let life like lol looking looks lots love lovely luckily man many may maybe me mine mostly my never next nice no
    nope not nothing now of off oh ok okay omg on once one only or our out please really right same see she should since
    so some someone sometimes soon sorry sounds speaking still such super sure take taking talk tell thank thanks that
    the their them then there these they thing things think this those though time to today tomorrow tonight too totally
    true trust try trying ugh until very wait was way we well were what whatever when where which while who whoa why
    will wish with woah work wow yay yeah yep yes yesterday yet you your yours yup user assistant 用户 用戶 助手
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december got check feeling feels being add call remember remind set show find help give make put
    adding aw aww besides bet bon during learning oof phew woohoo yo mon tues wed thurs fri
    """.split()
)


def names(text: str) -> tuple[Entity, ...]:
    """The names in a text, each once, in order of first appearance, at most `MAX_NAMES`."""
    found: dict[str, Entity] = {}
    for _, entity in sorted(_mentions(text), key=lambda mention: mention[0]):
        found.setdefault(fold(entity.name), entity)
        if len(found) == MAX_NAMES:
            break
    return tuple(found.values())


def speaker(text: str) -> str | None:
    """The name before the colon of a line such as `Anna: I moved`, if the text begins with one."""
    match = _SPEAKER.match(text)
    return match[1] if match and match[1].casefold() not in _COMMON else None


def _mentions(text: str) -> Iterator[tuple[int, Entity]]:
    for match in _SPEAKER.finditer(text):
        if match[1].casefold() not in _COMMON:
            yield match.start(1), Entity("person", match[1])
    for match in _QUOTED.finditer(text):
        quoted = next(group for group in match.groups() if group)
        yield match.start(), Entity("thing", quoted.strip())
    yield from _english(_QUOTED.sub(lambda quoted: "·" * len(quoted[0]), text))
    if re.search(f"[{HAN}]{{2}}", text):
        yield from _chinese(text)


def _english(text: str) -> Iterator[tuple[int, Entity]]:
    stands_inside = functools.cache(lambda name: _stands_inside(name, text))
    for match in _CAPITALISED.finditer(text):
        words = match[1].split()
        opens = bool(_SENTENCE_START.search(text, max(0, match.start() - BEFORE), match.start()))
        while words and _bare(words[0]) in _COMMON:
            words.pop(0)
            opens = False
        while words and _bare(words[-1]) in _COMMON:
            words.pop()
        name = _CONTRACTION.sub("", " ".join(words))[:MAX_LENGTH].strip("-&'’ ")
        if len(name) < 2 or (opens and len(words) == 1 and not stands_inside(name)):
            continue
        if _ORGANISATION.search(name):
            label: Label = "organisation"
        elif _PLACE_CUE.search(text, max(0, match.start() - BEFORE), match.start()):
            label = "place"
        else:
            label = "person" if name.isalpha() and not name.isupper() else "thing"
        yield match.start(), Entity(label, name)


def _bare(word: str) -> str:
    return _CONTRACTION.sub("", word).casefold()


def _stands_inside(name: str, text: str) -> bool:
    """Whether a word that opens a sentence is also capitalised within one, so that it is a name indeed."""
    return bool(re.search(rf"[\w,]\s+{re.escape(name)}\b", text))


def _chinese(text: str) -> Iterator[tuple[int, Entity]]:
    at = 0
    for word, tag in _tagged(text):
        at = max(at, text.find(word, at))
        if (label := _TAGS.get(tag)) and 2 <= len(word) <= 20 and not _NOT_A_NAME.search(word):
            yield at, Entity(label, word)
        elif tag in ("nz", "eng") and len(word) > 2 and not word.islower():
            yield at, Entity("thing", word)
        at += len(word)


def chinese_name(text: str) -> str:
    """The Chinese name of a person with which a text begins; empty if it begins with none.

    A given name that the dictionary does not know is told by the family name before it and by a mark behind it.
    """
    run = re.match(f"[{HAN}]{{2,20}}", text)
    if not run:
        return ""
    [(first, tag), *others] = _tagged(run[0])
    if tag.startswith("nr") and len(first) > 1:
        return first
    if first in ("小", "老", "阿") and others[0][1].startswith("nr"):
        return first + others[0][0]
    whole = re.sub("(?:就[好行]|[吧哦喔啦])$", "", run[0])
    return whole if fold(first) in _FAMILIES and 2 <= len(whole) <= 3 else ""


@functools.lru_cache(maxsize=256)
def _tagged(text: str, *, guess: bool = True) -> tuple[tuple[str, str], ...]:
    """The words of a text and their tags, by a dictionary of Simplified words. guess: also words that it lacks."""
    found, at = [], 0
    for word, tag in rjieba.tag(simplified(text), guess):
        found.append((text[at : at + len(word)], tag))
        at += len(word)
    return tuple(found)


def _nouns(text: str) -> Iterator[str]:
    """The nouns of a text that the dictionary has, each with a negation that is part of it: 无糖茶, not 糖茶."""
    before = ""
    for word, tag in _tagged(text, guess=False):
        if tag in ("n", "nz", "vn", "nl", "an") and len(word) >= 2:
            yield (before if before in _WITHOUT else "") + word
        before = word


def keywords(text: str, *, limit: int) -> tuple[str, ...]:
    """The longest content words of a text, as tags: Chinese nouns, English words of five letters and more."""
    if re.search(f"[{HAN}]{{2}}", text):
        words = list(_nouns(text))
    else:
        words = [w for w in re.findall(r"[^\W\d_]{5,}", text.casefold()) if w not in _COMMON]
    return tuple(sorted(dict.fromkeys(words), key=len, reverse=True)[:limit])
