"""Which kinds of answer a question asks for, and which of them a memory tells, read from their vectors and words.

'Where does my boss come from?' is near to 'My boss is called Ines', for it is about the same person; that it asks for
an origin and is told a name, the nearness does not show. `training/recall` learns a linear reading of each kind (a
name, a place, an occupation, an amount …) of questions and one of memories, and what both together say of an answer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memosd.language.sentences import size
from memosd.language.terms import fold
from memosd.ports.models import Vector, Vectors
from memosd.retrieval.answers import Answer, answers_asked_for, holds

Shares = npt.NDArray[np.float64]
"""How much of each kind, 0..1, shape (kinds,)."""

_ASKING = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bwhere\b.*\b(?:from|born|raised|grow up|grew up)\b|nationality|哪[里儿国]的?人|什么地方人|老家|籍贯",
        r"\bnames?\b|\bcalled\b|叫什么|叫啥|名字|姓什么|姓啥|怎么称呼|贵姓",
        r"\bwhos?\b|\bwhose\b|谁|哪位",
        r"\bwhere\b|\b(?:which|what) (?:city|town|street|place)\b|\baddress\b"
        r"|哪里|哪儿|在哪|什么地方|哪个城|几号?楼|地址",
        r"\bhow much\b|\bprice|\bcosts?\b|\bfee\b|\brent\b|\bsalary|\bwage|多少钱|价|费用|工资|薪|几块",
        r"\bhow old\b|\bage\b|多大|几岁|年纪|年龄",
        r"\bliving\b|\bjob\b|\bprofession|\boccupation|\bfor work\b|做什么工作|[做干]什么的|干嘛的|职业|哪一?行|谋生",
        r"\bwhy\b|\breasons?\b|为什么|为何|为啥|怎么会",
        r"\bbreed\b|\bbrand\b|\bmake\b|\bmodel\b|\b(?:kind|type|sort) of\b|牌子|品种|品牌|型号|哪种|类型",
        r"\bhow many\b|\bhow big\b|几[个只人]|多少[个人]|多高|多远",
    )
)
_TELLING = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bcalled\b|\bnames?\b|\bnamed\b|\b(?:mr|mrs|ms|dr)\b|叫|姓|名字",
        r"\bfrom\b|\bborn\b|\bgrew up\b|\bnative\b|老家|来自|出生|长大|是.{1,5}人$",
        r"[$£€¥]|\beuros?\b|\bpounds?\b|\bdollars?\b|\bcosts?\b|\bpaid\b|\bpays?\b|元|块|钱",
        r"\bas an? \w|\b(?:am|is|are) an? \w+(?:er|or|ist|ian|ant|ent|nurse)\b|上班|工作|当|职",
        r"\b(?:in|at|near|behind|under|next to)\b|在|住|搬",
        r"\bbecause\b|\bso that\b|因为|所以|为了",
        r"\bwants?\b|\btold me\b|\basks?\b|让我|要我|催|叫我",
    )
)
_CLAUSE_END = re.compile(r"[.!?](?:\s|$)|[,;]\s|[。！？；，\n\[\]]")
_ANSWERS: tuple[Answer, ...] = ("time", "number", "colour")
BESIDE = ("dense", "foreign", "foreign_dense", "coverage", "rival", "margin")
"""Evidence that tells more of a short question among few facts than of talk."""
SHORT = 9
"""Tokens of a fact that tells one thing."""
MARK = 0.5
"""What one mark counts beside the numbers of a vector of length 1."""
SMALLEST = 5
"""Memories in the smallest pools that relevance was trained with; fewer are taken for as many."""
_LITTLE = 1e-3


@dataclass(frozen=True, slots=True)
class Reading:
    """weights: shape (kinds, dimensions + marks); bias: shape (kinds,)."""

    weights: npt.NDArray[np.floating]
    bias: npt.NDArray[np.floating]

    def __call__(self, seen: npt.NDArray[np.float64]) -> Shares:
        """seen: vectors and marks, shape (texts, dimensions + marks); gives shape (texts, kinds)."""
        read: Shares = np.clip(seen @ self.weights.T + self.bias, 0.0, 1.0)
        return read


@dataclass(frozen=True, slots=True)
class Kinds:
    """asked, told: the readings of a question and of a memory. worth: what each piece of `pieces` adds to the log odds,
    shape (3 * kinds + 1,); evidence: what evidence adds beside them, by name; typical: what it all comes to where it
    says nothing. All of it counts by `share`."""

    asked: Reading
    told: Reading
    worth: Shares
    evidence: Mapping[str, float]
    typical: float

    def bearing(
        self,
        question: str,
        vector: Vector,
        texts: Sequence[str],
        memory: Vectors,
        evidence: Mapping[str, float],
        *,
        total: int,
    ) -> float:
        """What the kinds say of whether a memory answers: log odds, 0 where nothing is known.

        texts: what was said; memory: the vectors of its keys, of which the nearest is read. total: memories in reach.
        What tells several things is of several kinds, and its vector is of none: then all of it counts less.
        """
        if not len(memory) or not self.reads(vector):
            return 0.0
        found = pieces(self.asks(question, vector), self.tells(texts, vector, memory))
        beside = sum([weight * evidence.get(name, 0.0) for name, weight in self.evidence.items()])
        return share(total) * (float(found @ self.worth) + beside - self.typical) / things(texts)

    def reads(self, vector: Vector) -> bool:
        """Whether the vector may be of the embedder that the readings were made for."""
        return bool(len(vector) + len(_ASKING) + len(_ANSWERS) == self.asked.weights.shape[1])

    def asks(self, question: str, vector: Vector) -> Shares:
        shares: Shares = self.asked(question_seen(question, vector)[None])[0]
        return shares

    def tells(self, texts: Sequence[str], vector: Vector, memory: Vectors) -> Shares:
        """vector: the question's; of the vectors of the memory's keys, the nearest to it is read."""
        shares: Shares = self.told(memory_seen(texts, vector, memory)[None])[0]
        return shares


def question_seen(text: str, vector: Vector) -> npt.NDArray[np.float64]:
    """What a question is read from: its vector, and marks of the words that ask."""
    folded, asked = fold(text), answers_asked_for(text)
    marks = [*(each.search(folded) is not None for each in _ASKING), *(kind in asked for kind in _ANSWERS)]
    return np.concatenate([vector, MARK * np.array(marks, np.float64)])


def memory_seen(texts: Sequence[str], question: Vector, vectors: Vectors) -> npt.NDArray[np.float64]:
    """What a memory is read from: the vector nearest to the question's, and marks of words that tell."""
    folded = [fold(text) for text in texts]
    marks = [
        *(any(each.search(text) for text in folded) for each in _TELLING),
        *(holds(kind, texts) for kind in _ANSWERS),
    ]
    return np.concatenate([vectors[int(np.argmax(vectors @ question))], MARK * np.array(marks, np.float64)])


def things(texts: Sequence[str]) -> float:
    """About how many things the first of the texts tells, at least 1: its clauses, or its length over a short one's."""
    if not texts:
        return 1.0
    clauses = sum(1 for clause in _CLAUSE_END.split(texts[0]) if clause.strip())
    return max(1.0, float(clauses), size(texts[0]) / SHORT)


def share(total: int) -> float:
    """How much the kinds count among so many memories: the more there are, the more of them are of every kind."""
    return float(np.log1p(SMALLEST) / np.log1p(max(total, SMALLEST))) ** 2


def pieces(asked: Shares, told: Shares) -> Shares:
    """What is judged, of a question's shares and a memory's: each, their products, and the cosine of both."""
    return np.concatenate([asked, told, asked * told, [alike(asked, told)]])


def alike(one: Shares, other: Shares) -> float:
    """The cosine of both."""
    lengths = np.sqrt((np.square(one).sum() + _LITTLE) * (np.square(other).sum() + _LITTLE))
    return float((one * other).sum() / lengths)
