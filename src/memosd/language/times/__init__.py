"""Expressions of time in Chinese and English: found, understood against the time of speaking, and written out."""

from memosd.language.times.chat_time import parse_chat_time
from memosd.language.times.finding import Mention, find_times, question_time
from memosd.language.times.spans import Grain
from memosd.language.times.writing import dated_times, describe, resolve_times, with_dates, without_dates

__all__ = [
    "Grain",
    "Mention",
    "dated_times",
    "describe",
    "find_times",
    "parse_chat_time",
    "question_time",
    "resolve_times",
    "with_dates",
    "without_dates",
]
