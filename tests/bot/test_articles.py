"""/articles: adding by file, link, form and right click; listing, showing, correcting, removing."""

import asyncio
import threading
import zipfile
from pathlib import Path

import pytest

from bot.failures import Refusal
from bot.files import text_file
from tests.bot.words import MISS, QUESTION, SEED_TITLE, buttons, sentence, shown

EPHEMERAL = 1 << 6


def _number(message):
    return message["components"][0]["components"][0]["custom_id"].split(":")[-1]


async def test_a_receipt_says_what_came_of_it(place, seed):
    receipt = await place.add(seed)
    embed = receipt["embeds"][0]
    assert embed["author"]["name"] == "Added"
    assert embed["title"] == SEED_TITLE
    assert "A Chinese soldier holds a Chinese flag" in shown(embed)
    assert embed["fields"][0]["value"] == "No date found"
    assert int(embed["fields"][1]["value"]) > 0
    assert buttons(receipt) == ["undo"]


async def test_the_same_file_twice_is_one_article(place, seed):
    await place.add(seed)
    again = await place.add(seed)
    assert again["embeds"][0]["author"]["name"] == "Already here"
    assert buttons(again) == []


async def test_two_people_at_once_are_both_told(place, seed):
    both = await asyncio.gather(place.add(seed), place.add(seed))
    assert sorted(m["embeds"][0]["author"]["name"] for m in both) == ["Added", "Already here"]


async def test_undo_takes_it_back(place, seed):
    receipt = await place.add(seed)
    pressed = place.people.click(place.ann, receipt, "clip:undo")
    assert "Only members who may manage messages" in sentence(await pressed.answered())
    pressed = place.people.click(place.mod, receipt, "clip:undo")
    assert sentence(await pressed.answered()) == f"Undone: “{SEED_TITLE}” is removed again."
    assert sentence(await place.ask(QUESTION)) == MISS


async def test_a_receipt_that_discord_refuses_is_shown_without_picture_and_link(place, seed):
    fault = place.server.rest.fault("PATCH", "@original", 400, code=50035)
    receipt = await place.add(seed)
    assert fault.hits == 1
    assert receipt["embeds"][0]["author"]["name"] == "Added"
    assert buttons(receipt) == ["undo"]
    edit = {"article": SEED_TITLE, "link": "https://news.example/a"}
    place.server.rest.fault("PATCH", "@original", 400, code=50035)
    edited = place.people.slash(place.mod, place.general, "articles edit", **edit)
    [embed] = (await edited.answered())["embeds"]
    assert embed["author"]["name"] == "Corrected."
    assert "url" not in embed


async def test_names_of_files_are_shown_as_they_are(place):
    refused = await place.add(("my_empty_*file*.txt", b"", "text/plain"))
    told = refused["embeds"][0]["description"]
    assert told.startswith(r"my\_empty\_\*file\*.txt ")


async def test_text_is_pasted_into_a_form(place):
    opened = place.people.slash(place.mod, place.general, "articles add", title="Border news")
    text = "In April, China deployed 150,000 troops to the border. It rained."
    done = await place.people.submit(place.mod, opened, text=text)
    receipt = await place.receipt(done)
    assert receipt["embeds"][0]["title"] == "Border news"
    answer = await place.ask(QUESTION)
    assert answer["embeds"][0]["url"].endswith(receipt["id"])


@pytest.mark.parametrize(
    ("inputs", "told"),
    [({}, "Give me the text"), ({"text": "x y z", "link": "ftp://a"}, "A link starts with")],
)
async def test_a_form_that_cannot_be_used_says_why(place, inputs, told):
    opened = place.people.slash(place.mod, place.general, "articles add")
    done = await place.people.submit(place.mod, opened, **inputs)
    assert told in sentence(await done.answered())


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (("empty.txt", b"", "text/plain"), "empty.txt"),
        (("noise.txt", bytes(range(256)) * 9, "text/plain"), "noise.txt"),
        (("broken.pdf", b"%PDF-1.4 nothing", "application/pdf"), "broken.pdf"),
    ],
)
async def test_a_file_that_cannot_be_read_is_told_by_name(place, file, told):
    answer = await place.add(file)
    assert answer["embeds"][0]["author"]["name"] == "Not added"
    assert told in shown(answer["embeds"][0])


async def test_a_file_that_discord_does_not_give_is_told(place, seed):
    place.server.cdn.failures.append(404)
    answer = await place.add(seed)
    assert "I could not get" in shown(answer["embeds"][0])


async def test_link_and_file_together_are_refused(place, seed):
    asked = place.people.slash(
        place.mod, place.general, "articles add", file=seed, link="https://a.example"
    )
    assert "either a link or a file" in sentence(await asked.answered())
    asked = place.people.slash(place.mod, place.general, "articles add", link="a.example")
    assert "A link starts with" in sentence(await asked.answered())


async def test_only_those_who_may_add_do(place, seed):
    refused = await place.add(seed, user=place.ann)
    assert "Only members who may manage messages" in sentence(refused)
    assert refused["flags"] & EPHEMERAL
    role = place.server.world.add_role(place.guild, "editors")
    place.server.gateway.dispatch(
        "GUILD_ROLE_CREATE", {"guild_id": place.guild["id"], "role": role}
    )
    await place.bot.state.guilds.change(int(place.guild["id"]), roles=frozenset({int(role["id"])}))
    place.server.world.member(place.guild["id"], place.ann["id"])["roles"].append(role["id"])
    receipt = await place.add(seed, user=place.ann)
    assert receipt["embeds"][0]["author"]["name"] == "Added"


async def test_files_of_a_message_are_added_by_right_click(place, seed):
    other = ("other.md", b"# Cricket\n\nThe final was in May.", "text/markdown")
    message = place.people.say(place.ann, place.general, "look", files=[seed, other])
    done = place.people.menu(place.mod, place.general, "Add to Clippings", message)
    receipt = await place.receipt(done)
    assert [embed["title"] for embed in receipt["embeds"]] == [SEED_TITLE, "Cricket"]
    answer = await place.ask(QUESTION)
    assert answer["embeds"][0]["url"].endswith(message["id"])
    undone = await place.people.click(place.mod, receipt, "clip:undo").answered()
    assert shown(undone["embeds"][0]).count("is removed again") == 2
    assert sentence(await place.ask(QUESTION)) == MISS
    nothing = place.people.say(place.ann, place.general, "no links here")
    refused = place.people.menu(place.mod, place.general, "Add to Clippings", nothing)
    assert "neither links nor files" in sentence(await refused.answered())


async def test_the_list_is_leafed_through_and_filtered(place):
    for number in range(12):
        text = f"Story {number:02}\n\nThe cat number {number} sat on mat number {number}."
        await place.add((f"{number}.txt", text.encode(), "text/plain"))
    listed = await place.people.slash(place.ann, place.general, "articles list").answered()
    assert listed["flags"] & EPHEMERAL
    assert "Story 11" in shown(listed["embeds"][0])
    assert "Story 01" not in shown(listed["embeds"][0])
    assert listed["embeds"][0]["footer"]["text"] == "1 to 10 of 12"
    leafed = await place.people.click(place.ann, listed, "clip:list:1").answered()
    assert "Story 01" in shown(leafed["embeds"][0])
    some = place.people.slash(place.ann, place.general, "articles list", filter="story 1")
    assert "Story 10" in shown((await some.answered())["embeds"][0])
    none = place.people.slash(place.ann, place.general, "articles list", filter="dog")
    assert sentence(await none.answered()) == "No title contains “dog”."


async def test_an_article_is_shown_with_its_text_and_who_added_it(place, seed):
    await place.add(seed)
    asked = place.people.slash(place.ann, place.general, "articles show", article=SEED_TITLE)
    shown_ = await asked.answered()
    values = [field["value"] for field in shown_["embeds"][0]["fields"]]
    assert f"<@{place.mod['id']}>" in values
    text = place.server.cdn.content(shown_["attachments"][0]).decode()
    assert "150,000" in text


async def test_a_correction_is_in_the_next_answer(place, seed):
    await place.add(seed)
    asked = place.people.slash(
        place.mod,
        place.general,
        "articles edit",
        article=SEED_TITLE,
        title="Troops at the border",
        link="https://news.example/a",
    )
    assert "Corrected." in (await asked.answered())["embeds"][0]["author"]["name"]
    answer = await place.ask(QUESTION)
    assert answer["embeds"][0]["title"] == "1 · Troops at the border"
    assert answer["embeds"][0]["url"].startswith("https://news.example/a#:~:text=")
    nothing = place.people.slash(place.mod, place.general, "articles edit", article="1")
    assert "Tell me what to correct" in sentence(await nothing.answered())


async def test_removal_is_confirmed_and_holds_from_the_next_answer_on(place, seed):
    await place.add(seed)
    remove = place.people.slash(place.mod, place.general, "articles remove", article=SEED_TITLE)
    sure = await remove.answered()
    kept = await place.people.click(place.mod, sure, "clip:keep").answered()
    assert sentence(kept) == "Kept."
    remove = place.people.slash(place.mod, place.general, "articles remove", article=SEED_TITLE)
    sure = await remove.answered()
    gone = await place.people.click(place.mod, sure, "clip:remove").answered()
    assert sentence(gone) == f"“{SEED_TITLE}” is removed."
    assert sentence(await place.ask(QUESTION)) == MISS
    again = place.people.slash(place.mod, place.general, "articles remove", article=SEED_TITLE)
    assert "There is no article" in sentence(await again.answered())


async def test_an_article_without_a_link_cannot_be_refreshed(place, seed):
    await place.add(seed)
    asked = place.people.slash(place.mod, place.general, "articles refresh", article=SEED_TITLE)
    assert "has no link" in sentence(await asked.answered())


class Held:
    """The model, which embeds no more than the first passages before it is let go."""

    def __init__(self, embedder):
        self._embedder, self._first, self.go = embedder, True, threading.Event()

    def __getattr__(self, name):
        return getattr(self._embedder, name)

    def passages(self, texts):
        assert self._first or self.go.wait(60)
        self._first = False
        return self._embedder.passages(texts)


LONG_STORY = "A long story\n\n" + "\n\n".join(
    f"In the year {1000 + n} the village of number {n} had {n * 7} inhabitants and a mill. " * 4
    for n in range(60)
)


async def test_a_report_outlives_its_token(stage):
    stage.embedder = model = Held(stage.embedder)
    async with stage.running():
        file = ("long.txt", LONG_STORY.encode(), "text/plain")
        add = stage.people.slash(stage.mod, stage.general, "articles add", file=file)
        await add.acknowledged()
        stage.server.world.advance(901)  # as if it had taken a quarter of an hour
        stage.server.rest.tolerated.add(50027)
        report = (await stage.said(2))[1]
        model.go.set()
        await stage.server.until(lambda: not stage.progress(report), 60)
        assert report["embeds"][0]["author"]["name"] == "Added"
    stage.server.assert_clean()


async def test_progress_is_shown_while_a_long_article_is_read(stage):
    stage.embedder = model = Held(stage.embedder)
    async with stage.running():
        file = ("long.txt", LONG_STORY.encode(), "text/plain")
        add = stage.people.slash(stage.mod, stage.general, "articles add", file=file)
        await stage.server.until(lambda: "passages" in shown(_first_embed(add)), 60)
        model.go.set()
        receipt = await stage.receipt(add)
        assert receipt["embeds"][0]["author"]["name"] == "Added"
    stage.server.assert_clean()


def _first_embed(interaction):
    return ((interaction.original or {}).get("embeds") or [{}])[0]


def test_the_tests_need_nothing_outside_the_project():
    sources = [p.read_text() for p in Path(__file__).parents[1].rglob("*.py")]
    assert not any("fake" + "discord" in source for source in sources)


async def test_more_files_than_are_taken_at_once_are_told(place):
    files = [
        (f"{n}.txt", b"Story %d\n\nIt rained on day %d." % (n, n), "text/plain") for n in range(7)
    ]
    message = place.people.say(place.ann, place.general, "look", files=files)
    done = place.people.menu(place.mod, place.general, "Add to Clippings", message)
    receipt = await done.answered(60)
    await place.server.until(lambda: len(receipt["embeds"]) == 6, 60)
    assert "I take 5 at a time. 2 more were in that message" in shown(receipt["embeds"][-1])


async def test_what_is_written_in_the_log_about_adding(place, caplog):
    caplog.set_level("INFO")
    await place.add(("empty.txt", b"", "text/plain"))
    lines = [r.getMessage() for r in caplog.records if r.getMessage().startswith("add ")]
    assert len(lines) == 1
    assert lines[0].startswith("add status=failed error=EmptyError passages=0 server=")


def test_a_large_text_is_packed_and_a_larger_one_refused():
    text = "The cat sat on the mat. " * 4000
    plain = text_file("article-1", text, 1 << 20)
    assert plain.filename == "article-1.txt"
    assert plain.fp.read().decode() == text
    packed = text_file("article-1", text, 20_000)
    assert packed.filename == "article-1.zip"
    assert zipfile.ZipFile(packed.fp).read("article-1.txt").decode() == text
    with pytest.raises(Refusal):
        text_file("article-1", text, 100)


async def test_an_article_that_does_not_fit_on_the_disk_is_told_and_the_next_is_added(place, seed):
    database = place.bot.library.store._database
    async with database.transaction() as connection:
        await connection.execute("PRAGMA max_page_count = 1")  # as many as there are
    refused = await place.add(seed)
    assert refused["embeds"][0]["author"]["name"] == "Not added"
    assert "is full, so nothing was changed" in shown(refused["embeds"][0])
    async with database.transaction() as connection:
        await connection.execute("PRAGMA max_page_count = 1000000")
    assert (await place.add(seed))["embeds"][0]["author"]["name"] == "Added"
