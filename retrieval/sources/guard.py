"""Which addresses may be reached when somebody else chooses the link.

A name is resolved once, every address it has is checked, and the connection is made to an address
that was checked: so neither a name that points inwards, nor one that changes between the check and
the connection, nor a redirect reaches what only this machine or its network should reach.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

from retrieval.errors import Reason, UnreadableError, UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a host."""

_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_COMPATIBLE = ipaddress.ip_network("::/96")
_INSIDE = tuple(
    ipaddress.ip_network(each)
    for each in (
        "168.63.129.16/32",  # a cloud's own services, on an address that looks public
        "192.88.99.0/24",  # relays of 6to4
        "fec0::/10",  # site-local
    )
)
LAST_PORT = 65_535
_PORTS = frozenset({80, 443, 8000, 8080, 8443})
"""Where web pages are served; others belong to other services."""
ADDRESSES_TRIED = 3
"""Of a host that has many, before it counts as out of reach."""


async def system_resolver(host: str, port: int) -> list[str]:
    """The addresses the system knows for a host."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts and networks that an operator has opened although they are inside."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Allowed:
        """From names, addresses and networks separated by commas. Raises UsageError."""
        hosts, networks = set(), []
        for part in filter(None, (each.strip() for each in text.split(","))):
            try:
                networks.append(ipaddress.ip_network(part, strict=False))
            except ValueError:
                if "/" in part or " " in part:
                    raise UsageError(
                        f"RETRIEVAL_FETCH_ALLOW: {part} is neither a host nor a network."
                    ) from None
                hosts.add(_named(part))
        return cls(frozenset(hosts), tuple(networks))

    def includes(self, host: str, address: Address) -> bool:
        """Whether the operator has opened it."""
        return host in self.hosts or any(
            address.version == network.version and address in network for network in self.networks
        )


def is_public(address: Address) -> bool:
    """Whether an address, and every address hidden within it, is on the public internet."""
    hidden = _hidden(address)
    if hidden is not None:
        return is_public(hidden)
    inside = any(address.version == net.version and address in net for net in _INSIDE)
    return address.is_global and not address.is_multicast and not address.is_reserved and not inside


def _hidden(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in (*_NAT64, _COMPATIBLE)) and int(address) > 1:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


class GuardedTransport(httpx.AsyncBaseTransport):
    """Carries each request, redirected ones too, to an address that was checked.

    `inner` is given addresses in place of names, so it must not keep connections for later: hosts
    that share an address would share them too, and with them the certificate of one.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        allowed: Allowed,
        resolve: Resolve = system_resolver,
    ) -> None:
        self._inner = inner
        self._allowed = allowed
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises UnreadableError for what must not be reached."""
        url = request.url
        check_url(url)
        host = _host(url)
        port = url.port or (443 if url.scheme == "https" else 80)
        *others, last = await self._checked(host, port)
        for address in others:
            try:
                return await self._inner.handle_async_request(_to(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # a host that answers at one of its addresses can be read
        return await self._inner.handle_async_request(_to(last, request))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    async def _checked(self, host: str, port: int) -> Sequence[Address]:
        try:
            found = [
                ipaddress.ip_address(a.partition("%")[0]) for a in await self._resolve(host, port)
            ]
        except (OSError, UnicodeError, ValueError):
            raise UnreadableError(
                f"there is no host named {host}", Reason.NO_HOST, host=host
            ) from None
        if not found:
            raise UnreadableError(f"there is no host named {host}", Reason.NO_HOST, host=host)
        opened = [address for address in found if self._allowed.includes(host, address)]
        if opened:
            return opened[:ADDRESSES_TRIED]
        # One inward address among several is reason enough: nobody's web page needs it.
        if not all(is_public(address) for address in found):
            raise UnreadableError(
                f"{host} is not on the public web, so it is not opened",
                Reason.NOT_PUBLIC,
                host=host,
            )
        if port not in _PORTS:
            raise UnreadableError(
                f"web pages are not served at port {port}, so it is not opened",
                Reason.PORT,
                port=port,
            )
        return found[:ADDRESSES_TRIED]


def _to(address: Address, request: httpx.Request) -> httpx.Request:
    """The request, to be sent to that address of its host."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,  # Host among them, as the page's server expects it
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": _host(request.url)},
    )


def _host(url: httpx.URL) -> str:
    """The host as its server is told it. Of a name in other letters than ASCII not all that look
    names up make the same."""
    return url.raw_host.decode("ascii").lower().rstrip(".")


def _named(host: str) -> str:
    """The same of a host that somebody has written."""
    try:
        return _host(httpx.URL(scheme="http", host=host))
    except httpx.InvalidURL:
        raise UsageError(f"RETRIEVAL_FETCH_ALLOW: {host} is no name of a host.") from None


def check_url(url: httpx.URL) -> None:
    """Raises UnreadableError for an address that is none of a web page."""
    if url.scheme not in ("http", "https") or not url.host:
        raise UnreadableError(
            "only links that begin with http:// or https:// are opened", Reason.LINK
        )
    if url.userinfo:
        raise UnreadableError("links with a name and password in them are not opened", Reason.LINK)
    if url.port is not None and not 0 < url.port <= LAST_PORT:
        raise UnreadableError("it is no link that can be opened", Reason.LINK)
