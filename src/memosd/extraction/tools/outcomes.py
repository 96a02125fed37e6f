"""Whether a tool's call succeeded, read from what it returned: flags, codes, errors, emptiness, or plain words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from memosd.extraction.patterns import pattern
from memosd.language.script import language_of
from memosd.language.sentences import clip
from memosd.language.terms import fold

EMPTY = "empty result"
NO_RESULT = "no result"
UNSPECIFIED = "failed without saying why"
ERROR_LENGTH = 200
"""Characters of an error that are kept."""
SHORT = 300
"""Characters; in a longer text, words of failure count only where it begins: a document may tell of errors."""
MAX_JSON = 1_000_000
"""Characters; a longer result is read as plain text."""

_SUCCEEDED = frozenset({"ok", "success", "succeeded", "successful", "issuccess", "passed"})
_FAILED = frozenset({"iserror", "failed", "haserror", "iserr"})
_ERRORS = frozenset(
    {"error", "errors", "err", "errormessage", "errormsg", "errmsg", "exception", "traceback", "fault", "failure"}
)
_CODES = frozenset({"code", "status", "statuscode", "httpstatus", "httpcode", "errno", "errcode", "retcode", "state"})
_EXITS = frozenset({"exitcode", "returncode", "exitstatus"})
_SAYINGS = (
    "message",
    "msg",
    "reason",
    "detail",
    "details",
    "description",
    "stderr",
    "hint",
    "text",
    "content",
    "title",
    "type",
)
_INSIDE = frozenset({"result", "data", "response", "body", "output"})
_COUNTS = frozenset({"count", "total", "size", "page", "query", "took", "warnings", "message", "msg"})
_CODE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_GOOD = frozenset("ok success succeeded successful done completed complete finished created accepted 成功 完成".split())
_BAD = frozenset(
    "error failed failure fail fatal timeout denied rejected refused unauthorized forbidden invalid aborted cancelled "
    "canceled exception notfound 失败 错误 异常 超时 拒绝 无效 取消".split()
)
_EXCEPTION = re.compile(r"^(?:Traceback \(most recent|[\w.]*(?:Error|Exception)\b[:(])", re.MULTILINE)
_HTTP = re.compile(r"\bHTTP(?:/[\d.]+)?(?: status| code| error)*:? ?([1-5]\d\d)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """error: what went wrong, as it was said; empty if nothing did."""

    ok: bool
    error: str = ""


def judged(result: str) -> Verdict:
    """What a call's result says of it. A result that shows no sign of failure is a success."""
    text = result.strip()
    if text[:1] in ("{", "[", '"') or text in ("null", "true", "false"):
        try:
            value = orjson.loads(text[: MAX_JSON + 1])
        except orjson.JSONDecodeError:
            return _plain(text)
        return _value(value)
    return _plain(text)


def _value(value: Any) -> Verdict:
    if isinstance(value, str):
        return _plain(value.strip())
    if value is None or value == [] or value == {}:
        return Verdict(ok=False, error=EMPTY)
    if value is False:
        return Verdict(ok=False, error=UNSPECIFIED)
    if isinstance(value, dict):
        return _object(value, depth=0)
    return Verdict(ok=True)


def _object(value: Mapping[str, Any], *, depth: int) -> Verdict:
    keys = {re.sub(r"[\W_]", "", key).casefold(): inner for key, inner in value.items()}
    if any(_signals_failure(key, inner) for key, inner in keys.items()):
        return Verdict(ok=False, error=_error(keys) or UNSPECIFIED)
    for key in keys.keys() & _INSIDE:
        if isinstance(inner := keys[key], dict) and inner and depth == 0:
            verdict = _object(inner, depth=1)
            if not verdict.ok:
                return verdict
    return Verdict(ok=False, error=EMPTY) if _is_empty(keys) else Verdict(ok=True)


def _signals_failure(key: str, value: Any) -> bool:
    if key in _SUCCEEDED:
        return value is False or (isinstance(value, str) and _word(value) in {"false", "no", *_BAD})
    if key in _FAILED:
        return value is True or (isinstance(value, str) and _word(value) == "true")
    if key in _ERRORS:
        return bool(value) and _word(str(value)) not in {"none", "null", "no", "false", "0", *_GOOD}
    if key in _EXITS:
        return isinstance(value, int) and not isinstance(value, bool) and value != 0
    if key in _CODES:
        if isinstance(value, str):
            return _bad_code(int(value)) if _CODE.fullmatch(value.strip()) else _word(value) in _BAD
        return isinstance(value, int) and not isinstance(value, bool) and _bad_code(value)
    return False


def _bad_code(code: int) -> bool:
    """HTTP's 4xx and 5xx, the longer codes that begin with them, and negative numbers."""
    return code < 0 or (code >= 400 and str(code)[0] in "45")


def _word(text: str) -> str:
    return re.sub(r"[\W_]", "", fold(text))


def _error(keys: Mapping[str, Any]) -> str:
    for key in (*(k for k in keys if k in _ERRORS), *_SAYINGS, *(k for k in keys if k in _CODES)):
        said = _said(keys.get(key))
        if said:
            return clip(said, characters=ERROR_LENGTH)
    return ""


def _said(value: Any) -> str:
    if isinstance(value, dict):
        inner = {str(key).casefold(): part for key, part in value.items()}
        return next((text for key in _SAYINGS if (text := _said(inner.get(key)))), str(value))
    if isinstance(value, list):
        return "; ".join(text for part in value[:3] if (text := _said(part)))
    return "" if value is None or isinstance(value, bool) else str(value).strip()


def _is_empty(keys: Mapping[str, Any]) -> bool:
    """Whether an object holds only empty lists, beside counts, flags and codes."""
    told = {k: v for k, v in keys.items() if k not in _COUNTS | _SUCCEEDED | _FAILED | _CODES | _ERRORS}
    return bool(told) and all(inner in ([], {}, None, "") for inner in told.values())


def _plain(text: str) -> Verdict:
    if not text or any(pattern("tools/nothing", language).fullmatch(_bare(text)) for language in ("zh", "en")):
        return Verdict(ok=False, error=EMPTY)
    status = _HTTP.search(text[:SHORT])
    raised = _EXCEPTION.search(text)
    if raised or (status and status[1][0] in "45") or says_failure(text):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return Verdict(ok=False, error=clip(lines[-1] if raised else lines[0], characters=ERROR_LENGTH))
    return Verdict(ok=True)


def _bare(text: str) -> str:
    return fold(text).strip(" .。!！")


def says_failure(text: str) -> bool:
    """Whether words say that something failed: anywhere in a short text, at the beginning of a long one."""
    language = language_of(text[:SHORT])
    plain = pattern("tools/unfailed", language).sub(" ", fold(text[:SHORT]))
    if pattern("tools/begins", language).match(plain):
        return True
    return len(text) <= SHORT and pattern("tools/failed", language).search(plain) is not None
