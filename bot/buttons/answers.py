"""Under an answer: more context, more passages, votes; and the choice of a server in private."""

from __future__ import annotations

import discord
from discord import ui

from bot import render, views
from bot.asking import text_of
from bot.buttons.base import Handler, Interaction, kept_answer, values
from bot.delivery import acknowledge
from bot.failures import Refusal, explain
from bot.i18n import Texts
from retrieval.types import Quote

MAX_EXPECTED = 1000


async def context(interaction: Interaction, number: str) -> None:
    """One paragraph either side of the best sentence, from the stored text."""
    texts = Texts.of(interaction.locale)
    kept = await kept_answer(interaction, number)
    await acknowledge(interaction, private=True)
    if not kept.places:
        raise Refusal("context.gone")
    place = kept.places[0]
    library = interaction.client.library
    text = await text_of(library, place.article_id)
    quoted = text[place.sentence_start : place.sentence_end]
    if not quoted:
        raise Refusal("context.gone")
    record = await interaction.client.record(kept.guild_id, place.article_id)
    quote = Quote(quoted, place.article_id, place.sentence_start, place.sentence_end)
    embed = render.context(text, quote, record.title, texts, url=record.url or record.origin)
    await interaction.edit_original_response(embed=embed)


async def more(interaction: Interaction, number: str) -> None:
    """Further passages, for this person alone."""
    kept = await kept_answer(interaction, number)
    await acknowledge(interaction, private=True)
    await _show_page(interaction, 1, number, len(kept.places))


async def page(interaction: Interaction, wanted: str, number: str) -> None:
    """Another page of them, in place."""
    kept = await kept_answer(interaction, number)
    await interaction.response.defer()
    await _show_page(interaction, max(1, int(wanted)), number, len(kept.places))


async def _show_page(interaction: Interaction, wanted: int, number: str, size: int) -> None:
    texts = Texts.of(interaction.locale)
    kept = await kept_answer(interaction, number)
    size = max(1, size)
    found = await interaction.client.asker.more(kept, page=wanted, size=size)
    view = views.pages("page", wanted, texts, number, first=1, last=len(found.passages) <= size)
    embeds = render.passages(found.passages[:size], texts)
    nothing = [render.notice(texts("more.none"))]
    await interaction.edit_original_response(embeds=embeds or nothing, view=view)


async def up(interaction: Interaction, number: str) -> None:
    """It helped."""
    kept = await kept_answer(interaction, number)
    await acknowledge(interaction, private=True)
    await interaction.client.state.vote(kept.id, interaction.user.id, helpful=True)
    thanks = Texts.of(interaction.locale)("feedback.thanks")
    await interaction.edit_original_response(embed=render.notice(thanks))


async def down(interaction: Interaction, number: str) -> None:
    """It did not help; what should it have said?"""
    kept = await kept_answer(interaction, number)
    await interaction.response.send_modal(Expected(kept.id, Texts.of(interaction.locale)))
    await interaction.client.state.vote(kept.id, interaction.user.id, helpful=False)


class Expected(ui.Modal):
    """Asks for the answer that was expected."""

    def __init__(self, answer_id: int, texts: Texts) -> None:
        super().__init__(title=texts("feedback.title"), custom_id=f"expected:{answer_id}")
        self._answer_id, self._texts = answer_id, texts
        self.expected: ui.TextInput[Expected] = ui.TextInput(
            custom_id="expected",
            style=discord.TextStyle.paragraph,
            required=False,
            max_length=MAX_EXPECTED,
        )
        self.add_item(
            ui.Label(
                text=texts("feedback.expected"),
                description=texts("feedback.hint"),
                component=self.expected,
            )
        )

    async def on_submit(self, interaction: Interaction) -> None:  # type: ignore[override]  # ours
        """Keep it with the vote."""
        await acknowledge(interaction, private=True)
        expected = self.expected.value.strip() or None
        state = interaction.client.state
        if await state.answer(self._answer_id) is not None:
            await state.vote(self._answer_id, interaction.user.id, helpful=False, expected=expected)
        thanks = render.notice(self._texts("feedback.thanks"))
        await interaction.edit_original_response(embed=thanks)

    async def on_error(self, interaction: Interaction, error: Exception) -> None:  # type: ignore[override]  # ours
        """Tell."""
        await explain(interaction, error)


async def direct(interaction: Interaction) -> None:
    """A server was chosen in direct messages; the question that waits for it is answered."""
    await interaction.response.defer()
    await interaction.client.direct.choose(interaction, int(values(interaction)[0]))


HANDLERS: dict[str, Handler] = {
    "context": context,
    "more": more,
    "page": page,
    "up": up,
    "down": down,
    "direct": direct,
}
