"""Forms. What is filled in is handled by its custom id, as with buttons, in `bot.buttons`.

discord.py would remember an opened form by its custom id until it is sent. Two people who open the
same form would share that memory, the second one's words would be lost, and so would those of
everybody who fills in while the bot restarts. `show` opens a form that nobody has to remember.
"""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.i18n import Texts
from bot.views import custom_id

MAX_TITLE = 200
MAX_LINK = 1000
MAX_PASTED = 4000
"""What Discord lets a text input hold."""
MAX_EXPECTED = 1000
MAX_NUMBER = 8


async def show(interaction: discord.Interaction[Any], form: ui.Modal) -> None:
    """Open it."""
    form.stop()  # so that discord.py does not keep it
    await interaction.response.send_modal(form)


def filled(interaction: discord.Interaction[Any]) -> dict[str, str]:
    """What was written into a form, by the custom ids of its inputs."""
    data: Any = interaction.data
    inputs = (outer.get("component") or {} for outer in data["components"])
    return {one["custom_id"]: one.get("value") or "" for one in inputs if "custom_id" in one}


def article(texts: Texts, title: str | None = None) -> ui.Modal:
    """For a new article: its text, or its link."""
    form = _form("article", texts("add.modal"))
    _ask(form, "text", texts("add.modal.text"), most=MAX_PASTED, long=True)
    _ask(form, "title", texts("add.modal.title"), most=MAX_TITLE, filled_in=title)
    _ask(form, "link", texts("add.modal.link"), most=MAX_LINK)
    return form


def expected(answer_id: int, texts: Texts) -> ui.Modal:
    """For the answer that was expected."""
    form = _form("expected", texts("feedback.title"), answer_id)
    hint = texts("feedback.hint")
    _ask(form, "expected", texts("feedback.expected"), hint, most=MAX_EXPECTED, long=True)
    return form


def certainty(texts: Texts, value: float | None) -> ui.Modal:
    """For the certainty that an answer needs."""
    form = _form("certainty", texts("settings.threshold.modal"))
    number = f"{value:g}" if value is not None else None
    label, hint = texts("settings.threshold.label"), texts("settings.threshold.hint")
    _ask(form, "certainty", label, hint, most=MAX_NUMBER, filled_in=number)
    return form


def _form(verb: str, title: str, *rest: object) -> ui.Modal:
    return ui.Modal(title=title, custom_id=custom_id(verb, *rest))


def _ask(
    form: ui.Modal,
    name: str,
    label: str,
    hint: str | None = None,
    *,
    most: int,
    long: bool = False,
    filled_in: str | None = None,
) -> None:
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    box: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=name, style=style, required=False, max_length=most, default=filled_in
    )
    form.add_item(ui.Label(text=label, description=hint, component=box))
