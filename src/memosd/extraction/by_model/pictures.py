"""What a picture shows, told by a model that sees."""

import functools
from contextlib import aclosing
from dataclasses import dataclass
from importlib.resources import files

from memosd.domain.errors import ModelRefused, ModelUnavailable
from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.usage import Purpose, Usage
from memosd.extraction.by_model.spending import Answering, demand_budget
from memosd.language.script import Language, language_of
from memosd.ports.index import Clock
from memosd.ports.ledger import Ledger
from memosd.ports.models import Ask, ChatModel, Picture, Turn

VERSION = "v1"
LARGEST = 10 << 20
"""Bytes of a picture that is sent; servers refuse larger ones."""
ANSWER_TOKENS = 800
_TOLD = 500
"""Characters of what was said with a picture that are sent with it."""
_WORDS: dict[Language, tuple[str, str]] = {
    "en": ("The picture was sent with these words:", "Describe the picture."),
    "zh": ("图片是随这些话一起发来的：", "请描述这张图片。"),
}
_FORMATS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


@dataclass(frozen=True, slots=True)
class PictureReader:
    """A `ports.documents.Describer`. budget: tokens that a project may spend in a day (UTC) on all models; 0: any
    number."""

    model: ChatModel
    ledger: Ledger
    clock: Clock
    budget: int = 0

    async def __call__(self, picture: bytes, *, said: str, project: ProjectId, task: TaskId) -> str:
        """See `ports.documents.Describer`."""
        media_type = _media_type(picture)
        if media_type is None:
            raise ModelRefused("models are shown PNG, JPEG, GIF and WebP only")
        if len(picture) > LARGEST:
            raise ModelRefused(f"models are shown pictures of at most {LARGEST >> 20} MiB")
        await demand_budget(self.ledger, self.clock, project, budget=self.budget)
        answering = Answering(self.model, ask(Picture(media_type, picture), said))
        try:
            async with aclosing(answering.pieces()) as pieces:
                async for _ in pieces:
                    pass
        finally:
            if (tokens := answering.tokens).calls:
                await self.ledger.add(Usage(project, Purpose.VISION, self.model.model, tokens, self.clock(), task))
        if not (text := answering.text.strip()):
            raise ModelUnavailable("the vision model said nothing")
        return text


def ask(picture: Picture, said: str) -> Ask:
    """said: the words that came with the picture, whose language the description has; English if there are none."""
    language = language_of(said)
    introduced, wanted = _WORDS[language]
    shown = f"{introduced} {' '.join(said.split())[:_TOLD]}\n{wanted}" if said.strip() else wanted
    turns = (Turn("system", rules(language)), Turn("user", shown, pictures=(picture,)))
    return Ask(turns, max_tokens=ANSWER_TOKENS, temperature=0.0)


@functools.cache
def rules(language: Language) -> str:
    return files(__package__).joinpath("prompts", f"picture.{VERSION}.{language}.md").read_text("utf-8").strip()


def _media_type(picture: bytes) -> str | None:
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    return next((name for magic, name in _FORMATS if picture.startswith(magic)), None)
