"""What language models were paid for: counted in tokens, by project, task and purpose."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from memosd.domain.ids import ProjectId, TaskId


class Purpose(StrEnum):
    EXTRACTION = "extraction"
    CHAT = "chat"
    RERANK = "rerank"
    VISION = "vision"


@dataclass(frozen=True, slots=True)
class Tokens:
    """calls: requests to a model; input, output: tokens, as the model's server counted them, else as we do."""

    calls: int = 0
    input: int = 0
    output: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.calls + other.calls, self.input + other.input, self.output + other.output)

    @property
    def total(self) -> int:
        return self.input + self.output


NO_TOKENS = Tokens()


@dataclass(frozen=True, slots=True)
class Usage:
    """What one piece of work took. task: None for work that is no task, such as a chat."""

    project: ProjectId
    purpose: Purpose
    model: str
    tokens: Tokens
    at: datetime
    task: TaskId | None = None


@dataclass(frozen=True, slots=True)
class DayUsage:
    """The sum of one project's day (UTC) for one purpose and model."""

    project: ProjectId
    day: date
    purpose: Purpose
    model: str
    tokens: Tokens
