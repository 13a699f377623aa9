"""Answers on the screen: what a person sees, for any article, within all of Discord's limits."""

import re
import struct
from dataclasses import replace
from shutil import which

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import failures, render
from bot.failures import Refusal
from bot.i18n import CATALOGUE, Texts
from retrieval.errors import UsageError
from retrieval.types import Quote
from tests.bot.pictures import browser, draw
from tests.bot.samples import SENTENCE, answered, cited, feed, missed, record
from tests.bot.scenes import SNAPSHOTS, scenes, text_of
from tests.discord_server.embeds import check_message

ENGLISH, GERMAN = Texts("en"), Texts("de")
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=3000)
NASTY = st.text("@*_[]()<>`~|#-> \n\\:/", max_size=1500)
TEXT = st.one_of(WORDS, NASTY, st.integers(1, 3000).map("\U0001f600".__mul__))


def _accepted(embeds):
    assert render.size(embeds) <= render.MAX_TOTAL
    check_message({"embeds": [embed.to_dict() for embed in embeds]}, {})


def test_the_answering_sentence_is_bold_inside_its_passage():
    (embed,) = render.answer(answered(cited()), ENGLISH, limit=3)
    assert embed.title == "1 · China Ramps Up Military Defense"
    assert embed.url == "https://news.example/china#:~:text=In%20April"
    assert embed.description == (
        f"Fears of an escalation have grown. **{SENTENCE}** Cargo ships were turned back.\n"
        "-# Example News · <t:1500897600:D> · paragraph 8"
    )


@pytest.mark.parametrize(
    ("copies", "texts", "said"),
    [
        ((3,), ENGLISH, "also in 1 other outlet"),
        ((3, 5, 8, 9), ENGLISH, "also in 4 outlets"),
        ((3, 5), GERMAN, "auch in 2 anderen Medien"),
    ],
)
def test_a_story_that_others_tell_too_says_so(copies, texts, said):
    (embed,) = render.answer(answered(replace(cited(), also_in=copies)), texts, limit=3)
    assert embed.description.endswith(f" 8 · {said}")


def test_words_that_answer_are_bold_inside_their_sentence():
    found = answered(cited(), cited(rank=2, link="https://a.example/2"))
    sentence = found.passages[0].sentence
    start = sentence.start + sentence.text.index("150,000")
    words = Quote("150,000 troops", sentence.article_id, start, start + len("150,000 troops"))
    first, second = render.answer(replace(found, answer=words), ENGLISH)
    assert "China deployed **150,000 troops** to the North" in first.description
    assert first.description.count("**") == 2
    assert "**" not in second.description


def test_a_long_passage_is_cut_around_the_sentence_not_the_words_alone():
    text = "Before that. " * 200 + SENTENCE + " After that." * 200
    found = answered(cited(text))
    start = found.passages[0].sentence.end - len("border.")
    words = Quote("border", 7, start, start + len("border"))
    (embed,) = render.answer(replace(found, answer=words), ENGLISH)
    assert "that. In April, China deployed 150,000 troops to the North Korean **border**." in (
        embed.description
    )


async def test_every_message_is_as_it_was_when_somebody_last_looked():
    made = scenes()
    kept = {path.stem: path.read_text() for path in SNAPSHOTS.glob("*.json")}
    assert {name: text_of(message) for name, message in made.items()} == kept, (
        "if that is meant: python -m tests.bot.scenes, and look at python -m tests.bot.pictures"
    )
    for message in made.values():
        check_message(message, {})


@pytest.mark.browser
async def test_messages_can_be_looked_at(tmp_path):
    if not (which("chromium") and which("chromedriver")):
        pytest.skip("no Chromium with its driver here: install chromium and chromium-driver")
    with browser() as opened:
        draw(opened, scenes()["answer"], tmp_path / "answer.png")
        bold = opened.find_element("tag name", "b").text
    assert bold.startswith("In April, China deployed 150,000 troops")
    width, height = struct.unpack(">II", (tmp_path / "answer.png").read_bytes()[16:24])
    assert width >= 400
    assert height > 500


def test_passages_are_numbered_and_no_more_than_asked_for():
    found = answered(*(cited(rank=n, link=f"https://a.example/{n}") for n in range(1, 6)))
    embeds = render.answer(found, ENGLISH, limit=3)
    assert [embed.title.split(" · ")[0] for embed in embeds] == ["1", "2", "3"]


def test_an_article_without_a_link_leads_to_the_message_that_brought_it():
    message = "https://discord.com/channels/1/2/3"
    uploaded = cited(link=None, url=None, origin=message, published=None)
    (embed,) = render.answer(answered(uploaded), GERMAN, limit=3)
    assert embed.url == message
    line = embed.description.splitlines()[-1]
    assert line == "-# Example News · Absatz 8 · gespeichert am <t:1714557600:D>"


@pytest.mark.parametrize(("texts", "told"), [(ENGLISH, "p. 3"), (GERMAN, "S. 3")])
def test_a_page_of_a_pdf_is_named_as_the_command_line_does(texts, told):
    made = cited(published=None)
    made = replace(made, citation=replace(made.citation, page=3))
    (embed,) = render.answer(answered(made), texts)
    assert told in embed.description.splitlines()[-1].split(" · ")


def test_embeds_that_share_an_address_would_be_merged_so_only_one_has_it():
    embeds = render.answer(answered(cited(), cited(rank=2)), ENGLISH, limit=3)
    assert embeds[0].url
    assert embeds[1].url is None


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "https://a.example/" + "x" * 2100, "http://[bad", "https:// x"]
)
def test_what_is_no_link_is_not_linked(link):
    (embed,) = render.answer(answered(cited(link=link, url=None)), ENGLISH, limit=3)
    assert embed.url is None


def test_a_day_is_the_same_day_nearly_everywhere():
    assert render.day("2017-07-24") == "<t:1500897600:D>"  # noon in UTC
    assert render.day("2017-07-24T08:00:00Z") == "<t:1500883200:D>"
    assert render.day("soon") is None


def test_a_miss_says_what_was_looked_for_and_what_comes_nearest():
    first, nearest = render.miss(missed(cited(), question="who won **it**?"), ENGLISH)
    assert first.title == "No article here answers that"
    assert first.description == ("Looked for: who won \\*\\*it\\*\\*?\nThe nearest that I have:")
    assert nearest.title == "China Ramps Up Military Defense"
    assert nearest.url.startswith("https://news.example/china")
    (empty,) = render.miss(missed(), ENGLISH)
    assert "This server has no articles yet." in empty.description


def test_context_is_one_paragraph_either_side():
    text = "one\n\ntwo\n\nthree is here\n\nfour\n\nfive"
    start = text.index("is")
    quote = Quote("is", 7, start, start + 2)
    embed = render.context(text, quote, "T", ENGLISH, url=None)
    assert embed.description == "two\n\nthree **is** here\n\nfour"


def test_a_receipt_and_facts_have_what_there_is_to_know():
    embed = render.receipt(record(), "In April, China\n\nmore", "Added", ENGLISH)
    assert embed.author.name == "Added"
    assert [field.value for field in embed.fields] == ["<t:1500897600:D>", "9"]
    values = [field.value for field in render.facts(record(), ENGLISH).fields]
    assert values[2:] == [
        "Example News",
        "A. Writer",
        "<t:1714557600:D>",
        "<@123>",
        "4,321 characters",
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda r: render.receipt(r, "", "Added", ENGLISH),
        lambda r: render.announcement(r, "Feed", ENGLISH),
    ],
)
@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ("https://news.example/a.jpg", "https://news.example/a.jpg"),
        ("http://news.example/a.jpg", None),
        ("https://news.example/a b.jpg", None),
        ("https://" + "x" * 2100, None),
        ("attachment://a.jpg", None),
        (None, None),
    ],
)
def test_a_picture_is_shown_if_it_comes_by_a_secure_address(make, image, shown):
    embed = make(record(image=image))
    assert embed.thumbnail.url == shown
    _accepted([embed])


def test_what_is_refused_is_told_word_for_word():
    channel = Refusal("feeds.channel", channel="<#22>")
    assert "in <#22>: let me" in _told(channel).description
    name = render.headline("my_*report*.pdf")
    large = Refusal("add.size", name=name, size=80, limit=50)
    assert r"“my\_\*report\*.pdf” is too large" in _told(large).description
    engine = UsageError("There is no *file* my_file.pdf, <@1>.")
    assert _told(engine).description == r"There is no \*file\* my\_file.pdf, \<\@1>."


def _told(error):
    return render.failure(failures.sentence(error, ENGLISH))


def test_many_feeds_come_in_pages_that_fit():
    long = {
        "title": "新_" * 60,
        "url": "https://news.example/" + "a_" * 200,
        "failures": 7,
        "error": "it took too long " * 30,
        "failed": 112,
        "announce": "1234567890123456789",
        "items": 123_456,
    }
    found = [feed(id=10_000 + number, **long) for number in range(50)]
    for texts in (ENGLISH, GERMAN):
        numbers = []
        for page in range(9):
            embed = render.feed_listing(found, texts, page=page)
            _accepted([embed])
            numbers += re.findall(r"^\*\*(\d+)", embed.description, re.MULTILINE)
        assert numbers == [str(each.id) for each in found]
    assert embed.footer.text == "49 bis 50 von 50"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://ann:secret@mill.example:8080/rss?key=secret#x", "mill.example:8080/rss"),
        ("https://mill.example/", "mill.example/"),
    ],
)
def test_a_broken_feed_is_named_without_what_may_be_a_secret(url, told):
    for texts in (ENGLISH, GERMAN):
        lines = render.broken(feed(url=url), texts).description.replace("\\", "").splitlines()
        assert lines[1] == told


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT, st.integers(0, 3000)), max_size=5), st.data())
def test_any_article_fits_and_can_do_nothing(parts, data):
    found = []
    for rank, (before, sentence, title, _) in enumerate(parts, start=1):
        text = (before + sentence) or "x"
        sentence = sentence or text
        link = data.draw(st.sampled_from(["https://a.example/" + "x" * 3000, title, None]))
        found.append(cited(text, sentence, rank=rank, title=title, link=link, source=title))
    texts = Texts(data.draw(st.sampled_from(list(CATALOGUE))))
    if found:
        best = found[0].sentence
        start = data.draw(st.integers(best.start, best.end - 1))
        end = data.draw(st.integers(start + 1, best.end))
        words = Quote(best.text[start - best.start : end - best.start], 7, start, end)
        for answer in (answered(*found), replace(answered(*found), answer=words)):
            embeds = render.answer(answer, texts, limit=5)
            assert len(embeds) == len(found)
            _accepted(embeds)
        _accepted(render.passages(found, texts))
    _accepted(render.miss(missed(*found, question="".join(p[0] for p in parts)), texts))


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=10), st.data())
def test_any_record_fits(titles, data):
    records = [
        record(title=title, source=title or None, author=title or None, url=title, added_by=title)
        for title in titles
    ]
    _accepted([render.listing(records, ENGLISH, first=1, total=99)])
    _accepted([render.facts(records[0], GERMAN)])
    _accepted([render.receipt(records[0], titles[0], "Added", ENGLISH)])
    _accepted([render.failure("x" + titles[0])])
    text = "a" + "\n\n".join(titles)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = Quote(text[start:end], 1, start, end)
    _accepted([render.context(text, quote, titles[0], ENGLISH, url=titles[0])])
