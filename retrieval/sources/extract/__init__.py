"""Web pages into drafts of articles.

trafilatura reads each page twice, leniently and strictly. Its two readings vote on the page's text
blocks, and a logistic rule over the votes and what is seen of each block (`features`, `weights`)
says which of them are the article's. So the words are the page's own, block by block, and what one
reading drops or drags in is put right. The rule was fitted by `training` on pages with known
bodies and holds nothing about single sites.
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement
from trafilatura import bare_extraction, extract_metadata

from retrieval.dates import date_or_none
from retrieval.sources.draft import Draft, one_line, tidy
from retrieval.sources.extract.blocks import Block, blocks_of, heads, parse
from retrieval.sources.extract.features import Page, Vote, plain
from retrieval.sources.extract.stand_ins import stand_in
from retrieval.sources.extract.weights import BIAS, WEIGHTS
from retrieval.sources.notices import without_notices

LEAST_WORDS = 20
"""Words; a rule that keeps fewer has misread the page, or there is hardly anything on it."""
FULLER = 2.0
"""How many times longer the body in a page's own metadata has to be to be taken instead."""
_FACTS = {
    "title": "string(//title)",
    "headline": "string(//meta[@property='og:title']/@content)",
    "description": "string(//meta[@property='og:description']/@content)",
}


def page(text: str, url: str | None = None) -> Draft:
    """The article in a page and what the page says of it; the text is empty where there is none."""
    try:
        tree = parse(text)
    except ValueError:
        return Draft(text="")
    # No date is better than one that was guessed from any number on the page.
    found = extract_metadata(copy.deepcopy(tree), default_url=url, extensive=False)
    title = one_line(found.title)
    blocks = blocks_of(tree)
    text = body(tree, title=title, blocks=blocks)
    return Draft(
        text=text,
        title=title,
        author=one_line(found.author),
        published=date_or_none(found.date),
        source=one_line(found.sitename),
        language=_language(tree),
        url=_address(tree) or one_line(found.url),
        amp="amp" in tree.attrib or "⚡" in tree.attrib,
        image=one_line(found.image),
        stands_in=stand_in(tree, blocks, text, title),
    )


def body(
    tree: HtmlElement, *, title: str | None = None, blocks: Sequence[Block] | None = None
) -> str:
    """The text of the article in a page, a blank line between blocks; empty where there is none.
    `blocks` are the page's, where they are known already."""
    blocks = blocks_of(tree) if blocks is None else blocks
    lenient, strict = readings(tree)
    view = Page(blocks, (Vote(lenient), Vote(strict)), facts_of(tree))
    taken = [*(chance(view, at) > 0.5 for at in range(len(blocks))), False]  # and nothing behind
    kept = [
        block.told
        for at, block in enumerate(blocks)
        if taken[at] or (taken[at + 1] and heads(block, blocks[at + 1]))
    ]
    given = max(_given_bodies(tree), key=len, default="")
    if _count(kept) < min(LEAST_WORDS, _count([lenient])):
        # trafilatura reads the metadata too where a page has nothing else, but not its paragraphs.
        kept = [given] if _count([given]) >= _count([lenient]) else lenient.split("\n")
    if title and len(kept) > 1 and plain(kept[0]) == plain(title):
        del kept[0]
    if _count([given]) > FULLER * _count(kept):
        kept = [given]
    return without_notices(tidy("\n\n".join(kept)))


def chance(view: Page, at: int) -> float:
    """The rule's probability, 0..1, that a block is of the article."""
    total = BIAS + sum(
        WEIGHTS.get(name, 0.0) * value for name, value in view.describe(at).items() if value
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def readings(tree: HtmlElement) -> tuple[str, str]:
    """What trafilatura reads on a page, leniently and strictly; "" where it finds nothing.

    Without its own fallback extractors: they double the time and decide worse than the rule does.
    """
    texts = []
    for strict in (False, True):
        found = bare_extraction(
            copy.deepcopy(tree),
            fast=True,
            favor_precision=strict,
            include_comments=False,
            with_metadata=False,
        )
        texts.append((found.text or "") if found else "")
    return texts[0], texts[1]


def facts_of(tree: HtmlElement) -> dict[str, str]:
    """The title, headline and description in the head of a page."""
    return {name: str(tree.xpath(path)) for name, path in _FACTS.items()}


def _count(texts: Sequence[str]) -> int:
    return sum(len(text.split()) for text in texts)


def _given_bodies(tree: HtmlElement) -> Iterator[str]:
    """Article bodies in a page's JSON-LD, for pages whose text is put in place by a script."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            continue
        try:
            pending = [json.loads(script.text or "", strict=False)]
        except (ValueError, RecursionError):
            continue
        while pending:
            value = pending.pop()
            if isinstance(value, list):
                pending += value
            elif isinstance(value, dict):
                pending += value.values()
                if isinstance(given := value.get("articleBody"), str):
                    yield re.sub(r"<[^>]*>", " ", given)


def _address(tree: HtmlElement) -> str | None:
    """What a page calls its own address: what it tells search engines before what it tells
    networks, as the latter is more often forgotten when a page is moved."""
    for path in (
        "string(//link[contains(concat(' ', @rel, ' '), ' canonical ')]/@href)",
        "string(//meta[@property='og:url']/@content)",
    ):
        if address := one_line(str(tree.xpath(path))):
            return address
    return None


def _language(tree: HtmlElement) -> str | None:
    given = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")[:2]
    return given.lower() if len(given) == 2 and given.isalpha() else None


__all__ = ["Block", "body", "chance", "facts_of", "page", "readings"]
