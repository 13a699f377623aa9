"""What people press under answers becomes a data set that `clippings eval` measures."""

import json

import pytest

from bot.database import Database
from bot.state import State
from retrieval.config import RetrievalSettings
from retrieval.evaluate.dataset import load
from retrieval.library import Library
from retrieval.types import Filters
from tests.bot.process import clippings
from tests.bot.samples import answered, cited
from tests.bot.words import QUESTION

CRICKET = (
    "cricket.txt",
    b"Cricket\n\nThe home side won the final in Leeds by 31 runs.",
    "text/plain",
)


async def _press(place, answer, button, expected=None, user=None):
    opened = place.people.click(user or place.ann, answer, f"clip:{button}")
    if expected is None:
        await opened.answered()
    else:
        await (await place.people.submit(user or place.ann, opened, expected=expected)).answered()


async def _judge(stage, seed):
    async with stage.running():
        await stage.add(seed)
        await stage.add(CRICKET)
        helpful = await stage.ask(QUESTION)
        await _press(stage, helpful, "up")
        await _press(stage, helpful, "up", user=stage.mod)
        await _press(stage, await stage.ask("How many took part in the drill?"), "down", "31 runs")
        await stage.demand_certainty()
        await _press(stage, await stage.ask("Who won the football cup?"), "up")
        await _press(stage, await stage.ask("Where was the final?"), "down", "in  leeds")
        await _press(stage, await stage.ask("Who scored?"), "down", "Smith")
        await stage.ask("What about the weather?")  # nobody judged that


async def test_votes_become_a_data_set(stage, seed, tmp_path):
    await _judge(stage, seed)
    folder = tmp_path / "judged"
    export = ("feedback", "export", folder, "--json")
    told = await clippings(stage.database, *export)
    assert told.code == 0, told.err
    done = json.loads(told.out)
    assert (done["documents"], done["questions"], done["judged"]) == (2, 5, 4)
    assert done["collection"] == f"discord:{stage.guild['id']}"
    made = load(folder, RetrievalSettings())
    titles = {a.external_id: a.title for a in made.documents}
    by = {query.question: query for query in made.queries}
    troops = by[QUESTION]
    assert [titles[key][:5] for key in troops.relevant] == ["China"]
    (gold,) = troops.gold
    article = next(a for a in made.documents if a.external_id == gold.document)
    sentence = article.text[gold.start : gold.end].replace("\xa0", " ")
    assert sentence.startswith("In April, China deployed 150,000")
    assert by["Who won the football cup?"].answerable is False
    assert [titles[key] for key in by["Where was the final?"].relevant] == ["Cricket"]
    assert by["How many took part in the drill?"].answers == ("31 runs",)
    assert by["Who scored?"].answers == ("Smith",)
    assert not by["Who scored?"].relevant
    everything = "".join(path.read_text() for path in folder.iterdir())
    assert str(stage.ann["id"]) not in everything
    assert "weather" not in everything
    measure = ("eval", folder, "--json")
    told = await clippings(stage.database, *measure)
    assert told.code == 0, told.err
    assert json.loads(told.out)["metrics"]["hit@1"]["value"] > 0.5


async def test_a_changed_article_has_no_places_any_more(stage, seed, tmp_path):
    async with stage.running():
        await stage.add(seed)
        await _press(stage, await stage.ask(QUESTION), "up")
    async with Database.open(stage.database) as database:
        await database.write("UPDATE articles SET updated = '2999-01-01T00:00:00Z'")
    export = ("feedback", "export", tmp_path / "judged")
    told = await clippings(stage.database, *export)
    assert told.code == 0, told.err
    (query,) = load(tmp_path / "judged", RetrievalSettings()).queries
    assert query.relevant
    assert query.gold == ()


@pytest.mark.parametrize("votes", [0, 2])
async def test_what_cannot_be_exported_says_why(stage, tmp_path, votes):
    settings = RetrievalSettings(database=stage.database)
    async with Library(settings), State.open(stage.database) as state:
        for guild in range(votes):
            number = await state.remember(
                guild_id=guild,
                user_id=5,
                question="why?",
                found=answered(cited()),
                filters=Filters(),
                public=True,
            )
            await state.vote(number, 5, helpful=True)
    export = ("feedback", "export", tmp_path / "judged")
    told = await clippings(stage.database, *export)
    assert told.code == 2
    wanted = "discord:0 (1), discord:1 (1). Name one" if votes else "Nobody has voted"
    assert wanted in told.err


async def test_a_folder_with_something_else_in_it_is_left_alone(stage, seed, tmp_path):
    async with stage.running():
        await stage.add(seed)
        await _press(stage, await stage.ask(QUESTION), "up")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    export = ("feedback", "export", tmp_path / "notes")
    told = await clippings(stage.database, *export)
    assert told.code == 2
    assert "holds mine.txt already" in told.err


async def test_an_older_memory_is_moved_on(tmp_path):
    path = tmp_path / "library.db"
    async with Database.open(path) as database:
        await database.write("DROP VIEW feedback")
        await database.write("ALTER TABLE bot_guilds DROP COLUMN reports")
        await database.write("ALTER TABLE bot_answers DROP COLUMN public")
        await database.write("UPDATE bot_meta SET value = '1' WHERE name = 'schema'")
    async with Database.open(path) as database:
        assert await database.rows("SELECT * FROM feedback") == []
