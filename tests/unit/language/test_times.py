"""Expressions of time in Chinese and English, against fixed moments."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memosd.domain.search import Span
from memosd.language.times import (
    Grain,
    describe,
    find_times,
    question_time,
    resolve_times,
    with_dates,
    without_dates,
)

WEDNESDAY = datetime(2025, 6, 18, 20, 15, tzinfo=UTC)


def written(text: str, said_at: datetime = WEDNESDAY) -> list[str]:
    """Every expression of time as `what stands there = when that is`."""
    return [f"{mention.text} = {describe(mention.span, mention.grain, 'en')}" for mention in find_times(text, said_at)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # days
        ("I sold the sofa yesterday.", "yesterday = 2025-06-17"),
        ("Today is fine", "Today = 2025-06-18"),
        ("Tomorrow I leave", "Tomorrow = 2025-06-19"),
        ("The day before yesterday I fell", "The day before yesterday = 2025-06-16"),
        ("I leave the day after tomorrow", "the day after tomorrow = 2025-06-20"),
        ("last night was fun", "last night = 2025-06-17"),
        ("see you tonight", "tonight = 2025-06-18"),
        ("I ran this morning", "this morning = 2025-06-18"),
        ("yesterday's talk", "yesterday's = 2025-06-17"),
        ("three days ago we met", "three days ago = 2025-06-15"),
        ("a week ago today", "a week ago today = 2025-06-11"),
        ("twenty-one days ago", "twenty-one days ago = 2025-05-28"),
        ("in 3 days we fly", "in 3 days = 2025-06-21"),
        ("ten days from now", "ten days from now = 2025-06-28"),
        ("a few days ago I fell", "a few days ago = around 2025-06-15"),
        ("a couple of days ago", "a couple of days ago = around 2025-06-16"),
        ("the other day we spoke", "the other day = around 2025-06-14"),
        # weeks and weekdays
        ("last week I flew", "last week = the week of 2025-06-09 to 2025-06-15"),
        ("this week", "this week = the week of 2025-06-16 to 2025-06-22"),
        ("next week", "next week = the week of 2025-06-23 to 2025-06-29"),
        ("the week before last", "the week before last = the week of 2025-06-02 to 2025-06-08"),
        ("two weeks ago", "two weeks ago = around 2025-06-04"),
        ("In two weeks I go", "In two weeks = around 2025-07-02"),
        ("last weekend", "last weekend = 2025-06-14 to 2025-06-15"),
        ("this weekend", "this weekend = 2025-06-21 to 2025-06-22"),
        ("two weekends ago", "two weekends ago = 2025-06-07 to 2025-06-08"),
        ("last Friday", "last Friday = 2025-06-13"),
        ("last Wednesday", "last Wednesday = 2025-06-11"),
        ("last Tues", "last Tues = 2025-06-17"),
        ("next Friday", "next Friday = 2025-06-27"),
        ("this Friday", "this Friday = 2025-06-20"),
        ("this past Friday", "this past Friday = 2025-06-13"),
        ("two Fridays ago", "two Fridays ago = 2025-06-06"),
        ("On Wednesday last week I had it", "Wednesday last week = 2025-06-11"),
        ("On Friday next week I go", "Friday next week = 2025-06-27"),
        ("next week on Friday", "next week on Friday = 2025-06-27"),
        ("On Monday I went home", "Monday = 2025-06-16"),
        ("On Monday I will go home", "Monday = 2025-06-23"),
        ("On Friday I bought it", "Friday = 2025-06-13"),
        ("Let's meet on friday", "friday = 2025-06-20"),
        # months, quarters, seasons, years
        ("last month", "last month = May 2025"),
        ("next month", "next month = July 2025"),
        ("two months ago", "two months ago = April 2025"),
        ("a few months ago", "a few months ago = around March 2025"),
        ("half a year ago", "half a year ago = around December 2024"),
        ("last quarter", "last quarter = Q1 2025"),
        ("last year", "last year = 2024"),
        ("next year", "next year = 2026"),
        ("a year ago", "a year ago = around June 2024"),
        ("two years ago I moved", "two years ago = 2023"),
        ("3 yrs ago", "3 yrs ago = 2022"),
        ("over the past two years", "over the past two years = 2023-06-18 to 2025-06-18"),
        ("half an hour ago", "half an hour ago = 2025-06-18 19:45"),
        ("a year and a half ago", "a year and a half ago = around December 2023"),
        ("last summer", "last summer = summer 2024"),
        ("this summer", "this summer = summer 2025"),
        ("next winter", "next winter = winter 2025"),
        ("the summer of 2019", "the summer of 2019 = summer 2019"),
        ("last May I flew", "last May = May 2025"),
        ("last June I flew", "last June = June 2024"),
        ("next May", "next May = May 2026"),
        ("I left in May", "May = May 2025"),
        ("I left in August", "August = August 2024"),
        ("I'll leave in May", "May = May 2026"),
        ("in October last year", "October last year = October 2024"),
        ("in early May 2023", "in early May 2023 = early May 2023"),
        ("the end of last month", "the end of last month = late May 2025"),
        ("since 2019", "2019 = 2019"),
        ("the first quarter of 2024", "the first quarter of 2024 = Q1 2024"),
        # dates
        ("on March 5 I fell", "March 5 = 2025-03-05"),
        ("on 5 March I fell", "5 March = 2025-03-05"),
        ("we flew on August 5", "August 5 = 2024-08-05"),
        ("we will fly on March 5", "March 5 = 2026-03-05"),
        ("they moved my operation to March 5", "March 5 = 2026-03-05"),
        ("the visit got rescheduled for Friday", "Friday = 2025-06-20"),
        ("on May 5th, 2023", "May 5th, 2023 = 2023-05-05"),
        ("the 5th of May 2023", "the 5th of May 2023 = 2023-05-05"),
        ("on 2023-05-06", "2023-05-06 = 2023-05-06"),
        ("at 2023-05-06 08:30", "2023-05-06 08:30 = 2023-05-06 08:30"),
        ("on 5/6/2023", "5/6/2023 = 2023-05-06"),
        ("on 25/6/2023", "25/6/2023 = 2023-06-25"),
        ("on the 8th of next month", "the 8th of next month = 2025-07-08"),
        ("I paid on the 5th.", "the 5th = 2025-06-05"),
        ("I will pay on the 5th.", "the 5th = 2025-07-05"),
        # feasts
        ("last Christmas", "last Christmas = 2024-12-25"),
        ("next Christmas", "next Christmas = 2025-12-25"),
        ("We flew home at Christmas", "Christmas = 2024-12-25"),
        ("Thanksgiving 2024", "Thanksgiving 2024 = 2024-11-28"),
        ("Chinese New Year 2024", "Chinese New Year 2024 = 2024-02-10"),
        # days by their place, and by a week
        ("The lease ends on the last day of this month.", "the last day of this month = 2025-06-30"),
        ("I paid it on the last day of last month", "the last day of last month = 2025-05-31"),
        ("the first day of next month", "the first day of next month = 2025-07-01"),
        ("on the very last day of last year we met", "the very last day of last year = 2024-12-31"),
        ("We leave on the last day of July", "the last day of July = 2025-07-31"),
        ("the last day of February 2024", "the last day of February 2024 = 2024-02-29"),
        ("the first Friday of next month", "the first Friday of next month = 2025-07-04"),
        ("on the last Sunday of last month", "the last Sunday of last month = 2025-05-25"),
        ("It will be on the third Monday in September", "the third Monday in September = 2025-09-15"),
        ("In a fortnight I start", "In a fortnight = around 2025-07-02"),
        ("in a fortnight's time", "in a fortnight's time = around 2025-07-02"),
        ("a fortnight ago we met", "a fortnight ago = around 2025-06-04"),
        ("in ten days' time", "in ten days' time = 2025-06-28"),
        ("A week from today I leave", "A week from today = 2025-06-25"),
        ("a week from tomorrow", "a week from tomorrow = 2025-06-26"),
        ("The race is a week on Sunday", "a week on Sunday = 2025-06-29"),
        ("See you Friday week", "Friday week = 2025-06-27"),
        ("It broke a week ago yesterday", "a week ago yesterday = 2025-06-10"),
        ("the Friday before last", "the Friday before last = 2025-06-06"),
        ("the Monday after next", "the Monday after next = 2025-06-30"),
        ("this day last year", "this day last year = 2024-06-18"),
        # beside one another
        ("tomorrow at 8 pm", "tomorrow at 8 pm = 2025-06-19 20:00"),
        ("next Friday at 20:30", "next Friday at 20:30 = 2025-06-27 20:30"),
        ("I am studying for the exam in March", "March = March 2026"),
        ("on Friday at 3pm.", "Friday at 3pm = 2025-06-20 15:00"),
        ("yesterday at noon", "yesterday at noon = 2025-06-17 12:00"),
        ("yesterday morning", "yesterday morning = 2025-06-17"),
        ("the week before 9 June 2023", "the week before 9 June 2023 = 2023-06-02 to 2023-06-08"),
        ("The Friday before 15 July 2023", "The Friday before 15 July 2023 = 2023-07-14"),
        ("two days before last Christmas", "two days before last Christmas = 2024-12-23"),
        ("a few days before 19 August 2023", "a few days before 19 August 2023 = around 2023-08-16"),
    ],
)
def test_english(text: str, expected: str) -> None:
    assert written(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # days
        ("昨天我把沙发卖了", "昨天 = 2025-06-17"),
        ("今天天气真好", "今天 = 2025-06-18"),
        ("明天去爬山", "明天 = 2025-06-19"),
        ("前天摔的", "前天 = 2025-06-16"),
        ("大前天摔的", "大前天 = 2025-06-15"),
        ("后天交", "后天 = 2025-06-20"),
        ("大后天交", "大后天 = 2025-06-21"),
        ("昨晚没睡", "昨晚 = 2025-06-17"),
        ("今早跑步", "今早 = 2025-06-18"),
        ("三天前收养了猫", "三天前 = 2025-06-15"),
        ("3天后出发", "3天后 = 2025-06-21"),
        ("廿天後出發", "廿天後 = 2025-07-08"),
        ("十五天之后出发", "十五天之后 = 2025-07-03"),
        ("前几天感冒了", "前几天 = around 2025-06-15"),
        ("前两天感冒了", "前两天 = around 2025-06-16"),
        ("几天前感冒了", "几天前 = around 2025-06-15"),
        # weeks and weekdays
        ("上周去了上海", "上周 = the week of 2025-06-09 to 2025-06-15"),
        ("上個星期去了上海", "上個星期 = the week of 2025-06-09 to 2025-06-15"),
        ("本周很忙", "本周 = the week of 2025-06-16 to 2025-06-22"),
        ("下周出差", "下周 = the week of 2025-06-23 to 2025-06-29"),
        ("上上周去了上海", "上上周 = the week of 2025-06-02 to 2025-06-08"),
        ("上周三去了医院", "上周三 = 2025-06-11"),
        ("上週三去了醫院", "上週三 = 2025-06-11"),
        ("上上周三去了医院", "上上周三 = 2025-06-04"),
        ("这周五开会", "这周五 = 2025-06-20"),
        ("这周一开了会", "这周一 = 2025-06-16"),
        ("下周一开会", "下周一 = 2025-06-23"),
        ("下个礼拜天开会", "下个礼拜天 = 2025-06-29"),
        ("星期五我去了医院", "星期五 = 2025-06-13"),
        ("星期五我要去医院", "星期五 = 2025-06-20"),
        ("周三见", "周三 = 2025-06-25"),
        ("周三我们都去爬山了", "周三 = 2025-06-11"),
        ("周三大家都在", "周三 = 2025-06-25"),
        ("七月天气很热", "七月 = July 2025"),
        ("我在备考三月的考试", "三月 = March 2026"),
        ("上周末爬了山", "上周末 = 2025-06-14 to 2025-06-15"),
        ("周末去了海边", "周末 = 2025-06-14 to 2025-06-15"),
        ("这个周末要去海边", "这个周末 = 2025-06-21 to 2025-06-22"),
        ("两周后去展会", "两周后 = around 2025-07-02"),
        ("一个星期前", "一个星期前 = around 2025-06-11"),
        # months, quarters, seasons, years
        ("上个月病了", "上个月 = May 2025"),
        ("下個月搬家", "下個月 = July 2025"),
        ("上上个月搬家", "上上个月 = April 2025"),
        ("三个月前搬了家", "三个月前 = March 2025"),
        ("半年前辞职了", "半年前 = around December 2024"),
        ("一年半前结婚了", "一年半前 = around December 2023"),
        ("半个多月前", "半个多月前 = around 2025-06-03"),
        ("两个半月前", "两个半月前 = around 2025-04-04"),
        ("最近两周都在加班", "最近两周 = 2025-06-04 to 2025-06-18"),
        ("半个月前", "半个月前 = around 2025-06-03"),
        ("去年换了工作", "去年 = 2024"),
        ("前年换了工作", "前年 = 2023"),
        ("明年结婚", "明年 = 2026"),
        ("两年前搬来", "两年前 = 2023"),
        ("一年前搬来", "一年前 = around June 2024"),
        ("2019年毕业", "2019年 = 2019"),
        ("二〇一九年毕业", "二〇一九年 = 2019"),
        ("去年十月离职", "去年十月 = October 2024"),
        ("去年夏天去了海南", "去年夏天 = summer 2024"),
        ("今年第一季度", "今年第一季度 = Q1 2025"),
        ("上个季度", "上个季度 = Q1 2025"),
        ("三月去了日本", "三月 = March 2025"),
        ("十二月去了日本", "十二月 = December 2024"),
        ("三月要去日本", "三月 = March 2026"),
        ("月底要交房租", "月底 = late June 2025"),
        ("上个月底交了房租", "上个月底 = late May 2025"),
        ("去年年底买了房", "去年年底 = around December 2024"),
        # dates
        ("2025年6月17日卖了", "2025年6月17日 = 2025-06-17"),
        ("２０２５年６月１７日卖了", "２０２５年６月１７日 = 2025-06-17"),
        ("二〇二五年六月十七日卖了", "二〇二五年六月十七日 = 2025-06-17"),
        ("3月5日摔了", "3月5日 = 2025-03-05"),
        ("三月五號摔了", "三月五號 = 2025-03-05"),
        ("8月5日摔了", "8月5日 = 2024-08-05"),
        ("体检改约到3月5日了", "3月5日 = 2026-03-05"),
        ("手術推遲到3月5日了", "3月5日 = 2026-03-05"),
        ("我要3月5日出发", "3月5日 = 2026-03-05"),
        ("去年3月5日", "去年3月5日 = 2024-03-05"),
        ("下个月8号妹妹结婚", "下个月8号 = 2025-07-08"),
        ("5号交了房租", "5号 = 2025-06-05"),
        ("5号要交房租", "5号 = 2025-07-05"),
        # feasts
        ("去年国庆在家", "去年国庆 = 2024-10-01"),
        ("国庆去了西安", "国庆 = 2024-10-01"),
        ("2024年春节", "2024年春节 = 2024-02-10"),
        ("今年中秋节", "今年中秋节 = 2025-10-06"),
        ("去年除夕", "去年除夕 = 2024-02-09"),
        ("2023年端午", "2023年端午 = 2023-06-22"),
        # days by their place, and by a week
        ("这个月最后一天到期", "这个月最后一天 = 2025-06-30"),
        ("上个月的最后一天还清了", "上个月的最后一天 = 2025-05-31"),
        ("上個月最後一天", "上個月最後一天 = 2025-05-31"),
        ("下个月第一天上班", "下个月第一天 = 2025-07-01"),
        ("去年最后一天我们见了面", "去年最后一天 = 2024-12-31"),
        ("2024年2月最后一天", "2024年2月最后一天 = 2024-02-29"),
        ("要在七月的最后一天交", "七月的最后一天 = 2025-07-31"),
        ("下个月第一个周五", "下个月第一个周五 = 2025-07-04"),
        ("上個月最後一個星期天", "上個月最後一個星期天 = 2025-05-25"),
        ("再过十天考试", "再过十天 = 2025-06-28"),
        ("再過兩週出發", "再過兩週 = around 2025-07-02"),
        ("上周的今天摔的", "上周的今天 = 2025-06-11"),
        ("去年今天认识的", "去年今天 = 2024-06-18"),
        # beside one another
        ("明天晚上八点半", "明天晚上八点半 = 2025-06-19 20:30"),
        ("昨天下午三点", "昨天下午三点 = 2025-06-17 15:00"),
        ("明早八点", "明早八点 = 2025-06-19 08:00"),
        ("今年春节前两天到家", "今年春节前两天 = 2025-01-27"),
    ],
)
def test_chinese(text: str, expected: str) -> None:
    assert written(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "give me a second", "the second try", "you may go", "It may work next", "march on", "we march for peace",
        "the fall of Rome", "do not fall", "5 to 10 people", "version 3.11", "it costs $20.25", "call 010-2025-0617",
        "every Monday I run", "on Mondays we meet", "each Friday", "Monday to Friday", "Black Friday", "recently",
        "for two days", "it took three weeks", "I am 20 years old",
        "2025 people came", "the 5th floor", "on the 5th floor",
        "one day", "all day long",
        "I read it in three days and loved it", "the last week of school", "my birthday is March 5",
        "一天到晚", "每天跑步", "每周三打球", "每个周末",
        "花了两天", "玩了三天", "以前天气好", "前天性", "先天后天的努力",
        "明白", "最近很忙", "住在5号楼", "坐5号线",
        "我的生日是3月5日", "周一到周五上班", "周三周五都有课", "一周三次", "每年三月", "第三天",
        "三个月大", "晚上月亮很圆", "以后天天见", "今后年年如此",
        "周四下午固定去学琴", "我一般周六都去爬山", "禮拜二通常在家", "我喜欢五月天的歌", "結婚紀念日是3月5日",
        "on the first Thursday of the month", "the last day of school", "第一天上学",
        "最后一天", "每月最后一个周五", "每个月第一天",
        "on Thursday I usually cook", "the first Saturday of each month", "our anniversary is March 5",
        "周杰伦", "周边", "三年级", "十一个人", "失去年轻的心",
        "3.11版本", "一点都不想去", "三天打鱼", "前年轻人很多", "两点之间", "他二十岁", "",
    ],
)  # fmt: skip
def test_is_no_time(text: str) -> None:
    assert written(text) == []


@pytest.mark.parametrize(
    ("said_at", "text", "expected"),
    [
        (datetime(2024, 12, 31, 22, 0, tzinfo=UTC), "tomorrow", "tomorrow = 2025-01-01"),
        (datetime(2024, 12, 31, 22, 0, tzinfo=UTC), "明天", "明天 = 2025-01-01"),
        (datetime(2025, 1, 1, 0, 0, tzinfo=UTC), "yesterday", "yesterday = 2024-12-31"),
        (datetime(2025, 1, 1, 0, 0, tzinfo=UTC), "昨天", "昨天 = 2024-12-31"),
        (datetime(2025, 1, 31, tzinfo=UTC), "last month", "last month = December 2024"),
        (datetime(2025, 1, 31, tzinfo=UTC), "下个月", "下个月 = February 2025"),
        (datetime(2025, 3, 31, tzinfo=UTC), "a month ago", "a month ago = February 2025"),
        (datetime(2024, 2, 28, tzinfo=UTC), "明天", "明天 = 2024-02-29"),
        (datetime(2025, 2, 27, tzinfo=UTC), "the day after tomorrow", "the day after tomorrow = 2025-03-01"),
        (datetime(2024, 3, 1, tzinfo=UTC), "yesterday", "yesterday = 2024-02-29"),
        (datetime(2025, 6, 16, tzinfo=UTC), "last Monday", "last Monday = 2025-06-09"),
        (datetime(2025, 6, 16, tzinfo=UTC), "上周日", "上周日 = 2025-06-15"),
        (datetime(2025, 6, 22, 23, 59, tzinfo=UTC), "last Monday", "last Monday = 2025-06-16"),
        (datetime(2025, 6, 22, 23, 59, tzinfo=UTC), "上周一", "上周一 = 2025-06-09"),
        (datetime(2025, 6, 22, tzinfo=UTC), "next Monday", "next Monday = 2025-06-23"),
        (datetime(2025, 6, 22, tzinfo=UTC), "下周一", "下周一 = 2025-06-23"),
        (datetime(2025, 6, 22, tzinfo=UTC), "last weekend", "last weekend = 2025-06-14 to 2025-06-15"),
        (datetime(2025, 1, 5, tzinfo=UTC), "last week", "last week = the week of 2024-12-23 to 2024-12-29"),
        (datetime(2025, 6, 18, tzinfo=UTC), "we met on 29 February", "29 February = 2024-02-29"),
        (datetime(2025, 2, 1, tzinfo=UTC), "last summer", "last summer = summer 2024"),
        (datetime(2025, 2, 1, tzinfo=UTC), "this winter", "this winter = winter 2024"),
        (datetime(2025, 2, 1, tzinfo=UTC), "这个冬天", "这个冬天 = winter 2024"),
        (datetime(1900, 1, 1, tzinfo=UTC), "yesterday and tomorrow", "tomorrow = 1900-01-02"),
    ],
)
def test_at_the_edges_of_the_calendar(said_at: datetime, text: str, expected: str) -> None:
    assert written(text, said_at) == [expected]


@pytest.mark.parametrize(
    "text", ["on February 30", "31 June 2023", "2023-13-01", "2月30日", "下个月32号", "9999 years ago"]
)
def test_a_date_the_calendar_lacks_is_no_time(text: str) -> None:
    assert [mention for mention in find_times(text, WEDNESDAY) if mention.grain == "day"] == []


def test_days_are_those_of_the_speakers_zone() -> None:
    shanghai = timezone(timedelta(hours=8))
    said_at = datetime(2025, 6, 18, 7, 0, tzinfo=shanghai)  # still the 17th in UTC
    [mention] = find_times("昨天到的", said_at)
    assert mention.span == Span(datetime(2025, 6, 16, 16, 0, tzinfo=UTC), datetime(2025, 6, 17, 16, 0, tzinfo=UTC))
    assert resolve_times("昨天到的", said_at) == "昨天（2025年6月17日）到的"
    assert find_times("昨天", said_at.replace(tzinfo=None)) == find_times("昨天", said_at.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I sold it yesterday.", "I sold it yesterday (2025-06-17)."),
        ("yesterday's talk", "yesterday's (2025-06-17) talk"),
        ("昨天我卖了它。", "昨天（2025年6月17日）我卖了它。"),
        ("上个月病了", "上个月（2025年5月）病了"),
        ("last week I flew", "last week (the week of 2025-06-09 to 2025-06-15) I flew"),
        ("上周去了", "上周（2025年6月9日至2025年6月15日那周）去了"),
        ("两周后去", "两周后（2025年7月2日左右）去"),
        ("这个月底交房租", "这个月底（2025年6月底）交房租"),
        ("下个月初、七月中旬和下月末", "下个月初（2025年7月初）、七月中旬（2025年7月中旬）和下月末（2025年7月底）"),
        ("We move at the end of next month.", "We move at the end of next month (late July 2025)."),
        (
            "in early February or mid-February",
            "in early February (early February 2025) or mid-February (mid-February 2025)",
        ),
        ("去年夏天 and last May", "去年夏天（2024年夏天） and last May (May 2025)"),
        ("上个季度", "上个季度（2025年第一季度）"),
        ("明天晚上八点半", "明天晚上八点半（2025年6月19日20:30）"),
        ("In 2019 I met her on 2023-05-06.", "In 2019 I met her on 2023-05-06."),
        ("yesterday (2025-06-17) I fell", "yesterday (2025-06-17) I fell"),
        ("no time here", "no time here"),
    ],
)
def test_dates_are_written_behind_relative_expressions(text: str, expected: str) -> None:
    assert resolve_times(text, WEDNESDAY) == expected
    assert resolve_times(expected, WEDNESDAY) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("I sold it yesterday.", "yesterday's talk", "last week I flew", "late next month we move", "In three weeks."),
        *("last summer and last May, or last quarter", "tomorrow at 5 pm", "next weekend", "the year before last"),
        *(
            "昨天我賣了它。",
            "上周去了",
            "两周后去",
            "去年夏天",
            "上个季度",
            "明天晚上八点半",
            "下周末",
            "去年",
            "上个月",
        ),
    ],
)
def test_dates_that_were_written_can_be_told_from_the_words(text: str) -> None:
    resolved = resolve_times(text, WEDNESDAY)
    assert resolved != text
    for said_at in (WEDNESDAY, WEDNESDAY + timedelta(days=40)):
        words, dates = without_dates(resolved, said_at)
        assert words == text
        assert with_dates(words, dates) == resolved


@pytest.mark.parametrize(
    "text", ["Dune (2021) ran yesterday, (2025-06-17)", "《沙丘》（2021年）昨天上映，我看了（两次）"]
)
def test_what_was_said_in_parentheses_belongs_to_the_words(text: str) -> None:
    assert without_dates(text, WEDNESDAY) == (text, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What did I do last May?", ("2025-05-01", "2025-06-01")),
        ("Where was I in June 2023?", ("2023-06-01", "2023-07-01")),
        ("我上周三去了哪", ("2025-06-11", "2025-06-12")),
        ("我8月在哪", ("2024-08-01", "2024-09-01")),
        ("Where am I in August?", ("2024-08-01", "2024-09-01")),
        ("between May and July 2023, what happened", ("2023-05-01", "2023-08-01")),
        ("去年三月到五月我在哪", ("2024-03-01", "2024-06-01")),
        ("What have I read since 2019?", ("2019-01-01", "2025-06-18")),
        ("2019年以前我住哪", ("1900-01-01", "2019-01-01")),
        ("Where did I live before 2019?", ("1900-01-01", "2019-01-01")),
        ("我昨天来过哪里", ("2025-06-17", "2025-06-18")),
        ("去年以来我读了什么", ("2024-01-01", "2025-06-18")),
        ("Where do I live now?", None),
        ("我现在住哪", None),
        ("What am I currently reading?", None),
    ],
)
def test_the_time_a_question_asks_about(text: str, expected: tuple[str, str] | None) -> None:
    span = question_time(text, WEDNESDAY)
    assert (span and (f"{span.start:%Y-%m-%d}", f"{span.end:%Y-%m-%d}")) == expected


@pytest.mark.parametrize(
    ("grain", "english", "chinese"),
    [
        ("minute", "2025-06-17 20:30", "2025年6月17日20:30"),
        ("day", "around 2025-07-03", "2025年7月3日左右"),
        ("month", "June 2025", "2025年6月"),
        ("quarter", "Q2 2025", "2025年第二季度"),
        ("year", "2025", "2025年"),
    ],
)
def test_the_grain_decides_how_a_date_is_written(grain: Grain, english: str, chinese: str) -> None:
    start = datetime(2025, 6, 17, 20, 30, tzinfo=UTC)
    span = Span(start, start + (timedelta(minutes=1) if grain == "minute" else timedelta(days=31)))
    assert (describe(span, grain, "en"), describe(span, grain, "zh")) == (english, chinese)


PIECES = st.sampled_from(
    """yesterday last next two 9999 weeks years ago in May 5 5th , 2023 at 8pm the week before Friday Christmas early
    of 32 13 昨天 上 下 周 三 个 月 年 前 后 5号 2月 30日 晚上 八点 半 国庆 春节 几 天 底 去年 2023年 .
    ， İ ſ \ud800""".split()
)


@given(
    text=st.text(st.characters(exclude_characters="()（）"), max_size=60)
    | st.lists(PIECES, max_size=12).map("".join)
    | st.lists(PIECES, max_size=12).map(" ".join),
    said_at=st.datetimes(datetime(1900, 1, 1), datetime(2200, 12, 31)),
)
def test_any_text_gives_valid_mentions_apart_from_one_another(text: str, said_at: datetime) -> None:
    mentions = find_times(text, said_at)
    end = 0
    for mention in mentions:
        assert end <= mention.start < mention.end <= len(text)
        assert mention.text == text[mention.start : mention.end]
        assert mention.span.start < mention.span.end
        end = mention.end
    resolved = resolve_times(text, said_at)
    assert re.sub(r" \([^()]*\)|（[^（）]*）", "", resolved) == text
    assert with_dates(*without_dates(resolved, said_at)) == resolved
    question_time(text, said_at)
