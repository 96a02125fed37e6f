"""A server of models that does as it is told, over real HTTP: it answers well, slowly, malformed, truncated, never …

It speaks the parts of the OpenAI API that memosd uses, and keeps what it was asked.
"""

import asyncio
import contextlib
import hashlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from memosd.language.terms import terms

START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Says:
    """A good answer, in pieces of `size` characters. thought: sent as `reasoning_content`. pause: seconds before each
    piece. usage: tokens that the server claims; None: it does not say. ending: 'length' for one that was cut off."""

    text: str = "Yes."
    thought: str = ""
    size: int = 7
    pause: float = 0.0
    usage: tuple[int, int] | None = (100, 10)
    ending: str = "stop"


@dataclass(frozen=True, slots=True)
class Status:
    """Refuses. after_ms: in the header that says when to come again."""

    code: int
    message: str = "no"
    after_ms: int | None = 1


@dataclass(frozen=True, slots=True)
class Breaks:
    """Sends these pieces of a streamed answer, then closes the connection."""

    text: str = "Once upon"


@dataclass(frozen=True, slots=True)
class Never:
    """Does not answer."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Answers with this body, whatever it is."""

    body: str


Step = Says | Status | Breaks | Never | Raw
Script = Callable[[dict[str, Any]], Step]


@dataclass
class ModelServer:
    """script: what the next chat calls do, in order; `default` afterwards, or what it returns for the request.

    has: the ways of structured answers that the server has. asked: the bodies of the chat calls, without trials.
    left: streamed answers that the client left before their end.
    """

    script: list[Step] = field(default_factory=list)
    default: Step | Script = Says()
    has: frozenset[str] = frozenset({"json_schema", "tool", "json_object"})
    refuses: frozenset[str] = frozenset()
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    trials: int = 0
    left: int = 0
    embedded: int = 0
    dimensions: int = 32
    embeddings_down: bool = False
    tei: bool = False
    reranked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/embeddings", self._embeddings, methods=["POST"]),
                Route("/v1/rerank", self._rerank, methods=["POST"]),
            ]
        )

    async def _chat(self, request: Request) -> Response:
        body = await request.json()
        way = body.get("response_format", {}).get("type") or ("tool" if body.get("tools") else None)
        if way is not None and way not in self.has:
            return _refusal(400, f"{way} is not supported")
        for name in self.refuses & body.keys():
            return _refusal(400, f"Unsupported parameter: '{name}'; use 'max_completion_tokens'")
        if '"ready": true' in body["messages"][-1]["content"]:
            self.trials += 1
            return JSONResponse(_completion(body, Says('{"ready": true}')))
        self.asked.append(body)
        self.headers.append(dict(request.headers))
        step = self.script.pop(0) if self.script else self.default if not callable(self.default) else self.default(body)
        match step:
            case Status():
                headers = {} if step.after_ms is None else {"retry-after-ms": str(step.after_ms)}
                return _refusal(step.code, step.message, headers)
            case Never():
                await _until_left(request)
                return Response()
            case Raw():
                return Response(step.body, media_type="application/json")
            case Breaks():
                return StreamingResponse(self._broken(step), media_type="text/event-stream")
            case Says():
                if body.get("stream"):
                    return StreamingResponse(self._streamed(body, step), media_type="text/event-stream")
                await asyncio.sleep(step.pause)
                return JSONResponse(_completion(body, step))

    async def _streamed(self, body: dict[str, Any], says: Says) -> AsyncIterator[str]:
        finished = False
        try:
            for name, text in (("reasoning_content", says.thought), ("content", says.text)):
                for start in range(0, len(text), says.size):
                    await asyncio.sleep(says.pause)
                    yield _event({"index": 0, "delta": {name: text[start : start + says.size]}, "finish_reason": None})
            yield _event({"index": 0, "delta": {}, "finish_reason": says.ending})
            if says.usage and body.get("stream_options", {}).get("include_usage"):
                yield _event(None, usage=_usage(says.usage))
            finished = True
            yield "data: [DONE]\n\n"
        finally:
            self.left += not finished

    async def _broken(self, step: Breaks) -> AsyncIterator[str]:
        yield _event({"index": 0, "delta": {"content": step.text}, "finish_reason": None})
        raise ConnectionResetError("as the script says")

    async def _embeddings(self, request: Request) -> Response:
        body = await request.json()
        if self.embeddings_down:
            return _refusal(503, "loading")
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        self.embedded += len(texts)
        data = [{"object": "embedding", "index": i, "embedding": self.vector(t)} for i, t in enumerate(texts)]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        return JSONResponse({"object": "list", "model": body["model"], "data": data[::-1], "usage": usage})

    def vector(self, text: str) -> list[float]:
        """Texts that share words are near one another."""
        row = [0.01] * self.dimensions
        for term in terms(text):
            row[int.from_bytes(hashlib.sha256(term.encode()).digest()[:2]) % self.dimensions] += 1
        return row

    async def _rerank(self, request: Request) -> Response:
        body = await request.json()
        self.reranked.append(body)
        if self.tei != ("texts" in body):
            return _refusal(422, "missing field")
        documents: Sequence[str] = body["texts" if self.tei else "documents"]
        asked = set(terms(body["query"]))
        scored = sorted(((len(asked & set(terms(d))), i) for i, d in enumerate(documents)), reverse=True)
        if self.tei:
            return JSONResponse([{"index": i, "score": n / 10} for n, i in scored])
        return JSONResponse({"results": [{"index": i, "relevance_score": n / 10} for n, i in scored]})


async def _until_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    error = {"message": message, "type": "scripted", "param": None, "code": None}
    return JSONResponse({"error": error}, status, headers)


def _usage(usage: tuple[int, int]) -> dict[str, int]:
    return {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}


def _completion(body: dict[str, Any], says: Says) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": says.text}
    if body.get("tools"):
        function = {"name": body["tools"][0]["function"]["name"], "arguments": says.text}
        message = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": function}],
        }
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": says.ending}],
        **({"usage": _usage(says.usage)} if says.usage else {}),
    }


def _event(choice: dict[str, Any] | None, **more: Any) -> str:
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", **more}
    return f"data: {json.dumps({**chunk, 'choices': [choice] if choice else []})}\n\n"


@contextmanager
def serving(server: ModelServer) -> Iterator[ModelServer]:
    """The server on a free port of loopback, in a thread of its own, for as long as the context lasts."""
    ready = threading.Event()

    class Ready(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            ready.set()

    config = uvicorn.Config(
        server.app(), port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1, ws="none"
    )
    process = Ready(config)
    thread = threading.Thread(target=process.run, daemon=True)
    thread.start()
    assert ready.wait(START_SECONDS), "the scripted server does not start"
    port = process.servers[0].sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        process.should_exit = True
        with contextlib.suppress(RuntimeError):
            thread.join(START_SECONDS)
