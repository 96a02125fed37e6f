"""Times of day: `8 pm`, `20:30`, `下午三点半`, `last night`'s hours."""

import re

from memosd.language.times.numerals import CHINESE_NUMBER, chinese_number

PARTS: dict[str, tuple[int, int]] = {
    "morning": (5, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 30),
    "凌晨": (0, 6), "清晨": (5, 9), "早晨": (5, 12), "早上": (5, 12), "上午": (5, 12), "中午": (11, 14),
    "下午": (12, 18),    "傍晚": (17, 20), "晚上": (18, 30), "夜里": (18, 30), "半夜": (18, 30), "深夜": (18, 30),
    "早": (5, 12), "晨": (5, 12), "晚": (18, 30), "夜": (18, 30),
}  # fmt: skip
"""Full hours, end excluded; 30 is six o'clock of the next morning."""

ENGLISH_PART = "(?P<part>morning|afternoon|evening|night)"
CHINESE_PART = (
    f"(?P<part>{'|'.join(name for name in PARTS if len(name) == 2)}"
    "|(?<=[昨今明前])[早晨晚夜]|(?<=[天日一二三四五六号])[早晚](?!就|已|该|点|饭|餐|安|会|了))"
)
ENGLISH_CLOCK = (
    r"(?:(?P<hour>[01]?[0-9]|2[0-3])(?:[:.](?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9])(?:\.[0-9]{1,9})?)?)?"
    r" ?(?P<half>[ap])(?:\.m\.?|m)(?![a-z])|(?P<hour24>[01]?[0-9]|2[0-4]):(?P<minute24>[0-5][0-9])"
    r"(?::(?P<second24>[0-5][0-9])(?:\.[0-9]{1,9})?)?(?![:0-9])|(?P<noon>noon|midnight)\b)"
)
CHINESE_CLOCK = (
    rf"(?:(?P<hour>{CHINESE_NUMBER}) ?[点时](?!间|候|光|机|代|常|刻|期|差|辰|分之)(?:钟|整)?(?:(?P<half>半)|"
    rf"(?P<quarter>[一三])刻"
    rf"|(?P<minute>{CHINESE_NUMBER}) ?分?(?:(?P<second>{CHINESE_NUMBER}) ?秒)?)?"
    r"|(?P<hour24>[01]?[0-9]|2[0-4]):(?P<minute24>[0-5][0-9])(?::(?P<second24>[0-5][0-9]))?(?![:0-9]| ?[ap]\.?m\b))"
)


def read_clock(match: re.Match[str], part: str | None = None) -> tuple[int, int | None, int] | None:
    """Hour, minute and second that an `ENGLISH_CLOCK` or `CHINESE_CLOCK` match tells, `part` being the time of day said
    with it. The minute is None if none was told; an hour of 24 or more lies in the next day. None for 25 o'clock."""
    minute: int | None
    told = {name: value for name, value in match.groupdict().items() if value is not None}
    if "noon" in told:
        return (12 if told["noon"] == "noon" else 24), None, 0
    if "hour24" in told:
        hour, minute, second = int(told["hour24"]), int(told["minute24"]), int(told.get("second24", 0))
    else:
        hour, second = chinese_number(told["hour"]), chinese_number(told.get("second", "0"))
        minute = _minute(told)
    if hour > 24 or (minute or 0) > 59 or second > 59:
        return None
    return _on_24_hours(hour, told.get("half") if told.get("half") in ("a", "p") else part), minute, second


def _minute(told: dict[str, str]) -> int | None:
    if told.get("half") == "半":
        return 30
    if "quarter" in told:
        return 15 * chinese_number(told["quarter"])
    return chinese_number(told["minute"]) if "minute" in told else None


def _on_24_hours(hour: int, part: str | None) -> int:
    """The hour of the day, for an hour said with `a`, `p` (before, after noon) or a part of the day."""
    if part is None or hour > 12:
        return hour
    if part in ("a", "凌晨"):
        return hour % 12
    if part == "p":
        return hour % 12 + 12
    first, last = PARTS[part]
    if last == 30 and (hour == 12 or hour < 5):  # in the night, after midnight
        return 24 + hour % 12
    return hour + 12 if first >= 11 and hour < first - 1 else hour
