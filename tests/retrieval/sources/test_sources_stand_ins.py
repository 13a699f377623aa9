"""What stands in an article's place is not stored, and its reason is told."""

from __future__ import annotations

import json

import pytest

from retrieval.errors import SourceError
from retrieval.sources.web import Fetched, article_of
from tests.retrieval.sources.test_sources_extract import (
    CHROME,
    FOOTER,
    RELATED,
    SENTENCES,
    paragraphs,
)

URL = "https://news.example/story"
TEASER = f"<p>{SENTENCES[0]} {SENTENCES[1]}</p><p>{SENTENCES[2]} {SENTENCES[3]}</p>"


def read(body: str, title: str = "A new bridge", head: str = "", kind: str = "text/html") -> str:
    page = (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    )
    return article_of(URL, fetched(page, kind)).text


def fetched(text: str, kind: str) -> Fetched:
    return Fetched(URL, 200, text.encode(), "utf-8", None, None, kind)


def refused(body: str, **more: str) -> str:
    with pytest.raises(SourceError) as caught:
        read(body, **more)
    return str(caught.value)


def teasers(count: int, words: str) -> str:
    return "".join(
        f"<article><h2><a href=/{n}>The council met about bridge number {n}</a></h2>"
        f"<p>{words} It was the {n}th time this year.</p></article>"
        for n in range(count)
    )


@pytest.mark.parametrize(
    "wall",
    [
        "<div class=paywall><h2>Subscribe to continue reading</h2><p>Already a subscriber? Log in."
        "</p></div>",
        "<div><p>This article is for subscribers only.</p><p>Start your free trial. Cancel any "
        "time.</p></div>",
        "<section><p>You have no free articles left this month. Sign in to keep reading.</p>"
        "</section>",
    ],
)
def test_the_beginning_of_a_paid_article_is_refused(wall: str) -> None:
    said = refused(f"{CHROME}<article>{TEASER}</article>{wall}{FOOTER}")
    assert "words of text: it looks like a subscription notice" in said


def test_an_article_that_says_it_is_paid_for_is_refused_when_it_is_short() -> None:
    facts = json.dumps({"@type": "NewsArticle", "isAccessibleForFree": False})
    head = f'<script type="application/ld+json">{facts}</script>'
    wall = "<p>Subscribe now to read the whole story.</p>"
    for parts in (TEASER, paragraphs(5)):
        page = f"{CHROME}<article>{parts}</article><div>{wall}</div>"
        assert "subscription" in refused(page, head=head)
    assert read(f"{CHROME}<article>{paragraphs()}{paragraphs()}</article>", head=head)


def test_a_whole_article_may_advertise_subscriptions() -> None:
    wall = "<aside><p>Subscribe to read more. Already a subscriber? Log in.</p></aside>"
    assert SENTENCES[5] in read(f"{CHROME}<article>{paragraphs()}{paragraphs()}</article>{wall}")


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("404 – The Courier", TEASER),
        ("Page not found | The Courier", TEASER),
        ("The Courier", f"<h1>Sorry, we can’t find that page</h1>{TEASER}"),
        ("The Courier", "<h1>This story is no longer available</h1><p>Try our front page.</p>"),
    ],
)
def test_a_missing_page_that_answers_as_if_it_were_there_is_refused(title: str, body: str) -> None:
    assert "a notice that there is no such page" in refused(f"{CHROME}{body}{FOOTER}", title=title)


def test_consent_walls_and_checks_are_refused() -> None:
    consent = (
        "<div><h1>We value your privacy</h1><p>We and our 812 partners store cookies on your device"
        " and process personal data, such as unique identifiers, for ads and content measured for"
        " you. You may consent to it, or manage your preferences at any time in our privacy policy,"
        " where you can also object to processing on the ground of legitimate interest.</p>"
        "<p>Some partners do not ask for your consent to process your personal data.</p></div>"
    )
    assert "a consent notice" in refused(consent, title="The Courier")
    check = "<h1>Just a moment...</h1><p>Checking your browser before you are let in.</p>"
    assert "a check that a person is reading" in refused(check, title="Just a moment...")
    assert "too few for an article" in refused(f"<p>{SENTENCES[0]}</p>")


def test_a_list_of_articles_is_refused() -> None:
    assert "a list of articles" in refused(f"{CHROME}{teasers(20, SENTENCES[0])}{FOOTER}")
    assert "a list of articles" in refused(f"{CHROME}<main>{teasers(6, SENTENCES[3])}</main>")


def test_an_article_beside_a_list_of_others_is_read() -> None:
    whole = (
        f"{CHROME}<article><h1>A new bridge</h1>{paragraphs()}</article>{teasers(9, SENTENCES[0])}"
    )
    assert SENTENCES[5] in read(whole + RELATED)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ('<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>', "text/xml", "feed"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title></feed>", "", "feed"),
        (json.dumps({"text": SENTENCES}), "application/json", "calls it application/json"),
        (json.dumps({"text": SENTENCES}), "text/html", "data for programs"),
        ("body { color: red }", "text/css", "calls it text/css"),
        ("let bridge = 1;", "text/javascript", "calls it text/javascript"),
    ],
)
def test_what_programs_read_is_no_article(text: str, kind: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        article_of(URL, fetched(text, kind))


def test_plain_text_is_read_whatever_it_begins_with() -> None:
    text = "[Note] " + " ".join(SENTENCES)
    assert article_of(URL, fetched(text, "text/plain")).text == text
