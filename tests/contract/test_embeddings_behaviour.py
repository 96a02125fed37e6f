"""What every store of vectors must do while one embedder gives way to another."""

import numpy as np
import pytest

from memosd.domain.changes import Add, Retire, Revise
from memosd.domain.errors import Unavailable
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Stage
from memosd.domain.scope import Owner
from memosd.ports.embeddings import ActiveEmbedder, Coverage, Embedded, EmbeddingStore, Unembedded
from memosd.ports.storage import BY_REQUEST, Amendment
from tests.support.records import MODEL, MORNING, PROJECT, Records, batch, content, memory_id, question, unit, vectors

NEW = "new-model"
WIDE = np.eye(12, dtype=np.float32)


def embedded(memory: Unembedded, axis: int = 0) -> Embedded:
    return Embedded(memory.id, memory.version, WIDE[[axis] * len(memory.texts)])


async def fill(embeddings: EmbeddingStore) -> None:
    for memory in await embeddings.lacking(NEW, after=-1, limit=100):
        await embeddings.put(NEW, [embedded(memory)])


async def found(records: Records, model: str = NEW) -> list[MemoryId]:
    return await records.found("vector", question(model=model, vector=WIDE[0] if model == NEW else None))


async def test_records_without_vectors_have_no_embedder(embeddings: EmbeddingStore) -> None:
    assert await embeddings.active() is None
    assert await embeddings.activate(ActiveEmbedder(NEW, "origin"))
    assert await embeddings.active() == ActiveEmbedder(NEW, "origin")


async def test_of_older_records_the_embedder_is_that_of_their_vectors(
    records: Records, embeddings: EmbeddingStore
) -> None:
    await records.remember(content("tea"))
    assert await embeddings.active() == ActiveEmbedder(MODEL)


async def test_what_lacks_vectors_is_read_in_order_and_filled(records: Records, embeddings: EmbeddingStore) -> None:
    ids = await records.remember(content("tea", keys=("a", "b")), content("milk"))
    await records.remember(content("draft", stage=Stage.DRAFT))
    first, second = await embeddings.lacking(NEW, after=-1, limit=9)
    assert [(m.id, m.texts) for m in (first, second)] == [(ids[0], ("a", "b")), (ids[1], ("milk",))]
    assert await embeddings.lacking(NEW, after=first.place, limit=9) == [second]
    assert await embeddings.lacking(NEW, after=-1, limit=1) == [first]
    assert await embeddings.coverage(NEW) == Coverage(2, 0)
    assert await embeddings.put(NEW, [embedded(first)]) == 1
    assert await embeddings.coverage(NEW) == Coverage(2, 1)
    assert await embeddings.lacking(NEW, after=-1, limit=9) == [second]
    assert await embeddings.put(NEW, [embedded(first)]) == 0, "it has them"


async def test_searches_of_either_model_find_their_own_vectors(records: Records, embeddings: EmbeddingStore) -> None:
    [tea] = await records.remember(content("tea"))
    assert await found(records) == []
    await fill(embeddings)
    assert await found(records) == [tea]
    assert await found(records, MODEL) == [tea]


async def test_what_changed_meanwhile_gets_no_stale_vector(records: Records, embeddings: EmbeddingStore) -> None:
    taken = batch("said")
    tea, milk = Add(memory_id(), content("tea")), Add(memory_id(), content("milk"))
    await records.learn(taken, tea, milk)
    seen = await embeddings.lacking(NEW, after=-1, limit=9)
    await records.learn(
        batch("again"), Revise(tea.id, content("green tea"), version=1), Retire(milk.id, "because", version=1)
    )
    assert await embeddings.put(NEW, [embedded(memory) for memory in seen]) == 0
    assert [m.texts for m in await embeddings.lacking(NEW, after=-1, limit=9)] == [("green tea",)]


async def test_it_is_switched_only_when_nothing_lacks(records: Records, embeddings: EmbeddingStore) -> None:
    await records.remember(content("tea"))
    assert await embeddings.activate(ActiveEmbedder(MODEL))
    assert not await embeddings.activate(ActiveEmbedder(NEW))
    assert await embeddings.active() == ActiveEmbedder(MODEL)
    assert await embeddings.activate(ActiveEmbedder(NEW), complete=False)
    assert await embeddings.active() == ActiveEmbedder(NEW)
    assert await embeddings.activate(ActiveEmbedder(MODEL))
    await fill(embeddings)
    assert await embeddings.activate(ActiveEmbedder(NEW))


async def test_after_the_switch_old_vectors_are_refused_and_dropped(
    records: Records, embeddings: EmbeddingStore
) -> None:
    [tea] = await records.remember(content("tea"))
    await fill(embeddings)
    taken = batch("late")
    task = await records.claim(await records.accept(taken))
    assert await embeddings.activate(ActiveEmbedder(NEW))
    with pytest.raises(Unavailable, match="embedder was changed"):
        await records.apply(task, taken, Add(memory_id(), content("late")))
    ann, change = Owner.user("ann"), Revise(tea, content("green tea"), version=1)
    amendment = Amendment(PROJECT, ann, change, BY_REQUEST, MORNING, vectors(unit(0)), MODEL)
    with pytest.raises(Unavailable, match="embedder was changed"):
        await records.storage.amend(amendment)
    assert await records.apply(task, taken, note="nothing"), "an edit without vectors brings nothing stale"
    await embeddings.drop_others(NEW)
    assert await found(records, MODEL) == []
    assert await found(records) == [tea]


async def test_a_new_version_loses_the_vectors_of_every_model(records: Records, embeddings: EmbeddingStore) -> None:
    [tea] = await records.remember(content("tea"))
    await fill(embeddings)
    await records.learn(
        batch("again"), Revise(tea, content("green tea"), version=1), vectors={tea: np.stack([unit(0)])}
    )
    assert await embeddings.coverage(NEW) == Coverage(1, 0)
    assert await found(records) == []


async def test_long_vectors_are_kept_whole(records: Records, embeddings: EmbeddingStore) -> None:
    """As long as those of the largest embedders."""
    [tea, milk] = await records.remember(content("tea"), content("milk"))
    long = np.eye(2, 4_096, dtype=np.float32)
    for memory, vector in zip(await embeddings.lacking(NEW, after=-1, limit=9), long, strict=True):
        await embeddings.put(NEW, [Embedded(memory.id, memory.version, vector[None])])
    assert await records.found("vector", question(model=NEW, vector=long[1])) == [milk, tea]
