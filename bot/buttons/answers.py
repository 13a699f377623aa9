"""Under an answer: more context, more passages, votes; and the choice of a server in private."""

from __future__ import annotations

from bot import forms, render, views
from bot.asking import text_of
from bot.buttons.base import Handler, Interaction, given_answer, kept_answer, values
from bot.delivery import acknowledge, promise_update
from bot.failures import Refusal
from bot.i18n import Texts
from bot.state import Place
from retrieval.types import ArticleVersion, Quote


async def context(interaction: Interaction, number: str) -> None:
    """One paragraph either side of the best sentence, from the stored text."""
    texts = Texts.of(interaction.locale)
    await acknowledge(interaction, private=True)
    kept = await kept_answer(interaction, number)
    if not kept.places:
        raise Refusal("context.gone")
    place = kept.places[0]
    library = interaction.client.library
    text = await text_of(library, place.article_id, place.version)
    quoted = text[place.sentence_start : place.sentence_end]
    if not quoted:
        raise Refusal("context.gone")
    record = await interaction.client.record(kept.guild_id, place.article_id)
    quote = Quote(quoted, place.article_id, place.sentence_start, place.sentence_end)
    was = await _version(interaction, place)
    embed = render.context(
        text,
        quote,
        was.title if was else record.title,
        texts,
        url=record.url or record.origin,
        notes=render.notes(record, was, texts),
    )
    await interaction.edit_original_response(embed=embed)


async def _version(interaction: Interaction, place: Place) -> ArticleVersion | None:
    """The version that an answer quoted, where the article says something else by now."""
    versions = await interaction.client.library.versions(place.article_id)
    return next((each for each in versions if each.number == place.version), None)


async def more(interaction: Interaction, number: str) -> None:
    """Further passages, for this person alone."""
    await acknowledge(interaction, private=True)
    await _show_page(interaction, 1, number)


async def page(interaction: Interaction, wanted: str, number: str) -> None:
    """Another page of them, in place."""
    await promise_update(interaction)
    await _show_page(interaction, max(1, int(wanted)), number)


async def _show_page(interaction: Interaction, wanted: int, number: str) -> None:
    texts = Texts.of(interaction.locale)
    kept = await kept_answer(interaction, number)
    # It is looked for again, which takes as long as another question.
    seconds = interaction.client.asker.admit(interaction.user.id, kept.guild_id)
    if seconds:
        raise Refusal("ask.slow", seconds=seconds)
    size = max(1, len(kept.places))
    found = await interaction.client.asker.more(kept, page=wanted, size=size)
    view = views.pages("page", wanted, texts, number, first=1, last=len(found.passages) <= size)
    embeds = render.passages(found.passages[:size], texts)
    nothing = [render.notice(texts("more.none"))]
    await interaction.edit_original_response(embeds=embeds or nothing, view=view)


async def up(interaction: Interaction, number: str) -> None:
    """It helped."""
    kept = await given_answer(interaction, number)
    await acknowledge(interaction, private=True)
    await interaction.client.state.vote(kept.id, interaction.user.id, helpful=True)
    thanks = Texts.of(interaction.locale)("feedback.thanks")
    await interaction.edit_original_response(embed=render.notice(thanks))


async def down(interaction: Interaction, number: str) -> None:
    """It did not help; what should it have said?"""
    kept = await given_answer(interaction, number)
    await forms.show(interaction, forms.expected(kept.id, Texts.of(interaction.locale)))
    await interaction.client.state.vote(kept.id, interaction.user.id, helpful=False)


async def expected(interaction: Interaction, number: str) -> None:
    """What it should have said, kept with the vote."""
    await acknowledge(interaction, private=True)
    words = forms.filled(interaction).get("expected", "").strip() or None
    state = interaction.client.state
    if await state.answer(int(number)) is not None:
        await state.vote(int(number), interaction.user.id, helpful=False, expected=words)
    thanks = Texts.of(interaction.locale)("feedback.thanks")
    await interaction.edit_original_response(embed=render.notice(thanks))


async def direct(interaction: Interaction) -> None:
    """A server was chosen in direct messages; the question that waits for it is answered."""
    await promise_update(interaction)
    guild_id = int(values(interaction)[0])
    asked = await interaction.client.direct.choose(interaction, guild_id)
    if asked is not None:
        kind = f"d{guild_id % 10_000}."  # on second thoughts it is answered once more
        await interaction.client.conversation.answer_direct(asked, guild_id, kind=kind)


HANDLERS: dict[str, Handler] = {
    "context": context,
    "more": more,
    "page": page,
    "up": up,
    "down": down,
    "direct": direct,
}
FORMS: dict[str, Handler] = {"expected": expected}
