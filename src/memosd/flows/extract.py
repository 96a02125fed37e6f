"""Make memories of a talk and show them; nothing is stored."""

from dataclasses import dataclass

from memosd.domain.memories import Content
from memosd.domain.messages import Batch
from memosd.extraction.local import talk_of
from memosd.ports.extraction import Extractor
from memosd.ports.reading import Reader


@dataclass(frozen=True, slots=True)
class Extracted:
    """note: what went wrong with the model; '' if nothing did."""

    contents: tuple[Content, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Extract:
    """reader: None where no model is set up."""

    extractor: Extractor
    reader: Reader | None

    async def __call__(self, batch: Batch) -> Extracted:
        """Raises `Unavailable` if the talk cannot be embedded."""
        talk = talk_of(batch, ())
        local = await self.extractor.extract(talk)
        if self.reader is None:
            return Extracted(tuple(local))
        reading = await self.reader(talk, local=local, known=(), project=batch.project, task=None)
        return Extracted(reading.contents, reading.note)
