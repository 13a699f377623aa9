"""A running bot: the real client, the real engine and model, against the stand-in for Discord."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from retrieval.config import RetrievalSettings

SEED = next((Path(__file__).parents[2] / "seeds").glob("*.txt"))


def pytest_configure(config):
    config.addinivalue_line(
        "filterwarnings", "ignore:'audioop' is deprecated:DeprecationWarning:discord.player"
    )


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    from tests.discord_server import make_certificates

    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def embedder():
    """The bundled model, opened once for all tests."""
    from retrieval.embedding.opening import open_embedder

    return open_embedder(RetrievalSettings(threads=1))


@pytest.fixture
def seed():
    """The seed article as an attachment."""
    return (SEED.name, SEED.read_bytes(), "text/plain")


class Place:
    """A server with a guild, a channel, a member and a moderator, and a bot that is ready."""

    def __init__(self, server, database, embedder):
        from tests.discord_server import ORDINARY, Permission

        self.server, self.database, self.embedder = server, database, embedder
        self.people = server.people
        world = server.world
        self.guild = world.add_guild("lab")
        self.general = world.add_channel(self.guild, "general")
        self.ann = world.add_user("ann", self.guild)
        powers = ORDINARY | Permission.MANAGE_MESSAGES | Permission.MANAGE_GUILD
        self.mod = world.add_user("mod", self.guild, permissions=powers)
        self.bot = None
        self.errors = []

    @asynccontextmanager
    async def running(self, *, message_content=True, client=None, engine=None, **settings):
        """A bot from log-in to its clean stop; it can be started again after."""
        import aiohttp

        from bot.client import ClippingsBot
        from bot.config import BotSettings
        from bot.controls import CONTROLS
        from bot.state import State
        from retrieval.library import Library

        engine = RetrievalSettings(database=self.database, threads=1, **(engine or {}))
        chosen = BotSettings(token=self.server.token, proxy=self.server.proxy_url, **settings)
        connector = aiohttp.TCPConnector(ssl=self.server.certificates.client_context())
        async with (
            Library(engine, open_embedder=lambda _: self.embedder) as library,
            State.open(self.database) as state,
        ):
            self.bot = ClippingsBot(
                chosen,
                library,
                state,
                CONTROLS,
                message_content=message_content,
                connector=connector,
                guild_ready_timeout=0.1,
                **(client or {}),
            )
            task = asyncio.create_task(self.bot.start(self.server.token))
            try:
                await self.server.until(lambda: self.bot.is_ready() or task.done())
                if task.done():
                    task.result()
                yield self.bot
            finally:
                await self.bot.stop()
                await asyncio.gather(task, return_exceptions=True)
                await self.gone()

    async def gone(self):
        """The bot has gone, and its session with it: the next one to come is another bot."""
        await self.server.until(lambda: not self.server.gateway.sockets)
        self.server.gateway.sessions.clear()

    # -- short ways to say what tests say often
    async def add(self, file, **more):
        """A moderator uploads an article; the receipt."""
        channel = more.pop("channel", self.general)
        user = more.pop("user", self.mod)
        interaction = self.people.slash(user, channel, "articles add", file=file, **more)
        return await self.receipt(interaction)

    async def receipt(self, interaction):
        """What came of an addition; on a busy machine progress is shown first."""
        receipt = await interaction.answered(60)
        await self.server.until(lambda: not self.progress(receipt), 60)
        return receipt

    def progress(self, message):
        said = message["embeds"][-1].get("description") or ""
        return said.startswith(("Reading ", "Waiting for ", "Lese ", "Warte auf "))

    async def ask(self, question, **more):
        """Somebody asks by command; the answer's message."""
        channel = more.pop("channel", self.general)
        user = more.pop("user", self.ann)
        return await self.people.slash(user, channel, "ask", question=question, **more).answered()

    async def demand_certainty(self):
        """From now on nothing in this guild is certain enough to be an answer."""
        await self.bot.state.guilds.change(int(self.guild["id"]), threshold=1.0)

    async def said(self, count=1, channel=None):
        """The bot's messages in a channel, once there are so many."""
        channel = channel or self.general
        await self.server.until(lambda: len(self.server.said(channel)) >= count)
        return self.server.said(channel)

    async def quiet(self, count=0, channel=None, seconds=0.6):
        """The bot says nothing more."""
        await asyncio.sleep(seconds)
        assert len(self.server.said(channel or self.general)) == count


@pytest.fixture
async def place(certificates, embedder, tmp_path):
    """The bot is running; it ends clean of violations."""
    from tests.discord_server import DiscordServer

    async with DiscordServer(certificates) as server:
        made = Place(server, tmp_path / "library.db", embedder)
        async with made.running():
            yield made
        server.assert_clean()


@pytest.fixture
async def stage(certificates, embedder, tmp_path):
    """The same without a bot: the test starts it, and says what is clean."""
    from tests.discord_server import DiscordServer

    async with DiscordServer(certificates) as server:
        yield Place(server, tmp_path / "library.db", embedder)


@pytest.fixture
async def paper():
    """A newspaper with two stories."""
    from tests.retrieval.newspaper import printed

    async with printed(1, 2) as paper:
        yield paper
