"""What the requests' fields are made of.

Two rules hold for every request: a field that is not known is ignored, and `null` for an optional field means that it
was not given. Types are strict: "true" is no boolean and 7 is no string.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, LiteralString

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from memosd.language.times import parse_chat_time

MAX_ID = 100
MAX_TAGS = 100
MAX_TAG = 200
MAX_INFO_KEYS = 100
MAX_INFO_VALUE = 4_000
MAX_INFO_LIST = 100
MAX_CHAT_TIME = 100
MAX_KNOWLEDGE_BASES = 100

_CONTROLS = r"\u0000-\u001f\u007f-\u009f"
_BLANKS = r"\s\u001c-\u001f\u0085\ufeff"
_IDENTIFIER = f"^[^{_CONTROLS}]*[^{_BLANKS}{_CONTROLS}][^{_CONTROLS}]*$"
_NOT_BLANK = f"[^{_BLANKS}]"


class Request(BaseModel):
    """Base of every request and of the objects inside one."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_not_given(cls, value: Any) -> Any:
        if isinstance(value, dict) and None in value.values():
            return {key: inner for key, inner in value.items() if inner is not None}
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described = handler(schema)
        own = handler.resolve_ref_schema(described)
        for name, field in own.get("properties", {}).items():
            if name not in own.get("required", ()) and {"type": "null"} not in field.get("anyOf", ()):
                about = {key: field.pop(key) for key in ("default", "description", "title") if key in field}
                own["properties"][name] = {"anyOf": [field, {"type": "null"}], **about}
        return described


def empty(value: str) -> bool:
    """Nothing but white space."""
    return not value or value.isspace()


@dataclass(frozen=True, slots=True)
class Identifier:
    """Annotates a string of 1 to `most` characters, not all white space, without control characters.

    `too_long` names the error of a longer one, see `memosd.wire.problems`.
    """

    too_long: LiteralString = "too_long"
    most: int = MAX_ID

    def _check(self, value: str) -> str:
        if empty(value):
            raise PydanticCustomError("blank", "is empty")
        if len(value) > self.most:
            raise PydanticCustomError(
                self.too_long,
                "is {length} characters long, at most {most} are allowed",
                {"length": len(value), "most": self.most},
            )
        if not value.isprintable() and any(unicodedata.category(character) == "Cc" for character in value):
            raise PydanticCustomError("control_character", "must not contain control characters")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "minLength": 1, "maxLength": self.most, "pattern": _IDENTIFIER}


@dataclass(frozen=True, slots=True)
class NotBlank:
    """Annotates a text that must say something."""

    def _check(self, value: str) -> str:
        if empty(value):
            raise PydanticCustomError("blank", "is empty")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "minLength": 1, "pattern": _NOT_BLANK}


@dataclass(frozen=True, slots=True)
class Count:
    """Annotates a list (or object) of at most `most` elements; an empty one is an error unless `or_none`."""

    most: int
    or_none: bool = False

    def _check(self, value: list[Any]) -> list[Any]:
        if not value and not self.or_none:
            raise PydanticCustomError("empty", "is an empty list")
        if len(value) > self.most:
            raise PydanticCustomError(
                "too_many",
                "has {length} elements, at most {most} are allowed",
                {"length": len(value), "most": self.most},
            )
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "minItems": 0 if self.or_none else 1, "maxItems": self.most}


UserId = Annotated[str, Identifier("user_id_too_long")]
ConversationId = Annotated[str, Identifier("conversation_id_too_long")]
Id = Annotated[str, Identifier()]
Label = Annotated[str, Identifier(most=MAX_TAG)]
KnowledgeBaseIds = Annotated[list[Id], Count(MAX_KNOWLEDGE_BASES, or_none=True)]


def _kind_of_info(value: Any) -> str | None:
    match value:
        case str():
            return "<text>"
        case bool():
            return None
        case int() | float():
            return "<number>"
        case list():
            return "<list>"
        case _:
            return None


_InfoText = Annotated[str, Field(max_length=MAX_INFO_VALUE)]
InfoValue = Annotated[
    Annotated[_InfoText, Tag("<text>")]
    | Annotated[int | float, Tag("<number>")]
    | Annotated[list[_InfoText], Count(MAX_INFO_LIST, or_none=True), Tag("<list>")],
    Discriminator(
        _kind_of_info,
        custom_error_type="kind_of_info",
        custom_error_message="must be a string, a number or a list of strings",
    ),
]


def _without_nulls(value: Any) -> Any:
    return {key: inner for key, inner in value.items() if inner is not None} if isinstance(value, dict) else value


def _check_info(value: dict[str, InfoValue]) -> dict[str, InfoValue]:
    if len(value) > MAX_INFO_KEYS:
        raise PydanticCustomError(
            "too_many", "has {length} keys, at most {most} are allowed", {"length": len(value), "most": MAX_INFO_KEYS}
        )
    for key in value:
        if empty(key) or len(key) > MAX_ID:
            raise PydanticCustomError("key", "a key must have 1 to {most} characters", {"most": MAX_ID})
    return value


def _describe_info(schema: dict[str, Any]) -> None:
    """`null` for a key means that it was not given, too."""
    schema["maxProperties"] = MAX_INFO_KEYS
    schema["propertyNames"] = {"maxLength": MAX_ID, "pattern": _NOT_BLANK}
    schema["additionalProperties"] = {"anyOf": [schema["additionalProperties"], {"type": "null"}]}


InfoObject = Annotated[
    dict[str, InfoValue],
    BeforeValidator(_without_nulls),
    AfterValidator(_check_info),
    Field(json_schema_extra=_describe_info),
]


def _read_time(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise PydanticCustomError("time", "must be a string or a number")
    at = parse_chat_time(value) if not isinstance(value, str) or len(value) <= MAX_CHAT_TIME else None
    if at is None:
        raise PydanticCustomError(
            "time", "must be a time of the years 1900 to 2200, best as ISO 8601 such as 2025-09-12T08:00:00Z"
        )
    return at


ChatTime = Annotated[
    datetime,
    BeforeValidator(_read_time),
    WithJsonSchema({"anyOf": [{"type": "string", "maxLength": MAX_CHAT_TIME}, {"type": "number"}]}),
]
"""ISO 8601, `YYYY-MM-DD HH:MM:SS` (no zone: UTC), an epoch, or Chinese or English text."""
