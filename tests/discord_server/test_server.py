"""The stand-in is only worth something if an unmodified client works with it and nothing slips."""

import asyncio
import contextlib

import aiohttp
import discord
import pytest
from discord import app_commands

from . import DiscordServer, Kind, Permission, make_certificates
from .commands import check_command
from .embeds import check_message
from .errors import ApiError, FormErrors


class Plain(discord.Client):
    """A bot of a few lines."""

    def __init__(self, server: DiscordServer) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__(
            intents=intents,
            proxy=server.proxy_url,
            connector=aiohttp.TCPConnector(ssl=server.certificates.client_context()),
            guild_ready_timeout=0.1,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.heard: list[discord.Message] = []
        self.resumed = 0
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(app_commands.Command(name="echo", description="e", callback=_echo))
        self.tree.add_command(app_commands.Command(name="late", description="l", callback=_late))

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_resumed(self) -> None:
        self.resumed += 1


async def _echo(interaction: discord.Interaction, text: str) -> None:
    await interaction.response.defer(thinking=True)
    await interaction.edit_original_response(content=text)


async def _late(interaction: discord.Interaction) -> None:
    await asyncio.sleep(3.2)
    with contextlib.suppress(discord.NotFound):
        await interaction.response.send_message("too late")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("tls"))


class Place:
    """A server, a guild with a channel and a person in it, and a bot that is ready."""

    def __init__(self, server: DiscordServer, bot: Plain) -> None:
        self.server, self.bot = server, bot
        self.guild = server.world.add_guild("lab")
        self.general = server.world.add_channel(self.guild, "general")
        self.ann = server.world.add_user("ann", self.guild)


@pytest.fixture
async def place(certificates):
    async with DiscordServer(certificates) as server:
        bot = Plain(server)
        made = Place(server, bot)
        running = asyncio.create_task(bot.start(server.token))
        await server.until(bot.is_ready)
        yield made
        await bot.close()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_command_is_deferred_and_answered(place):
    interaction = place.server.people.slash(place.ann, place.general, "echo", text="hello")
    assert (await interaction.answered())["content"] == "hello"
    assert interaction.seconds < 3
    place.server.assert_clean()


async def test_a_late_acknowledgement_is_a_violation(place):
    place.server.rest.tolerated.add(10062)
    interaction = place.server.people.slash(place.ann, place.general, "late")
    with pytest.raises(AssertionError, match="in time"):
        await interaction.acknowledged()
    assert "late was not acknowledged in time" in place.server.violations[0]


async def test_a_dropped_socket_resumes_and_misses_nothing(place):
    server = place.server
    server.gateway.drop()
    server.people.say(place.ann, place.general, "while you were away")
    await server.until(lambda: [m.content for m in place.bot.heard] == ["while you were away"])
    await server.until(lambda: place.bot.resumed == 1)
    server.assert_clean()


async def test_an_enforced_nonce_is_posted_once_though_the_reply_was_lost(place):
    channel = place.bot.get_channel(int(place.general["id"]))
    fault = place.server.rest.fault("POST", r"/channels/\d+/messages$", 500, after=True)
    await channel.send("once", nonce="n1")
    assert fault.hits == 1
    assert len(place.server.said(place.general)) == 1
    place.server.assert_clean()


async def test_threads_and_forum_posts_reach_the_client(place):
    server = place.server
    forum = server.open_channel(place.guild, "questions", kind=Kind.FORUM)
    server.messages.open_post(forum, place.ann, "How many?", "troops, I mean")
    message = (await server.until(lambda: place.bot.heard))[0]
    assert isinstance(message.channel, discord.Thread)
    assert message.channel.parent_id == int(forum["id"])
    assert message.id == message.channel.id
    await message.reply("many")
    server.assert_clean()


async def test_permissions_hold(place):
    quiet = place.server.open_channel(place.guild, "quiet", deny=Permission.SEND)
    await place.server.until(lambda: place.bot.get_channel(int(quiet["id"])))
    with pytest.raises(discord.Forbidden):
        await place.bot.get_channel(int(quiet["id"])).send("no")
    with pytest.raises(AssertionError, match="Missing Permissions"):
        place.server.assert_clean()


async def test_attachment_links_expire(place):
    file = ("a.txt", b"text", "text/plain")
    said = place.server.people.say(place.ann, place.general, "look", files=[file])
    message = (await place.server.until(lambda: place.bot.heard))[0]
    assert await message.attachments[0].read() == b"text"
    assert place.server.cdn.content(said["attachments"][0]) == b"text"
    place.server.world.advance(90_000)
    with pytest.raises(discord.NotFound):
        await message.attachments[0].read()


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2001},
        {"content": "\U0001f600" * 1001},
        {"content": " "},
        {},
        {"content": "x", "colour": 1},
        {"embeds": [{"title": "x" * 257}]},
        {"embeds": [{"description": "x" * 4097}]},
        {"embeds": [{"description": "x" * 3001}] * 2},
        {"embeds": [{"title": "t", "url": "javascript:x"}]},
        {"embeds": [{"title": "t", "colour": 3}]},
        {"embeds": [{"title": "t"}] * 11},
        {"embeds": [{"fields": [{"name": "", "value": "v"}]}]},
        {"embeds": [{"title": "t", "image": {"url": "attachment://none.png"}}]},
        {"content": "x", "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "a"}]},
        {"content": "x", "components": [{"type": 1, "components": []}]},
        {"content": "x", "allowed_mentions": {"parse": ["all"]}},
        {"content": "x", "nonce": "n" * 26},
        {"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "x"}]},
        {"flags": 1 << 15, "components": [{"type": 10, "content": "x" * 4001}]},
        {"flags": 1 << 15, "components": [{"type": 10, "content": "x"}] * 41},
    ],
)
def test_bad_messages_are_refused(body):
    with pytest.raises(ApiError):
        check_message(body, {})


@pytest.mark.parametrize(
    "button",
    [
        {"type": 2, "style": 1, "label": "x", "custom_id": "c" * 101},
        {"type": 2, "style": 1, "label": "l" * 81, "custom_id": "c"},
        {"type": 2, "style": 1, "custom_id": "c"},
        {"type": 2, "style": 5, "label": "x", "url": "ftp://x"},
        {"type": 2, "style": 5, "label": "x", "custom_id": "c", "url": "https://x"},
        {"type": 2, "style": 9, "label": "x", "custom_id": "c"},
        {"type": 3, "custom_id": "c", "options": []},
        {"type": 3, "custom_id": "c", "options": [{"label": "l", "value": "v"}] * 2},
    ],
)
def test_bad_components_are_refused(button):
    with pytest.raises(ApiError):
        check_message({"content": "x", "components": [{"type": 1, "components": [button]}]}, {})


@pytest.mark.parametrize(
    "command",
    [
        {"name": "Ask", "description": "d"},
        {"name": "a b", "description": "d"},
        {"name": "a", "description": ""},
        {"name": "a", "description": "d", "name_localizations": {"de": "Frage"}},
        {"name": "a", "description": "d", "description_localizations": {"xx": "d"}},
        {
            "name": "a",
            "description": "d",
            "options": [
                {"type": 3, "name": "o", "description": "d"},
                {"type": 3, "name": "p", "description": "d", "required": True},
            ],
        },
    ],
)
def test_bad_commands_are_refused(command):
    errors = FormErrors()
    check_command(errors, (), command)
    assert errors.found
