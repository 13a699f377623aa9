"""Buttons and selects. Their custom ids say all there is to know, so they outlive a restart.

`clip:<verb>` or `clip:<verb>:<rest>`: what a verb does stands in `bot.buttons`.
"""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import ButtonStyle, ui

from bot import escape
from bot.guilds import GuildSettings
from bot.i18n import Texts

PREFIX = "clip"
MAX_FILTER = 60
"""Characters of a filter that a custom id has room for."""
MOST_PASSAGES = 5
MAX_OPTIONS = 25


def custom_id(verb: str, *rest: object) -> str:
    """The custom id of a control."""
    return ":".join([PREFIX, verb, *map(str, rest)])


def button(
    label: str | None,
    verb: str,
    *rest: object,
    style: ButtonStyle = ButtonStyle.secondary,
    emoji: str | None = None,
    row: int | None = None,
) -> ui.Button[ui.View]:
    """A button that does `verb`."""
    return ui.Button(
        label=label, custom_id=custom_id(verb, *rest), style=style, emoji=emoji, row=row
    )


def _view(*items: ui.Item[ui.View]) -> ui.View:
    view = ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()  # discord.py would keep it for as long as the bot runs: one for each answer
    return view


def answer(answer_id: int | None, texts: Texts) -> ui.View:
    """Under an answer; nothing where it is not remembered, as buttons could do nothing then."""
    if answer_id is None:
        return _view()
    return _view(
        button(texts("answer.context"), "context", answer_id),
        button(texts("answer.more"), "more", answer_id),
        *_votes(answer_id, row=1),  # on a phone all four do not fit, and these two stay together
    )


def miss(answer_id: int | None, texts: Texts, *, may_add: bool) -> ui.View:
    """Under the news that nothing answers; no votes where it is not remembered."""
    votes = _votes(answer_id) if answer_id is not None else ()
    if not may_add:
        return _view(*votes)
    return _view(button(texts("miss.add"), "add", style=ButtonStyle.primary), *votes)


def _votes(answer_id: int, row: int | None = None) -> tuple[ui.Button[ui.View], ui.Button[ui.View]]:
    up = button(None, "up", answer_id, emoji="👍", row=row)
    return up, button(None, "down", answer_id, emoji="👎", row=row)


def pages(verb: str, page: int, texts: Texts, *rest: object, first: int = 0, last: bool) -> ui.View:
    """Back and forth from page `first` on; `rest` goes along in the custom ids after the page."""
    back = button(texts("more.back"), verb, page - 1, *rest)
    forth = button(texts("more.next"), verb, page + 1, *rest)
    back.disabled, forth.disabled = page <= first, last
    return _view(back, forth)


def receipt(article_ids: Sequence[int], texts: Texts) -> ui.View:
    """Under the receipt of articles that are new."""
    return _view(button(texts("add.undo"), "undo", *article_ids))


def confirm_removal(article_id: int, texts: Texts) -> ui.View:
    """Whether an article is really to go."""
    return _view(
        button(texts("articles.remove"), "remove", article_id, style=ButtonStyle.danger),
        button(texts("articles.keep"), "keep"),
    )


def direct(guilds: Sequence[discord.Guild], texts: Texts) -> ui.View:
    """The choice of a server, in direct messages."""
    options = [
        discord.SelectOption(
            label=escape.raw_line(guild.name, 100) or str(guild.id), value=str(guild.id)
        )
        for guild in guilds[:MAX_OPTIONS]
    ]
    select: ui.Select[ui.View] = ui.Select(
        custom_id=custom_id("direct"), placeholder=texts("ask.direct.pick"), options=options
    )
    return _view(select)


def settings(chosen: GuildSettings, texts: Texts) -> ui.View:
    """The panel of a server's settings."""
    roles: ui.RoleSelect[ui.View] = ui.RoleSelect(
        custom_id=custom_id("roles"),
        placeholder=texts("settings.roles"),
        min_values=0,
        max_values=MAX_OPTIONS,
        default_values=[discord.Object(role) for role in sorted(chosen.roles)[:MAX_OPTIONS]],
    )
    channels: ui.ChannelSelect[ui.View] = ui.ChannelSelect(
        custom_id=custom_id("channels"),
        placeholder=texts("settings.channels"),
        channel_types=[
            discord.ChannelType.text,
            discord.ChannelType.news,
            discord.ChannelType.forum,
        ],
        min_values=0,
        max_values=MAX_OPTIONS,
        default_values=[discord.Object(c) for c in sorted(chosen.channels)[:MAX_OPTIONS]],
    )
    counts = [
        discord.SelectOption(
            label=texts("settings.passages.count", count=count),
            value=str(count),
            default=count == chosen.passages,
        )
        for count in range(1, MOST_PASSAGES + 1)
    ]
    passages: ui.Select[ui.View] = ui.Select(
        custom_id=custom_id("passages"), placeholder=texts("settings.passages"), options=counts
    )
    reports: ui.ChannelSelect[ui.View] = ui.ChannelSelect(
        custom_id=custom_id("reports"),
        placeholder=texts("settings.reports"),
        channel_types=[discord.ChannelType.text],
        min_values=0,
        max_values=1,
        default_values=[discord.Object(chosen.reports)] if chosen.reports else [],
        row=3,
    )
    certainty = texts("settings.threshold.default")
    if chosen.threshold is not None:
        certainty = f"{chosen.threshold:.2f}"
    visible = texts("settings.private" if chosen.private else "settings.public")
    allowed = texts("settings.direct.on" if chosen.direct else "settings.direct.off")
    return _view(
        roles,
        channels,
        passages,
        reports,
        button(visible, "private", row=4),
        button(allowed, "directs", row=4),
        button(texts("settings.threshold", value=certainty), "threshold", row=4),
    )
