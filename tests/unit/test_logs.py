"""Logs as lines of JSON."""

import json
import logging
import sys

from memosd.http.logs import JsonLines


def record(message: str, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("memosd.access", logging.INFO, __file__, 1, message, None, None)
    vars(made).update(more)
    return made


def test_a_line_has_what_was_given() -> None:
    line = json.loads(JsonLines().format(record("request", status=200, path="/health\n", created=0.0)))
    assert line == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "info",
        "logger": "memosd.access",
        "message": "request",
        "status": 200,
        "path": "/health\n",
    }


def test_a_line_is_one_line_also_for_a_fault() -> None:
    try:
        raise ValueError("broken\ninto two")
    except ValueError:
        text = JsonLines().format(record("fault", exc_info=sys.exc_info()))
    assert "\n" not in text
    assert "ValueError: broken" in json.loads(text)["fault"]


def test_what_json_cannot_say_is_said_as_text() -> None:
    assert json.loads(JsonLines().format(record("x", reason=KeyError("a"))))["reason"] == "'a'"
