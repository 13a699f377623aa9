"""The bot as its own process, unpatched: nothing but its environment leads to the server."""

import asyncio
import re
import resource
import signal
from contextlib import AsyncExitStack

import pytest

from tests.bot.process import START_SECONDS, bot_process, logged, stopped
from tests.bot.words import QUESTION, buttons, embeds
from tests.discord_server import DiscordServer, Intent


def _process(stage, **more):
    return bot_process(stage.server, stage.database, **more)


async def _online(stage):
    server = stage.server
    await server.until(lambda: server.gateway.sessions and server.rest.commands, START_SECONDS)


async def test_the_mission_from_an_empty_library_to_the_answer(stage, seed):
    async with _process(stage) as process:
        await _online(stage)
        receipt = await stage.add(seed)
        assert receipt["embeds"][0]["author"]["name"] == "Added"
        answer = await stage.ask(QUESTION)
        assert "In April, China deployed **150,000** troops" in embeds(answer)
        stage.server.gateway.drop()
        answer = await stage.ask(QUESTION)
        assert "150,000" in embeds(answer)
        log = await logged(process, "ready")
        process.send_signal(signal.SIGTERM)
        errors = log + await stopped(process)
    assert process.returncode == 0, errors
    assert re.search(r"ready .*invite=https://discord.com/oauth2/authorize\?client_id=", errors)
    assert "Traceback" not in errors
    assert stage.server.token not in errors
    assert "troops" not in errors
    assert len(re.findall(r"INFO bot\S* (?:question|add) .*ms=\d+", errors)) == 3
    stage.server.assert_clean()


async def test_questions_in_flight_are_answered_before_it_stops(stage, seed):
    async with _process(stage) as process:
        await _online(stage)
        await stage.add(seed)
        asked = [
            stage.people.slash(stage.ann, stage.general, "ask", question=QUESTION) for _ in range(4)
        ]
        await asyncio.gather(*(interaction.acknowledged() for interaction in asked))
        process.send_signal(signal.SIGTERM)
        for interaction in asked:
            assert "150,000" in embeds(await interaction.answered())
        errors = await stopped(process)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    stage.server.assert_clean()


async def test_it_answers_while_the_disk_takes_nothing(stage, seed):
    def may_write(most):
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, hard))

    async with _process(stage) as process:
        await _online(stage)
        await stage.add(seed)
        may_write(0)
        for _ in range(2):
            answer = await stage.ask(QUESTION)
            assert "150,000" in embeds(answer)
            assert buttons(answer) == []
        may_write(resource.RLIM_INFINITY)
        assert buttons(await stage.ask(QUESTION)) == ["context", "more", "up", "down"]
        process.send_signal(signal.SIGTERM)
        errors = await stopped(process)
    assert process.returncode == 0, errors
    assert errors.count("WARNING bot.database the bot can remember nothing at the moment") == 1
    assert errors.count("INFO bot.database the bot can remember again") == 1
    assert "Traceback" not in errors
    stage.server.assert_clean()


async def test_buttons_and_commands_outlive_a_restart(stage, seed):
    async with _process(stage) as process:
        await _online(stage)
        await stage.add(seed)
        answer = await stage.ask(QUESTION)
        process.kill()
        await process.wait()
    puts = [r for r in stage.server.rest.requests if r[0] == "PUT"]
    assert len(puts) == 1
    await stage.gone()
    async with _process(stage) as process:
        await stage.server.until(lambda: stage.server.gateway.sessions, START_SECONDS)
        pressed = stage.people.click(stage.ann, answer, "clip:context")
        assert "150,000" in embeds(await pressed.answered())
        process.send_signal(signal.SIGTERM)
        await stopped(process)
    puts = [r for r in stage.server.rest.requests if r[0] == "PUT"]
    assert len(puts) == 1  # the commands were the same: nothing to register
    stage.server.assert_clean()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"BOT_TOKEN": None}, "There is no bot token: set BOT_TOKEN"),
        ({"BOT_TOKEN": "wrong.token.value"}, "Discord does not accept the bot token"),
        ({"BOT_PROXY": "nonsense"}, "BOT_PROXY: must be an address"),
        ({"BOT_PROXY": "http://127.0.0.1:9"}, "Discord cannot be reached"),
        ({"RETRIEVAL_MODEL": "/no/such/model"}, "/no/such/model"),
    ],
)
async def test_each_mistake_is_one_plain_sentence(stage, tmp_path, change, told):
    async with _process(stage, BOT_LOG_LEVEL="ERROR", **change) as process:
        errors = await stopped(process, START_SECONDS)
    assert process.returncode == 2
    assert told in errors
    assert len(errors.strip().splitlines()) == 1, errors
    assert not stage.server.gateway.log  # nobody could have asked it anything


async def test_where_discord_is_out_of_order_it_says_so(stage):
    stage.server.rest.fault("GET", "/users/@me$", 503)
    async with _process(stage, BOT_LOG_LEVEL="ERROR") as process:
        errors = await stopped(process, START_SECONDS)
    assert process.returncode == 2
    assert errors == "Discord is out of order (error 503): start the bot again in a few minutes.\n"


async def test_a_refused_intent_is_run_without(certificates, embedder, tmp_path, seed):
    from tests.bot.conftest import Place

    async with DiscordServer(certificates, privileged=Intent.MEMBERS) as server:
        stage = Place(server, tmp_path / "library.db", embedder)
        async with _process(stage) as process:
            await server.until(lambda: server.gateway.sessions and server.rest.commands, 60)
            assert ("closed", 4014) in server.gateway.log
            await stage.add(seed)
            assert "150,000" in embeds(await stage.ask(QUESTION))
            process.send_signal(signal.SIGTERM)
            errors = await stopped(process)
        assert "refuses the Message Content intent" in errors
        assert "Traceback" not in errors
        server.assert_clean()


async def test_a_token_that_the_gateway_refuses_ends_it_in_one_sentence(stage):
    async with _process(stage) as process:
        await _online(stage)
        log = await logged(process, "ready")
        await stage.server.gateway.close(4004)
        errors = await stopped(process, START_SECONDS)
    assert process.returncode == 2, errors
    assert errors.strip().splitlines()[-1].startswith("Discord does not accept the bot token")
    assert "Traceback" not in log + errors


async def test_it_stops_also_while_discord_is_not_there(certificates, tmp_path):
    async with AsyncExitStack() as outlives:
        async with DiscordServer(certificates) as server:
            process = await outlives.enter_async_context(bot_process(server, tmp_path / "l.db"))
            log = await logged(process, "ready")
        waits = 0.0
        while waits < 8:  # ever longer, from try to try
            # One attempt takes up to a minute, where nobody says that nobody is there.
            log += await logged(process, "Attempting a reconnect in", 2 * START_SECONDS)
            waits = float(re.findall(r"reconnect in ([\d.]+)s \(.+\)", log)[-1])
        process.send_signal(signal.SIGTERM)
        log += await stopped(process, 7)
    assert process.returncode == 0, log
    assert "Traceback" not in log


async def test_a_long_add_does_not_hold_it_up_when_it_stops(stage):
    text = "\n\n".join(
        f"In the year {1000 + n} the village of number {n} had {n * 7} inhabitants and a mill. " * 6
        for n in range(2000)
    )
    async with _process(stage) as process:
        await _online(stage)
        file = ("long.txt", f"A long story\n\n{text}".encode(), "text/plain")
        adding = stage.people.slash(stage.mod, stage.general, "articles add", file=file)
        await stage.server.until(lambda: " passages" in _told(adding), START_SECONDS)
        process.send_signal(signal.SIGTERM)
        errors = await stopped(process, 10)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert "I am restarting, so “long.txt” was not added" in _told(adding)
    stage.server.assert_clean()


def _told(interaction):
    embeds = (interaction.original or {}).get("embeds") or [{}]
    return embeds[0].get("description") or ""
