"""Text in pictures, read by RapidOCR where it is installed (`memosd[ocr]`)."""

import functools
import io
from collections.abc import Iterator
from typing import Any

from memosd.parsing.limits import Refused

LEAST_SURE = 0.5
"""Lines that the recogniser is less sure of are left out."""
MAX_PIXELS = 40_000_000
MAX_SIDE = 4_000


@functools.cache
def _recogniser() -> Any:
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError:
        raise Refused("reading text in pictures needs an addition: pip install 'memosd[ocr]'") from None
    return RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)


def read_picture(content: bytes) -> list[str]:
    """The lines of text in a picture, from the top. Raises `Refused`."""
    recogniser = _recogniser()
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise Refused(f"the picture has more than {MAX_PIXELS} pixels")
            opened.thumbnail((MAX_SIDE, MAX_SIDE))
            picture = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise Refused(f"the picture is damaged: {error}") from None
    return list(lines_of(picture, recogniser))


def lines_of(picture: Any, recogniser: Any = None) -> Iterator[str]:
    """Of a PIL image. Pieces that stand side by side are one line."""
    import numpy as np

    pieces, _ = (recogniser or _recogniser())(np.asarray(picture))
    line: list[str] = []
    bottom = -1.0
    for box, text, sure in pieces or ():
        if float(sure) < LEAST_SURE:
            continue
        top, low = min(y for _, y in box), max(y for _, y in box)
        if line and (top + low) / 2 > bottom:
            yield "  ".join(line)
            line = []
        line.append(text)
        bottom = low
    if line:
        yield "  ".join(line)
