"""The address of a graph database: what is said of one that cannot be read."""

import traceback

import pytest

from memosd.domain.errors import Invalid
from memosd.engines.cypher.bolt import BoltDatabase


@pytest.mark.parametrize(
    "url", ["bolt://ann:s3/cret@h:7687/d", "bolt://ann:s3\u2100cret@h/d", "bolt://ann:[s3cret@h/d"]
)
async def test_an_address_that_cannot_be_read_is_not_shown(url: str) -> None:
    with pytest.raises(Invalid, match=r"MEMOSD_GRAPH .* `%` of a password as %25") as refused:
        await BoltDatabase(url).open()
    assert "s3" not in "".join(traceback.format_exception(refused.value))


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(BoltDatabase("bolt://ann:secret@h:7687/d"))
