import re
import time
from dataclasses import replace
from itertools import pairwise
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.citing import citation, context, quote, text_fragment_link
from retrieval.paragraphs import paragraph_number, paragraph_spans
from retrieval.sentences import sentence_spans
from retrieval.types import ArticleRecord, Passage, Span
from tests.retrieval.texts import TEXTS

URL = "https://example.org/story"


class Page:
    """A browser's search for a text fragment, over a text each of whose lines is a block.

    As the specification has it: terms match whole words, each within one block; a prefix and a
    suffix stand next to what they are of, white space aside; the first place found is opened.
    """

    def __init__(self, text):
        self.text = text
        spaced = re.sub(r"[^\S\n]", " ", text.replace("\r", "\n"))
        self.plain = "".join(
            letter.lower() if len(letter.lower()) == 1 else letter for letter in spaced
        )

    def open(self, link):
        terms = link.split(":~:text=")[1].split(",")
        prefix = unquote(terms.pop(0)[:-1]) if terms[0].endswith("-") else None
        suffix = unquote(terms.pop()[1:]) if terms[-1].startswith("-") else None
        assert 1 <= len(terms) <= 2
        start, end = unquote(terms[0]), unquote(terms[1]) if len(terms) == 2 else None
        return next(self._matches(prefix, start, end, suffix), None)

    def _matches(self, prefix, start, end, suffix):
        for first, after_start in self._find(start, 0):
            if prefix is None and self._is_inside_word(first):
                continue
            if prefix is not None and not self._preceded(first, prefix):
                continue
            if end is None:
                if self._closed(after_start, suffix):
                    yield Span(first, after_start)
                continue
            if self._is_inside_word(after_start):
                continue
            for begin, last in self._find(end, after_start):
                if not self._is_inside_word(begin) and self._closed(last, suffix):
                    yield Span(first, last)
                    break

    def _find(self, term, at):
        pattern = " +".join(re.escape(word) for word in term.lower().split())
        for match in re.compile(f"(?=({pattern}))").finditer(self.plain, at):
            yield match.span(1)

    def _preceded(self, at, prefix):
        before = len(self.text[:at].rstrip())
        return any(
            end in (at, before) and not self._is_inside_word(begin)
            for begin, end in self._find(prefix, 0)
        )

    def _closed(self, at, suffix):
        if suffix is None:
            return not self._is_inside_word(at)
        after = len(self.text) - len(self.text[at:].lstrip())
        return any(
            begin in (at, after) and not self._is_inside_word(end)
            for begin, end in self._find(suffix, at)
        )

    def _is_inside_word(self, at):
        return 0 < at < len(self.text) and bool(re.match(r"\w\w", self.text[at - 1 : at + 1]))


WORDS = [
    "China",
    "sent",
    "150,000",
    "troops",
    "well-known",
    "a&b",
    "“Yes,”",
    "100%",
    "U.S.",
    "Äh",
    "he",
]
REPETITIVE = st.lists(
    st.tuples(
        st.sampled_from(WORDS), st.sampled_from([" ", " ", " ", ". ", ".\n", "\n\n", ".\n\n", "! "])
    ),
    min_size=1,
    max_size=80,
).map(lambda pairs: "".join(word + end for word, end in pairs))


def lines_around(text, span):
    start = text[: span.start].rstrip().rfind("\n") + 1
    rest = text[span.end :]
    blank = len(rest) - len(rest.lstrip())
    end = rest.find("\n", blank)
    return " ".join(text[start : span.end + (end if end >= 0 else len(rest))].lower().split())


@given(REPETITIVE)
@example("He left. Nobody saw. He left. He left. Nobody came.")
def test_a_link_opens_exactly_the_sentence_meant(text):
    for span in sentence_spans(text):
        opened = Page(text).open(text_fragment_link(URL, text, span))
        if opened != span:
            # Only where the same words with the same neighbours stand elsewhere.
            page = " ".join(text.lower().split())
            around = lines_around(text, span)
            assert page.find(around) != page.rfind(around)
            assert text[slice(*opened)].lower().split() == text[slice(*span)].lower().split()


@given(TEXTS)
def test_every_sentence_of_any_text_has_a_link_of_legal_characters(text):
    for span in sentence_spans(text):
        link = text_fragment_link(URL, text, span)
        assert re.fullmatch(r"https://example\.org/story(#:~:text=[A-Za-z0-9_.~%,-]+)?", link)


def directive(text, words):
    start = text.index(words)
    return text_fragment_link(URL, text, Span(start, start + len(words))).partition(":~:text=")[2]


def test_a_sentence_found_once_is_given_whole_and_encoded():
    text = "It rained. China’s well-known “A & B” sent 50%, or 150,000 — all. It rained."
    assert unquote(directive(text, text[11:-11])) == text[11:-11]
    assert directive(text, text[11:-11]).count(",") == 0
    assert "-" not in directive(text, text[11:-11])


def test_a_sentence_found_twice_has_as_few_neighbouring_words_as_tell_it_apart():
    text = "Nobody left a room. It rained all day long. We slept. It rained all day long. We left."
    first, second = text.index("It rained"), text.rindex("It rained")
    length = len("It rained all day long.")
    assert text_fragment_link(URL, text, Span(first, first + length)).endswith(
        "text=room.-,It%20rained%20all%20day%20long."
    )
    assert text_fragment_link(URL, text, Span(second, second + length)).endswith(
        "text=slept.-,It%20rained%20all%20day%20long."
    )


def test_words_that_are_the_beginning_of_others_before_are_told_apart():
    text = "It rained all day long today\n\nIt rained all day long"
    span = Span(text.rindex("It"), len(text))
    assert Page(text).open(text_fragment_link(URL, text, span)) == span


def test_a_long_sentence_is_given_by_its_first_and_last_words():
    text = f"He said so. {' '.join(f'word{n}' for n in range(100))}. He left."
    assert (
        directive(text, text[12:-9])
        == "word0%20word1%20word2%20word3,word96%20word97%20word98%20word99."
    )


def test_no_term_reaches_over_a_line_or_a_table_cell_nor_holds_list_marks():
    assert directive(
        "- One of two lines\n- goes on here", "One of two lines\n- goes on here"
    ).startswith("One%20of%20two%20lines,goes")
    assert directive("| Name | Total | Share |", "| Name | Total | Share |") == "Name,Share"
    assert directive("## 1. It was so then", "## 1. It was so then").endswith(
        "It%20was%20so%20then"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "**Ms. Berg:** You *play* what is __there__.",
            "Ms.%20Berg:%20You%20play%20what%20is%20there.",
        ),
        ("He paid 5 * 3 and 2*4 for snake_case__names.", "He%20paid%205%20*%203%20and%202*4"),
        ("A *note without an end.", "A%20*note%20without"),
    ],
)
def test_marks_of_emphasis_are_no_words_of_the_page(text, words):
    assert unquote(directive(text, text)).startswith(unquote(words))


def test_a_script_without_spaces_is_cut_at_its_punctuation_only():
    text = "他说，" + "中国向边境派遣了十五万名士兵，" * 3 + "还遣返了一系列满载货物的货船。完。"
    found = directive(text, text[:-2]).split(",")
    assert [unquote(term)[-1] for term in found] == ["，", "。"] or len(found) == 1


def test_a_short_quote_is_given_a_neighbour_in_its_own_block():
    assert (
        directive("The old man sat up. He left. It was late.", "He left.")
        == "sat%20up.-,He%20left."
    )


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("https://e.org/a?b=c&d=e", "https://e.org/a?b=c&d=e#:~:text=It%20was%20so%20then."),
        ("https://e.org/a#part", "https://e.org/a#part:~:text=It%20was%20so%20then."),
        ("http://e.org/a#", "http://e.org/a#:~:text=It%20was%20so%20then."),
        ("https://e.org/#a:~:text=old", "https://e.org/#a:~:text=It%20was%20so%20then."),
        ("https://e.org/a b/(c)", "https://e.org/a%20b/(c)#:~:text=It%20was%20so%20then."),
        (None, None),
        ("/home/me/story.txt", None),
        ("javascript:alert(1)", None),
        ("http://[bad", None),
        ("https://", None),
        ("HTTP://[2001:db8::1]/a", "HTTP://[2001:db8::1]/a#:~:text=It%20was%20so%20then."),
    ],
)
def test_the_rest_of_the_url_is_kept_and_only_web_pages_are_linked(url, opened):
    assert text_fragment_link(url, "It was so then.", Span(0, 15)) == opened


def test_links_into_a_long_text_are_made_quickly():
    text = "\n\n".join(
        f"Paragraph {n} says this. It rained all day long and on." for n in range(4_000)
    )
    spans = sentence_spans(text)
    began = time.perf_counter()
    for span in spans[:: len(spans) // 5]:
        assert "-," in text_fragment_link(URL, text, span) or "rained" not in text[slice(*span)]
    assert time.perf_counter() - began < 5


RECORD = ArticleRecord(
    id=7,
    collection="default",
    identity=URL,
    title="A story",
    url=URL,
    source="The Paper",
    author="A. Writer",
    published="2017-07-24",
    language="en",
    external_id=None,
    origin=None,
    added_by=None,
    added="2024-01-01T00:00:00Z",
    updated="2024-01-01T00:00:00Z",
    content_hash="0",
    length=0,
    passages=1,
)
STORY = "Title\n\nThe first one is here.\n\nThe second one. It has two.\n\nThe third is last."


def passage_of(text, start, end):
    return Passage(
        id=1,
        article_id=7,
        ordinal=0,
        start=start,
        end=end,
        paragraph=paragraph_number(text, start),
        text=text[start:end],
        sentences=(),
    )


def test_a_quote_is_verbatim():
    assert quote(STORY, 7, Span(7, 29)).text == STORY[7:29] == "The first one is here."


def test_a_citation_says_where_the_sentence_stands():
    start = STORY.index("It has two.")
    cited = citation(RECORD, STORY, passage_of(STORY, 7, len(STORY)), Span(start, start + 11))
    assert (cited.title, cited.source, cited.author, cited.published) == (
        "A story",
        "The Paper",
        "A. Writer",
        "2017-07-24",
    )
    assert (cited.paragraph, cited.page, cited.url, cited.added) == (3, None, URL, RECORD.added)
    assert cited.link == f"{URL}#:~:text=second%20one.-,It%20has%20two."


def test_a_paged_document_is_cited_and_opened_by_page():
    paged = replace(RECORD, page_starts=(0, 31, 60))
    pages = []
    for span in sentence_spans(STORY):
        cited = citation(paged, STORY, passage_of(STORY, 0, len(STORY)), span)
        pages.append(cited.page)
        assert cited.link.startswith(f"{URL}#page={cited.page}:~:text=")
    assert pages == [1, 1, 2, 2, 3]


def test_context_is_the_paragraphs_around():
    start = STORY.index("It has two.")
    span = Span(start, start + 11)
    assert STORY[slice(*context(STORY, span, 0))] == "The second one. It has two."
    assert STORY[slice(*context(STORY, span))] == STORY[7:]
    assert context(STORY, span, 9) == Span(0, len(STORY))


@given(TEXTS, st.integers(0, 3))
def test_context_holds_the_sentence_and_whole_paragraphs(text, paragraphs):
    around = paragraph_spans(text)
    for span in sentence_spans(text):
        start, end = context(text, span, paragraphs)
        assert start <= span.start < span.end <= end
        assert start in [p.start for p in around]
        assert end in [p.end for p in around]
    assert all(a.end <= b.start for a, b in pairwise(around))
