"""Clients that add and delete without pause, and remember exactly what they were promised."""

import threading
import zlib
from dataclasses import dataclass, field
from typing import Any

from harness import Answer, Client, NoAnswer, Server
from harness.talk import Talk

MAX_STEPS = 400
"""Steps of one client; the server has to die before."""


@dataclass
class Round:
    """One round of talk that was sent. acknowledged: the server answered that it has it."""

    user: str
    conversation: str
    text: str
    task: str = ""

    @property
    def acknowledged(self) -> bool:
        return bool(self.task)


@dataclass
class Promises:
    """What one client sent and what it was promised.

    deleted: the texts whose every memory was deleted. maybe_…: also what the server was asked for and may have done.
    """

    rounds: list[Round] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    maybe_deleted: set[str] = field(default_factory=set)
    deleted_users: set[str] = field(default_factory=set)
    maybe_deleted_users: set[str] = field(default_factory=set)

    def messages(self, sent: Round) -> tuple[int, ...]:
        """How many messages of a round there may be."""
        if sent.user in self.deleted_users:
            return (0,)
        return (1,) if sent.acknowledged and sent.user not in self.maybe_deleted_users else (0, 1)

    def memories(self, sent: Round) -> tuple[int, ...]:
        """How many memories of a round there may be."""
        return (0,) if sent.text in self.deleted else (0, 1) if sent.text in self.maybe_deleted else self.messages(sent)


class ClientThread(threading.Thread):
    """Adds asynchronously and synchronously, deletes memories and users, until the server does not answer any more.

    number: of this client among those of one server; name: makes its users its own.
    """

    def __init__(self, server: Server, name: str, number: int) -> None:
        super().__init__(name=f"client-{name}-{number}", daemon=True)
        self._server = server
        self._prefix = f"{name}-{number}"
        self._talk = Talk(seed=zlib.crc32(self._prefix.encode()))
        self.promises = Promises()
        self.steps = 0
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            with self._server.client(timeout=30) as client:
                for step in range(MAX_STEPS):
                    self._step(client, step)
                    self.steps = step + 1
        except NoAnswer:
            return
        except (RuntimeError, ValueError, KeyError) as error:
            self.fault = error

    def _step(self, client: Client, step: int) -> None:
        user = f"{self._prefix}-user"
        match step % 6:
            case 0 | 2:
                self._add(client, user, step, async_mode=True)
            case 1:
                self._add(client, user, step, async_mode=False)
            case 3 | 4:
                sent = self._add(client, user, step, async_mode=step % 6 == 3)
                self._delete_memories(client, sent)
            case _:
                doomed = f"{self._prefix}-doomed-{step}"
                self._add(client, doomed, step, async_mode=True)
                self._delete_user(client, doomed)

    def _add(self, client: Client, user: str, step: int, *, async_mode: bool) -> Round:
        said = f"{self._prefix}-{step}: {self._talk.sentence()}"
        sent = Round(user, f"{self._prefix}-{step}", said)
        self.promises.rounds.append(sent)
        messages = [{"role": "user", "content": said}]
        # Each round is told to an app of its own, so that none changes what another says: all have to be found again.
        labels = {"conversation_id": sent.conversation, "app_id": sent.conversation}
        body = {"user_id": user, **labels, "messages": messages, "async_mode": async_mode}
        sent.task = _good(client.post("/add/message", body))["task_id"]
        return sent

    def _delete_memories(self, client: Client, sent: Round) -> None:
        """Every memory made of this round so far, be it a first or a refined form."""
        ids = [memory["id"] for memory in memories_of(client, sent.user) if sent.text in memory["memory_value"]]
        self.promises.maybe_deleted.add(sent.text)
        if _good(client.post("/delete/memory", {"memory_ids": ids}))["success"]:
            self.promises.deleted.add(sent.text)

    def _delete_user(self, client: Client, user: str) -> None:
        self.promises.maybe_deleted_users.add(user)
        if _good(client.post("/delete/memory", {"user_id": user}))["success"]:
            self.promises.deleted_users.add(user)


def memories_of(client: Client, user: str) -> list[dict[str, Any]]:
    """All facts of a user, newest first."""
    found: list[dict[str, Any]] = []
    page, pages = 1, 1
    while page <= pages:
        data = client.data("/get/memory", {"user_id": user, "page": page, "size": 50})
        found += data["memory_detail_list"]
        page, pages = page + 1, data["pages"]
    return found


def _good(answer: Answer) -> Any:
    if answer.code != 0:
        raise RuntimeError(f"HTTP {answer.status}, {answer.code}: {answer.message}")
    return answer.data
