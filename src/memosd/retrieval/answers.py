"""Which kind of answer a question asks for, and whether a memory holds anything of that kind."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

Answer = Literal["time", "number", "colour"]

_WEEKDAYS = "mon|tues|wednes|thurs|fri|satur|sun"
_MONTHS = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|half|dozen|twice|once"
)
_ASKED: Mapping[Answer, re.Pattern[str]] = {
    "time": re.compile(
        r"\bwhen\b|\bwhat (?:time|day|date|month|year)\b|\bwhich (?:day|month|year|date|evening|morning|weekday)\b"
        r"|\bhow (?:long ago|soon)\b"
        r"|什[么麼][时時]候|啥[时時]候|何[时時]|哪一?[天年]|[几幾][点點号號月]|[周週期][几幾]|多久前|日期",
        re.IGNORECASE,
    ),
    "number": re.compile(
        r"\bhow (?:many|much|long|old|far|big|tall|often|high|large|fast|heavy|late|deep)\b"
        r"|\bwhat(?:'s| is| was) the (?:number|price|cost|rent|size|code|salary)\b"
        r"|[几幾]|多少|多[大高长長重远遠久宽寬深]|[价價]格|房租|[号號][码碼]",
        re.IGNORECASE,
    ),
    "colour": re.compile(r"\bcolou?rs?\b|[颜顏]色|[么麼啥]色", re.IGNORECASE),
}
_HELD: Mapping[Answer, re.Pattern[str]] = {
    "time": re.compile(
        rf"\d[:.]\d\d|\d ?[ap]m\b|\b(?:{_WEEKDAYS})days?\b|\b(?:{_MONTHS})[a-z]*\b|\bmay\b"
        r"|\b\d{4}\b|\d(?:st|nd|rd|th)\b"
        r"|\b(?:today|tomorrow|yesterday|tonight|night|morning|afternoon|evening|noon|midnight|weekend|week|fortnight|month"
        r"|year|spring|summer|autumn|winter|ago|since|o'clock|birthday|quarter)s?\b|half past"
        r"|[年月日号號点點周週]|星期|[礼禮]拜|[今明昨前后後]天|天[之以]?[前后後]|第一天|最[后後]一天|昨[晚夜]|早上|晚上|中午|[上下]午|凌晨|[夏冬秋]|春[节節天]",
        re.IGNORECASE,
    ),
    "number": re.compile(rf"\d|[一二三四五六七八九十百千万萬两兩半]|\b(?:{_NUMBERS})\b", re.IGNORECASE),
    "colour": re.compile(
        r"\b(?:red|blue|green|yellow|black|white|grey|gray|pink|purple|orange|brown|beige|silver|gold|golden|navy|teal"
        r"|turquoise|cream|maroon)\b|[红紅蓝藍绿綠黄黃黑白灰粉紫棕银銀金]|[橘橙]色",
        re.IGNORECASE,
    ),
}


def answers_asked_for(question: str) -> list[Answer]:
    """The kinds of answer that a question's words call for; mostly none or one."""
    return [kind for kind, asks in _ASKED.items() if asks.search(question)]


def holds(answer: Answer, texts: Sequence[str]) -> bool:
    """Whether a memory, given as the texts that were said, holds anything of the kind."""
    return any(_HELD[answer].search(text) for text in texts)
