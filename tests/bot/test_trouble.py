"""What goes wrong with the library or a feed, told in the language of who is told."""

import sqlite3
from contextlib import asynccontextmanager, closing

import pytest

from bot.database import Database
from retrieval.errors import CorruptDatabaseError, DiskError, StoreError
from tests.bot.newsroom import ENGINE, add_feed, articles, change, poll
from tests.bot.troubles import FULL, READ_ONLY, damage
from tests.bot.words import sentence, shown
from tests.retrieval.newspaper import printed


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


async def test_from_a_damaged_library_nothing_is_offered_to_pick(stage, seed, caplog):
    async with stage.running():
        await stage.add(seed)
    damage(stage.database, "articles")
    async with stage.running():
        complete = stage.people.complete
        assert await complete(stage.mod, stage.general, "articles show", "article", "chi") == []
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
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
