"""Every format, made by a real program where there is one, read back with its structure; and what is refused."""

import io
import json
import struct
import zipfile
from pathlib import Path

import docx
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from harness.documents import MAKE, Section, Written, as_pdf
from memosd.domain.documents import BlockKind, Document
from memosd.parsing.limits import Bounds, Refused
from memosd.parsing.plain import decode
from memosd.parsing.read import read

ENGLISH = Written(
    "Purchasing rules",
    "en",
    (
        Section("Scope", "These rules hold for everybody who buys software for the company. " * 6),
        Section("Limits", (("Kind", "Limit", "Departments"), ("Design software", "1,000", "Design, Brand"))),
        Section("Approval", "The head of the department signs."),
    ),
)
CHINESE = Written(
    "软件采购制度",
    "zh",
    (
        Section("第一章 总则", "本制度适用于公司各部门购买软件的行为，包括续费与升级。" * 6),
        Section("第二章 限额", (("类别", "上限（元）", "适用部门"), ("设计软件", "1,000", "设计部、品牌部"))),
        Section("第三章 审批", "由部门负责人签字。"),
    ),
)


def parsed(path: Path, content: bytes, name: str = "file", kind: str = "document", **bounds: int) -> Document:
    place = path / "content"
    place.write_bytes(content)
    return read(place, name=name, kind=kind, bounds=Bounds(**bounds))


@pytest.mark.parametrize("document", [ENGLISH, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize("form", MAKE)
@pytest.mark.parametrize("name", ["right", "wrong"])
def test_structure_is_kept_whatever_the_file_is_called(tmp_path: Path, document: Written, form: str, name: str) -> None:
    found = parsed(tmp_path, MAKE[form](document), name=f"a.{form}" if name == "right" else "a.bin")
    assert found.title == document.title
    kinds = [block.kind for block in found.blocks]
    told = [(block.text, block.level) for block in found.blocks if block.kind is BlockKind.HEADING]
    titles = [text for text, _ in told if text != document.title]
    assert titles == [section.heading for section in document.sections]
    assert len({level for text, level in told if text != document.title}) == 1
    [table] = [block for block in found.blocks if block.kind is BlockKind.TABLE]
    assert table.text.split("\n") == [" | ".join(row) for row in document.sections[1].body]
    whole = next(block.text for block in found.blocks if block.kind is BlockKind.TEXT)
    assert whole == str(document.sections[0].body).strip(), "lines that were wrapped are one paragraph again"
    assert kinds.count(BlockKind.TEXT) == 2


def test_pages_are_counted_and_told(tmp_path: Path) -> None:
    found = parsed(tmp_path, as_pdf(ENGLISH, pages_of=1))
    assert found.pages == 3
    assert [(b.text, b.page) for b in found.blocks if b.kind is BlockKind.HEADING][1:] == [
        ("Scope", 1),
        ("Limits", 2),
        ("Approval", 3),
    ]


def test_headers_and_footers_are_left_out(tmp_path: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for page in range(1, 7):
        canvas.drawString(60, 800, "Acme handbook 2025")
        for line in range(5):
            canvas.drawString(60, 700 - 14 * line, f"Line {line} tells of subject {page} and {'word ' * 8}")
        canvas.drawString(280, 40, f"Page {page} of 6")
        canvas.showPage()
    canvas.save()
    text = "\n".join(block.text for block in parsed(tmp_path, out.getvalue()).blocks)
    assert "handbook" not in text
    assert "of 6" not in text
    assert all(f"subject {page}" in text for page in range(1, 7))


TRADITIONAL = (
    "請於三天內歸還，逾期每日罰款五元。",
    "台北市政府公告：自即日起實施新辦法，請市民注意。",
    "我們今天討論記憶伺服器的設計，下週一上午九點在會議室開會。",
    "軟體採購上限 800 元，Design 部門適用",
    "繁體中文測試",
)
SIMPLIFIED = (
    "请于三天内归还，逾期每日罚款五元。",
    "我们今天讨论记忆服务器的设计，下周一上午九点在会议室开会。",
    "软件采购上限 800 元，Design 部门适用",
    "请假须提前两天",
)
ENCODED = [
    *((text, encoding) for text in TRADITIONAL for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030", "big5")),
    *((text, encoding) for text in SIMPLIFIED for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk")),
    ("请假", "utf-8"),
    ("唔該借歪，我哋喺呢度等咗你好耐喇，佢哋仲未嚟。", "big5hkscs"),
    ("這台機器賣 800 €，含運費與保固。", "cp950"),
]


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_text_in_every_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    found = parsed(tmp_path, text.encode(encoding), name="a.txt")
    assert [block.text for block in found.blocks] == [text]


@pytest.mark.parametrize(("texts", "encoding"), [(TRADITIONAL, "big5"), (TRADITIONAL, "gbk"), (SIMPLIFIED, "gb2312")])
def test_every_piece_of_ten_chinese_characters_tells_its_encoding(texts: tuple[str, ...], encoding: str) -> None:
    whole = "".join(c for text in texts for c in text if not c.isascii())
    pieces = [whole[at : at + 10] for at in range(len(whole) - 9)]
    assert [decode(piece.encode(encoding)) for piece in pieces] == pieces


def test_latin_text_in_an_old_encoding(tmp_path: Path) -> None:
    text = "Der Schlüssel für die Tür hängt über dem Gerät; größere Schäden müssen gemeldet werden. " * 4
    assert parsed(tmp_path, text.encode("cp1252"), name="a.txt").blocks[0].text == text.strip()


def test_numbered_headings_of_plain_text(tmp_path: Path) -> None:
    text = "Handbook\n\n1 Leave\nYou have 24 days.\n\n1.1 Carrying over\nSix days at most.\n\n第二章 报销\n十日内提交。"
    found = parsed(tmp_path, text.encode(), name="a.txt")
    headings = [(block.text, block.level) for block in found.blocks if block.kind is BlockKind.HEADING]
    assert headings == [("1 Leave", 2), ("1.1 Carrying over", 3), ("第二章 报销", 1)]


@pytest.mark.parametrize("first", ["<!-- prettier-ignore -->\n", "<!-- 不要改 -->", "<!-- ", " \n", "| "])
@pytest.mark.parametrize("name", ["notes.md", "notes.txt"])
def test_a_text_is_read_however_often_it_begins_with_what_html_may_begin_with(
    tmp_path: Path, first: str, name: str
) -> None:
    found = parsed(tmp_path, (first * 2_000 + "\n\n# Notes\n\n会议在周一。\n").encode(), name=name)
    assert "会议在周一。" in "\n".join(block.text for block in found.blocks)


def test_comments_before_it_do_not_hide_that_it_is_html(tmp_path: Path) -> None:
    content = '<?xml version="1.0"?>' + "<!-- a -->\n" * 2_000 + "<html><body><h1>Notes</h1><p>Text.</p></body></html>"
    found = parsed(tmp_path, content.encode(), name="notes")
    assert [block.text for block in found.blocks] == ["Notes", "Text."]


@pytest.mark.parametrize("line", ["# a" + " " * 20_000 + "b #", "|" + " " * 20_000 + "x", "---" + "\n" * 20_000 + "x"])
def test_a_long_line_of_markdown_is_read(tmp_path: Path, line: str) -> None:
    assert parsed(tmp_path, line.encode(), name="notes.md").blocks


def test_the_marks_that_close_a_heading_are_left_out(tmp_path: Path) -> None:
    found = parsed(tmp_path, b"# Notes ##  \n\n## C#\n\n###   Rules   \n\ntext", name="a.md")
    headings = [(block.text, block.level) for block in found.blocks if block.kind is BlockKind.HEADING]
    assert headings == [("Notes", 1), ("C", 2), ("Rules", 3)]


@pytest.mark.parametrize("half", ["\\ud83d", "\\udfff", "\\u0000"])
def test_escapes_of_json_that_are_no_characters(tmp_path: Path, half: str) -> None:
    content = f'{{"题目{half}": "早安 {half} good", "face": "\\ud83d\\ude00"}}'
    [block] = parsed(tmp_path, content.encode(), name="a.json").blocks
    assert block.text == "题目\ufffd: 早安 \ufffd good\nface: 😀"


def test_numbers_of_json_are_as_they_are_written(tmp_path: Path) -> None:
    long = "7" * 5_000
    [block] = parsed(tmp_path, f'{{"a": {long}, "b": 1.50, "c": -2e999}}'.encode(), name="a.json").blocks
    assert block.text == f"a: {long}\nb: 1.50\nc: -2e999"


def test_json_keeps_paths(tmp_path: Path) -> None:
    value = {
        "server": {"port": 8000, "hosts": ["a", "b"], "tls": {"on": True}},
        "users": [{"name": "安娜"}, {"name": "Bo"}],
    }
    found = parsed(tmp_path, json.dumps(value).encode(), name="a.json")
    said = [block.text for block in found.blocks]
    assert "server.tls" in said
    assert "port: 8000" in said
    assert "name: 安娜" in said
    assert "server.hosts: a, b" in said


def test_xml_keeps_names(tmp_path: Path) -> None:
    text = '<?xml version="1.0"?><book lang="zh"><item no="7"><title>采购</title><p>上限<b>800</b>元</p></item></book>'
    said = "\n".join(block.text for block in parsed(tmp_path, text.encode()).blocks)
    assert "title: 采购" in said
    assert "no: 7" in said
    assert "800" in said


def word_97(text: str, *, encrypted: bool = False) -> bytes:
    """A .doc of one piece of text, in a compound file of version 3 with streams of 4,096 bytes and more."""
    word = bytearray(8_192)
    struct.pack_into("<HH", word, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", word, 10, 0x0100 if encrypted else 0)
    struct.pack_into("<i", word, 0x4C, len(text))
    encoded = text.encode("utf-16-le")
    word[2_048 : 2_048 + len(encoded)] = encoded
    pieces = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, 2_048, 0)
    clx = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    table = clx.ljust(4_096, b"\0")
    struct.pack_into("<II", word, 0x1A2, 0, len(clx))
    streams = [("WordDocument", bytes(word)), ("0Table", table)]
    sectors: list[bytes] = []
    chains: list[int] = []
    starts = []
    for _, content in streams:
        starts.append(len(sectors))
        count = len(content) // 512
        sectors += [content[512 * i : 512 * (i + 1)] for i in range(count)]
        chains += [len(chains) + i + 1 for i in range(count - 1)]
        chains.append(0xFFFFFFFE)
    directory, fat = len(sectors), len(sectors) + 1
    chains += [0xFFFFFFFE, 0xFFFFFFFD]
    chains += [0xFFFFFFFF] * (128 - len(chains))

    def entry(name: str, kind: int, start: int, size: int, child: int = -1, right: int = -1) -> bytes:
        told = name.encode("utf-16-le") + b"\0\0"
        head = told.ljust(64, b"\0") + struct.pack("<HBBiii", len(told), kind, 1, -1, right, child)
        return head + b"\0" * 36 + struct.pack("<IQ", start, size)

    entries = entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)
    entries += entry("WordDocument", 2, starts[0], len(streams[0][1]), right=2)
    entries += entry("0Table", 2, starts[1], len(streams[1][1])) + b"\0" * 128
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += b"\0" * 6 + struct.pack("<IIIIIIIII", 0, 1, directory, 0, 4_096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", fat) + b"\xff" * (108 * 4)
    return header + b"".join(sectors) + entries + struct.pack("<128I", *chains)


def test_doc(tmp_path: Path) -> None:
    text = '采购制度\r第一章 总则\r适用于\x13 HYPERLINK "x" \x14全体员工\x15。\rLimits apply\x07'
    said = [block.text for block in parsed(tmp_path, word_97(text)).blocks]
    assert said == ["采购制度", "第一章 总则", "适用于全体员工。", "Limits apply"]


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def encrypted_pdf() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("secret"))
    canvas.drawString(100, 100, "hidden")
    canvas.save()
    return out.getvalue()


def pages(count: int) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(count):
        canvas.drawString(100, 100, f"page {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
REFUSED: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "a.txt", "empty"),
    "only blanks": (b" \n\t ", "a.txt", "no text"),
    "a program": (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 8, "a.bin", "no text, and none of the formats"),
    "a note called pdf": (b"Shoes are left at the door.", "a.PDF", "called .pdf, but its content is no pdf"),
    "a note called docx": ("鞋子放在門口。".encode(), "a.docx", "called .docx, but its content is no docx"),
    "a page called doc": (b"<html><body><p>Shoes</p></body></html>", "a.doc", "called .doc, but its content is no doc"),
    "another zip": (zipped(a=b"x"), "a.docx", "no docx"),
    "encrypted pdf": (encrypted_pdf(), "a.pdf", "encrypted"),
    "truncated pdf": (as_pdf(ENGLISH)[:700], "a.pdf", "damaged"),
    "501 pages": (pages(501), "a.pdf", "501 pages, at most 500"),
    "truncated docx": (MAKE["docx"](ENGLISH)[:5_000], "a.docx", "damaged"),
    "docx of nonsense": (zipped(**{"word__document.xml": b"<a/>"}), "a.docx", "damaged"),
    "zip bomb": (zipped(**{"word__document.xml": b"\0" * 3_000_000}), "a.docx", "unpacked, at most"),
    "xml bomb": (BOMB, "a.xml", "declares entities"),
    "xml that names files": (OUTSIDE, "a.xml", "declares entities"),
    "xml cut off": (b"<?xml version='1.0'?><a><b>", "a.xml", "not well-formed"),
    "deep xml": (b"<a>" * 5_000, "a.xml", "nested deeper"),
    "json cut off": (b'{"a": [1, 2', "a.json", "not valid JSON"),
    "encrypted doc": (word_97("hidden", encrypted=True), "a.doc", "encrypted"),
    "doc of nonsense": (word_97("hidden")[:30] + b"\xff" * 2_000, "a.doc", "the doc is damaged$"),
    "truncated doc": (word_97("hidden")[:2_000], "a.doc", "damaged"),
    "not a picture": (b"GIF9", "a.gif", "no picture"),
}


@pytest.mark.parametrize(("content", "name", "says"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, content: bytes, name: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        parsed(tmp_path, content, name, "image" if name.endswith("gif") else "document", unpacked=2_000_000)


def skill_package(**members: bytes) -> bytes:
    return zipped(**{"SKILL.md": b"---\nname: a\n---", **members})


SKILLS: dict[str, tuple[bytes, str]] = {
    "no SKILL.md": (zipped(**{"other.md": b"x"}), "no SKILL.md at its first level"),
    "SKILL.md in a folder": (zipped(**{"报销__SKILL.md": b"x"}), "first level: it is at '报销/SKILL.md'"),
    "SKILL.md deep inside": (zipped(**{"a__b__SKILL.md": b"x"}), "no SKILL.md at its first level"),
    "a way out": (skill_package(**{"..__evil": b"x"}), "leads out"),
    "an absolute path": (skill_package(__etc__passwd=b"x"), "leads out"),
    "too many files": (skill_package(**{f"f{i}": b"" for i in range(200)}), "201 files, at most 200"),
    "a large SKILL.md": (b"x" * 102_401, "102401 bytes, at most 102400"),
    "a large member": (skill_package(big=b"\0" * 10_485_761), "at most 10485760"),
    "damaged": (skill_package()[:60], "damaged"),
}


@pytest.mark.parametrize(("content", "says"), SKILLS.values(), ids=SKILLS)
def test_refused_skills(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        parsed(tmp_path, content, "SKILL.md", "skill")


def test_a_link_in_a_skill_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("SKILL.md", "---\n")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    with pytest.raises(Refused, match="is a link"):
        parsed(tmp_path, out.getvalue(), "a.zip", "skill")


def test_a_skill_package(tmp_path: Path) -> None:
    content = zipped(**{"SKILL.md": "---\nname: 报销".encode(), "scripts__run.py": b"print()"})
    found = parsed(tmp_path, content, "a.zip", "skill")
    assert found.blocks[0].text == "---\nname: 报销"
    assert [Path(member).name for member in found.members] == ["SKILL.md", "run.py"]


def test_lists_and_merged_cells_of_docx(tmp_path: Path) -> None:
    word = docx.Document()
    for text in ("first", "second"):
        word.add_paragraph(text, style="List Bullet")
    table = word.add_table(rows=2, cols=2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "whole"
    table.cell(1, 0).text, table.cell(1, 1).text = "a", "b"
    out = io.BytesIO()
    word.save(out)
    blocks = parsed(tmp_path, out.getvalue()).blocks
    assert [(block.kind, block.text) for block in blocks] == [
        (BlockKind.LIST, "- first\n- second"),
        (BlockKind.TABLE, "whole\na | b"),
    ]
