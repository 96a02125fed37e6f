"""The limits of a request, in one place; the defaults are those of the contract."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MAX_TOKENS = 1_000_000
"""Of an answer; how many a model gives is its own matter."""


@dataclass(frozen=True, slots=True)
class Limits:
    """body: bytes of one request that brings no files. files, file_bytes, files_bytes: how many files one request may
    bring, of how many bytes each, and in all. *_tokens: o200k tokens. sync_seconds: how long a synchronous add waits
    for its end. at_once: requests that are served at the same time. The others: the most that may be asked for in one
    request."""

    body: int = 2_000_000
    add_tokens: int = 20_000
    query_tokens: int = 20_000
    chat_tokens: int = 8_000
    extract_tokens: int = 8_000
    rerank_tokens: int = 8_000
    sync_seconds: float = 60.0
    at_once: int = 1_000
    messages: int = 50
    page_size: int = 50
    facts: int = 25
    preferences: int = 25
    tools: int = 25
    skills: int = 25
    files: int = 20
    file_bytes: int = 100 << 20
    files_bytes: int = 300 << 20

    @property
    def files_body(self) -> int:
        """Bytes of a request that may bring files: they grow by a third as Base64."""
        return self.body + self.files_bytes * 4 // 3 + 4_096


DEFAULT_LIMITS = Limits()
LIMIT_KEYWORD = "x-limit"
"""Marks, in a JSON schema, a `maximum` that is the named limit of `Limits`."""


@dataclass(frozen=True, slots=True)
class UpTo:
    """Annotates an integer that must lie between `least` and the named limit.

    The limits in force are the validation's context, so that they can be set without making the models anew.
    """

    limit: str
    least: int = 0

    def _check(self, value: int, info: ValidationInfo) -> int:
        most = getattr(info.context or DEFAULT_LIMITS, self.limit)
        if not self.least <= value <= most:
            raise PydanticCustomError(
                "out_of_range", "must be between {least} and {most}", {"least": self.least, "most": most}
            )
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        bounds = {"minimum": self.least, "maximum": getattr(DEFAULT_LIMITS, self.limit), LIMIT_KEYWORD: self.limit}
        return {**handler(schema), **bounds}
