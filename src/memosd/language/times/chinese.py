"""Chinese expressions of time, written over Simplified characters and half-width digits.

`上周三` is the Wednesday of the calendar week before this, which begins on Monday (GB/T 7408, ISO 8601); a bare `周三`
is the latest in a sentence about the past, else the coming one. `三月` and `3月5日` are those of the year that the
sentence's tense points to. Counts are as exact as their unit: `两周后` names a day give or take three, `三个月前` a
calendar month.
"""

import re
from collections.abc import Callable

from memosd.language.times import places, spans
from memosd.language.times.counting import COUPLE, FEW, counted, counted_loosely, half_a, up_to_now
from memosd.language.times.holidays import holiday
from memosd.language.times.names import SEASONS, month_number, weekday_number
from memosd.language.times.numerals import CHINESE_NUMBER, chinese_number
from memosd.language.times.rules import Moment, Read, Rule
from memosd.language.times.spans import Reading

TRIGGER = re.compile(r"[天日号周年月季晚早晨夜]|星期|礼拜|节|除夕|元旦|元宵|五一|端午|中秋|国庆|十一|小时|分钟")

_DAYS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}
_YEARS = {"大前": -3, "前": -2, "去": -1, "今": 0, "本": 0, "明": 1, "后": 2}
_UNITS = {
    "分钟": "minute", "小时": "hour", "钟头": "hour", "天": "day", "日": "day", "周": "week", "星期": "week",
    "礼拜": "week", "月": "month", "年": "year",
}  # fmt: skip


def _shift(which: str) -> int:
    return -which.count("上") + which.count("下")


def _named_day(match: re.Match[str], at: Moment) -> Reading:
    return spans.day(at.now, _DAYS[match["day"]])


def _week(match: re.Match[str], at: Moment) -> Reading:
    shift = _shift(match["which"])
    if match["weekday"] == "末":
        return spans.weekend(at.now, shift)
    if match["weekday"]:
        return spans.weekday(at.now, weekday_number(match["weekday"]), shift)
    return spans.week(at.now, shift)


def _weekday(match: re.Match[str], at: Moment) -> Reading | None:
    if at.again:
        return None
    past = at.direction == "past"
    if match["weekday"] == "末":
        return spans.weekend(at.now, -1 if past and at.now.weekday() < 6 else 0)
    number = weekday_number(match["weekday"])
    return spans.weekday_before(at.now, number) if past else spans.weekday_after(at.now, number)


def _which_month(match: re.Match[str], at: Moment) -> Reading:
    month = spans.month_of(at.now, _shift(match["which"]))
    if match["day"]:
        return spans.date(month.start.year, month.start.month, chinese_number(match["day"]))
    return month


def _year_told(match: re.Match[str], at: Moment) -> int | None:
    if match["year"]:
        return chinese_number(match["year"])
    return at.now.year + _YEARS[match["which"]] if match["which"] else None


def _of_year(match: re.Match[str], at: Moment, reading: Callable[[int], Reading]) -> Reading | None:
    """Something that comes every year, in the year that is told or meant."""
    told = _year_told(match, at)
    if told is None:
        return at.of_year(reading)
    return reading(told).absolute() if match["year"] else reading(told)


def _year(match: re.Match[str], at: Moment) -> Reading | None:
    return _of_year(match, at, spans.year)


def _month(match: re.Match[str], at: Moment) -> Reading | None:
    number = month_number(match["month"])
    if not match["day"]:
        return _of_year(match, at, lambda year: spans.month(year, number))
    if re.search(r"(?:生日|[纪紀]念日|忌日)(?:是|在|:)?$", at.folded[max(0, match.start() - 5) : match.start()]):
        return None  # comes every year
    return _of_year(match, at, lambda year: spans.date(year, number, chinese_number(match["day"])))


def _season(match: re.Match[str], at: Moment) -> Reading | None:
    return _of_year(match, at, lambda year: spans.season(year, SEASONS[match["season"]]))


def _this_season(match: re.Match[str], at: Moment) -> Reading:
    season = SEASONS[match["season"]]
    begun = spans.season(at.now.year - 1, season)
    return begun if at.now < begun.end else spans.season(at.now.year, season)


def _quarter(match: re.Match[str], at: Moment) -> Reading | None:
    number = chinese_number(match["quarter"])
    if not 1 <= number <= 4:
        return None
    return _of_year(match, at, lambda year: spans.quarter(year, number))


def _which_quarter(match: re.Match[str], at: Moment) -> Reading:
    return spans.quarter(at.now.year, (at.now.month - 1) // 3 + 1 + _shift(match["which"]))


_HOLIDAYS = {
    "元旦": "new year's day", "春节": "spring festival", "大年初一": "spring festival",
    "除夕": "lunar new year's eve", "大年三十": "lunar new year's eve", "元宵节": "lantern festival",
    "元宵": "lantern festival", "情人节": "valentine's day", "妇女节": "women's day", "劳动节": "labour day",
    "五一": "labour day", "儿童节": "children's day", "六一": "children's day", "端午节": "dragon boat festival",
    "端午": "dragon boat festival", "教师节": "teachers' day", "中秋节": "mid-autumn festival",
    "中秋": "mid-autumn festival", "国庆节": "national day", "国庆": "national day", "十一": "national day",
    "双十一": "double eleven", "万圣节": "halloween", "平安夜": "christmas eve", "圣诞节": "christmas",
    "圣诞": "christmas",
}  # fmt: skip
_NUMBERED = frozenset({"五一", "六一", "十一"})


def _holiday(match: re.Match[str], at: Moment) -> Reading | None:
    name = match["holiday"]
    plain = _year_told(match, at) is None
    if plain and (
        at.direction is None
        or (name in _NUMBERED and not re.match("假期|期间|长假|节|黄金周|放假|前|后|去|回", at.folded[match.end() :]))
    ):
        return None
    return _of_year(match, at, lambda year: holiday(_HOLIDAYS[name], year))


def _day_of_month(match: re.Match[str], at: Moment) -> Reading | None:
    return at.of_month(lambda year, month: spans.date(year, month, chinese_number(match["day"])))


def _part_of_month(match: re.Match[str], at: Moment) -> Reading:
    return spans.month_of(at.now)


def _part_of_year(match: re.Match[str], at: Moment) -> Reading:
    return spans.year(at.now.year)


def _counted(match: re.Match[str], at: Moment) -> Reading:
    sign = -1 if match["sign"] == "前" else 1
    unit = _UNITS[match["unit"]]
    if match["loose"]:
        return counted_loosely(at.now, unit, FEW, sign)
    if match["half"]:
        return half_a(at.now, unit, sign)
    return counted(at.now, unit, sign * chinese_number(match["count"]), half="半" in (match["andhalf"], match["more"]))


def _loose_days(match: re.Match[str], at: Moment) -> Reading:
    sign = -1 if match["sign"] == "前" else 1
    return counted_loosely(at.now, "day", COUPLE if match["count"] == "两" else FEW, sign)


def _after_more(match: re.Match[str], at: Moment) -> Reading:
    """`再过十天`: from now on."""
    unit = _UNITS[match["unit"]]
    return half_a(at.now, unit, 1) if match["half"] else counted(at.now, unit, chinese_number(match["count"]))


def _day_at(match: re.Match[str], at: Moment) -> Reading | None:
    stretch = _stretch(match, at)
    return stretch and places.day_at(stretch, match["place"])


def _weekday_at(match: re.Match[str], at: Moment) -> Reading | None:
    stretch = _stretch(match, at)
    number = chinese_number(match["number"]) if match["number"] else 1
    if stretch is None or number > 4:
        return None
    return places.weekday_at(stretch, weekday_number(match["weekday"]), str(number) if match["number"] else "last")


def _stretch(match: re.Match[str], at: Moment) -> Reading | None:
    """The month, or the year, of which a day is told."""
    if match["whichmonth"]:
        return spans.month_of(at.now, _shift(match["whichmonth"]))
    if match["month"]:
        return _of_year(match, at, lambda year: spans.month(year, month_number(match["month"])))
    told = _year_told(match, at)
    return None if told is None else spans.year(told)


def _same_day(match: re.Match[str], at: Moment) -> Reading:
    """`上周的今天`, `去年今天`."""
    if match["which"]:
        return spans.day(at.now, 7 * _shift(match["which"]))
    return counted(at.now, "year", _YEARS[match["whichyear"]], exact=True)


def _up_to_now(match: re.Match[str], at: Moment) -> Reading:
    count = 6 if match["half"] else chinese_number(match["count"])
    return up_to_now(at.now, "month" if match["half"] else _UNITS[match["unit"]], count)


_WEEK = "(?:周|星期|礼拜)"
_OTHER_WORD = "(?![边围期转到全密岁年长]|杰伦|星驰)"  # what 周 begins besides weeks
_YEAR = (
    "(?:(?P<year>[0-9]{4}|[一二][零〇一二三四五六七八九]{3})年|(?<![以之过失今])(?P<which>大前|前|去|今|本|明"
    "|后)年)(?:的)?"
)
_YEAR_OR_NOT = f"(?:{_YEAR} ?)?"
_NUMBER_BEFORE = "(?<![0-9零〇一二两三四五六七八九十百几半整每第])"
_MONTH_OR_YEAR = (
    rf"(?<!每)(?:(?<![晚早马路网身桌楼])(?P<whichmonth>上+|下+|这|本)一?个?月"
    rf"|{_YEAR_OR_NOT}(?:{_NUMBER_BEFORE}(?P<month>{CHINESE_NUMBER}) ?月份?)?)的?"
)
_NOT_A_NUMBERED_THING = "(?![线楼码店房门院馆球桌床厅车位机选手站口台仓柜库窗公柴杆字家人上下])"


def _rule(pattern: str, read: Read) -> Rule:
    return Rule(re.compile(pattern), read)


RULES: tuple[Rule, ...] = (
    _rule(
        r"(?<![以之从目面眼最饭会课班战生死每])(?<!先天)(?P<day>大前|大后|前|昨|今|明|后)(?:天|[日儿](?![报后光头])|"
        r"(?=[晚夜早晨]))(?![性生真才赋然]|之骄子|努力|培养|免疫|形成)",
        _named_day,
    ),
    _rule(
        rf"(?<![晚早马路网身桌楼地乡])(?P<which>上+|下+|这|本|当)一?个?{_WEEK}{_OTHER_WORD}"
        rf"(?P<weekday>[一二三四五六日天末](?![次回遍趟]))?",
        _week,
    ),
    _rule(
        rf"{_NUMBER_BEFORE}(?<![上下这本当个])(?<!每个)(?<!逢)(?<!到)(?<!至)"
        rf"(?<!周[一二三四五六]){_WEEK}(?P<weekday>[一二三四五六日天末])(?![次回遍趟岁年到至-]|都|[一二三四五六日]|周)",
        _weekday,
    ),
    _rule(
        rf"(?<![晚早马路网身桌楼])(?P<which>上+|下+|这|本)一?个?月(?![亮光色球饼台嫂薪经])(?:的?(?P<day>"
        rf"{CHINESE_NUMBER})[号日])?",
        _which_month,
    ),
    _rule(
        rf"(?<!每)(?<!每年){_YEAR_OR_NOT}{_NUMBER_BEFORE}(?P<month>{CHINESE_NUMBER}) ?月(?!天(?![气亮黑空]))份?"
        rf"(?:的? ?(?P<day>{CHINESE_NUMBER})(?: ?[号日]|(?![0-9个人次岁点块元])))?",
        _month,
    ),
    _rule(rf"{_MONTH_OR_YEAR}(?P<place>最后|第|头)一天", _day_at),
    _rule(
        rf"{_MONTH_OR_YEAR}(?:第(?P<number>[一二三四1-4])|最后一?)个{_WEEK}(?P<weekday>[一二三四五六日天])", _weekday_at
    ),
    _rule(
        r"(?:(?P<which>上+|下+)一?个?(?:周|星期|礼拜)|(?<![以之过失今])(?P<whichyear>前|去|明|后)年)的?(?:今天|这一?天)",
        _same_day,
    ),
    _rule(
        rf"再过(?:(?P<half>半)个?|(?P<count>{CHINESE_NUMBER})个?)(?P<unit>天|周|星期|礼拜|月|年)(?![多半])", _after_more
    ),
    _rule(rf"{_NUMBER_BEFORE}{_YEAR}(?![轻龄纪级代味货夜饭糕])", _year),
    _rule(rf"{_YEAR}(?P<season>[春夏秋冬])(?:天|季|日)?", _season),
    _rule(r"(?:这个?|今)(?P<season>[春夏秋冬])(?:天|季|日)?", _this_season),
    _rule(rf"{_YEAR_OR_NOT}第?(?P<quarter>[一二三四1-4])季度", _quarter),
    _rule(r"(?P<which>上+|下+|这|本)一?个?季度", _which_quarter),
    _rule(
        rf"(?<!双){_YEAR_OR_NOT}(?P<holiday>{'|'.join(sorted(_HOLIDAYS, key=len, reverse=True))})"
        rf"(?![0-9月日号个点年岁])",
        _holiday,
    ),
    _rule(
        rf"(?<![月第每0-9.])(?<![号日][到至-]){_NUMBER_BEFORE}(?P<day>[0-3]?[0-9]|[一二三]?十[一二三四五六七八九]?"
        rf"|[一二三四五六七八九])号{_NOT_A_NUMBERED_THING}",
        _day_of_month,
    ),
    _rule(r"(?<![每一二三四五六七八九十个0-9上下这本岁])月(?=[初底末中](?![国文学间]))", _part_of_month),
    _rule(r"(?<![每一二三四五六七八九十0-9去今明前后本])年(?=[初底末中](?![国文学间]))", _part_of_year),
    _rule(
        rf"(?<![了过第每住玩待呆用花])(?:(?P<loose>好?几个?)|(?P<half>半个?多?)|(?P<count>{CHINESE_NUMBER})个?"
        rf"(?P<andhalf>半)?)(?P<unit>分钟|小时|钟头|天|日|周|星期|礼拜|月|年)(?:多|(?P<more>半))?(?:之|以)?(?P<sign>[前后])"
        rf"(?![面边天年])",
        _counted,
    ),
    _rule(r"(?<![以之目面眼天年月])(?P<sign>前|过)(?P<count>两|几|些)天(?!都)", _loose_days),
    _rule(
        rf"(?:最近|过去)的?这?(?:(?P<half>半)年|(?P<count>{CHINESE_NUMBER})个?(?P<unit>天|日|周|星期|礼拜|月|年))"
        rf"(?:里|内|以来|来|间)?",
        _up_to_now,
    ),
)
