"""Documents as passages."""

from datetime import UTC, datetime

import pytest

from memosd.domain.documents import Block, BlockKind, Document
from memosd.domain.files import File, FileKind
from memosd.domain.ids import FileId, MessageId, ProjectId
from memosd.domain.memories import Kind, View
from memosd.extraction.passages import PASSAGE, passages
from memosd.language.sentences import size

AT = datetime(2025, 9, 12, 8, tzinfo=UTC)
FILE = File(FileId("file_1"), ProjectId("p"), MessageId("msg_1"), FileKind.DOCUMENT, "policy.docx", 9, "a" * 64, AT)


def heading(text: str, level: int, page: int = 0) -> Block:
    return Block(BlockKind.HEADING, text, level, page)


def text(words: str, page: int = 0) -> Block:
    return Block(BlockKind.TEXT, words, page=page)


def table(*rows: str) -> Block:
    return Block(BlockKind.TABLE, "\n".join(rows))


def values(*blocks: Block, title: str = "") -> list[str]:
    return [add.content.value for add in passages(Document(title, blocks), FILE)]


@pytest.mark.parametrize(
    ("words", "language"), [("设计软件的上限是一千元。", "zh"), ("Design software: up to 1,000.", "en")]
)
def test_a_passage_says_where_it_stands(words: str, language: str) -> None:
    document = Document("制度", (heading("制度", 1), heading("Limits", 2, 3), text(words, 3)))
    [add] = passages(document, FILE, tags=("policy",))
    found = add.content
    assert found.value == f"制度 > Limits\n{words}"
    assert (found.kind, found.view, found.title, found.language) == (Kind.PASSAGE, View.DOCUMENT, "Limits", language)
    assert (found.sources, found.said_at) == ((FILE.message,), AT)
    assert found.tags[0] == "policy"
    assert found.detail == {"file": "file_1", "file_name": "policy.docx", "page": 3, "part": 0}


def test_headings_close_those_below_them() -> None:
    blocks = (
        heading("A", 1),
        heading("B", 2),
        text("one."),
        heading("C", 2),
        text("two."),
        heading("D", 1),
        text("three."),
    )
    assert values(*blocks, title="T") == ["T > A > B\none.", "T > A > C\ntwo.", "T > D\nthree."]


def test_the_files_name_stands_for_a_title() -> None:
    assert values(text("one.")) == ["policy.docx\none."]


def test_short_blocks_stay_together_and_long_ones_are_cut() -> None:
    short = [text(f"Sentence number {i}.") for i in range(3)]
    assert values(*short) == ["policy.docx\nSentence number 0.\nSentence number 1.\nSentence number 2."]
    for long in ("One more sentence of some length. " * 100, "又一句有些长度的话。" * 100):
        found = values(text(long))
        assert len(found) > 3
        assert all(size(value) <= PASSAGE + 20 for value in found)
        assert "".join("".join(value.split("\n", 1)[1].split()) for value in found) == "".join(long.split())


def test_the_header_of_a_table_goes_with_every_piece_and_rows_are_keys() -> None:
    rows = [f"row {i} | {'word ' * 20}| {i}" for i in range(20)]
    found = passages(Document("T", (table("kind | text | number", *rows),)), FILE)
    assert len(found) > 2
    assert all("kind | text | number" in add.content.value for add in found)
    keys = [key for add in found for key in add.content.keys[1:]]
    assert [key.split(" | ")[0] for key in keys] == [f"T row {i}" for i in range(20)]


def test_passages_are_linked_and_their_ids_are_always_the_same() -> None:
    document = Document("T", tuple(part for i in range(4) for part in (heading(f"{i}", 1), text(f"text {i}."))))
    found = passages(document, FILE)
    assert [add.after for add in found] == [None, *(add.id for add in found[:-1])]
    assert [add.id for add in passages(document, FILE)] == [add.id for add in found]
    assert len({add.id for add in found}) == 4


def test_what_was_said_with_a_file_stands_in_its_first_passage() -> None:
    found = passages(Document("T", (text("one."), heading("A", 1), text("two."))), FILE, said="our new rules")
    assert [add.content.value for add in found] == ["T\n“our new rules”\none.", "T > A\ntwo."]


def test_a_document_of_headings_only_is_one_passage() -> None:
    assert values(heading("A", 1), heading("B", 1), title="T") == ["T\nA\nB"]
