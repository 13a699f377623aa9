"""What the bot shows: values of the engine to Discord embeds. Pure.

Why embeds and not Components V2: all embeds of a message may hold 6,000 characters where V2 has
4,000, and three passages need them; nothing quoted inside an embed can ping or unfurl, whatever
Discord's markdown learns next, while V2 text is message text; an embed's title takes its address in
a field of its own, so no title of an article can break out of the link; and people find answers
again with Discord's search. What V2 does better, buttons between texts, answers do not need: the
few buttons belong to the whole answer. Quoted words are therefore only ever put into embeds.
"""

from bot.render.answers import MAX_TOTAL, answer, context, miss, notes, passages
from bot.render.articles import announcement, facts, listing, receipt
from bot.render.embeds import bare, day, failure, headline, notice, size
from bot.render.feeds import FEEDS_PAGE, broken, feed_listing, unannounced
from bot.render.settings import settings_panel

__all__ = [
    "FEEDS_PAGE",
    "MAX_TOTAL",
    "announcement",
    "answer",
    "bare",
    "broken",
    "context",
    "day",
    "facts",
    "failure",
    "feed_listing",
    "headline",
    "listing",
    "miss",
    "notes",
    "notice",
    "passages",
    "receipt",
    "settings_panel",
    "size",
    "unannounced",
]
