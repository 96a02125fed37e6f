"""Tool memories of new messages. They need no model: calls, results and descriptions are structure already."""

from dataclasses import replace

from memosd.domain.memories import Content
from memosd.domain.messages import Role
from memosd.extraction.tools.runs import runs
from memosd.extraction.tools.schemas import schema_content, schemas
from memosd.extraction.tools.trajectories import trajectory
from memosd.ports.extraction import Talk


def tool_memories(talk: Talk) -> list[Content]:
    """The schemas described in the new messages, and the runs that these begin, go on with, or object to."""
    batch = talk.batch
    described = {
        schema.name: schema_content(schema, message)
        for message in batch.messages
        if message.role is Role.SYSTEM
        for schema in schemas(message.text)
    }
    touching = frozenset(message.id for message in batch.messages)
    said = (*talk.earlier, *batch.messages)
    times = {message.id: message.said_at for message in said}
    tried = [
        trajectory([run], at=max(times[source] for source in times.keys() & set(run.sources)))
        for run in runs(said, touching=touching)
    ]
    return [
        replace(content, tags=tuple(dict.fromkeys((*batch.tags, *content.tags))))
        for content in (*described.values(), *tried)
    ]
