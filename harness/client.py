"""A small blocking client over one kept connection, so that its own cost is low and always the same."""

import http.client
import json
import socket
import time
from dataclasses import dataclass
from typing import Any

API = "/api/openmem/v1"
KEPT_SECONDS = 2.0
"""A connection idle for longer is opened anew: the server closes it after five."""


class NoAnswer(Exception):
    """The connection broke before the answer came: it is not known whether the server did what was asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """seconds: from before the request was sent (or the connection opened, if it had to be) until the body was read."""

    status: int
    code: int
    message: str
    data: Any
    seconds: float


class Client:
    """Connects at the first request and again after a lost connection. Not to be shared by threads."""

    def __init__(self, host: str, port: int, key: str, *, timeout: float = 120.0) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=timeout)
        self._used = 0.0
        self._headers = {"Authorization": f"Token {key}", "Content-Type": "application/json"}

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def post(self, path: str, body: object) -> Answer:
        """`path` is that of the endpoint, such as '/add/message'. Raises `NoAnswer`."""
        status, seconds, read = self._send("POST", API + path, json.dumps(body).encode())
        answer = json.loads(read)
        return Answer(status, answer["code"], answer["message"], answer["data"], seconds)

    def data(self, path: str, body: object) -> Any:
        """The data of an answer that has to be a good one. Raises `RuntimeError` with the server's words if not."""
        answer = self.post(path, body)
        if answer.code != 0:
            raise RuntimeError(f"{path}: HTTP {answer.status}, {answer.code}: {answer.message}")
        return answer.data

    def get(self, path: str) -> tuple[int, float]:
        """Status and seconds of a bare GET. Raises `NoAnswer`."""
        status, seconds, _ = self._send("GET", path, None)
        return status, seconds

    def wait_for(self, task: str, *, at_most: float = 120.0) -> str:
        """The status with which a task ended, 'completed' or 'failed'. Raises `TimeoutError`."""
        deadline = time.monotonic() + at_most
        while (status := self._status(task)) == "running":
            if time.monotonic() > deadline:
                raise TimeoutError(f"the task {task} still runs after {at_most:.0f} s")
            time.sleep(0.02)
        return status

    def _status(self, task: str) -> str:
        data = self.data("/get/status", {"task_id": task})
        [record] = data if isinstance(data, list) else [data]
        return str(record["status"])

    def _send(self, method: str, path: str, body: bytes | None) -> tuple[int, float, bytes]:
        if time.perf_counter() - self._used > KEPT_SECONDS:
            self._connection.close()
        started = time.perf_counter()
        try:
            if self._connection.sock is None:
                self._open()
            self._connection.request(method, path, body, self._headers)
            response = self._connection.getresponse()
            read = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise NoAnswer(f"{method} {path}: {type(error).__name__}: {error}") from error
        self._used = time.perf_counter()
        return response.status, self._used - started, read

    def _open(self) -> None:
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
