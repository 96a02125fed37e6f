"""After a user is deleted, nothing of what they said is left in any file."""

from pathlib import Path

from memosd.domain.ids import MessageId, new_id
from memosd.domain.messages import Message, Role
from memosd.language.terms import fold
from tests.flows.conftest import PROJECT, Memosd
from tests.flows.test_tools import run, said, tell
from tests.support.engines import Place, Places

WORDS = ("quizzaciously", "brimborion", "zephyrkestrel", "gleanwort", "襍謿龘")
SECRET_USER = "ana"


def left_in(place: Place, places: Places) -> set[str]:
    """Those of the words, or of the stems they are indexed by, that stand in any file of the database."""
    where = place.where if isinstance(place.where, Path) else places.server.files_of(place.where)
    files = [file for file in where.rglob("*") if file.is_file()]
    assert files
    read = [file.read_bytes().lower() for file in files]
    return {word for word in WORDS for data in read if any(part.encode() in data for part in _parts(word))}


def _parts(word: str) -> set[str]:
    """What of a word would give it away: its stem, or two of its characters, in either form."""
    length = 9 if word.isascii() else 2
    return {word[:length], fold(word)[:length]}


async def test_no_byte_is_left_after_compacting(memosd: Memosd, place: Place, places: Places) -> None:
    await tell(memosd, said(memosd, "user", "My word is quizzaciously, and I row to Zephyrkestrel."))
    await tell(memosd, said(memosd, "user", "我的暗号是襍謿龘，请记住。"))
    for _ in range(3):
        await tell(memosd, *run(memosd, "Find the brimborion for me", '{"ok": false, "error": "no gleanwort"}'))
    await memosd.correct("My word is brimborion, not quizzaciously")
    await memosd.say(("user", "I keep bees."), user="bob")
    await memosd.drain()
    await memosd.engine.tend()  # statistics have samples of what there is
    assert left_in(place, places) == set(WORDS)

    await memosd.engine.storage.erase_user(PROJECT, SECRET_USER)
    await memosd.engine.compact(lambda _: None)
    assert left_in(place, places) == set()
    [bees] = (await memosd.ask("bees", user="bob")).facts
    assert "bees" in bees.memory.content.value


async def test_a_deleted_memory_is_gone_from_the_files_too(memosd: Memosd, place: Place, places: Places) -> None:
    message = Message(MessageId(new_id("msg")), Role.USER, "I row to Zephyrkestrel.", memosd.clock())
    await tell(memosd, message)
    made = await memosd.engine.storage.made_from(PROJECT, [message.id])
    await memosd.engine.storage.erase_memories(PROJECT, [memory.id for memory in made])
    await memosd.engine.compact(lambda _: None)
    [only] = (await memosd.engine.storage.messages(PROJECT, [message.id])).values()
    assert "Zephyrkestrel" in only.text, "what was said stays until its user is deleted"
    assert not await memosd.engine.storage.made_from(PROJECT, [message.id])
