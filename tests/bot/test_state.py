"""The bot's memory, in the library's own file."""

import asyncio

import pytest

from bot.database import Database
from bot.guilds import DAY, GuildSettings
from bot.state import Place, State
from retrieval.backup import backup, restore
from retrieval.errors import NewerDatabaseError, UsageError
from retrieval.store import Store
from retrieval.types import Filters
from tests.bot.samples import answered, cited, missed
from tests.retrieval.store_samples import put


class Clock:
    now = 1_000_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def state(tmp_path, clock):
    async with State.open(tmp_path / "library.db", clock=clock) as state:
        yield state


async def _remember(state, question="how many?", *, found=None, user=5, guild=1, public=True):
    return await state.remember(
        guild_id=guild,
        user_id=user,
        question=question,
        found=found or answered(cited(), question=f"china: {question}"),
        filters=Filters(frozenset({7}), "2017-01-01", None),
        public=public,
    )


async def test_settings_are_kept_over_a_restart(tmp_path):
    path = tmp_path / "library.db"
    async with State.open(path) as state:
        assert await state.guilds.settings(1) == GuildSettings()
        await state.guilds.change(1, private=True, roles=frozenset({8, 9}), threshold=0.5)
        await state.guilds.change(1, channels=frozenset({4}), roles=frozenset({9}))
        await state.guilds.change(2, direct=True)
    async with State.open(path) as state:
        assert await state.guilds.settings(1) == GuildSettings(
            private=True, threshold=0.5, roles=frozenset({9}), channels=frozenset({4})
        )
        assert await state.guilds.direct_guilds() == {2}


async def test_of_two_changes_at_once_both_are_kept(tmp_path):
    path = tmp_path / "library.db"
    async with State.open(path) as state:
        await asyncio.gather(
            state.guilds.change(1, passages=5),
            state.guilds.toggle(1, "private"),
            state.guilds.change(1, roles=frozenset({9})),
            state.guilds.toggle(1, "direct"),
            state.guilds.toggle(1, "direct"),
            state.guilds.settings(1),
        )
        chosen = GuildSettings(private=True, passages=5, roles=frozenset({9}))
        assert await state.guilds.settings(1) == chosen
    async with State.open(path) as state:
        assert await state.guilds.settings(1) == chosen


async def test_a_message_is_claimed_once_even_by_two_at_a_time_and_after_a_restart(tmp_path):
    path = tmp_path / "library.db"
    async with State.open(path) as state:
        claims = await asyncio.gather(*(state.claim(11) for _ in range(5)))
        assert sorted(claims) == [False] * 4 + [True]
    async with State.open(path) as state:
        assert not await state.claim(11)
        assert await state.claim(12)


async def test_an_answer_is_found_by_number_and_by_message(state):
    number = await _remember(state)
    await state.shown_in(number, 77)
    kept = await state.answer(number)
    assert kept == await state.answer_in(77, 5)
    assert kept.question == "how many?"
    assert kept.looked_for == "china: how many?"
    assert kept.filters == Filters(frozenset({7}), "2017-01-01", None)
    sentence = cited().sentence
    assert kept.places == (Place(7, 100, cited().passage.end, sentence.start, sentence.end, 1),)
    assert await state.answer_in(78, 5) is None


async def test_who_looks_for_an_answer_waits_while_it_is_on_its_way_to_the_channel(state):
    number = await _remember(state)
    async with state.showing(5):  # another's, which takes its time
        async with state.showing(5):
            looking = asyncio.create_task(state.answer_in(77, 5))
            assert await state.answer_in(77, 6) is None
            assert not looking.done()
            await state.shown_in(number, 77)
        assert await asyncio.wait_for(looking, 5) == await state.answer(number)


async def test_a_person_has_one_vote_and_may_change_it(tmp_path, clock):
    path = tmp_path / "library.db"
    async with State.open(path, clock=clock) as state:
        number = await _remember(state)
        await state.vote(number, 5, helpful=True)
        await state.vote(number, 5, helpful=False, expected="150,000")
        await state.vote(number, 6, helpful=True)
    async with Database.open(path) as database:
        rows = await database.rows("SELECT user_id, helpful, expected FROM bot_feedback")
    assert sorted(rows) == [(5, 0, "150,000"), (6, 1, None)]


async def test_figures_count_questions_alike_whatever_their_case(state):
    await _remember(state)
    for question in ("Who won?", "who  won", "why?"):
        await _remember(state, question, found=missed(question=question))
    await _remember(state, guild=2)
    figures = await state.figures(1)
    assert (figures.questions, figures.answered) == (4, 1)
    assert figures.unanswered == (("who won", 2), ("why", 1))


async def test_what_was_asked_in_private_is_counted_and_not_shown(state):
    await _remember(state, "who won?", found=missed(question="who won?"))
    await _remember(state, "who is fired?", found=missed(question="who is fired?"), public=False)
    figures = await state.figures(1)
    assert (figures.questions, figures.answered) == (2, 0)
    assert figures.unanswered == (("who won", 1),)


async def test_of_questions_from_before_it_was_kept_nobody_is_shown_any(tmp_path):
    path = tmp_path / "library.db"
    async with State.open(path) as state:
        await _remember(state, "who won?", found=missed(question="who won?"))
    async with Database.open(path) as database:
        await database.write("ALTER TABLE bot_answers DROP COLUMN public")
        await database.write("UPDATE bot_meta SET value = '3' WHERE name = 'schema'")
    async with State.open(path) as state:
        figures = await state.figures(1)
        assert (figures.questions, figures.unanswered) == (1, ())
        await _remember(state, "who won?", found=missed(question="who won?"))
        assert (await state.figures(1)).unanswered == (("who won", 1),)


async def test_what_is_known_of_a_person_is_deleted(state):
    mine, other = await _remember(state), await _remember(state, user=6)
    await state.vote(other, 5, helpful=True)
    await state.vote(mine, 6, helpful=True)
    await state.choose_direct(5, 1)
    assert await state.forget_person(5) == 2
    assert await state.answer(mine) is None
    assert await state.answer(other) is not None
    assert await state.direct_choice(5) is None
    assert await state.forget_person(5) == 0


async def test_a_server_that_was_left_is_known_until_it_is_forgotten(state, clock):
    await state.guilds.present([1, 2, 3])
    await state.guilds.left(2)
    await state.guilds.present([1])  # 3 was left while the bot was away
    clock.now += 29 * DAY
    assert await state.guilds.left_for(30) == []
    await state.guilds.joined(3)
    clock.now += DAY
    assert await state.guilds.left_for(30) == [2]
    await state.guilds.forget(2)
    assert await state.guilds.left_for(0) == []


async def test_old_questions_are_forgotten(state, clock):
    old = await _remember(state)
    await state.claim(11)
    clock.now += 91 * DAY
    new = await _remember(state)
    await state.tidy(90)
    assert await state.answer(old) is None
    assert await state.answer(new) is not None
    assert await state.claim(11)


async def test_the_hash_of_the_commands_is_kept_per_application(state):
    await state.set_command_hash(1, "a")
    await state.set_command_hash(1, "b")
    assert await state.command_hash(1) == "b"
    assert await state.command_hash(2) is None


async def test_a_note_is_kept_until_it_is_taken_back(state):
    await state.set_note("silent:1", "22")
    assert await state.note("silent:1") == "22"
    await state.set_note("silent:1", None)
    assert await state.note("silent:1") is None


async def test_a_transaction_is_all_or_nothing(tmp_path):
    async with Database.open(tmp_path / "library.db") as database:
        good = ("INSERT INTO bot_seen VALUES (?, ?)", (1, 1.0))
        with pytest.raises(Exception, match="no such table"):
            await database.transact([good, ("INSERT INTO nowhere VALUES (1)", ())])
        assert await database.rows("SELECT * FROM bot_seen") == []
        assert await database.transact([good]) == 1


async def test_a_cancelled_transaction_leaves_nothing_open(tmp_path):
    async with Database.open(tmp_path / "library.db") as database:
        for round_ in range(30):
            many = [("INSERT INTO bot_seen VALUES (?, 0)", (n,)) for n in range(20)]
            task = asyncio.create_task(database.transact(many))
            for _ in range(round_ % 7):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await database.write("DELETE FROM bot_seen")
        assert await database.transact([("DELETE FROM bot_seen", ())]) == 0


async def test_a_newer_schema_is_refused(tmp_path):
    path = tmp_path / "library.db"
    async with Database.open(path) as database:
        await database.write("UPDATE bot_meta SET value = '99' WHERE name = 'schema'")
    with pytest.raises(NewerDatabaseError):
        async with Database.open(path):
            pass


async def test_a_restore_of_one_collection_does_not_take_away_what_is_remembered(tmp_path):
    path, saved = tmp_path / "library.db", tmp_path / "saved.db"
    async with await Store.open(path) as store:
        await put(store, "one", "one", collection="discord:1")
    async with State.open(path) as state:
        await state.guilds.change(1, private=True)
    await backup(path, saved, collection="discord:1")
    with pytest.raises(UsageError, match=r"lose the bot's settings.*--collection discord:1"):
        await restore(saved, path)
    await restore(saved, path, collection="discord:1")
    async with State.open(path) as state:
        assert (await state.guilds.settings(1)).private
    await backup(path, tmp_path / "whole.db")
    await restore(tmp_path / "whole.db", path)
