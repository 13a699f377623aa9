"""What goes wrong with the library or a feed, told in the language of who is told."""

import sqlite3
from contextlib import asynccontextmanager, closing

import pytest

from bot.database import Database
from retrieval.errors import CorruptDatabaseError, DiskError, StoreError
from tests.bot.newsroom import ENGINE, add_feed, articles, change, poll
from tests.bot.words import MISS, QUESTION, buttons, embeds, sentence, shown
from tests.retrieval.newspaper import printed

PAGE_BYTES = 4096


async def asked(place, command, **options):
    """What a German moderator is told."""
    told = place.people.slash(place.mod, place.general, command, locale="de", **options)
    return shown((await place.receipt(told))["embeds"][0])


@asynccontextmanager
async def pragma(place, change, back):
    """The library while its file is not what it was."""
    database = place.bot.library.store._database
    async with database.transaction() as connection:
        await connection.execute(f"PRAGMA {change}")
    yield
    await database._writer.execute(f"PRAGMA {back}")


FULL = ("max_page_count = 1", "max_page_count = 1000000")
READ_ONLY = ("query_only = ON", "query_only = OFF")
IMPATIENT = ("busy_timeout = 50", "busy_timeout = 15000")


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (FULL, "der Platz, auf dem meine Artikel liegen, ist voll, und es wurde nichts geändert;"),
        (READ_ONLY, "meine Artikel lassen sich gerade nur lesen;"),
    ],
)
async def test_a_german_is_told_in_german_why_nothing_can_be_stored(place, seed, state, told):
    async with pragma(place, *state):
        refused = await asked(place, "articles add", file=seed)
        assert refused.startswith(f"Das ging nicht: {told} wer mich betreibt, muss ")
        assert str(place.database) not in refused
    assert await asked(place, "articles list") == "Hier gibt es noch keine Artikel."
    assert (await place.add(seed))["embeds"][0]["author"]["name"] == "Added"


async def test_a_library_that_another_program_writes_for_too_long_is_told(place, seed):
    await place.add(seed)
    async with pragma(place, *IMPATIENT):
        with closing(sqlite3.connect(place.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            told = await asked(place, "articles edit", article="China", title="Korea")
    assert told.startswith("Das ging nicht: ein anderes Programm schreibt gerade zu lange")
    assert str(place.database) not in told


def damage(path, table):
    """Overwrite the beginning of a table in a library that nobody has open."""
    with closing(sqlite3.connect(path)) as library:
        library.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page,)] = library.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xa5" * PAGE_BYTES)


async def test_a_damaged_library_is_told(stage, seed):
    async with stage.running():
        await stage.add(seed)
    damage(stage.database, "texts")
    async with stage.running():
        told = await asked(stage, "articles show", article="China")
        assert told.startswith("Das ging nicht: die Datei mit meinen Artikeln ist beschädigt;")
        english = stage.people.slash(stage.ann, stage.general, "articles show", article="China")
        says = shown((await english.answered())["embeds"][0])
        assert says.startswith("The file of my articles is damaged. Those who run me have to")
        assert str(stage.database) not in told + says
    stage.server.assert_clean()


@asynccontextmanager
async def forgetful(place, change, back):
    """The bot's own part of the library while its file is not what it was."""
    memory = place.bot.state._database._connection
    await memory.execute(f"PRAGMA {change}")
    yield
    await memory.execute(f"PRAGMA {back}")


async def until_forgotten(place, question, **more):
    """An answer that could not be noted. Before the disk counts as full, the pages of the file
    that are not full yet take some."""
    for _ in range(20):
        answer = await place.ask(question, **more)
        if "up" not in buttons(answer):
            return answer
    raise AssertionError("everything was remembered")


def told_to_the_operator(caplog):
    return [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]


@pytest.mark.parametrize(("state", "why"), [(FULL, "is full"), (READ_ONLY, "cannot be written")])
async def test_an_answer_that_cannot_be_remembered_is_given_without_buttons(
    place, seed, state, why, caplog
):
    await place.add(seed)
    async with forgetful(place, *state):
        answer = await until_forgotten(place, QUESTION + "?" * 900)
        assert "150,000" in embeds(answer)
        assert buttons(answer) == []
        missed = await until_forgotten(place, "Who won the cup?" + "?" * 900, user=place.mod)
        assert sentence(missed) == MISS
        assert buttons(missed) == ["add"]
        [warning] = told_to_the_operator(caplog)
        assert warning.startswith("the bot can remember nothing at the moment: ")
        assert why in warning
    again = await place.ask(QUESTION)
    assert buttons(again) == ["context", "more", "up", "down"]
    context = await place.people.click(place.ann, again, "clip:context").answered()
    assert "150,000" in embeds(context)
    follow = "and how many troops took part in the drill?"
    said = len(place.server.said(place.general))
    place.people.say(place.ann, place.general, follow, reply_to=again)
    assert "1,100" in embeds((await place.said(said + 1))[-1])
    async with forgetful(place, *READ_ONLY):
        await place.ask(QUESTION)
    assert len(told_to_the_operator(caplog)) == 2


async def test_a_message_that_cannot_be_noted_as_answered_is_answered_once(place, seed, caplog):
    await place.add(seed)
    async with forgetful(place, *READ_ONLY):
        mention = f"<@{place.server.world.app_id}> {QUESTION}"
        place.people.say(place.ann, place.general, mention)
        answer = (await place.said(2))[1]
        assert "150,000" in embeds(answer)
        assert buttons(answer) == []
        place.server.gateway.replay(3)
        await place.quiet(2)
        place.people.say(place.ann, place.general, "and when was that?", reply_to=answer)
        await place.quiet(2)  # nobody knows any more that this was an answer
    assert len(told_to_the_operator(caplog)) == 1
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_a_server_that_is_chosen_while_nothing_can_be_noted_is_asked_this_once(place, seed):
    await place.add(seed)
    other = place.server.open_guild("other")
    place.server.join(place.ann, other)
    await place.server.until(lambda: len(place.bot.guilds) == 2)
    for guild in (place.guild, other):
        await place.bot.state.guilds.change(int(guild["id"]), direct=True)
    talk = place.server.world.direct(place.ann)
    async with forgetful(place, *READ_ONLY):
        place.people.say(place.ann, talk, QUESTION)
        [offered] = await place.said(1, talk)
        place.people.click(place.ann, offered, "clip:direct", [place.guild["id"]])
        assert "150,000" in embeds((await place.said(2, talk))[1])
    place.people.say(place.ann, talk, QUESTION)
    assert buttons((await place.said(3, talk))[2]) == ["direct"]


async def test_what_was_pressed_while_nothing_can_be_noted_is_told(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    async with forgetful(place, *READ_ONLY):
        pressed = place.people.click(place.ann, answer, "clip:up")
        assert sentence(await pressed.answered()).startswith("My articles can only be read at")
        context = place.people.click(place.ann, answer, "clip:context")
        assert "150,000" in embeds(await context.answered())
    thanks = await place.people.click(place.ann, answer, "clip:up").answered()
    assert sentence(thanks) == "Thank you, noted."


async def test_it_comes_back_to_a_library_that_cannot_be_written(place, seed, caplog):
    caplog.set_level("INFO")
    await place.add(seed)
    caplog.clear()
    async with forgetful(place, *READ_ONLY):
        place.server.gateway.invalidate(resumable=False)
        await place.server.until(lambda: "ready name=" in caplog.text, 20)
        strange = place.server.open_guild("strange")
        await place.server.until(lambda: "joined server" in caplog.text)
        place.server.kick(strange)
        await place.server.until(lambda: "left server" in caplog.text)
        assert "150,000" in embeds(await place.ask(QUESTION))
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_where_the_bots_memory_is_damaged_the_answer_is_given(stage, seed, caplog):
    async with stage.running():
        await stage.add(seed)
    damage(stage.database, "bot_answers")
    async with stage.running():
        answer = await stage.ask(QUESTION)
        assert "150,000" in embeds(answer)
        assert buttons(answer) == []
    assert any("is damaged" in warning for warning in told_to_the_operator(caplog))
    stage.server.assert_clean()


async def test_the_bots_memory_refuses_in_words_what_the_library_does(tmp_path):
    path = tmp_path / "library.db"
    path.write_bytes(b"just some notes\n" * 400)
    with pytest.raises(CorruptDatabaseError):
        async with Database.open(path):
            pass
    with pytest.raises(DiskError, match="cannot be opened"):
        async with Database.open(tmp_path / "nowhere" / "library.db"):
            pass
    async with Database.open(tmp_path / "new.db") as database:
        await database.write("PRAGMA busy_timeout = 50")
        with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            seen = "INSERT INTO bot_seen VALUES (1, 0)"
            with pytest.raises(StoreError, match="busy"):
                await database.write(seen)
            with pytest.raises(StoreError, match="busy"):
                await database.transact([(seen, ())])
        assert await database.write(seen) == 1


async def test_what_cannot_be_corrected_is_told(place):
    for name in ("north", "south"):
        text = f"The {name} mill was sold in May."
        await place.add((f"{name}.txt", text.encode(), "text/plain"), title=name)
        await asked(place, "articles edit", article=name, link=f"https://{name}.example/")
    told = await asked(place, "articles edit", article="south", link="https://north.example/")
    assert told == (
        "Das ging nicht: für diese Adresse steht schon Artikel 1; entferne erst einen der beiden."
    )
    told = await asked(place, "articles edit", article="south", title=" ")
    assert told == "Das ging nicht: ein Titel braucht ein sichtbares Zeichen."


@pytest.fixture
async def paper():
    async with printed(1) as paper:
        yield paper


@pytest.fixture
async def german(stage, paper):
    """A German server whose moderators have a channel, and whose feed is not there any more."""
    stage.guild["preferred_locale"] = "de"
    async with stage.running(engine=ENGINE):
        stage.room = stage.server.open_channel(stage.guild, "moderatoren")
        guild, room = int(stage.guild["id"]), int(stage.room["id"])
        await stage.bot.state.guilds.change(guild, reports=room)
        await add_feed(stage, paper)
        await articles(stage, 1)
        yield stage
    stage.server.assert_clean()


async def test_why_a_feed_is_broken_is_told_in_german(german, paper):
    paper.status["/rss"] = 418
    for _ in range(3):
        await poll(german)
    [message] = await german.said(1, german.room)
    assert "ließ sich 3-mal nacheinander nicht lesen: der Server antwortet mit Fehler 418." in (
        sentence(message)
    )
    assert "gestört: der Server antwortet mit Fehler 418" in await asked(german, "feeds list")
    english = german.people.slash(german.mod, german.general, "feeds list")
    assert "broken: its server answers with error 418" in shown(
        (await english.answered())["embeds"][0]
    )
    del paper.status["/rss"]
    await poll(german)
    assert "gestört" not in await asked(german, "feeds list")


async def test_of_a_feed_that_broke_before_reasons_were_kept_the_stored_text_is_told(german, paper):
    paper.status["/rss"] = 404
    await poll(german)
    await change(german, "UPDATE feeds SET reason = NULL, facts = NULL")
    told = "gestört: im Einzelnen, auf Englisch: there is no such page"
    assert told in await asked(german, "feeds list")
    await change(german, "UPDATE feeds SET reason = 'of a version to come', facts = '{}'")
    assert told in await asked(german, "feeds list")
