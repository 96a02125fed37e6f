"""Batches and their messages as rows."""

from collections.abc import Mapping, Sequence

from memosd.domain.ids import BatchId, MessageId, ProjectId
from memosd.domain.messages import Batch, Message, Role
from memosd.engines.common.codec import Row, Value, decode_batch, decode_message, encode_message
from memosd.engines.postgres.session import Operands, Session, Transaction
from memosd.engines.postgres.storable import original, storable

Columns = tuple[Value, ...]


def encode(message: Message) -> Columns:
    own_id, role, _, *rest = encode_message(message)
    return (own_id, role, storable(message.text), *rest)


def decode(row: Row) -> Message:
    own_id, role, text, *rest = row
    return decode_message((own_id, role, original(text), *rest))


async def add_batch(tx: Transaction, batch: Batch, columns: Columns, messages: Sequence[Columns]) -> int:
    """Write a batch (encoded: `columns`) with its messages; returns its number."""
    number = int(await tx.fetch_value("messages.add_batch", columns))
    scope = (number, batch.project, batch.user, batch.conversation)
    await tx.run_many("messages.add", [(*message, *scope) for message in messages])
    return number


async def has_batch(tx: Transaction, project: ProjectId, id: BatchId) -> bool:
    return await tx.fetch_one("messages.has_batch", {"project": project, "id": id}) is not None


async def read_batch(session: Session, id: BatchId) -> Batch | None:
    row = await session.fetch_one("messages.batch", {"id": id})
    if row is None:
        return None
    messages = await session.fetch_all("messages.of_batch", {"id": id})
    return decode_batch(row, tuple(decode(message) for message in messages))


async def before_batch(session: Session, batch: Batch, limit: int) -> list[Message]:
    asked = {
        "project": batch.project,
        "user": batch.user,
        "conversation": batch.conversation,
        "owner_kind": batch.owner.kind.value,
        "owner_id": batch.owner.id,
        "id": batch.id,
        "limit": limit,
    }
    return await _in_order(session, "messages.before_batch", asked)


async def of_conversation(
    session: Session, project: ProjectId, user: str, conversation: str, roles: Sequence[Role], limit: int
) -> list[Message]:
    asked = {
        "project": project,
        "user": user,
        "conversation": conversation,
        "roles": [role.value for role in roles],
        "limit": limit,
    }
    return await _in_order(session, "messages.conversation", asked)


async def _in_order(session: Session, name: str, asked: Operands) -> list[Message]:
    last_first = await session.fetch_all(name, asked)
    return [decode(row) for row in reversed(last_first)]


async def by_ids(session: Session, project: ProjectId, ids: Sequence[MessageId]) -> Mapping[MessageId, Message]:
    rows = await session.fetch_all("messages.by_ids", {"project": project, "ids": list(ids)})
    return {message.id: message for message in map(decode, rows)}


async def unlearnable(tx: Transaction, project: ProjectId, ids: Sequence[str]) -> Mapping[str, bool]:
    """Of those messages that exist, whether they may no longer be learnt from."""
    return dict(await tx.fetch_all("messages.unlearnable", {"project": project, "ids": list(ids)}))
