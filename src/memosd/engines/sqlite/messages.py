"""Batches and their messages as rows."""

from collections.abc import Mapping, Sequence

import apsw

from memosd.domain.ids import BatchId, MessageId, ProjectId
from memosd.domain.messages import Batch, Message, Role
from memosd.engines.common.codec import Value, decode_batch, decode_message, to_json
from memosd.engines.sqlite.database import Transaction
from memosd.engines.sqlite.statements import fetch_all, fetch_one

Columns = tuple[Value, ...]


def add_batch(tx: Transaction, batch: Batch, columns: Columns, messages: Sequence[Columns]) -> int:
    """Write a batch (encoded: `columns`) with its messages; returns its number."""
    tx.run("messages.add_batch", columns)
    number = tx.connection.last_insert_rowid()
    scope = (number, batch.project, batch.user, batch.conversation)
    tx.run_many("messages.add", [(*message, *scope) for message in messages])
    return number


def batch_number(tx: Transaction, id: BatchId) -> int | None:
    found: tuple[int] | None = fetch_one(tx.connection, "messages.batch_number", (id,))
    return found[0] if found else None


def read_batch(connection: apsw.Connection, id: BatchId) -> Batch | None:
    row = fetch_one(connection, "messages.batch", (id,))
    if row is None:
        return None
    messages = fetch_all(connection, "messages.of_batch", (id,))
    return decode_batch(row, tuple(decode_message(message) for message in messages))


def before_batch(connection: apsw.Connection, batch: Batch, limit: int) -> list[Message]:
    owner = (batch.owner.kind.value, batch.owner.id)
    asked = (batch.project, batch.user, batch.conversation, batch.id, limit, *owner)
    return _in_order(connection, "messages.before_batch", asked)


def of_conversation(
    connection: apsw.Connection, project: ProjectId, user: str, conversation: str, roles: Sequence[Role], limit: int
) -> list[Message]:
    return _in_order(connection, "messages.conversation", (project, user, conversation, to_json(roles), limit))


def _in_order(connection: apsw.Connection, name: str, asked: Columns) -> list[Message]:
    last_first = fetch_all(connection, name, asked)
    return [decode_message(row) for row in reversed(last_first)]


def by_ids(connection: apsw.Connection, project: ProjectId, ids: Sequence[MessageId]) -> Mapping[MessageId, Message]:
    rows = fetch_all(connection, "messages.by_ids", (project, to_json(ids)))
    return {message.id: message for message in map(decode_message, rows)}


def forgotten(tx: Transaction, project: ProjectId, sources: Sequence[str]) -> bool:
    """Whether these messages (a JSON list of ids) may no longer be learnt from, all that exist of them."""
    rows = fetch_all(tx.connection, "messages.numbers", (to_json(sources), project))
    flags = [unlearnable for _, unlearnable in rows]
    return bool(flags) and all(flags)
