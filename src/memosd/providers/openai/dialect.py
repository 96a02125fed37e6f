"""How a model wants to be asked: which optional parameters its server accepts, found out by being refused once."""

import base64
from collections.abc import Mapping
from typing import Any

import openai

from memosd.ports.models import Ask, Turn

_OPTIONAL = ("stream_options", "temperature", "top_p")
MOST_CHANGES = 4


class Dialect:
    """The parameters of one model on one server. extra: further fields of the body, from the settings."""

    def __init__(self, model: str, extra: Mapping[str, Any] | None = None) -> None:
        self.model = model
        self._extra = dict(extra or {})
        self._left_out: set[str] = set()
        self._limit = "max_tokens"

    def body(self, ask: Ask, **more: Any) -> dict[str, Any]:
        wanted = {
            "model": self.model,
            "messages": [{"role": turn.role, "content": _content(turn)} for turn in ask.turns],
            self._limit: ask.max_tokens,
            "temperature": ask.temperature,
            "top_p": ask.top_p,
            **more,
        }
        if self._extra:
            wanted["extra_body"] = self._extra
        return {name: value for name, value in wanted.items() if value is not None and name not in self._left_out}

    def learn(self, error: openai.APIStatusError, body: Mapping[str, Any]) -> bool:
        """Change what the server has refused, if that is something we can do without. False if it is not."""
        said = f"{getattr(error, 'param', '') or ''} {error}"
        if self._limit in body and self._limit == "max_tokens" and "max_completion_tokens" in said:
            self._limit = "max_completion_tokens"  # OpenAI's models that reason
            return True
        for name in _OPTIONAL:
            if name in said and name in body:
                self._left_out.add(name)
                return True
        return False


def _content(turn: Turn) -> str | list[dict[str, Any]]:
    """The text alone, which every server understands, or parts where there are pictures."""
    if not turn.pictures:
        return turn.text
    urls = (f"data:{each.media_type};base64,{base64.b64encode(each.content).decode()}" for each in turn.pictures)
    return [{"type": "text", "text": turn.text}, *({"type": "image_url", "image_url": {"url": url}} for url in urls)]
