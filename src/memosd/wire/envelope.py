"""The form of every answer: `{"code": 0, "message": "ok", "data": …}`."""

from datetime import UTC, datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

OK = "ok"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


Time = Annotated[datetime, PlainSerializer(_iso, return_type=str)]
"""Written as ISO 8601, UTC."""


class Answer(BaseModel):
    """Base of what an endpoint answers inside the envelope."""

    model_config = ConfigDict(strict=True, frozen=True)


DataT = TypeVar("DataT", bound=BaseModel)


class Envelope(BaseModel, Generic[DataT]):
    """What a request that went well is answered with."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    code: Literal[0] = 0
    message: str = Field(
        default=OK,
        description='"ok", or why the task that the answer tells of has failed, or ended otherwise than it should.',
    )
    data: DataT


def envelope(data: type[DataT]) -> type[Envelope[DataT]]:
    """The envelope around this kind of data."""
    return Envelope[data]  # type: ignore[valid-type]


class Refusal(BaseModel):
    """What a request that went wrong is answered with."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    code: int = Field(description="Says what kind of thing went wrong; the HTTP status goes with it.", ge=1)
    message: str = Field(description="What is wrong and what to do.")
    data: None = None
