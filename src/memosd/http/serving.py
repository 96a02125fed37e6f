"""The HTTP server, and how it leaves: it says so first, and goes when nobody sends it requests any more."""

import asyncio
import socket
from types import FrameType

import uvicorn


class DrainingServer(uvicorn.Server):
    """Told to stop, it serves on for `drain` seconds while `draining` is true, for a balancer to see; then it ends as
    uvicorn does, requests under way being answered. Told twice, it does not wait."""

    def __init__(self, config: uvicorn.Config, *, drain: float) -> None:
        super().__init__(config)
        self.draining = False
        self._drain = drain
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.draining or not self._drain or self._loop is None:
            super().handle_exit(sig, frame)
            return
        self.draining = True
        self._loop.call_soon_threadsafe(self._loop.call_later, self._drain, super().handle_exit, sig, frame)
