"""What is fetched and what is not: addresses, redirects, sizes, kinds."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from memosd.domain.errors import Unavailable, Unreadable
from memosd.providers.fetch import SafeFetcher, check_url, public

PRIVATE = """127.0.0.1 127.8.9.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1
255.255.255.255 240.0.0.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1
::ffff:169.254.169.254 64:ff9b::7f00:1 2002:7f00:1:: 2001:db8::1 nonsense""".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808"]
)
def test_public_addresses(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a",
        "file:///etc/passwd",
        "http:///a",
        "http://user:secret@example.com/",
        "http://example.com:port/",
        "http://[::1",
        "http://例え.jp/",
        "http://example.com/" + "a" * 4_000,
    ],
)
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(Unreadable):
        check_url(url)


Answer = Callable[[str], bytes]


@asynccontextmanager
async def web(answer: Answer) -> AsyncIterator[tuple[int, list[str]]]:
    """A server on the loopback that answers each request by its path; its port, and the hosts it was asked for."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(next(line[6:] for line in head.split("\r\n") if line.lower().startswith("host:")))
        writer.write(answer(head.split(" ")[1]))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


def page(content: bytes, kind: str = "text/plain", status: str = "200 OK", **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    about = f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n{more}"
    return f"HTTP/1.1 {status}\r\n{about}\r\n".encode() + content


def to(place: str) -> bytes:
    return page(b"", status="302 Found", Location=place)


class Names:
    """A name service that says what the test wants, and whether it was asked twice."""

    def __init__(self, **addresses: str) -> None:
        self.addresses = {name.replace("_", "."): address for name, address in addresses.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return [self.addresses.get(host, host)]


async def fetch(fetcher: SafeFetcher, url: str) -> tuple[str, bytes]:
    async with fetcher.open(url) as fetched:
        return fetched.name, b"".join([chunk async for chunk in fetched.content])


OPEN = frozenset({"files.example"})


async def test_a_file_of_a_host_that_was_opened() -> None:
    names = Names(files_example="127.0.0.1")
    async with web(lambda path: page(path.encode())) as (port, asked):
        fetcher = SafeFetcher(OPEN, resolve=names)
        assert await fetch(fetcher, f"http://files.example:{port}/docs/a%20b.txt?x=1") == (
            "a b.txt",
            b"/docs/a%20b.txt?x=1",
        )
        assert asked == [f"files.example:{port}"]
        assert names.asked == ["files.example"], "connected to the address that was checked"


async def test_the_name_that_the_answer_gives() -> None:
    def answer(_: str) -> bytes:
        return page(b"x", Content_Disposition='attachment; filename="../../etc/rules.pdf"')

    async with web(answer) as (port, _):
        name, _ = await fetch(
            SafeFetcher(OPEN, resolve=Names(files_example="127.0.0.1")), f"http://files.example:{port}/"
        )
        assert name == "rules.pdf"


@pytest.mark.parametrize("told", ["idna''%41", "undefined''a.pdf", "a%00b''a.pdf", "utf-8%00''%E7%8E%8B.pdf"])
async def test_a_name_that_cannot_be_read_is_that_of_the_url(told: str) -> None:
    answer = page(b"x", Content_Disposition=f"attachment; filename*={told}")
    async with web(lambda _: answer) as (port, _):
        fetcher = SafeFetcher(OPEN, resolve=Names(files_example="127.0.0.1"))
        name, content = await fetch(fetcher, f"http://files.example:{port}/%E7%8E%8B.txt")
        assert (name, content) == ("王.txt", b"x")


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://inside.example:{port}/", "http://[::1]:{port}/"])
async def test_private_hosts_are_not_asked(url: str) -> None:
    async with web(lambda _: page(b"secret")) as (port, asked):
        fetcher = SafeFetcher(resolve=Names(inside_example="127.0.0.1"))
        with pytest.raises(Unreadable, match="inside a private network"):
            await fetch(fetcher, url.format(port=port))
        assert asked == []


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:{port}/secret", "http://inside.example:{port}/secret", "//127.0.0.1:{port}/"]
)
async def test_a_redirect_is_checked_like_a_url(place: str) -> None:
    at: list[int] = []
    async with web(lambda path: to(place.format(port=at[0])) if path == "/" else page(b"secret")) as (port, asked):
        at.append(port)
        fetcher = SafeFetcher(OPEN, resolve=Names(files_example="127.0.0.1", inside_example="10.0.0.1"))
        with pytest.raises(Unreadable, match="inside a private network"):
            await fetch(fetcher, f"http://files.example:{port}/")
        assert len(asked) == 1


async def test_redirects_are_followed_some_times() -> None:
    async with web(lambda path: page(b"here") if path == "/5" else to(f"/{int(path[1:] or 0) + 1}")) as (port, _):
        fetcher = SafeFetcher(OPEN, resolve=Names(files_example="127.0.0.1"))
        assert await fetch(fetcher, f"http://files.example:{port}/0") == ("5", b"here")
    async with web(lambda _: to("/again")) as (port, _):
        with pytest.raises(Unreadable, match="more than 5 times"):
            await fetch(fetcher, f"http://files.example:{port}/0")
    async with web(lambda _: to("file:///etc/passwd")) as (port, _):
        with pytest.raises(Unreadable, match="only http and https"):
            await fetch(fetcher, f"http://files.example:{port}/0")


@pytest.mark.parametrize("place", ["http://[", "//[::1", "http://[v.x]/"])
async def test_a_redirect_to_a_malformed_url(place: str) -> None:
    async with web(lambda _: to(place)) as (port, _):
        with pytest.raises(Unreadable, match="malformed"):
            await fetch(SafeFetcher(OPEN, resolve=Names(files_example="127.0.0.1")), f"http://files.example:{port}/0")


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (page(b"x", "video/mp4"), Unreadable, "no document"),
        (page(b"x", status="404 Not Found"), Unreadable, "status 404"),
        (page(b"x", status="503 Busy"), Unavailable, "status 503"),
        (page(b"x", status="429 Slow"), Unavailable, "status 429"),
        (b"nonsense\r\n\r\n", Unavailable, "could not be fetched"),
        (b"", Unavailable, "could not be fetched"),
        (page(b"whole")[:-2], Unavailable, "could not be fetched"),
    ],
)
async def test_answers_that_are_none(answer: bytes, error: type[Exception], says: str) -> None:
    async with web(lambda _: answer) as (port, _):
        with pytest.raises(error, match=says):
            await fetch(SafeFetcher(OPEN, resolve=Names(files_example="127.0.0.1")), f"http://files.example:{port}/")


async def test_a_host_that_nobody_knows() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(Unavailable, match="cannot be resolved"):
        await fetch(SafeFetcher(resolve=unknown), "http://nowhere.example/")


async def test_a_slow_answer_is_given_up() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(Unavailable, match="longer than"):
        await fetch(SafeFetcher(seconds=0.01, resolve=never), "http://slow.example/")
