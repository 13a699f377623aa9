"""New articles and broken feeds, told in spite of what Discord, moderators and keys do."""

import pytest

from bot.delivery import TRIES
from tests.bot.newsroom import ENGINE, add_feed, articles, change, name, poll, until
from tests.bot.words import sentence
from tests.discord_server import ORDINARY, Permission

EVER = 10**6
"""As often as it is tried."""


@pytest.fixture
async def newsroom(stage, paper):
    """A place with a channel for news and one for moderators."""
    async with stage.running(engine=ENGINE):
        stage.news = stage.server.open_channel(stage.guild, "news")
        stage.room = stage.server.open_channel(stage.guild, "moderators")
        await stage.bot.state.guilds.change(int(stage.guild["id"]), reports=int(stage.room["id"]))
        yield stage
    stage.server.assert_clean()


async def another(place, paper):
    """Another server that announces the same feed; the channel."""
    guild = place.server.open_guild("other")
    channel = place.server.open_channel(guild, "news")
    powers = ORDINARY | Permission.MANAGE_MESSAGES
    eve = place.server.world.add_user("eve", guild, permissions=powers)
    asked = place.people.slash(eve, channel, "feeds add", link=paper.at("/rss"), announce=channel)
    await asked.answered(60)

    async def filled():
        return len(await place.bot.library.articles(f"discord:{guild['id']}")) == 2

    await until(filled)
    return channel


async def publish(place, paper, *numbers):
    """More stories, which are polled now."""
    paper.publish(*numbers)
    await until(lambda: change(place, "UPDATE feeds SET due = '2000' WHERE held IS NULL"))
    place.bot.polling.wake()


def titles(place, channel):
    said = [message["embeds"] for message in place.server.said(channel)]
    return [embed["title"] for embeds in said for embed in embeds if "title" in embed]


async def waiting(place):
    return await place.bot.library.store.announcements(9)


def posts(place, channel):
    """How often something was to be posted there."""
    path = f"/channels/{channel['id']}/messages"
    return sum(each[:2] == ("POST", path) for each in place.server.rest.requests)


async def test_what_discord_refuses_of_one_server_is_announced_in_the_others(newsroom, paper):
    await add_feed(newsroom, paper, announce=newsroom.news)
    await articles(newsroom, 2)
    theirs = await another(newsroom, paper)
    news = rf"/channels/{newsroom.news['id']}/messages$"
    fault = newsroom.server.rest.fault("POST", news, 400, times=EVER)
    await publish(newsroom, paper, 3)
    await newsroom.server.until(lambda: titles(newsroom, theirs) == ["Mill 3"], 30)

    await newsroom.server.until(lambda: fault.hits == 2, 30)  # as it was, and without a picture

    async def settled():
        return not await waiting(newsroom)

    await until(settled)
    assert fault.hits == 2
    newsroom.server.rest.faults.clear()
    await publish(newsroom, paper, 4)
    await newsroom.server.until(lambda: titles(newsroom, newsroom.news) == ["Mill 4"], 30)


async def test_an_announcement_is_shown_without_the_picture_that_is_refused(newsroom, paper):
    await add_feed(newsroom, paper, announce=newsroom.news)
    await articles(newsroom, 2)
    picture = "<meta property='og:image' content='https://news.example/a.jpg'></head>"
    paper.pages["/story/3"] = paper.page(3).replace("</head>", picture)
    news = rf"/channels/{newsroom.news['id']}/messages$"
    fault = newsroom.server.rest.fault("POST", news, 400)
    await publish(newsroom, paper, 3)
    [message] = await newsroom.said(1, newsroom.news)
    assert fault.hits == 1
    [embed] = message["embeds"]
    assert embed["url"] == paper.at("/story/3")
    assert "url" not in embed.get("thumbnail", {})
    [record] = [each for each in await newsroom.bot.library.articles(name(newsroom)) if each.image]
    assert record.title == "Mill 3"


async def test_what_discord_cannot_take_now_is_announced_later(newsroom, paper):
    await add_feed(newsroom, paper, announce=newsroom.news)
    await articles(newsroom, 2)
    theirs = await another(newsroom, paper)
    news = rf"/channels/{newsroom.news['id']}/messages$"
    newsroom.server.rest.fault("POST", news, 503, times=TRIES)
    await publish(newsroom, paper, 3)
    await newsroom.server.until(lambda: titles(newsroom, theirs) == ["Mill 3"], 30)
    newsroom.bot.polling.wake()
    await newsroom.server.until(lambda: titles(newsroom, newsroom.news) == ["Mill 3"], 30)


async def test_a_refused_announcement_keeps_nobody_from_hearing_of_a_broken_feed(newsroom, paper):
    await add_feed(newsroom, paper, announce=newsroom.news)
    await articles(newsroom, 2)
    await another(newsroom, paper)
    news = rf"/channels/{newsroom.news['id']}/messages$"
    newsroom.server.rest.fault("POST", news, 503, times=EVER)
    await publish(newsroom, paper, 3)
    await articles(newsroom, 3)
    await change(newsroom, "UPDATE feeds SET failures = 3, error = 'no page' WHERE id = 1")
    newsroom.bot.polling.wake()
    [message] = await newsroom.said(1, newsroom.room)
    assert "could not be read 3 times" in sentence(message)


async def test_a_refused_complaint_is_not_made_for_ever(newsroom, paper):
    await add_feed(newsroom, paper)
    await articles(newsroom, 2)
    fault = newsroom.server.rest.fault("POST", r"/channels/\d+/messages$", 400, times=EVER)
    paper.status["/rss"] = 404
    for _ in range(5):
        await poll(newsroom)
    assert fault.hits == 2  # in the moderators' channel, and where the feed was added
    assert await newsroom.bot.library.store.broken_feeds(3) == []


async def test_a_feed_that_cannot_be_polled_holds_up_nothing_else(newsroom, paper):
    await add_feed(newsroom, paper, announce=newsroom.news)
    await articles(newsroom, 2)
    paper.extra[1] = "Correction: it was a windmill."
    await publish(newsroom, paper, 3)
    await newsroom.said(1, newsroom.news)
    # What is to be written of the poll cannot be.
    await change(
        newsroom,
        "CREATE TRIGGER stuck BEFORE UPDATE OF held ON feeds BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    await change(newsroom, "UPDATE entries SET news = 2 WHERE article_id = 3")
    await change(newsroom, "UPDATE feeds SET due = '2000'")
    newsroom.bot.polling.wake()

    async def told():
        return not await waiting(newsroom)

    await until(told)


async def test_servers_that_the_bot_has_left_hold_up_no_announcement(newsroom, paper):
    await add_feed(newsroom, paper, announce=newsroom.news)
    await articles(newsroom, 2)
    theirs = await another(newsroom, paper)
    newsroom.server.kick(newsroom.server.world.guilds[theirs["guild_id"]])
    await newsroom.server.until(lambda: len(newsroom.bot.guilds) == 1)
    # As many as are announced at once, found by cron while the bot was away.
    await change(
        newsroom,
        """INSERT INTO entries
           (feed_id, key, state, title, stamp, found, seen, news, article_id, tries)
           WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
           SELECT 2, 'k' || i, 'done', 't', 's', '2024', '2024', 2, 1, 0 FROM n""",
    )
    await publish(newsroom, paper, 3)
    await newsroom.server.until(lambda: titles(newsroom, newsroom.news) == ["Mill 3"], 30)


async def test_moderators_hear_once_that_a_channel_for_news_is_gone(newsroom, paper):
    await add_feed(newsroom, paper, announce=newsroom.news)
    await articles(newsroom, 2)
    newsroom.server.delete_channel(newsroom.news)
    gone = int(newsroom.news["id"])
    await newsroom.server.until(lambda: newsroom.bot.get_channel(gone) is None)
    await publish(newsroom, paper, 3)
    [message] = await newsroom.said(1, newsroom.room)
    assert f"I may not show anything in <#{gone}>, or it is gone" in sentence(message)
    await publish(newsroom, paper, 4)
    await articles(newsroom, 4)
    await newsroom.quiet(1, newsroom.room)
    assert await waiting(newsroom) == []


async def test_moderators_hear_again_when_a_channel_is_closed_again(newsroom, paper):
    await add_feed(newsroom, paper, announce=newsroom.news)
    await articles(newsroom, 2)
    me = newsroom.server.world.app_id
    closed = [{"id": me, "type": 1, "allow": "0", "deny": str(int(Permission.SEND))}]
    for number, told in ((3, 1), (5, 2)):
        newsroom.server.change_channel(newsroom.news, permission_overwrites=closed)
        await publish(newsroom, paper, number)
        await newsroom.said(told, newsroom.room)
        newsroom.server.change_channel(newsroom.news, permission_overwrites=[])
        await publish(newsroom, paper, number + 1)
        await newsroom.said(told, newsroom.news)
    assert titles(newsroom, newsroom.news) == ["Mill 4", "Mill 6"]


async def test_a_broken_feed_is_told_as_soon_as_somebody_can_be(newsroom, paper, caplog):
    await newsroom.bot.state.guilds.change(int(newsroom.guild["id"]), reports=None)
    await add_feed(newsroom, paper)
    await articles(newsroom, 2)
    newsroom.server.delete_channel(newsroom.general)
    gone = int(newsroom.general["id"])
    await newsroom.server.until(lambda: newsroom.bot.get_channel(gone) is None)
    paper.status["/rss"] = 404
    for _ in range(5):
        await poll(newsroom)
    assert caplog.text.count("nobody could be told that feed=1 is broken") == 1
    room = int(newsroom.room["id"])
    await newsroom.bot.state.guilds.change(int(newsroom.guild["id"]), reports=room)
    newsroom.bot.polling.wake()
    [message] = await newsroom.said(1, newsroom.room)
    assert "could not be read 5 times" in sentence(message)


async def test_where_the_moderators_channel_refuses_the_next_place_hears_of_it(newsroom, paper):
    await add_feed(newsroom, paper)
    await articles(newsroom, 2)
    room = rf"/channels/{newsroom.room['id']}/messages$"
    newsroom.server.rest.fault("POST", room, 403, times=EVER, code=50013)
    paper.status["/rss"] = 404
    for _ in range(4):
        await poll(newsroom)
    [_, message] = await newsroom.said(2)
    assert "could not be read 3 times" in sentence(message)
    assert posts(newsroom, newsroom.room) == 1


async def test_keys_in_a_feeds_address_are_not_told_to_everybody(newsroom, paper):
    await add_feed(newsroom, paper, "/rss?key=SECRET")
    await articles(newsroom, 2)
    paper.status["/rss"] = 404
    for _ in range(3):
        await poll(newsroom)
    [message] = await newsroom.said(1, newsroom.room)
    assert f"127.0.0.1:{paper.port}/rss I try it again" in sentence(message)
    assert "SECRET" not in str(message)
    listed = newsroom.people.slash(newsroom.mod, newsroom.general, "feeds list")
    assert "SECRET" in str(await listed.answered())
