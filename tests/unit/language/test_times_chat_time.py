"""When something was said, as clients write it."""

from datetime import UTC, datetime

import pytest

from memosd.language.times import parse_chat_time

MORNING = datetime(2025, 9, 12, 8, 0, tzinfo=UTC)
EVENING = datetime(2025, 9, 12, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2025-09-12T08:00:00Z",
        "2025-09-12T16:00:00+08:00",
        "2025-09-12T08:00:00.000000000Z",
        "2025-09-12 08:00:00",
        " 2025-09-12 08:00 ",
        "2025-9-12 8:00",
        "2025/09/12 08:00:00",
        "2025/9/12 (Fri) 08:00",
        "2025.9.12 8:00",
        "20250912080000",
        "2025-09-12 08:00:00 UTC",
        "2025-09-12 16:00 GMT+8",
        "Fri, 12 Sep 2025 16:00:00 +0800",
        1757664000,
        1757664000.0,
        1757664000000,
        "1757664000",
        "1757664000000",
        "2025年9月12日上午8点",
        "2025年9月12日 8:00",
        "2025年9月12日8时",
        "２０２５年９月１２日上午８点",
        "2025年9月12號上午8點",
        "二〇二五年九月十二日早上八点钟",
        "2025年9月12日 星期五 上午8点整",
        "September 12, 2025 8:00 AM",
        "Sept. 12th, 2025, 8 am",
        "12 September 2025 08:00",
        "8:00 am on 12 September, 2025",
        "8:00 AM, Friday, September 12 2025",
        "12-Sep-2025 08:00",
    ],
)
def test_the_same_morning_in_every_writing(value: str | float) -> None:
    assert parse_chat_time(value) == MORNING


@pytest.mark.parametrize(
    "value",
    [
        "2025年9月12日 20:30",
        "2025年9月12日晚上8点半",
        "2025年9月12日下午8点30分",
        "12 Sep 2025 8:30 p.m.",
        "2025-09-12T20:30",
    ],
)
def test_the_same_evening_in_every_writing(value: str) -> None:
    assert parse_chat_time(value) == EVENING


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12 Sep 2025", datetime(2025, 9, 12, tzinfo=UTC)),
        ("2025年9月12日", datetime(2025, 9, 12, tzinfo=UTC)),
        ("2025-09-12", datetime(2025, 9, 12, tzinfo=UTC)),
        ("20250912", datetime(2025, 9, 12, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2025年9月12日中午12点", datetime(2025, 9, 12, 12, tzinfo=UTC)),
        ("2025年9月12日晚上12点", datetime(2025, 9, 13, tzinfo=UTC)),
        ("2025年9月12日凌晨12点半", datetime(2025, 9, 12, 0, 30, tzinfo=UTC)),
        ("2025年9月12日下午3点15分20秒", datetime(2025, 9, 12, 15, 15, 20, tzinfo=UTC)),
        ("2025年9月12日下午三点一刻", datetime(2025, 9, 12, 15, 15, tzinfo=UTC)),
        ("12:30 AM Sep 12 2025", datetime(2025, 9, 12, 0, 30, tzinfo=UTC)),
        ("12:30 pm Sep 12 2025", datetime(2025, 9, 12, 12, 30, tzinfo=UTC)),
        ("2025-01-01T00:30:00+01:00", datetime(2024, 12, 31, 23, 30, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1757664000.5, datetime(2025, 9, 12, 8, 0, 0, 500000, tzinfo=UTC)),
        (-86400, datetime(1969, 12, 31, tzinfo=UTC)),
    ],
)
def test_reads(value: str | float, expected: datetime) -> None:
    assert parse_chat_time(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "hello", "yesterday", "昨天",
        "2025", "2025年", "2025年9月", "2025-02-30", "2025年13月1日", "31 Feb 2025",
        "1899-12-31", "2201-01-01", "3000年1月1日",
        "2025-09-12 25:00", "2025年9月12日 30点", "12 Sep 2025 at the market",
        "2025-09-12 to 2025-09-13", "12:30", "x" * 10_000, "2025-09-12" + " " * 200, "\ud800", "٢٠٢٥-٠٩-١٢",
        float("nan"), float("inf"), -float("inf"), 1e300, 10**40, "9" * 5000, "2025-09-12 08:00 UTC+99",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_none(value: str | float) -> None:
    assert parse_chat_time(value) is None
