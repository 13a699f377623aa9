"""Pages that stand in for an article: notices, walls and lists of articles. Pure.

They answer with the same status as an article does. What tells them is mostly that there is
little text beside words that only such pages have; so a page with enough text is an article
whatever it says, unless its text is that of links to other pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from retrieval.errors import Reason
from retrieval.sources.extract.blocks import Block

ENOUGH_WORDS = 250
"""Of a text; what has as many is no notice."""
FEW_WORDS = 60
"""Of a text; what has fewer is not known to be an article."""
LEAST_LINKED = 4
"""Headlines that link to other pages, from which a page may be a list of them."""
LISTED = 0.6
"""Share of a text that stands below such headlines, from which it is."""

_MISSING = re.compile(
    r"\b(?:404|(?:page|article|story|content) (?:not|cannot be|can(?:no|')t be|could not be) found"
    r"|not found|page (?:no longer|does(?:n['’]t| not)) exist\w*|no longer available"
    r"|(?:can['’]?t|cannot|could ?n[o'’]t) find (?:the|that|this) (?:page|article|story))",
    re.I,
)
_WALLS = [
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?:subscribe|sign (?:in|up)|log ?in|register|join)(?: \w+){0,3} (?:to|and) "
        r"(?:continue|keep|read|unlock|access|view|see)\b",
        r"\bto (?:continue|keep) reading\b|\bcontinue reading (?:this|your|with|for)\b",
        r"\balready (?:a |an )?(?:\w+ )?(?:subscribe[rd]|member|registered)\b"
        r"|\balready have an account\b",
        r"\b(?:article|story|content|page) is (?:\w+ )?(?:for|available to|reserved for"
        r"|exclusive to|exclusively for)(?: \w+){0,2} (?:subscribers|members|readers)\b",
        r"\b(?:subscribers?|members?)[- ]only\b|\bfor subscribers\b|\bunlock (?:this|the|full)\b",
        r"\bfree articles?\b.{0,30}\b(?:left|remaining|month|limit)\b"
        r"|\breached your (?:\w+ )?limit\b",
        r"\b(?:start|choose|begin) (?:your|a) (?:\w+ )?(?:subscription|trial|plan)\b"
        r"|\bcancel any ?time\b",
    )
]
_CONSENT = [
    re.compile(pattern, re.I)
    for pattern in (
        r"\bcookies?\b", r"\bconsent\b", r"\bprivacy (?:policy|notice|settings|choices)\b",
        r"\b(?:our|and|\d+) partners\b|\bvendors\b", r"\bpersonal(?:ised|ized)? (?:data|ads)\b",
        r"\b(?:accept|reject|agree to|allow) all\b|\bi agree\b", r"\blegitimate interest",
        r"\bmanage (?:\w+ )?(?:preferences|settings|options|choices)\b",
        r"\bbefore you continue\b|\bwe value your privacy\b",
    )
]  # fmt: skip
_CHECK = re.compile(
    r"\b(?:captcha|just a moment|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?"
    r"human|(?:are|that) you(?:'re| are)? (?:not )?(?:a )?(?:human|robot)"
    r"|unusual (?:traffic|activity)|access denied"
    r"|(?:enable|requires?|turn on) javascript|javascript is (?:disabled|not))\b",
    re.I,
)
_LOOSE = {
    Reason.SUBSCRIPTION: re.compile(r"\b(?:subscri|sign in|log ?in|register|paywall)", re.I),
    Reason.CONSENT: re.compile(r"\b(?:cookie|consent|privacy settings|accept all)", re.I),
}
_PAID = re.compile(r'"isAccessibleForFree"\s*:\s*(?:false|"\s*false\s*")', re.I)
_ARTICLE = "//meta[@property='og:type' and starts-with(@content, 'article')]"


def stand_in(
    tree: HtmlElement, blocks: Sequence[Block], text: str, title: str | None
) -> Reason | None:
    """What a page is in an article's place, if it is anything; `text` is what was read of it."""
    words = len(text.split())
    if words < ENOUGH_WORDS:
        seen = " ".join(block.text for block in blocks)
        return next(_notices(tree, seen, text, title or "", words), None) or _listing(
            tree, blocks, text
        )
    return _listing(tree, blocks, text)


def _notices(tree: HtmlElement, seen: str, text: str, title: str, words: int) -> Iterator[Reason]:
    headings = " · ".join([title, *(each.text_content() for each in tree.iter("h1"))])
    if _MISSING.search(headings) or (words < FEW_WORDS and _MISSING.search(text)):
        yield Reason.SOFT_MISSING
    if _CHECK.search(title) or (words < 2 * FEW_WORDS and _CHECK.search(text)):
        yield Reason.CHECK
    if sum(term.search(text) is not None for term in _CONSENT) >= 3:
        yield Reason.CONSENT
    walls = sum(phrase.search(seen) is not None for phrase in _WALLS)
    if walls >= 2 or (walls and (words < 2 * FEW_WORDS or _paid(tree))):
        yield Reason.SUBSCRIPTION
    if words < FEW_WORDS:
        yield from (what for what, hint in _LOOSE.items() if hint.search(seen))


def _paid(tree: HtmlElement) -> bool:
    return any(
        _PAID.search(script.text or "")
        for script in tree.iter("script")
        if "ld+json" in (script.get("type") or "")
    )


def _listing(tree: HtmlElement, blocks: Sequence[Block], text: str) -> Reason | None:
    """Whether most of the text stands below headlines that link elsewhere."""
    if tree.xpath(_ARTICLE):
        return None
    kept = set(text.split("\n\n"))
    linked = [_is_headline(block) for block in blocks]
    all_words = listed = headlines = 0
    for at, block in enumerate(blocks):
        if block.told not in kept:
            continue
        size = len(block.text.split())
        all_words += size
        if linked[at] or any(linked[max(0, at - 2) : at]):
            listed += size
    headlines = sum(linked)
    return (
        Reason.LISTING
        if headlines >= LEAST_LINKED and listed > LISTED * max(1, all_words)
        else None
    )


def _is_headline(block: Block) -> bool:
    return block.linked >= 0.8 * len(block.text) and 4 <= len(block.text.split()) <= 30
