"""Text in pictures and on scanned pages."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from memosd.domain.errors import Unreadable
from memosd.domain.files import FileKind
from memosd.parsing.process import ProcessReader

LINES = ("Invoice number 4711", "Total 250 EUR, due on Friday")


def picture(form: str) -> bytes:
    """As a picture of this form or, for `PDF`, as a page that holds nothing but a picture."""
    image = Image.new("RGB", (900, 300), "white")
    draw = ImageDraw.Draw(image)
    for i, line in enumerate(LINES):
        draw.text((40, 40 + 100 * i), line, font=ImageFont.load_default(36), fill="black")
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "PDF"])
async def test_text_is_read_from_its_picture(tmp_path: Path, form: str) -> None:
    (tmp_path / "scan").write_bytes(picture(form))
    document = await ProcessReader().read(tmp_path / "scan", name="scan", kind=FileKind.DOCUMENT)
    text = "".join("".join(block.text.split()) for block in document.blocks)  # the recogniser loses some spaces
    assert "Invoicenumber4711" in text
    assert "Total250EUR" in text
    assert {block.page for block in document.blocks} == {1}


async def test_a_picture_that_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "scan").write_bytes(picture("PNG")[:200])
    with pytest.raises(Unreadable, match="the picture is damaged"):
        await ProcessReader().read(tmp_path / "scan", name="scan.png", kind=FileKind.IMAGE)


async def test_a_picture_without_text(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (200, 200), "white").save(out, "PNG")
    (tmp_path / "blank").write_bytes(out.getvalue())
    with pytest.raises(Unreadable, match="no text"):
        await ProcessReader().read(tmp_path / "blank", name="blank.png", kind=FileKind.IMAGE)
