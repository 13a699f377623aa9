"""What tells the blocks of an article from the rest of its page, as numbers. Pure.

Each block is described by how much of it other extractors kept, by its words, by the names of the
elements around it, and by how it lies to the part of the page on which the extractors agree.
Nothing here knows a site: names of classes count only by the kind of part they commonly stand for.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from lxml.html import HtmlElement

from retrieval.sources.extract.blocks import Block
from retrieval.sources.notices import is_notice

WORD = re.compile(r"\w+")
SHINGLE = 4
"""Words that stand in the same order in two texts only if one is from the other."""
MAIN_SHARE = 0.6
"""Share of the words voted for that the main part of a page holds at least."""
LONG = 12
"""Words of a block that is a paragraph of an article rather than a label."""

_PARTS = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "comment": r"comment|disqus|reply|respond",
        "social": r"shar(?:e|ing)|social|follow",
        "related": r"related|recommend|more|popular|trending|also|teaser|outbrain|taboola|promo"
        r"|sponsor|carousel|list",
        "chrome": r"foot|nav|menu|sidebar|widget|breadcrumb|toolbar|header|banner|modal|popup"
        r"|login|cookie|aside|rail",
        "letter": r"newsletter|subscri|signup|paywall|cta",
        "advert": r"\bads?\b|advert|dfp|gpt",
        "caption": r"caption|credit|figure|image|photo|gallery|media|video|player|slide",
        "byline": r"byline|author|\bbio|contributor|profile|meta|\btags?\b|\bdate|time|label"
        r"|category|kicker|copyright|disclaimer|source",
        "heading": r"title|headline|subtitle|\bdek\b|summary|standfirst|excerpt|lede?\b"
        r"|description|heading",
        "body": r"(?:article|story|entry|post|page|content|main)[-_ ]*"
        r"(?:body|content|text|main|inner)|^body|paragraph|rich-?text|body-?(?:text|copy|content)"
        r"|copy\b",
    }.items()
}
_AROUND = ("article", "main", "aside", "nav", "footer", "header", "figure", "form", "ul", "ol",
           "blockquote", "table")  # fmt: skip
_KINDS = {
    **{tag: tag for tag in ("p", "h1", "h2", "h3", "blockquote", "pre")},
    **dict.fromkeys(("h4", "h5", "h6"), "h4"),
    **dict.fromkeys(("li", "dd", "dt"), "item"),
    **dict.fromkeys(("td", "th", "tr", "table", "tbody"), "cell"),
    **dict.fromkeys(("figure", "figcaption"), "figure"),
    **dict.fromkeys(("div", "section", "article", "main", "span"), "div"),
}
_TEXTUAL = frozenset({"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "span"})
_MORE = re.compile(
    r"\W*(?:read|see|also|more|related|don'?t miss|watch|listen|click|view|sign|subscribe|follow"
    r"|download|get|join|like|share|tags?|filed|source|posted|published|updated|by\b|photo|image"
    r"|copyright|©|reporting|editing|advertis|leia|leggi|mehr|lire|lesen)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\W*(?:comments?|tags?|categor\w+|share|related\b.*|topics?|filed under.*|advertisement"
    r"|sponsored|source.*)\W*$",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"\W*(?:by|von|par|por|posted|published|updated|written|last)\b"
    r"|.*\b(?:19|20)\d\d\b.*\d{1,2}:\d\d|.*\b(?:am|pm|edt|est|gmt)\b",
    re.IGNORECASE,
)

Features = dict[str, float]


class Vote:
    """How much of a block another extractor kept, told from that extractor's text."""

    def __init__(self, text: str) -> None:
        words = WORD.findall(text.lower())
        self._shingles = set(_shingles(words))
        self._lines = {plain(line) for line in re.split(r"\n| \| |- ", text)}

    def of(self, words: Sequence[str]) -> float:
        """Share of the words kept, 0..1."""
        if len(words) < SHINGLE:
            return float(bool(words) and " ".join(words) in self._lines)
        kept = sum(shingle in self._shingles for shingle in _shingles(words))
        return kept / (len(words) - SHINGLE + 1)


def plain(text: str) -> str:
    """The words of `text` alone, for comparing."""
    return " ".join(WORD.findall(text.lower()))


def _shingles(words: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(words[at:] for at in range(SHINGLE)), strict=False))


class Page:
    """The blocks of one page with two extractors' votes, ready to be described."""

    def __init__(
        self, blocks: Sequence[Block], votes: tuple[Vote, Vote], facts: Mapping[str, str]
    ) -> None:
        """`facts` may hold the page's `title`, its `headline` and its `description`."""
        self._blocks = blocks
        self._words = [WORD.findall(block.text.lower()) for block in blocks]
        self._sizes = [len(words) for words in self._words]
        self._votes = [(votes[0].of(words), votes[1].of(words)) for words in self._words]
        self._mean = [vote[0] for vote in self._votes]
        self._linked = [block.linked / max(1, len(block.text)) for block in blocks]
        self._facts = {name: plain(text) for name, text in facts.items()}
        self._paths = _Paths()
        self._repeats = Counter(" ".join(words) for words in self._words)
        self._weigh()
        self._find_main()

    def _weigh(self) -> None:
        """Words, and words voted for, of every element and of every style of paragraph."""
        self._total: dict[object, float] = defaultdict(float)
        self._voted: dict[object, float] = defaultdict(float)
        self._before = [0.0]
        for block, size, vote in zip(self._blocks, self._sizes, self._mean, strict=True):
            keys: set[object] = {*self._paths.of(block.element), *_styles(block.element)}
            for key in keys:
                self._total[key] += size
                self._voted[key] += size * vote
            self._before.append(self._before[-1] + size * vote)
        self._all = max(1.0, self._before[-1])

    def _find_main(self) -> None:
        """The deepest element that holds most of what was voted for, and the votes' first and last
        paragraphs."""
        self._main: tuple[HtmlElement, ...] = ()
        for block in self._blocks:
            path = self._paths.of(block.element)
            depth = len(path)
            while depth and self._voted[path[depth - 1]] < MAIN_SHARE * self._all:
                depth -= 1
            if depth > len(self._main):
                self._main = path[:depth]
        strong = [
            at
            for at, size in enumerate(self._sizes)
            if size >= LONG and self._mean[at] >= 0.5 and self._linked[at] < 0.5
        ]
        self._first = strong[0] if strong else 0
        self._last = strong[-1] if strong else len(self._blocks) - 1

    def describe(self, at: int) -> Features:
        """The block at `at`, as numbers by name; a name that is missing stands for 0."""
        path = self._paths.of(self._blocks[at].element)
        return {
            **self._agreement(at),
            **self._wording(at),
            **self._place(at, path),
            **self._surroundings(at, path),
            **self._company(at),
        }

    def _agreement(self, at: int) -> Features:
        first, second = self._votes[at]
        linked, long = self._linked[at], self._sizes[at] >= 15
        inside = self._first < at < self._last
        return {
            "vote": first,
            "strict": second,
            "both": first * second,
            "vote:long": first * long,
            "strict:long": second * long,
            "vote:linked": first * linked,
            "passed over": float(inside and not first and not second),
            "passed over:long": float(inside and not first and not second and long),
        }

    def _wording(self, at: int) -> Features:
        block, size, linked = self._blocks[at], self._sizes[at], self._linked[at]
        text, words = block.text, " ".join(self._words[at])
        letters = sum(map(str.isalpha, text))
        shouted = sum(map(str.isupper, text)) > 0.6 * letters
        more = _MORE.match(text) is not None
        return {
            "size": math.log1p(size),
            "size<4": float(size < 4),
            "size<10": float(size < 10),
            "size>25": float(size > 25),
            "wordless": float(not size),
            "linked": linked,
            "has link": float(block.linked > 0),
            "all linked": float(linked > 0.9),
            "all linked:shouted": float(linked > 0.9 and shouted),
            "all linked:more": float(linked > 0.9 and more),
            "half linked:named": float(linked > 0.4 and ":" in text[:30]),
            "bold": block.bold / max(1, len(text)),
            "bold:linked": float(block.bold > 0.9 * len(text) and linked > 0.5),
            "sentence": float(text.rstrip("\"'”’) ")[-1:] in ".!?。"),
            "ends with colon": float(text[-1:] == ":"),
            "starts small": float(text[:1].islower()),
            "capitals": sum(map(str.isupper, text)) / max(1, len(text)),
            "digits": sum(map(str.isdigit, text)) / max(1, len(text)),
            "notice": float(is_notice(text)),
            "more": float(more),
            "label": float(_LABEL.match(text) is not None),
            "signed": float(size < 20 and _SIGNED.match(text) is not None),
            "bar": float("|" in text),
            "at sign": float("@" in text),
            "address": float("http" in text),
            "rights": float("©" in text),
            "repeated": float(self._repeats[words] > 1),
            **self._as_fact(words),
        }

    def _as_fact(self, words: str) -> Features:
        headline, title = self._facts.get("headline", ""), self._facts.get("title", "")
        description = self._facts.get("description", "")
        return {
            "headline": float(
                bool(words) and (words == headline or (len(words) > 10 and words in title))
            ),
            "description": float(bool(words) and words == description),
            "begins description": float(
                len(description) > 20 and words.startswith(description[:40])
            ),
        }

    def _place(self, at: int, path: tuple[HtmlElement, ...]) -> Features:
        count = len(self._blocks)
        before, after = max(0, self._first - at), max(0, at - self._last)
        inside = bool(self._main) and path[: len(self._main)] == self._main
        return {
            "before": float(before > 0),
            "after": float(after > 0),
            "far before": min(before, 30) / 30,
            "far after": min(after, 30) / 30,
            "first": float(at == self._first),
            "last": float(at == self._last),
            "votes before": self._before[at] / self._all,
            "votes to here": self._before[at + 1] / self._all,
            "how far down": at / count,
            "in main": float(inside),
            "below main": min(len(path) - len(self._main), 8) / 8 if inside else -0.1,
            "depth": min(len(path), 30) / 30,
        }

    def _surroundings(self, at: int, path: tuple[HtmlElement, ...]) -> Features:
        found: Features = {}
        depth = len(self._main) if path[: len(self._main)] == self._main else 0
        for level, element in enumerate(path):
            if element.tag in _AROUND:
                found[f"in {element.tag}"] = 1.0
            for part in _parts(_names(element)):
                found[f"in {part}"] = 1.0
                if level >= depth:
                    found[f"{part} below main"] = 1.0
                if level >= len(path) - 2:
                    found[f"near {part}"] = 1.0
        found[f"is {_KINDS.get(str(self._blocks[at].element.tag), 'other')}"] = 1.0
        return found

    def _company(self, at: int) -> Features:
        """What was voted of its neighbours, of the elements around it and of its style."""
        element = self._blocks[at].element
        parent = element.getparent() if element.tag in _TEXTUAL else element
        above = parent.getparent() if parent is not None else None
        style, context = _styles(element)
        found = {
            "share of element": self._share(element),
            "share of parent": self._share(parent),
            "share of grandparent": self._share(above),
            "weight of parent": self._voted[parent] / self._all,
            "weight of grandparent": self._voted[above] / self._all,
            "share of style": self._share(style),
            "share of style in context": self._share(context),
            "weight of style": self._voted[style] / self._all,
            "weight of style in context": self._voted[context] / self._all,
        }
        for step in (-2, -1, 1, 2):
            there = 0 <= at + step < len(self._blocks)
            found[f"vote {step:+}"] = self._mean[at + step] if there else 0.0
            if abs(step) == 1:
                found[f"size {step:+}"] = min(self._sizes[at + step], 50) / 50 if there else 0.0
                found[f"linked {step:+}"] = self._linked[at + step] if there else 1.0
        return found

    def _share(self, key: object) -> float:
        total = self._total[key]
        return self._voted[key] / total if total else 0.0


class _Paths:
    """The elements from the body down to an element, itself included."""

    def __init__(self) -> None:
        self._known: dict[HtmlElement, tuple[HtmlElement, ...]] = {}

    def of(self, element: HtmlElement) -> tuple[HtmlElement, ...]:
        known = self._known.get(element)
        if known is None:
            up: list[HtmlElement] = []
            step: HtmlElement | None = element
            while step is not None and step.tag not in ("body", "html"):
                up.append(step)
                step = step.getparent()
            known = self._known[element] = tuple(reversed(up))
        return known


def _styles(element: HtmlElement) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How an element is styled, alone and together with its parent."""
    own = (str(element.tag), element.get("class") or "")
    parent = element.getparent()
    around = (str(parent.tag), parent.get("class") or "") if parent is not None else ()
    return own, own + around


def _names(element: HtmlElement) -> str:
    given = (element.get(name) for name in ("class", "id", "itemprop", "role"))
    return " ".join(name for name in given if name)


@lru_cache(maxsize=20_000)
def _parts(names: str) -> frozenset[str]:
    return frozenset(part for part, pattern in _PARTS.items() if names and pattern.search(names))
