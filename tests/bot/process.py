"""The bot as its own process, unpatched: nothing but its environment leads to the server. And the
command line, beside it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.discord_server import DiscordServer

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
PASSED_ON = ("PATH", "HOME", "LD_LIBRARY_PATH")


@asynccontextmanager
async def bot_process(
    server: DiscordServer, database: Path, **more: str | None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot's process; it is ended by force if nobody has ended it."""
    environment = {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "BOT_TOKEN": server.token,
        "BOT_PROXY": server.proxy_url,
        "SSL_CERT_FILE": str(server.certificates.authority),
        "RETRIEVAL_DATABASE": str(database),
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "bot",
        env={name: value for name, value in environment.items() if value is not None},
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=1 << 20,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def logged(
    process: asyncio.subprocess.Process, word: str, within: float = START_SECONDS
) -> str:
    """What was logged up to the line that has the word; no line takes longer than `within`."""
    assert process.stderr is not None
    lines: list[str] = []
    while word not in "".join(lines[-1:]):
        line = await asyncio.wait_for(process.stderr.readline(), within)
        assert line, "".join(lines)
        lines.append(line.decode())
    return "".join(lines)


async def stopped(process: asyncio.subprocess.Process, within: float = 10.0) -> str:
    """What was logged until it ended."""
    _, errors = await asyncio.wait_for(process.communicate(), within)
    return errors.decode()


@dataclass(frozen=True)
class Told:
    """What a command came to."""

    code: int | None
    out: str
    err: str


async def clippings(database: Path, *arguments: object) -> Told:
    """Run `clippings` on the library."""
    code = "import sys; from retrieval.cli.main import run; sys.exit(run(sys.argv[1:]))"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "RETRIEVAL_DATABASE": str(database)},
    )
    out, err = await process.communicate()
    return Told(process.returncode, out.decode(), err.decode())
