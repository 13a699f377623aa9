"""What networks, Discord and servers do to a bot: each handled, nothing lost, nothing twice."""

import asyncio
import contextlib

import pytest

from bot.delivery import TRIES
from tests.bot.troubles import written_by_another
from tests.bot.words import QUESTION, SEED_TITLE, embeds, sentence
from tests.discord_server import Permission


def _mention(place, text=QUESTION):
    return f"<@{place.server.world.app_id}> {text}"


async def test_a_dropped_socket_loses_no_question_and_answers_none_twice(place, seed):
    await place.add(seed)
    for _ in range(3):
        place.server.gateway.drop()
        place.people.say(place.ann, place.general, _mention(place))
        await asyncio.sleep(0.3)
    await place.server.until(lambda: len(place.server.said(place.general)) == 4, 30)
    await place.quiet(4)


async def test_replayed_events_are_answered_once(place, seed):
    await place.add(seed)
    place.people.say(place.ann, place.general, _mention(place))
    await place.said(2)
    place.server.gateway.replay(5)
    await place.quiet(2)


async def test_an_invalid_session_starts_anew(place, seed):
    await place.add(seed)
    place.server.gateway.invalidate(resumable=False)
    await place.server.until(lambda: place.server.gateway.sessions, 20)
    assert "150,000" in embeds(await place.ask(QUESTION))


async def test_a_requested_reconnect_resumes(place, seed):
    await place.add(seed)
    place.server.gateway.ask_reconnect()
    resumed = ("connect", "gateway-resume.discord.gg")
    await place.server.until(lambda: resumed in place.server.gateway.log)
    assert "150,000" in embeds(await place.ask(QUESTION))


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_create_whose_reply_was_lost_is_not_made_twice(place, seed, status):
    await place.add(seed)
    fault = place.server.rest.fault("POST", r"/channels/\d+/messages$", status, after=True)
    place.people.say(place.ann, place.general, _mention(place))
    await place.server.until(lambda: fault.hits)
    await place.quiet(2, seconds=2.5)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_failing_create_is_tried_again(place, seed, status):
    await place.add(seed)
    fault = place.server.rest.fault("POST", r"/channels/\d+/messages$", status)
    place.people.say(place.ann, place.general, _mention(place))
    assert "150,000" in embeds((await place.said(2))[1])
    assert fault.hits == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_failing_edit_is_tried_again(place, seed, status):
    await place.add(seed)
    fault = place.server.rest.fault("PATCH", "@original", status)
    assert "150,000" in embeds(await place.ask(QUESTION))
    assert fault.hits == 1


async def test_an_answer_that_discord_takes_too_late_is_told_to_have_failed(place, seed, caplog):
    await place.add(seed)
    place.server.rest.fault("POST", r"/channels/\d+/messages$", 503, times=TRIES)
    place.people.say(place.ann, place.general, _mention(place))
    assert "Something went wrong" in sentence((await place.said(2))[1])
    assert "Discord is out of order (503)" in caplog.text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_an_acknowledgement_whose_reply_was_lost_is_enough(place, seed):
    await place.add(seed)
    place.server.rest.tolerated.add(40060)
    place.server.rest.fault("POST", "/callback", 500, after=True)
    assert "150,000" in embeds(await place.ask(QUESTION))


async def test_an_expired_token_ends_in_an_ordinary_message(place, seed):
    await place.add(seed)
    place.server.rest.tolerated.add(50027)
    place.server.rest.fault("PATCH", "@original", 401, code=50027)
    place.people.slash(place.ann, place.general, "ask", question=QUESTION)
    await place.server.until(lambda: len(place.server.said(place.general)) == 3)
    assert "150,000" in embeds(place.server.said(place.general)[-1])


async def test_a_private_answer_is_not_shown_to_all_when_its_token_is_over(place, seed):
    await place.add(seed)
    place.server.rest.fault("PATCH", "@original", 401, code=50027)
    place.people.slash(place.ann, place.general, "ask", question=QUESTION, private=True)
    await place.quiet(2, seconds=1)


async def test_a_channel_deleted_in_mid_answer_is_no_error(place, seed, caplog):
    await place.add(seed)
    doomed = place.server.open_channel(place.guild, "doomed")
    await place.server.until(lambda: place.bot.get_channel(int(doomed["id"])))
    place.server.rest.tolerated |= {10003, 10008}
    place.server.rest.fault("POST", rf"/channels/{doomed['id']}/messages$", 404, code=10003)
    place.people.say(place.ann, doomed, _mention(place))
    await asyncio.sleep(0.6)
    assert "150,000" in embeds(await place.ask(QUESTION))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_deleted_reply_is_no_error(place, seed, caplog):
    await place.add(seed)
    place.server.rest.tolerated.add(10008)
    place.server.rest.latency = 0.05
    asked = place.people.slash(place.ann, place.general, "ask", question=QUESTION)
    await asked.acknowledged()
    with contextlib.suppress(KeyError):
        place.server.messages.delete(asked.original)
    await asyncio.sleep(0.6)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(("status", "code"), [(403, 50013), (400, 50083), (400, 160005)])
async def test_a_place_closed_in_mid_answer_is_no_error(place, seed, caplog, status, code):
    await place.add(seed)
    place.server.rest.fault("POST", r"/channels/\d+/messages$", status, code=code)
    place.people.say(place.ann, place.general, _mention(place))
    await place.quiet(1)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_commands_are_registered_again_only_when_they_change(stage):
    for _ in range(2):
        async with stage.running():
            pass
    puts = [request for request in stage.server.rest.requests if request[0] == "PUT"]
    assert len(puts) == 1
    async with stage.running() as bot:
        await bot.state.set_command_hash(bot.application_id, "another")
    async with stage.running():
        pass
    puts = [request for request in stage.server.rest.requests if request[0] == "PUT"]
    assert len(puts) == 2
    stage.server.assert_clean()


async def test_commands_that_cannot_be_registered_do_not_keep_it_from_running(stage):
    stage.server.rest.fault("PUT", "/commands", 400, code=30034)
    async with stage.running():
        pass
    assert not stage.server.rest.commands


async def test_names_and_descriptions_are_localised(place):
    commands = {command["name"]: command for command in place.server.rest.commands}
    assert commands["ask"]["name_localizations"] == {"de": "frage"}
    assert commands["Ask Clippings"]["name_localizations"] == {"de": "Clippings fragen"}
    option = commands["ask"]["options"][0]
    assert option["description_localizations"]["de"] == "Was du wissen möchtest"
    assert commands["settings"]["default_member_permissions"] == Permission.MANAGE_GUILD
    for item in _words_of(place.server.rest.commands):
        assert item["name_localizations"]["de"], item["name"]
        if item["description"]:  # menus have none
            assert item["description_localizations"]["de"] != item["description"]


def _words_of(items):
    """Commands, their subcommands and their options."""
    for item in items:
        yield item
        yield from _words_of(item.get("options", []))


async def test_a_zombie_connection_is_given_up(certificates, embedder, tmp_path, seed):
    from tests.bot.conftest import Place
    from tests.discord_server import DiscordServer

    async with DiscordServer(certificates, heartbeat=0.5) as server:
        stage = Place(server, tmp_path / "library.db", embedder)
        async with stage.running(client={"heartbeat_timeout": 1.0}):
            await stage.add(seed)
            for socket in server.gateway.sockets:
                socket.answers_heartbeats = False
            resumed = ("connect", "gateway-resume.discord.gg")
            await server.until(lambda: resumed in server.gateway.log, 20)
            assert "150,000" in embeds(await stage.ask(QUESTION))


async def test_a_button_whose_acknowledgement_was_lost_does_its_work(place):
    for number in range(12):
        await place.add(
            (f"{number}.txt", b"Story %d\n\nIt rained on day %d." % (number, number), "text/plain")
        )
    listed = await place.people.slash(place.ann, place.general, "articles list").answered()
    place.server.rest.tolerated.add(40060)
    place.server.rest.fault("POST", "/callback", 500, after=True)
    leafed = place.people.click(place.ann, listed, "clip:list:1")
    await leafed.answered()
    await place.server.until(
        lambda: leafed.original["embeds"][0]["footer"]["text"] == "11 to 12 of 12"
    )


@pytest.mark.parametrize("verb", ["context", "more"])
async def test_a_button_whose_acknowledgement_was_lost_is_answered(place, seed, verb):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    place.server.rest.tolerated.add(40060)
    place.server.rest.fault("POST", "/callback", 503, after=True)
    pressed = await place.people.click(place.ann, answer, f"clip:{verb}").answered()
    assert pressed["embeds"][0]["title"].endswith(SEED_TITLE)


async def test_a_failure_whose_acknowledgement_was_lost_is_told(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    await place.people.slash(place.ann, place.general, "privacy delete").answered()
    place.server.rest.tolerated.add(40060)
    place.server.rest.fault("POST", "/callback", 503, after=True)
    pressed = await place.people.click(place.ann, answer, "clip:context").answered()
    assert "no longer remember" in sentence(pressed)


async def test_a_reply_whose_news_was_lost_is_no_error(place, caplog):
    place.server.rest.tolerated.add(40060)
    place.server.rest.fault("POST", "/callback", 502, after=True)
    about = await place.people.slash(place.ann, place.general, "about").answered()
    assert about["embeds"][0]["title"] == "Clippings"
    await asyncio.sleep(0.3)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_no_token_is_ever_logged(place, seed, caplog):
    caplog.set_level("INFO")
    await place.add(seed)
    place.server.rest.fault("PATCH", "@original", 429)
    asked = place.people.slash(place.ann, place.general, "ask", question=QUESTION)
    await asked.answered()
    place.server.rest.tolerated.add(50027)
    place.server.rest.fault("PATCH", "@original", 401, code=50027)
    late = place.people.slash(place.ann, place.general, "ask", question=QUESTION)
    await place.said(3)
    for token in (place.server.token, asked.token, late.token):
        assert token not in caplog.text
    assert "troops" not in caplog.text


async def test_nobody_waits_for_an_acknowledgement_while_an_article_is_stored(place):
    other = place.server.open_guild("other")
    talk = place.server.open_channel(other, "talk")
    place.server.join(place.ann, other)
    place.server.join(place.mod, other)
    await place.server.until(lambda: place.bot.get_channel(int(talk["id"])))
    async with written_by_another(place):
        waiting = asyncio.create_task(place.bot.state.claim(1))  # as for any message
        await asyncio.sleep(0.2)
        asked = place.people.slash(place.ann, talk, "ask", question=QUESTION)
        await asked.acknowledged()
        assert not waiting.done()
    assert asked.seconds < 1
    assert await waiting
    assert (await asked.answered())["embeds"]
