"""Files that were good and are so no more: what a parser must outlive."""

import io
import json
import random
import zipfile
from collections.abc import Iterator

from harness.documents import MAKE, Section, Written

DOCUMENTS = (
    Written(
        "Rules of the house",
        "en",
        (
            Section("1 Quiet", "No noise after ten. " * 20),
            Section("2 Fees", (("What", "How much"), ("Bike room", "12"))),
        ),
    ),
    Written(
        "住户守则",
        "zh",
        (
            Section("第一章 安静", "晚上十点以后不得喧哗。" * 20),
            Section("第二章 费用", (("项目", "金额"), ("车库", "12"))),
        ),
    ),
)
MAX_CUTS = 12


def good() -> dict[str, bytes]:
    """One file of every format in both languages, by name."""
    files = {f"{document.lang}.{form}": make(document) for document in DOCUMENTS for form, make in MAKE.items()}
    for document in DOCUMENTS:
        told = [{"heading": section.heading, "body": section.body} for section in document.sections]
        files[f"{document.lang}.json"] = json.dumps(told, ensure_ascii=False).encode()
        inner = "".join(f"<s><h>{section.heading}</h><b>{section.body}</b></s>" for section in document.sections)
        files[f"{document.lang}.xml"] = f'<?xml version="1.0"?><d>{inner}</d>'.encode()
        files[f"{document.lang}.txt"] = MAKE["md"](document).decode().encode("gb18030")
    return files


def mutated(count: int, *, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many files, each a good one with a few bytes changed, cut, repeated or moved; half of the packages are
    changed inside, so that they still open."""
    chance = random.Random(seed)
    files = sorted(good().items())
    for i in range(count):
        name, content = files[i % len(files)]
        inside = name.endswith(".docx") and chance.random() < 0.5
        yield name, _inside(content, chance) if inside else _changed(content, chance)


def _inside(content: bytes, chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(out, "w") as changed:
        names = package.namelist()
        victim = chance.choice(["word/document.xml", *names])
        for name in names:
            changed.writestr(name, _changed(package.read(name), chance) if name == victim else package.read(name))
    return out.getvalue()


def _changed(content: bytes, chance: random.Random) -> bytes:
    work = bytearray(content)
    for _ in range(chance.randint(1, MAX_CUTS)):
        if not work:
            break
        at = chance.randrange(len(work))
        length = min(chance.choice((1, 1, 2, 8, 64, 512)), len(work) - at)
        match chance.randrange(5):
            case 0:
                work[at] = chance.randrange(256)
            case 1:
                del work[at : at + length]
            case 2:
                work[at:at] = work[at : at + length] * chance.choice((1, 3, 50))
            case 3:
                work[at : at + length] = chance.randbytes(length)
            case _:
                number = chance.choice((b"-1", b"0", b"99999999999", b"\xff\xff\xff\xff"))
                work[at : at + len(number)] = number
    return bytes(work[: chance.randrange(len(work) + 1)] if chance.random() < 0.1 else work)
