"""What is not on the public web is not reached: every trick is tried against a listening trap."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp import web

from retrieval.errors import SourceError
from retrieval.sources.web import Fetcher
from tests.retrieval.sources import tricks
from tests.retrieval.sources.test_sources_web import PAGE, served, settings


@pytest.fixture
async def trap() -> AsyncIterator[list[object]]:
    """Listens on all of loopback; the connections made to it."""
    seen: list[object] = []

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("peername"))
        writer.close()

    async with await asyncio.start_server(connected, None, tricks.PORT):
        yield seen


async def refused(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(SourceError) as caught:
        await fetcher.fetch(url)
    return str(caught.value)


async def test_no_trick_reaches_the_trap(trap: list[object]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", tricks.PORT)
    await reader.read()
    writer.close()
    assert len(trap) == 1, "the trap does not work"
    assert len(set(tricks.links())) >= 100
    async with Fetcher(settings(fetch_allow=""), resolve=named) as fetcher:
        for url in tricks.links():
            await refused(fetcher, url)
            assert len(trap) == 1, url


async def test_no_redirect_reaches_the_trap(trap: list[object]) -> None:
    async with (
        served("127.0.0.2") as site,
        Fetcher(settings(fetch_allow="127.0.0.2", fetch_robots=False), resolve=named) as fetcher,
    ):
        for url in tricks.links():
            if url.startswith("//") or any(ord(character) < 33 for character in url):
                continue  # no header can hold it, or it means another page of the same server
            site.text("/", "", 302, Location=url)
            assert await refused(fetcher, f"http://opened.example:{site.port}/")
            assert trap == [], url
    assert site.asked.count("/") > 90


async def named(host: str, port: int) -> Sequence[str]:
    """A server that was opened, among names and numbers as the system knows them; what it would
    have to ask the network for is no host."""
    if host == "opened.example":
        return ["127.0.0.2"]
    if "example" in host or "%" in host:
        raise OSError(host)
    found = await asyncio.get_running_loop().getaddrinfo(host, port)
    return [str(each[4][0]) for each in found]


async def test_a_name_in_other_letters_is_looked_up_as_its_server_is_told_it() -> None:
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    opened = settings(fetch_allow="faß.example", fetch_robots=False)
    async with served() as site, Fetcher(opened, resolve=resolve) as fetcher:
        site.text("/news", PAGE)
        await fetcher.fetch(f"http://faß.example:{site.port}/news")
        assert asked == ["xn--fa-hia.example"]
        assert site.headers[-1]["Host"] == f"xn--fa-hia.example:{site.port}"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"], ["::1"],
        ["93.184.216.34", "::1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"],
        ["fe80::1%lo"], ["169.254.169.254"], ["0.0.0.0"], ["::"], ["224.0.0.1"], ["100.64.0.1"],
    ],
)  # fmt: skip
async def test_a_name_is_judged_by_every_address_it_has(
    trap: list[object], addresses: list[str]
) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    async with Fetcher(settings(fetch_allow=""), resolve=resolve) as fetcher:
        said = await refused(fetcher, f"http://news.example:{tricks.PORT}/")
    assert "not on the public web" in said
    assert trap == []


async def test_a_name_that_changes_between_check_and_connection_leads_nowhere_else(
    trap: list[object],
) -> None:
    """The first answer is connected to, and it alone; the next request is checked anew."""
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])

    async def changing(_host: str, _port: int) -> Sequence[str]:
        return next(answers)

    opened = settings(fetch_allow="127.0.0.2", fetch_robots=False)
    async with served("127.0.0.2") as site, Fetcher(opened, resolve=changing) as fetcher:
        site.text("/news", PAGE)
        url = f"http://news.example:{site.port}/news"
        assert (await fetcher.fetch(url)).status == 200
        assert site.headers[-1]["Host"] == f"news.example:{site.port}"
        assert "not on the public web" in await refused(fetcher, url)
    assert site.asked == ["/news"]
    assert trap == []


@pytest.mark.parametrize("port", tricks.PORTS)
async def test_ports_of_other_services_are_not_opened(port: int) -> None:
    """Not even at a public address; this one was given to examples, and nobody is asked there."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["93.184.216.34"]

    async with Fetcher(settings(fetch_allow=""), resolve=resolve) as fetcher:
        said = await refused(fetcher, f"http://news.example:{port}/")
    assert f"not served at port {port}" in said


async def test_proxies_of_the_environment_are_not_followed(
    monkeypatch: pytest.MonkeyPatch, trap: list[object]
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{tricks.PORT}")
    async with served() as site, Fetcher(settings()) as fetcher:
        site.text("/news", PAGE)
        assert (await fetcher.fetch(site.at("/news"))).status == 200
    assert trap == []


async def test_a_proxy_that_is_set_is_asked_for_checked_addresses_only() -> None:
    async with served() as proxy:
        proxy.text("/news", PAGE)
        set_ = settings(fetch_allow="", fetch_robots=False, fetch_proxy=proxy.at(""))
        async with Fetcher(set_, resolve=named_public) as fetcher:
            await fetcher.fetch("http://news.example/news")
            assert proxy.headers[-1]["Host"] == "news.example"
            asked = len(proxy.asked)
            for address in tricks.ADDRESSES:
                await refused(fetcher, f"http://{address}:{tricks.PORT}/news")
            assert len(proxy.asked) == asked


async def named_public(host: str, port: int) -> Sequence[str]:
    """One public name, among those that the system knows."""
    return ["93.184.216.34"] if host == "news.example" else await named(host, port)


async def test_a_host_is_read_at_whichever_of_its_addresses_answers() -> None:
    async def two(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.9", "127.0.0.1"]

    async with served() as site, Fetcher(settings(), resolve=two) as fetcher:
        site.text("/news", PAGE)
        assert (await fetcher.fetch(f"http://news.example:{site.port}/news")).status == 200


async def test_hosts_that_share_an_address_do_not_share_connections() -> None:
    """Each is connected to by itself, so that each has to show its own certificate."""
    connections: list[object] = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        connections.append(request.transport.get_extra_info("peername"))
        return web.Response(text=PAGE, content_type="text/html")

    async def same(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    alone = settings(fetch_robots=False)
    async with served() as site, Fetcher(alone, resolve=same) as fetcher:
        site.pages["/"] = answer
        for host in ("one.example", "other.example"):
            await fetcher.fetch(f"http://{host}:{site.port}/")
    assert len(set(connections)) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's own")
def test_in_a_network_where_inward_addresses_answer_none_is_reached() -> None:
    """With the control beside it: the same link, opened without the guard, does reach the trap."""
    if os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("unshare")):
        pytest.skip("making a network of its own takes root, `ip` and `unshare`")
    apart = ["unshare", "--net", "--mount"]
    if subprocess.run([*apart, "ip", "link", "set", "lo", "up"], capture_output=True).returncode:
        pytest.skip("this system lets no one make a network of its own")
    done = subprocess.run(
        [*apart, sys.executable, "-m", "tests.retrieval.sources.guarded_network"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row for row in rows if row["with"]] == []
    assert sum(bool(row["without"]) for row in rows) >= 150, "the tricks do not work"
    by_trick = {row["trick"]: row for row in rows}
    assert by_trick["public.example"]["said"] == "read http://public.example/"
    assert by_trick["rebinding.example"]["without"], "the name did not change"
    for name in ("metadata.example", "http://10.0.0.1:8080/", "redirect to http://10.0.0.1:8080/"):
        assert by_trick[name]["without"], name
