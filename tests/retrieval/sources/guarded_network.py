"""A network of its own in which inward addresses answer, and a reader that is not to reach them.

`unshare --net --mount python -m tests.retrieval.sources.guarded_network` prints as JSON, for each
trick, how many connections it made to the trap with the guard and without. In this network every
inward address leads to the trap, `public.example` to a web server at a public address, and names
are told by a DNS server that can change its mind.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import cast

import httpx

from retrieval.config import RetrievalSettings
from retrieval.errors import SourceError
from retrieval.sources.guard import system_resolver
from retrieval.sources.web import Fetcher
from tests.retrieval.sources import tricks

PUBLIC = "93.184.216.34"
INWARD = [
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "100.100.100.200", "192.0.0.1",
    "192.0.0.170", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "168.63.129.16", "192.88.99.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1",
    "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "100::1", "2001:db8::1", "64:ff9b::a9fe:a9fe",
]  # fmt: skip
A, AAAA = 1, 28
Names = Callable[[str, int], Sequence[str]]
"""The addresses of a name, of one kind."""
PAGE = b"<html><body><article>" + b"<p>A public page says a public thing.</p>" * 12


class NameServer(asyncio.DatagramProtocol):
    """A DNS server."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A question: its name, its kind, and no more."""
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        kind = int.from_bytes(data[at + 1 : at + 3], "big")
        found = self._names(".".join(labels).lower(), kind)
        answers = b"".join(
            b"\xc0\x0c"
            + kind.to_bytes(2, "big")
            + b"\x00\x01\x00\x00\x00\x00"
            + len(packed).to_bytes(2, "big")
            + packed
            for packed in (ipaddress.ip_address(each).packed for each in found)
        )
        head = data[:2] + b"\x81\x80\x00\x01" + len(found).to_bytes(2, "big") + b"\x00" * 4
        self._transport.sendto(head + data[12 : at + 5] + answers, addr)


class Zone:
    """What names mean in this network."""

    def __init__(self) -> None:
        self.asked = 0
        self.fixed = {
            "public.example": [PUBLIC],
            "inward.example": ["10.0.0.1"],
            "metadata.example": ["169.254.169.254"],
            "loopback.example": ["127.0.0.1"],
            "both.example": [PUBLIC, "10.0.0.1"],
            "sixth.example": ["fd00:ec2::254"],
            "mapped.example": ["::ffff:10.0.0.1"],
            "mixed.example": [PUBLIC, "::1"],
            "translated.example": ["64:ff9b::a9fe:a9fe"],
        }

    def __call__(self, name: str, kind: int) -> Sequence[str]:
        """Addresses of a kind; `rebinding.example` points outwards once, and then inwards."""
        version = 4 if kind == A else 6
        if name == "rebinding.example":
            self.asked += kind == A
            found = [PUBLIC] if self.asked % 2 else ["127.0.0.1"]
        else:
            found = self.fixed.get(name, [])
        return [each for each in found if ipaddress.ip_address(each).version == version]


def raise_network(resolver: str) -> None:
    """Addresses on the loopback device of this namespace, and its own resolver."""

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True)

    ip("link", "set", "lo", "up")
    for each in [PUBLIC, *INWARD]:
        wide = ipaddress.ip_address(each).version == 6
        ip("addr", "add", f"{each}/{128 if wide else 32}", "dev", "lo", *(["nodad"] * wide))
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
        file.write(f"nameserver {resolver}\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)


class Web:
    """The trap on every address, and the public server beside it."""

    def __init__(self) -> None:
        self.trapped = 0
        self.served = 0
        self.redirect: str | None = None

    async def heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        local = writer.get_extra_info("sockname")[0].removeprefix("::ffff:")
        public = local == PUBLIC
        self.served += public
        self.trapped += not public
        with contextlib.suppress(ConnectionError):
            asked = await reader.readuntil(b"\r\n\r\n")
            status = b"200 OK"
            place = b""
            if b"/robots.txt" in asked:
                status = b"404 Not Found"
            elif public and self.redirect:
                status, place = b"302 Found", f"Location: {self.redirect}\r\n".encode()
            writer.write(
                b"HTTP/1.1 %s\r\nContent-Type: text/html\r\n%sContent-Length: %d\r\n"
                b"Connection: close\r\n\r\n%s" % (status, place, len(PAGE), PAGE)
            )
            await writer.drain()
        writer.close()


async def _unguarded(client: httpx.AsyncClient, url: str) -> None:
    """As a reader does that looks at a name's addresses first, and then opens the name."""
    with contextlib.suppress(Exception):  # whatever a link without sense comes to
        await system_resolver(httpx.URL(url).host, tricks.PORT)
        await client.get(url)


async def _guarded(fetcher: Fetcher, url: str) -> str:
    try:
        fetched = await fetcher.fetch(url)
    except SourceError as error:
        return str(error)
    return f"read {fetched.url}"


async def tried() -> list[dict[str, object]]:
    """Every trick, with the guard and without."""
    web, zone = Web(), Zone()
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: NameServer(zone), local_addr=("127.0.0.1", 53))
    ports = [80, tricks.PORT, *tricks.PORTS]
    servers = [await asyncio.start_server(web.heard, None, port) for port in ports]
    settings = RetrievalSettings(fetch_timeout_s=4, max_file_mb=1, fetch_robots=False)
    os.environ |= {
        name: f"http://10.0.0.1:{tricks.PORT}" for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY")
    }
    client = httpx.AsyncClient(trust_env=False, timeout=2, follow_redirects=True, verify=False)
    fetcher = Fetcher(settings)
    rows: list[dict[str, object]] = []

    async def row(trick: str, url: str, redirect: str | None = None) -> None:
        web.redirect, web.trapped, zone.asked = redirect, 0, 0
        await _unguarded(client, url)
        without, web.trapped, zone.asked = web.trapped, 0, 0
        said = await _guarded(fetcher, url)
        rows.append({"trick": trick, "without": without, "with": web.trapped, "said": said})

    for url in tricks.links():
        await row(url, url)
    for name in [*zone.fixed, "rebinding.example"]:
        if name != "public.example":
            await row(name, f"http://{name}:{tricks.PORT}/")
    for url in tricks.links():
        await row(f"redirect to {url}", "http://public.example/", url.replace("\n", ""))
    served = web.served
    for port in tricks.PORTS:
        await row(f"port {port}", f"http://public.example:{port}/")
        rows[-1] |= {"without": web.served > served, "with": web.served - served > 1}
        served = web.served
    await row("public.example", "http://public.example/")
    await client.aclose()
    await fetcher.aclose()
    for server in servers:
        server.close()
    return rows


if __name__ == "__main__":
    raise_network("127.0.0.1")
    json.dump(asyncio.run(tried()), sys.stdout)
