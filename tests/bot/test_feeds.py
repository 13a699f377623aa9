"""/feeds, announcements, complaints, /articles refresh, and answers about texts that changed."""

from __future__ import annotations

import asyncio

import pytest

from tests.bot.newsroom import ENGINE, add_feed, articles, change, name, poll, until
from tests.bot.words import buttons, sentence, shown
from tests.discord_server import ORDINARY, Permission

EPHEMERAL = 1 << 6


@pytest.fixture
async def newsroom(stage, paper):
    """A place whose bot may read the newspaper."""
    async with stage.running(engine=ENGINE):
        yield stage
    stage.server.assert_clean()


async def test_a_feed_is_added_and_brings_its_newest_articles(newsroom, paper):
    told = await add_feed(newsroom, paper)
    assert sentence(told).startswith("“The Mill & Co” is polled from now on")
    assert told["flags"] & EPHEMERAL
    assert await articles(newsroom, 2) == ["Mill 1", "Mill 2"]
    answer = await newsroom.ask("when was the mill number 2 on the river sold?")
    assert answer["embeds"][0]["url"].startswith(paper.at("/story/"))


async def test_only_those_who_may_add_see_to_feeds(newsroom, paper):
    for path, values in (
        ("add", {"link": paper.at("/rss")}),
        ("list", {}),
        ("remove", {"feed": "1"}),
    ):
        asked = newsroom.people.slash(newsroom.ann, newsroom.general, f"feeds {path}", **values)
        assert "Only members who may manage messages" in sentence(await asked.answered())


async def test_what_cannot_be_polled_is_told(newsroom, paper):
    paper.pages["/words"] = "just words"
    assert "it is no feed" in sentence(await add_feed(newsroom, paper, "/words"))
    asked = newsroom.people.slash(newsroom.mod, newsroom.general, "feeds add", link="mill.example")
    assert "A link starts with" in sentence(await asked.answered())
    await add_feed(newsroom, paper)
    assert "polled already, as feed 1" in sentence(await add_feed(newsroom, paper))


async def test_feeds_are_listed_and_removed(newsroom, paper):
    listed = newsroom.people.slash(newsroom.mod, newsroom.general, "feeds list")
    assert sentence(await listed.answered()) == "No feeds are polled here yet."
    await add_feed(newsroom, paper, announce=newsroom.general)
    await articles(newsroom, 2)
    await newsroom.server.until(lambda: paper.count("/story/1"))
    listed = newsroom.people.slash(newsroom.mod, newsroom.general, "feeds list")
    [embed] = (await listed.answered())["embeds"]
    assert "1 · The Mill & Co" in shown(embed)
    assert f"<#{newsroom.general['id']}>" in shown(embed)
    choices = await newsroom.people.complete(
        newsroom.mod, newsroom.general, "feeds remove", "feed", "mill"
    )
    assert choices == [{"name": "1 · The Mill & Co", "value": "1"}]
    removed = newsroom.people.slash(newsroom.mod, newsroom.general, "feeds remove", feed="1")
    assert "is polled no more" in sentence(await removed.answered())
    again = newsroom.people.slash(newsroom.mod, newsroom.general, "feeds remove", feed="1")
    assert "There is no feed “1” here" in sentence(await again.answered())
    assert len(await articles(newsroom, 2)) == 2


async def test_another_servers_feed_cannot_be_removed(newsroom, paper):
    await add_feed(newsroom, paper)
    other = newsroom.server.open_guild("other")
    channel = newsroom.server.open_channel(other, "general")
    powers = ORDINARY | Permission.MANAGE_MESSAGES
    eve = newsroom.server.world.add_user("eve", other, permissions=powers)
    removed = newsroom.people.slash(eve, channel, "feeds remove", feed="1")
    assert "There is no feed “1” here" in sentence(await removed.answered())


async def test_new_articles_are_announced_once_with_title_source_and_link(newsroom, paper):
    news = newsroom.server.open_channel(newsroom.guild, "news")
    await add_feed(newsroom, paper, announce=news)
    await articles(newsroom, 2)
    paper.publish(3)
    paper.headlines[3] = "Mill 3 @everyone **now** [open](https://evil.example)"
    await poll(newsroom)
    [message] = await newsroom.said(1, news)
    [embed] = message["embeds"]
    assert embed["author"]["name"] == "New in The Mill & Co"
    assert embed["title"].replace("\\", "").startswith("Mill 3 @everyone **now** [open]")
    assert embed["url"] == paper.at("/story/3")
    assert "127.0.0.1" in shown(embed)
    assert message.get("content", "") == ""
    await poll(newsroom)
    paper.titles[3] = "Mill 3, late edition"
    await poll(newsroom)
    await newsroom.quiet(1, news)
    assert len(newsroom.server.said(newsroom.general)) == 1  # the reply to the command


async def test_many_new_articles_come_in_few_messages(newsroom, paper):
    news = newsroom.server.open_channel(newsroom.guild, "news")
    await add_feed(newsroom, paper, announce=news)
    await articles(newsroom, 2)
    paper.publish(*range(3, 10))
    await poll(newsroom)
    messages = await newsroom.said(2, news)
    assert [len(message["embeds"]) for message in messages] == [5, 2]


async def test_a_channel_in_which_nothing_can_be_announced_is_refused(newsroom, paper):
    closed = newsroom.server.open_channel(newsroom.guild, "closed", deny=Permission.SEND)
    told = await add_feed(newsroom, paper, announce=closed)
    assert "I may not show anything in" in sentence(told)


async def test_a_broken_feed_is_told_to_the_moderators_once(newsroom, paper):
    room = newsroom.server.open_channel(newsroom.guild, "moderators")
    await newsroom.bot.state.guilds.change(int(newsroom.guild["id"]), reports=int(room["id"]))
    await add_feed(newsroom, paper)
    await articles(newsroom, 2)
    paper.status["/rss"] = 404
    for failures in range(1, 6):
        assert (await poll(newsroom)).failures == failures
        if failures < 3:
            await newsroom.quiet(0, room, seconds=0.3)
    [message] = await newsroom.said(1, room)
    assert "could not be read 3 times in a row: there is no such page" in sentence(message)
    await newsroom.quiet(1, room)
    assert len(newsroom.server.said(newsroom.general)) == 1  # the reply to the command


async def test_without_a_moderators_channel_it_is_told_where_the_feed_was_added(newsroom, paper):
    await add_feed(newsroom, paper)
    await articles(newsroom, 2)
    paper.status["/rss"] = 404
    for _ in range(3):
        await poll(newsroom)
    [_, message] = await newsroom.said(2)
    assert "could not be read 3 times" in sentence(message)


async def test_what_was_found_without_the_bot_is_announced_when_it_comes(stage, paper):
    from retrieval.feeds import Feeds
    from retrieval.sources.web import Fetcher

    async with stage.running(engine=ENGINE, poll=False) as bot:
        async with Fetcher(bot.library.settings) as fetcher:
            feeds = Feeds(bot.library, fetcher)
            feed = await feeds.add(
                paper.at("/rss"), collection=name(stage), announce=stage.general["id"]
            )
            await feeds.poll(feed)
        await stage.quiet(0)
        paper.publish(3)
        await change(stage, "UPDATE feeds SET due = '2000'")
    # The bot is away; cron polls.
    async with stage.running(engine=ENGINE, poll=False) as bot:
        async with Fetcher(bot.library.settings) as fetcher:
            async for _ in Feeds(bot.library, fetcher).poll_due():
                pass
        bot.polling.wake()
        [message] = await stage.said(1)
        assert message["embeds"][0]["title"] == "Mill 3"
    async with stage.running(engine=ENGINE, poll=False):
        await stage.quiet(1)


async def test_a_question_does_not_wait_for_feeds(newsroom, paper):
    await add_feed(newsroom, paper)
    await articles(newsroom, 2)
    paper.publish(*range(3, 30))
    await poll(newsroom)
    async with asyncio.timeout(30):
        for _ in range(3):
            await newsroom.ask("when was the mill number 2 on the river sold?")


async def refresh(place, which):
    asked = place.people.slash(place.mod, place.general, "articles refresh", article=which)
    return await asked.answered(60)


async def added(place, paper, number, **more):
    link = paper.at(f"/story/{number}")
    asked = place.people.slash(place.mod, place.general, "articles add", link=link, **more)
    return await place.receipt(asked)


async def test_two_people_who_add_one_link_at_once_are_both_told(newsroom, paper):
    powers = ORDINARY | Permission.MANAGE_MESSAGES
    eve = newsroom.server.world.add_user("eve")
    newsroom.server.join(eve, newsroom.guild, powers)
    both = [
        newsroom.people.slash(person, newsroom.general, "articles add", link=paper.at("/story/1"))
        for person in (newsroom.mod, eve)
    ]
    receipts = await asyncio.gather(*map(newsroom.receipt, both))
    told = sorted(receipt["embeds"][0]["author"]["name"] for receipt in receipts)
    assert told == ["Added", "Already here"]
    assert {receipt["embeds"][0]["title"] for receipt in receipts} == {"Mill 1"}
    assert sorted(buttons(receipt) for receipt in receipts) == [[], ["undo"]]
    assert await articles(newsroom, 1) == ["Mill 1"]
    assert paper.count("/story/1") == 2  # neither had been told before the other came


async def test_links_and_files_of_a_message_are_added_by_right_click(newsroom, paper):
    file = ("cricket.txt", b"Cricket\n\nThe final in Leeds was won by 31 runs.", "text/plain")
    said = f"look: <{paper.at('/story/1')}> and {paper.at('/nowhere')}."
    message = newsroom.people.say(newsroom.ann, newsroom.general, said, files=[file])
    menu = newsroom.people.menu(newsroom.mod, newsroom.general, "Add to Clippings", message)
    receipt = await newsroom.receipt(menu)
    assert [embed.get("title") for embed in receipt["embeds"]] == ["Cricket", "Mill 1", None]
    assert receipt["embeds"][2]["author"]["name"] == "Not added"
    page = await newsroom.ask("when was the mill number 1 on the river sold?")
    assert page["embeds"][0]["url"].startswith(paper.at("/story/1#:~:text="))
    uploaded = await newsroom.ask("by how many runs was the final won?")
    assert uploaded["embeds"][0]["url"].endswith(message["id"])


async def test_refresh_tells_what_came_of_it(newsroom, paper):
    await added(newsroom, paper, 1)
    same = await refresh(newsroom, "Mill 1")
    assert same["embeds"][0]["author"]["name"] == "Its page has not changed"
    paper.extra[1] = "Correction: it was a windmill."
    changed = await refresh(newsroom, "Mill 1")
    assert changed["embeds"][0]["author"]["name"] == "Updated: its text had changed"
    paper.status["/story/1"] = 404
    gone = await refresh(newsroom, "Mill 1")
    assert "there is no such page" in sentence(gone)


async def test_a_title_given_with_a_link_outlives_what_its_page_says(newsroom, paper):
    await added(newsroom, paper, 1, title="The old mill")
    paper.headlines[1], paper.extra[1] = "Windmill 1", "Correction: it was a windmill."
    changed = await refresh(newsroom, "The old mill")
    assert changed["embeds"][0]["author"]["name"] == "Updated: its text had changed"
    assert await articles(newsroom, 1) == ["The old mill"]
    paper.extra[1] = "Correction: it was a watermill."
    again = await added(newsroom, paper, 1)
    assert again["embeds"][0]["author"]["name"] == "Updated: its text had changed"
    assert await articles(newsroom, 1) == ["The old mill"]
    again = await added(newsroom, paper, 1)
    assert again["embeds"][0]["author"]["name"] == "Already here"
    renamed = await added(newsroom, paper, 1, title="The watermill")
    assert renamed["embeds"][0]["title"] == "The watermill"
    assert renamed["embeds"][0]["author"]["name"] == "Updated: its text had changed"
    assert await articles(newsroom, 1) == ["The watermill"]


async def test_what_moderators_put_right_is_kept_when_a_link_is_added_again(newsroom, paper):
    await added(newsroom, paper, 1)
    edited = newsroom.people.slash(
        newsroom.mod, newsroom.general, "articles edit",
        article="Mill 1", title="The old mill", date="2020-01-01",
    )  # fmt: skip
    await edited.answered()
    assert (await added(newsroom, paper, 1))["embeds"][0]["author"]["name"] == "Already here"
    paper.extra[1] = "Correction: it was a windmill."
    await added(newsroom, paper, 1)
    [record] = await newsroom.bot.library.articles(name(newsroom))
    assert (record.title, record.published) == ("The old mill", "2020-01-01")
    assert "windmill" in await newsroom.bot.library.text(record.id)


async def test_an_old_answer_says_that_its_article_was_updated_and_shows_it_as_it_was(
    newsroom, paper
):
    paper.extra[1] = "The miller was called Anselm Gruber and came from the mountains."
    await added(newsroom, paper, 1)
    answer = await newsroom.ask("what was the miller called?")
    assert "Anselm Gruber" in shown(answer["embeds"][0])
    before = await newsroom.people.click(newsroom.ann, answer, "clip:context").answered()
    assert "Updated since you asked" not in shown(before["embeds"][0])
    paper.extra[1] = "Correction: the miller was called Benno Huber and came from the coast."
    await refresh(newsroom, "Mill 1")
    after = await newsroom.people.click(newsroom.ann, answer, "clip:context").answered()
    assert "Anselm Gruber" in shown(after["embeds"][0])
    assert "Updated since you asked: this is the text as it was until" in shown(after["embeds"][0])
    now = await newsroom.ask("what was the miller called?")
    assert "Benno Huber" in shown(now["embeds"][0])
    assert "context" in buttons(now)
    facts = newsroom.people.slash(newsroom.ann, newsroom.general, "articles show", article="Mill 1")
    names = [field["name"] for field in (await facts.answered())["embeds"][0]["fields"]]
    assert "Updated" in names


async def test_a_page_that_is_gone_is_said_in_answers_lists_and_facts(newsroom, paper):
    paper.extra[1] = "The miller was called Anselm Gruber and came from the mountains."
    await added(newsroom, paper, 1)
    paper.status["/story/1"] = 410
    await refresh(newsroom, "Mill 1")
    await refresh(newsroom, "Mill 1")
    answer = await newsroom.ask("what was the miller called?")
    assert "the page may be gone: stored on <t:" in shown(answer["embeds"][0])
    context = await newsroom.people.click(newsroom.ann, answer, "clip:context").answered()
    assert "the page may be gone: stored on" in shown(context["embeds"][0])
    listed = newsroom.people.slash(newsroom.ann, newsroom.general, "articles list")
    assert "its page may be gone" in shown((await listed.answered())["embeds"][0])
    facts = newsroom.people.slash(newsroom.ann, newsroom.general, "articles show", article="Mill 1")
    names = [field["name"] for field in (await facts.answered())["embeds"][0]["fields"]]
    assert "Page gone since" in names


async def test_due_pages_are_read_again_by_the_running_bot(stage, paper):
    async with stage.running(engine=ENGINE):
        await added(stage, paper, 1)
        paper.extra[1] = "Correction: it was a windmill."
        await change(stage, "UPDATE looks SET due = '2000-01-01T00:00:00Z'")
    async with stage.running(engine=ENGINE) as bot:

        async def updated():
            return (await bot.library.store.article(name(stage), 1)).version == 2

        await until(updated)
    stage.server.assert_clean()
