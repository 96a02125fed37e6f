"""Fetching files from the web, and from nowhere else.

Every address is looked up by us, held against what may be asked, and connected to as it was checked: a name cannot
answer one way when it is checked and another way when it is used. Each redirect is a new address.
"""

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpcore

from memosd.domain.errors import Unavailable, Unreadable
from memosd.ports.documents import Fetched

MAX_REDIRECTS = 5
MAX_URL = 4_000
CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TYPES = re.compile(
    r"(text|image)/|application/(pdf|json|xml|msword|zip|x-zip|octet-stream|rtf|markdown|x-ndjson|force-download"
    r"|vnd\.openxmlformats-officedocument\.|xhtml\+xml|[\w.-]+\+(json|xml))|binary/octet-stream",
    re.IGNORECASE,
)
_HEADERS = [("User-Agent", "memosd"), ("Accept", "*/*"), ("Accept-Encoding", "identity")]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name."""


async def resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def public(address: str) -> bool:
    """Whether an address is one of the open internet: not private, loopback, link-local, shared, reserved or
    multicast, nor one of these inside an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return public(str(inner))
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the address that was checked, whatever the name may answer a moment later."""

    def __init__(self, hosts: Iterable[str], resolve: Resolve, network: httpcore.AsyncNetworkBackend) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._resolve = resolve
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 — httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await asyncio.wait_for(self._resolve(host, port), timeout)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise httpcore.ConnectError(f"the name {host!r} cannot be resolved") from error
        opened = host.lower() in self._hosts
        refused = [address for address in addresses if not opened and not public(address)]
        if refused or not addresses:
            raise Unreadable(
                f"the URL leads to {host!r}, which is inside a private network ({', '.join(refused)}); "
                "MEMOSD_FETCH_HOSTS opens named hosts"
            )
        return await self._network.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise Unreadable("no socket of this machine is asked")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


@dataclass(frozen=True, slots=True)
class SafeFetcher:
    """A `ports.documents.Fetcher`. hosts: names that may be asked although they are private. seconds: for the whole
    of one file."""

    hosts: frozenset[str] = frozenset()
    seconds: float = 60.0
    resolve: Resolve = resolve

    @contextlib.asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[Fetched]:
        network = CheckedNetwork(self.hosts, self.resolve, httpcore.AnyIOBackend())
        try:
            async with (
                asyncio.timeout(self.seconds),
                httpcore.AsyncConnectionPool(network_backend=network, max_connections=1, retries=0) as pool,
                self._response(pool, url) as (response, at),
            ):
                yield Fetched(_name(response, at), response.aiter_stream(), _header(response, b"content-type"))
        except TimeoutError:
            raise Unavailable(f"fetching the URL took longer than {self.seconds:.0f} seconds") from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Unavailable(f"the URL could not be fetched: {type(error).__name__} {error}".rstrip()) from None

    @contextlib.asynccontextmanager
    async def _response(
        self, pool: httpcore.AsyncConnectionPool, url: str
    ) -> AsyncIterator[tuple[httpcore.Response, str]]:
        limits = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": READ_SECONDS}
        for _ in range(MAX_REDIRECTS + 1):
            check_url(url)
            headers = [("Host", urlsplit(url).netloc.rsplit("@", 1)[-1]), *_HEADERS]
            async with pool.stream("GET", url, headers=headers, extensions={"timeout": limits}) as response:
                place = _header(response, b"location")
                if response.status in _REDIRECTS and place:
                    url = _redirected(url, place)
                    continue
                _accept(response)
                yield response, url
                return
        raise Unreadable(f"the URL redirects more than {MAX_REDIRECTS} times")


def check_url(url: str) -> None:
    """Raises `Unreadable` unless it is a plain http or https URL."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        url.encode("ascii")
    except ValueError:
        raise Unreadable("the URL is malformed; write other characters than ASCII percent-encoded") from None
    if parts.scheme not in ("http", "https"):
        raise Unreadable(f"only http and https URLs are fetched, not {parts.scheme[:20]!r}")
    if not host or parts.username is not None or parts.password is not None or len(url) > MAX_URL:
        raise Unreadable("the URL has no host, carries a user name, or is too long")


def _redirected(url: str, place: str) -> str:
    try:
        return urljoin(url, place)
    except ValueError:
        raise Unreadable("the URL redirects to one that is malformed") from None


def _accept(response: httpcore.Response) -> None:
    if response.status >= 500 or response.status == 429:
        raise Unavailable(f"the URL answered with status {response.status}")
    if response.status != 200:
        raise Unreadable(f"the URL answered with status {response.status}")
    kind = _header(response, b"content-type")
    if kind and not _TYPES.match(kind):
        raise Unreadable(f"the URL answered with {kind[:80]!r}, which is no document")


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


def _name(response: httpcore.Response, url: str) -> str:
    name = _told_name(_header(response, b"content-disposition")) or unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    return "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable())[:200]


def _told_name(disposition: str) -> str | None:
    """None also for one in an encoding that cannot be read."""
    about = Message()
    about["content-disposition"] = disposition or "inline"
    try:
        return about.get_filename()
    except (LookupError, ValueError):
        return None
