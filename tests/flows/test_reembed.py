"""Another embedder takes over: the work in the background, and the switch."""

from dataclasses import replace
from datetime import timedelta

from memosd.domain.tasks import Again, Done, Outcome, State, Task
from memosd.flows.reembed import Embedders, ReembedAll, Served, progress, settle_embedders
from memosd.ports.models import Embedder
from memosd.worker import Worker
from tests.flows.conftest import Memosd
from tests.support.fakes import HashEmbedder


class Other(HashEmbedder):
    """Another model, whose vectors are shorter."""

    model = "other"
    dimensions = 64


def served(embedder: Embedder) -> Served:
    return Served(embedder, embedder)


async def learn(memosd: Memosd, *texts: str) -> None:
    for text in texts:
        await memosd.say(("user", text), conversation=text)
    await memosd.drain()


async def run(memosd: Memosd, embedders: Embedders) -> list[Outcome]:
    """Run the queued work once; what came of each task."""
    reembed = ReembedAll(memosd.engine.embeddings, embedders)
    outcomes: list[Outcome] = []

    async def work(task: Task) -> Outcome | None:
        outcomes.append(await reembed(task))
        return outcomes[-1]

    await Worker(memosd.engine.queue, work).drain()
    return outcomes


async def test_the_vectors_are_made_anew_and_then_switched_to(memosd: Memosd) -> None:
    await learn(memosd, "I keep bees on the roof.", "我在楼顶养蜜蜂。")
    store, other = memosd.engine.embeddings, Other()
    embedders = Embedders(served(memosd.by_line), served(other))
    await settle_embedders(store, memosd.engine.queue, embedders)
    found = await progress(store, wanted="other")
    assert found.detail == "0 of 2 memories have vectors of other; until all have, searches use words/lines-1"

    [outcome] = await run(memosd, embedders)
    assert outcome == Done("the vectors are those of other")
    assert (embedders.serving.queries, embedders.next) == (other, None)
    assert (await progress(store, wanted="other")).detail == "2 memories, all by other"
    assert (await store.coverage("words/lines-1")).embedded == 0, "old vectors are dropped"
    memosd.recall = replace(memosd.recall, embedder=other)
    best = (await memosd.ask("bees on the roof")).facts[0]
    assert "bees" in best.memory.content.value
    assert "vector" in best.found_by


async def test_who_did_not_do_the_work_follows_the_switch(memosd: Memosd) -> None:
    """Of several processes on one database, one makes the vectors."""
    await learn(memosd, "I keep bees on the roof.")
    store, other = memosd.engine.embeddings, Other()
    doing, watching = (Embedders(served(memosd.by_line), served(other)) for _ in range(2))
    for embedders in (doing, watching):
        await settle_embedders(store, memosd.engine.queue, embedders)
    await watching.follow(store)
    assert watching.wanted is not watching.serving
    await run(memosd, doing)
    await watching.follow(store)
    assert (watching.serving.queries, watching.next) == (other, None)


async def test_work_that_another_process_took_for_done_is_asked_for_again(memosd: Memosd) -> None:
    """One that still has the old settings wants nothing else than what is there."""
    await learn(memosd, "I keep bees on the roof.")
    store, queue, other = memosd.engine.embeddings, memosd.engine.queue, Other()
    old, new = Embedders(served(memosd.by_line)), Embedders(served(memosd.by_line), served(other))
    await settle_embedders(store, queue, new)
    assert await run(memosd, old) == [Done("the vectors are those of words/lines-1")]
    await new.follow(store)
    assert new.wanted is not new.serving
    await settle_embedders(store, queue, new)
    assert await run(memosd, new) == [Done("the vectors are those of other")]


async def test_an_embedder_that_is_down_is_asked_again_and_nothing_is_switched(memosd: Memosd) -> None:
    await learn(memosd, "I keep bees on the roof.")
    other = Other()
    other.down = True
    embedders = Embedders(served(memosd.by_line), served(other))
    await settle_embedders(memosd.engine.embeddings, memosd.engine.queue, embedders)
    [outcome] = await run(memosd, embedders)
    assert isinstance(outcome, Again)
    assert embedders.serving.queries is memosd.by_line
    assert (await memosd.ask("bees")).facts


async def test_a_memory_that_is_made_by_the_old_embedder_at_the_last_moment_is_made_again(memosd: Memosd) -> None:
    await learn(memosd, "I keep bees on the roof.")
    task = await memosd.say(("user", "I keep wasps in the shed."), conversation="late")
    embedders = Embedders(served(memosd.by_line), served(Other()))
    [late] = await memosd.engine.queue.claim(limit=1, lease=memosd.worker.lease)
    await settle_embedders(memosd.engine.embeddings, memosd.engine.queue, embedders)
    await run(memosd, embedders)
    outcome = await memosd.worker.outcome(late)
    assert isinstance(outcome, Again), "its vectors are of the old embedder"
    assert await memosd.engine.queue.settle(late, Again(timedelta(0), outcome.reason))
    await Worker(memosd.engine.queue, replace(memosd.remember, embedder=embedders.serving.passages)).drain()
    record = await memosd.engine.queue.record(late.project, task)
    assert record is not None
    assert record.state is State.DONE
    coverage = await memosd.engine.embeddings.coverage("other")
    assert coverage.embedded == coverage.memories


async def test_without_a_change_there_is_nothing_to_do(memosd: Memosd) -> None:
    await learn(memosd, "I keep bees on the roof.")
    embedders = Embedders(served(memosd.by_line))
    await settle_embedders(memosd.engine.embeddings, memosd.engine.queue, embedders)
    assert await run(memosd, embedders) == []


async def test_vectors_of_an_embedder_that_is_gone_are_made_anew_while_words_find(memosd: Memosd) -> None:
    await learn(memosd, "I keep bees on the roof.")
    other = Other()
    embedders = Embedders(served(other))
    await settle_embedders(memosd.engine.embeddings, memosd.engine.queue, embedders)
    memosd.recall = replace(memosd.recall, embedder=other)
    [hit] = (await memosd.ask("bees on the roof")).facts
    assert "vector" not in hit.found_by
    await run(memosd, embedders)
    [hit] = (await memosd.ask("bees on the roof")).facts
    assert "vector" in hit.found_by
