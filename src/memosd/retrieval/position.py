"""What one may do depends on who asks: a question about an allowance bears on the position of the user.

'What may I spend on software?' has no word in common with 'I work in the design department', and yet a rule that
differs by department cannot be applied without it.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import replace

from memosd.domain.memories import Kind, View
from memosd.domain.scope import OwnerKind
from memosd.language.terms import terms
from memosd.retrieval.score import Candidate

MOST = 2
"""Positions that are raised; the best by score."""
BEARS = 0.5
"""The least relativity of a position, for a question that depends on it."""

_DEPENDS = re.compile(
    r"\b(?:may|might) (?:I|we)\b|\b(?:am|are) (?:I|we) (?:allowed|entitled|eligible|permitted|authori[sz]ed)\b"
    r"|\b(?:I|we) (?:am|are|'m|'re) (?:allowed|entitled|eligible|permitted|authori[sz]ed)\b"
    r"|\b(?:can|could|do|should) (?:I|we) (?:\w+ )?(?:spend|claim|expense|reimburse|charge)\b"
    r"|\b(?:I|we) (?:can|could) (?:\w+ )?(?:spend|claim|expense|reimburse|charge)\b"
    r"|\b(?:my|our) (?:\w+ )?(?:allowance|entitlement|quota|spending limit|expense limit|per diem)\b"
    r"|[我咱][们們]?.{0,8}(?:最多|至多|可以|可否|能否|能[够夠]?|有[权權]|允[许許]|有[资資]格).{0,6}"
    r"(?:花|[报報][销銷]|申[请請]|[请請].{0,6}假|休.{0,6}假|[领領]|采[购購]|預?预?支|享受)"
    r"|[我咱][们們]?的?.{0,6}(?:[额額]度|限[额額]|[补補][贴貼]|津[贴貼]|[标標][准準]|年假).{0,4}(?:多少|[几幾]|[吗嗎]|\?|？)",
    re.IGNORECASE,
)
_ROLES = (
    "manager|engineer|designer|developer|programmer|student|apprentice|intern|trainee|director|teacher|lecturer|professor"
    "|nurse|doctor|analyst|accountant|assistant|lead|head|employee|contractor|freelancer|consultant|researcher|clerk"
    "|secretary|technician|officer|supervisor|partner|department|team|division"
)
_POSITION = re.compile(
    r"\bI(?:'m|'ve| am| have)?(?: been| currently| now| still| also| just)* "
    r"(?:work|works|working|worked|employed|started|joined|transferred|moved) (?:in|at|for|as|with|to|on|the|a)\b"
    rf"|\bI(?:'m| am) (?:\w+ )?(?:an?|the|in|with|part of|on) (?:[\w-]+ ){{0,4}}(?:{_ROLES})s?\b"
    r"|\bmy (?:job|position|role|title|grade|department|team|division) is\b"
    r"|我(?:[现現]在|目前|[还還]|就|是|一直|[刚剛])*在.{1,15}(?:工作|上班|任[职職]|就[职職]|[实實][习習]|[当當]|做|[读讀])"
    r"|我(?:[现現]在|目前|[还還])*(?:是|[担擔]任|[当當])(?:一?[个個名位])?.{0,12}"
    r"(?:[经經]理|主管|工程[师師]|[设設][计計][师師]|程序[员員]|[学學]生|[实實][习習]生|[总總][监監]|老[师師]|教[师師]|[护護]士|[医醫]生"
    r"|[会會][计計]|助理|[组組][长長]|[员員]工|[顾顧][问問]|研究[员員]|教授|[专專][员員]|[负負][责責]人|部的?人|的人)"
    r"|我的?(?:部[门門]|[职職][位称稱]|[岗崗]位|[级級][别別])是|我(?:已[经經])?(?:[调調]|[转轉]|加入)[到去了]*.{1,12}(?:部|[组組]|[团團][队隊])",
    re.IGNORECASE,
)


def depends_on_position(question: str) -> bool:
    """Whether what is asked is what the user may do, spend, claim or take."""
    return _DEPENDS.search(question) is not None


@functools.cache
def position_terms() -> tuple[str, ...]:
    """What words find a position by."""
    return tuple(
        dict.fromkeys(terms("I work in a department, my job, my position") + terms("工作 部门 上班 职位 担任"))
    )


def positions_bear(scored: Sequence[Candidate]) -> list[Candidate]:
    """The candidates by relativity, the user's position with at least what makes it worth returning."""
    raised = 0
    found = []
    for each in scored:
        if raised < MOST and _tells_position(each):
            found.append(replace(each, relativity=max(each.relativity, BEARS)))
            raised += 1
        else:
            found.append(each)
    return sorted(found, key=lambda candidate: -candidate.relativity)


def _tells_position(candidate: Candidate) -> bool:
    memory = candidate.ranked.memory
    content = memory.content
    if memory.owner.kind is not OwnerKind.USER or content.kind is not Kind.FACT or content.view is not View.USER:
        return False
    return any(_POSITION.search(said) for said in content.keys or (content.value,))
