"""Files, folders, standard input and rows, through `read_all`."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path

import paper
import pytest
from docx import Document
from docx.oxml import parse_xml
from pypdf import PdfReader, PdfWriter

from retrieval.config import RetrievalSettings
from retrieval.errors import EmptyError, TooLargeError, UnreadableError
from retrieval.sources import Reading, read_all, read_bytes, total
from retrieval.types import Article

SEED = Path(__file__).parents[3] / "seeds" / "000_0db34c0234c951b6.txt"
PARAGRAPH = "The committee met on Tuesday and agreed that the bridge has to be rebuilt by spring."


@pytest.fixture
def settings(tmp_path: Path) -> RetrievalSettings:
    return RetrievalSettings(_env_file=None, database=tmp_path / "library.db")


def article(path: Path, settings: RetrievalSettings) -> Article:
    [reading] = read_all([str(path)], settings)
    assert reading.error is None
    assert reading.article is not None
    return reading.article


def failure(path: Path, settings: RetrievalSettings) -> str:
    [reading] = read_all([str(path)], settings)
    assert reading.article is None
    assert isinstance(reading.error, UnreadableError | EmptyError | TooLargeError)
    return str(reading.error)


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_the_seed_has_its_title_and_not_its_notices(settings: RetrievalSettings) -> None:
    seed = article(SEED, settings)
    assert seed.title == "China Ramps Up Military Defense on North Korean Border"
    assert seed.text.startswith("A Chinese soldier holds a Chinese flag")
    assert seed.text.endswith("in the not-too-distant future.”")
    assert seed.text in SEED.read_text(encoding="utf-8")
    assert "commenting" not in seed.text
    assert seed.identity == str(SEED)


@pytest.mark.parametrize(
    "notice",
    [
        "Follow Jane Doe on Twitter @jane_doe.",
        "You can follow Ben Kew on Facebook, on Twitter at @ben_kew, or email him at",
        "Please let us know if you're having issues with commenting.",
        "Sign up for our daily newsletter and never miss a story.",
        "Contact the author at jane.doe@example.org.",
        "Comments are closed.",
        "© 2019 Example Media Ltd. All rights reserved.",
        "Share this article",
    ],
)
def test_notices_below_an_article_are_dropped(
    notice: str, tmp_path: Path, settings: RetrievalSettings
) -> None:
    path = write(tmp_path / "a.txt", f"Bridge\n\n{PARAGRAPH}\n\n{notice}\n")
    assert article(path, settings).text == PARAGRAPH


@pytest.mark.parametrize(
    "sentence",
    [
        "Follow the river on foot and you reach the town by noon.",
        "Please contact lenses only with clean hands, the doctor said.",
        "Subscribers left in droves after the price was raised.",
        "Copyright law was changed twice that year.",
        "Sign up sheets were posted on the doors of the town hall.",
        "Find out on Monday whether the bridge is to be rebuilt.",
    ],
)
def test_last_sentences_that_only_begin_like_notices_stay(
    sentence: str, tmp_path: Path, settings: RetrievalSettings
) -> None:
    path = write(tmp_path / "a.txt", f"Bridge\n\n{PARAGRAPH}\n\n{sentence}\n")
    assert article(path, settings).text == f"{PARAGRAPH}\n\n{sentence}"


def test_a_notice_in_the_middle_stays(tmp_path: Path, settings: RetrievalSettings) -> None:
    text = f"{PARAGRAPH}\n\nComments are closed.\n\n{PARAGRAPH}"
    assert article(write(tmp_path / "a.txt", text), settings).text == text


def test_a_first_line_that_is_a_sentence_is_no_title(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    text = f"It rained.\n\n{PARAGRAPH}"
    read = article(write(tmp_path / "rain_in_spring.txt", text), settings)
    assert (read.title, read.text) == ("rain in spring", text)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-32-le", b"\xff\xfe\x00\x00"),
        ("cp1252", b""),
    ],
)
def test_encodings_are_recognised(
    encoding: str, mark: bytes, tmp_path: Path, settings: RetrievalSettings
) -> None:
    text = "Le café a rouvert mardi. “Enfin”, disent les élèves du collège voisin."
    path = write(tmp_path / "a.txt", mark + text.encode(encoding))
    assert article(path, settings).text == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Вчера в городе открылся новый мост, который строили пять лет подряд."),
        ("shift_jis", "昨日、市内に新しい橋が開通しました。建設には五年かかりました。"),
        ("iso8859-7", "Χθες άνοιξε στην πόλη η νέα γέφυρα που χτιζόταν επί πέντε χρόνια."),
    ],
)
def test_other_alphabets_are_guessed(
    encoding: str, text: str, tmp_path: Path, settings: RetrievalSettings
) -> None:
    assert article(write(tmp_path / "a.txt", text.encode(encoding) * 5), settings).text == text * 5


def test_the_declared_charset_of_a_page_is_used(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    body = "".join(f"<p>{PARAGRAPH} Нов{number}ый мост.</p>" for number in range(4))
    page = f'<html><head><meta charset="koi8-r"><title>Мост</title></head><body><article>{body}'
    path = write(tmp_path / "a.html", page.encode("koi8-r"))
    assert "Нов1ый мост" in article(path, settings).text


def test_newlines_and_unseen_characters_are_normalised(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    path = write(tmp_path / "a.txt", "One.\r\n\r\nTwo\x07 to\u00adday.\r \r\n\n\n\nThree.\x0c\n")
    assert article(path, settings).text == "One.\n\nTwo today.\n\nThree."


def test_markdown_is_read_as_its_reader_sees_it(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    path = write(
        tmp_path / "a.md",
        "---\ntitle: 'The bridge'\nauthor: Jane Doe\ndate: 2020-02-01\n---\n# The bridge\n\n"
        "It is **old** and [long](http://x.example).\nVery long.\n\n## Plans\n\n"
        "- first\n- second\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n```\n",
    )
    read = article(path, settings)
    assert (read.title, read.author, read.published) == ("The bridge", "Jane Doe", "2020-02-01")
    assert read.text.split("\n\n") == [
        "It is old and long. Very long.", "Plans", "first", "second", "quoted",
        "a | b", "1 | 2", "x = 1",
    ]  # fmt: skip


def test_the_first_heading_titles_markdown(tmp_path: Path, settings: RetrievalSettings) -> None:
    read = article(write(tmp_path / "a.md", f"# Bridges\n\n{PARAGRAPH}"), settings)
    assert (read.title, read.text) == ("Bridges", PARAGRAPH)


def test_a_page_gives_its_facts(tmp_path: Path, settings: RetrievalSettings) -> None:
    facts = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": "A new bridge",
        "datePublished": "2019-05-06T07:08:09Z", "author": {"@type": "Person", "name": "Jane Doe"},
    }  # fmt: skip
    body = "".join(f"<p>{number} {PARAGRAPH}</p>" for number in range(5))
    path = write(
        tmp_path / "a.html",
        f'<!doctype html><html lang="en"><head><title>A new bridge</title>'
        f'<meta property="og:site_name" content="The Courier">'
        f'<script type="application/ld+json">{json.dumps(facts)}</script></head>'
        f"<body><nav><a href=/>Home</a></nav><article><h1>A new bridge</h1>{body}</article></body>",
    )
    read = article(path, settings)
    assert (read.title, read.author, read.source) == ("A new bridge", "Jane Doe", "The Courier")
    assert read.published is not None
    assert read.published.startswith("2019-05-06")
    assert read.text == "\n\n".join(f"{number} {PARAGRAPH}" for number in range(5))
    assert read.url is None
    assert read.identity == str(path)


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ('<link rel="canonical" href="https://n.example/a?b=1">', "https://n.example/a?b=1"),
        ('<meta property="og:url" content="http://n.example/a">', "http://n.example/a"),
        ('<link rel="canonical" href="/a">', None),
        ('<link rel="canonical" href="file:///tmp/a.html">', None),
        ('<link rel="canonical" href="https://n.example/">', None),
        ("", None),
    ],
)
def test_a_saved_page_has_the_address_that_it_calls_its_own(
    head: str, url: str | None, tmp_path: Path, settings: RetrievalSettings
) -> None:
    body = "".join(f"<p>{number} {PARAGRAPH}</p>" for number in range(5))
    page = f"<html><head><title>A bridge</title>{head}</head><body><article>{body}</article></body>"
    path = write(tmp_path / "a.html", page)
    read = article(path, settings)
    assert (read.url, read.identity) == (url, str(path))
    assert read.page is None  # nobody has read it from there


def test_a_word_document_gives_its_text_and_properties(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    data = paper.docx(
        [("Title", "The bridge"), ("Normal", PARAGRAPH), ("List Bullet", "first")],
        title="The bridge", author="Jane Doe", created=datetime(2020, 2, 1, 10),
    )  # fmt: skip
    read = article(write(tmp_path / "a.docx", data), settings)
    assert (read.title, read.author) == ("The bridge", "Jane Doe")
    assert read.published == "2020-02-01T10:00:00Z"
    assert read.text == f"{PARAGRAPH}\n\nfirst\n\nTroops | 150,000"


def _without_properties(data: bytes) -> bytes:
    """The document as programs write it that leave out docProps/core.xml."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            if name != "docProps/core.xml":
                part = before.read(name)
                part = re.sub(rb"<(?:Relationship|Override) [^>]*core\.xml[^>]*/>", b"", part)
                after.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize(("style", "text"), [("Heading 1", PARAGRAPH), ("Normal", PARAGRAPH)])
def test_a_word_document_without_properties_is_called_by_its_first_line(
    style: str, text: str, tmp_path: Path, settings: RetrievalSettings
) -> None:
    data = _without_properties(paper.docx([(style, "The bridge"), ("Normal", text)]))
    read = article(write(tmp_path / "a.docx", data), settings)
    assert (read.title, read.author, read.published) == ("The bridge", None, None)
    assert read.text.startswith(text)
    data = _without_properties(paper.docx([("Normal", text)]))
    assert article(write(tmp_path / "my_bridge.docx", data), settings).title == "my bridge"


@pytest.mark.parametrize(
    "title",
    ["Word Document", "Document1", "Microsoft Word - bridge.docx", "Microsoft Word Document",
     "untitled", "Untitled document", "bridge_final.docx", "Dokument 2"],
)  # fmt: skip
def test_a_title_that_a_program_puts_in_is_none(
    title: str, tmp_path: Path, settings: RetrievalSettings
) -> None:
    data = paper.docx([("Title", "The bridge"), ("Normal", PARAGRAPH)], title=title)
    assert article(write(tmp_path / "a.docx", data), settings).title == "The bridge"
    data = paper.pdf([["The bridge", "", PARAGRAPH]], title=title)
    assert article(write(tmp_path / "a.pdf", data), settings).title == "The bridge"


@pytest.mark.parametrize("title", ["Documents of the siege", "Untitled: a life", "A Word document"])
def test_a_title_that_only_begins_like_one_is_kept(
    title: str, tmp_path: Path, settings: RetrievalSettings
) -> None:
    data = paper.docx([("Title", "The bridge"), ("Normal", PARAGRAPH)], title=title)
    assert article(write(tmp_path / "a.docx", data), settings).title == title


def test_the_date_of_a_template_is_not_a_documents(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    template = datetime(2013, 12, 23, 23, 15)
    data = paper.docx([("Normal", PARAGRAPH)], title="", author="Jane Doe", created=template)
    read = article(write(tmp_path / "a.docx", data), settings)
    assert (read.author, read.published) == ("Jane Doe", None)


def test_a_word_document_is_read_with_its_changes_and_controls(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    document = Document()
    document.add_heading("Plans", 1)
    document.add_paragraph("A quote.", style="Quote")
    for xml in (
        f"<w:sdt {space}><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p>"
        "</w:sdtContent></w:sdt>",
        f'<w:p {space}><w:r><w:t xml:space="preserve">It is </w:t></w:r><w:ins w:id="1" '
        'w:author="a"><w:r><w:t>new</w:t></w:r></w:ins><w:del w:id="2" w:author="a"><w:r>'
        "<w:delText>old</w:delText></w:r></w:del><w:r><w:t>.</w:t></w:r></w:p>",
    ):
        document.element.body.insert(len(document.element.body) - 1, parse_xml(xml))
    document.save(str(tmp_path / "a.docx"))
    read = article(tmp_path / "a.docx", settings)
    assert (read.title, read.text) == ("Plans", "A quote.\n\nIn a control.\n\nIt is new.")


def test_a_table_in_word_is_read_with_its_changes_and_the_tables_in_it(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    document = Document()
    document.add_paragraph(PARAGRAPH)
    table = document.add_table(2, 2)
    for row, name in enumerate(("Bridge", "Ferry")):
        table.cell(row, 0).text = name
    changed = (
        f'<w:p {space}><w:ins w:id="1" w:author="a"><w:r><w:t>5 million</w:t></w:r></w:ins>'
        '<w:del w:id="2" w:author="a"><w:r><w:delText>4 million</w:delText></w:r></w:del></w:p>'
    )
    table.cell(0, 1)._tc.append(parse_xml(changed))
    table.cell(1, 1).add_table(1, 1).cell(0, 0).text = "90,000"
    document.save(str(tmp_path / "a.docx"))
    read = article(tmp_path / "a.docx", settings)
    assert read.text == f"{PARAGRAPH}\n\nBridge | 5 million\n\nFerry | 90,000"


def test_a_pdf_gives_its_pages_without_what_runs_along(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    places = ("Springfield", "Ashton", "Hillsborough")
    pages = [
        [
            "The Courier, May 2019", "",
            f"{place} has a bridge that was closed for a long and difficult recon-",
            f"struction that nobody in all of {place} had thought would ever be done.",
            f"It ends in {place}.", "", f"{number}",
        ]
        for number, place in enumerate(places, 1)
    ]  # fmt: skip
    data = paper.pdf(pages, title="A new bridge", created="D:20190506070809Z")
    read = article(write(tmp_path / "a.pdf", data), settings)
    assert (read.title, read.published) == ("A new bridge", "2019-05-06T07:08:09Z")
    assert "Courier" not in read.text
    assert "reconstruction that nobody" in read.text
    assert len(read.page_starts) == 3
    for place, start in zip(places, read.page_starts, strict=True):
        assert read.text[start:].startswith(f"{place} has a bridge")
    assert read.text.endswith("It ends in Hillsborough.")


def test_a_truncated_pdf_says_so(tmp_path: Path, settings: RetrievalSettings) -> None:
    data = paper.pdf([["One line of text."]])
    assert "cut short" in failure(write(tmp_path / "a.pdf", data[: len(data) // 2]), settings)


def test_an_encrypted_pdf_says_so(tmp_path: Path, settings: RetrievalSettings) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(paper.pdf([["One line of text."]]))))
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    assert "encrypted" in failure(write(tmp_path / "a.pdf", out.getvalue()), settings)


def test_a_pdf_of_pictures_says_that_it_may_be_a_scan(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    assert "scan" in failure(write(tmp_path / "a.pdf", paper.pdf([[]])), settings)


def test_the_kind_is_told_by_content_and_not_by_name(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    path = write(tmp_path / "a.txt", paper.pdf([["One line of text."]]))
    assert article(path, settings).text == "One line of text."
    path = write(tmp_path / "b.pdf", PARAGRAPH)
    assert article(path, settings).text == PARAGRAPH


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture"),
        (bytes(range(256)) * 20, "binary data"),
        (b"PK\x03\x04" + bytes(300), "damaged"),
        (b"%PDF-1.4 nothing %%EOF", "damaged PDF"),
    ],
)
def test_what_is_no_article_is_refused_with_the_reason(
    content: bytes, reason: str, tmp_path: Path, settings: RetrievalSettings
) -> None:
    said = failure(write(tmp_path / "a.txt", content), settings)
    assert reason in said
    assert str(tmp_path) in said


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    settings = RetrievalSettings(_env_file=None, max_file_mb=1)
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(200 << 20)  # sparse: reading it would take 200 MB of memory
    tracemalloc.start()
    said = failure(path, settings)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "over 1 MB" in said
    assert peak < 4 << 20


def test_folders_are_read_in_order_without_hidden_files_rows_and_loops(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/x.txt", "a.txt", "c.txt", ".hidden.txt", "rows.jsonl"):
        write(tmp_path / name, PARAGRAPH)
    (tmp_path / "b" / "again").symlink_to(tmp_path)
    (tmp_path / "round").symlink_to(tmp_path / "round")
    readings = list(read_all([str(tmp_path)], settings))
    assert [Path(reading.ref).name for reading in readings] == [
        "a.txt", "x.txt", "c.txt", "round",
    ]  # fmt: skip
    assert "round in a circle" in str(readings[-1].error)
    assert total([str(tmp_path)]) == 4


def test_of_a_folder_those_files_are_taken_that_articles_come_in(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    for each in (folder / "v1.2", elsewhere):
        each.mkdir(parents=True)
    taken = ["LETTER", "Note to Dr. No", "a.TXT", "b.markdown", "c.htm", "d.docx", "v1.2/e.md"]
    others = ["cache.pyc", "data.json", "notes.txt~", "rows.jsonl", "run.py", "table.csv"]
    for name in taken + others:
        write(folder / name, PARAGRAPH)
    write(elsewhere / "f.txt", PARAGRAPH)
    (folder / "g").symlink_to(elsewhere)
    (folder / "h.txt").symlink_to(elsewhere / "f.txt")
    left_out: list[Path] = []
    readings = list(read_all([str(folder)], settings, left_out=left_out))
    assert [str(Path(each.ref).relative_to(folder)) for each in readings] == sorted(
        [*taken, "h.txt"]
    )
    assert all(reading.article for reading in readings)
    assert sorted(path.name for path in left_out) == others
    assert total([str(folder)]) == len(readings)
    # A file or a link that is named is meant.
    assert article(folder / "data.json", settings).text == PARAGRAPH
    assert article(folder / "g", settings).text == PARAGRAPH


def test_an_empty_folder_says_so(tmp_path: Path, settings: RetrievalSettings) -> None:
    write(tmp_path / "questions.jsonl", "{}")
    assert "no files to read" in failure(tmp_path, settings)


def test_what_is_no_file_is_refused_without_waiting(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        readings = list(read_all([str(tmp_path), "/dev/zero"], settings))
    assert [str(reading.error).split(" is ")[1] for reading in readings] == [
        "not an ordinary file: pipe it into `-` instead.",
        "not an ordinary file.",
        "not an ordinary file: pipe it into `-` instead.",
    ]


@pytest.mark.parametrize("ref", ["/no/such/file.txt", "a\x00b", "x" * 5000, "/dev/null/x"])
def test_paths_that_lead_nowhere_fail_alone(ref: str, settings: RetrievalSettings) -> None:
    first, second = read_all([ref, str(SEED)], settings)
    assert isinstance(first.error, UnreadableError)
    assert second.article is not None


def test_an_unreadable_file_names_the_permission(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    path = write(tmp_path / "a.txt", PARAGRAPH)
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # who may read everything
        os.seteuid(65534)
    try:
        assert "no permission" in failure(path, settings)
    finally:
        os.seteuid(user)


def test_standard_input_is_an_article_named_by_its_content(settings: RetrievalSettings) -> None:
    readings = [
        next(iter(read_all(["-"], settings, stdin=io.BytesIO(f"Bridge\n\n{PARAGRAPH}".encode()))))
        for _ in range(2)
    ]
    first, second = (reading.article for reading in readings)
    assert first == second
    assert first is not None
    assert (first.title, first.text, first.url) == ("Bridge", PARAGRAPH, None)
    assert first.identity.startswith("text:")
    assert total(["-"]) is None


@pytest.mark.parametrize("before", [b"", b"\n  \r\n", b"\xef\xbb\xbf"])
def test_rows_in_standard_input_are_articles(before: bytes, settings: RetrievalSettings) -> None:
    data = before + (
        b'{"id": "one", "text": "One.", "title": "First"}\n{"text": "Two."}\n\n'
        b'{"text": "Three.", "url": "https://x.example/3"}\n{"id": "four"}\n{"text": 12}\n'
    )
    readings = list(read_all(["-"], settings, stdin=io.BytesIO(data)))
    one, two, three = (each.article for each in readings[:3])
    assert one == Article(text="One.", title="First", identity="text:#one", external_id="one")
    [alone] = read_all(["-"], settings, stdin=io.BytesIO(b"Two."))
    assert two == alone.article  # known by its text, wherever its line is the next time
    assert three is not None
    assert three.identity == three.url == "https://x.example/3"
    lines = len(before.splitlines()) if before.strip(b"\xef\xbb\xbf") else 0
    assert [each.ref for each in readings] == [
        "-#one", f"-# line {lines + 2}", f"-# line {lines + 4}", "-#four", f"-# line {lines + 6}",
    ]  # fmt: skip
    told = f"Line {lines + 5} of standard input cannot be used: it has no `text`."
    assert str(readings[3].error) == told
    assert "its `text` must be text" in str(readings[4].error)


@pytest.mark.parametrize("text", ['{"a": 1}\n{"b": 2}', '{"text": "One', "[1]", '"text"', "{text}"])
def test_other_standard_input_is_one_article(text: str, settings: RetrievalSettings) -> None:
    text = f"\n{text}\n{PARAGRAPH}"
    [reading] = read_all(["-"], settings, stdin=io.BytesIO(text.encode()))
    assert reading.article is not None
    assert reading.article.text == text.strip()


def test_standard_input_over_the_limit_is_not_read() -> None:
    settings = RetrievalSettings(_env_file=None, max_file_mb=1)
    for data in (b"x" * (3 << 20), b"\n" * (3 << 20), b"x\n" * (2 << 20)):
        [reading] = read_all(["-"], settings, stdin=io.BytesIO(data))
        assert isinstance(reading.error, TooLargeError)
    row = json.dumps({"text": "y" * 600_000}).encode() + b"\n"
    assert len(list(read_all(["-"], settings, stdin=io.BytesIO(row * 4)))) == 4


def test_what_is_handed_over_is_read_as_well() -> None:
    assert read_bytes(PARAGRAPH.encode(), "note.txt").title.startswith("The committee met on")
    with pytest.raises(EmptyError, match=r"^note\.txt cannot be read: it is empty\.$"):
        read_bytes(b"", "note.txt")


def rows(path: Path, settings: RetrievalSettings) -> list[Reading]:
    return list(read_all([str(path)], settings))


def test_rows_are_articles_and_a_broken_one_fails_alone(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    path = write(
        tmp_path / "rows.jsonl",
        b'\xef\xbb\xbf{"id": 1, "text": "One.", "title": "First"}\n'
        b'{"id": "two", "text": "Tw\n'
        b"\n"
        b'{"id": "three", "text": "Three.", "url": "https://x.example/?utm_source=a#b",'
        b' "published": "6 May 2019", "source": "Courier", "author": "Jane", "language": "EN"}\n'
        b'{"id": "four"}\n{"text": "  "}\n["five"]\n{"text": "Six.\xff"}\n{"text": "Seven."}',
    )
    one, two, three, four, empty, five, six, seven = rows(path, settings)
    assert one.article == Article(text="One.", title="First", identity=f"{path}#1", external_id="1")
    assert one.ref == f"{path}#1"
    assert "Line 2" in str(two.error)
    assert three.article == Article(
        text="Three.", title="Three.", identity="https://x.example/?utm_source=a#b",
        url="https://x.example/?utm_source=a#b", source="Courier", author="Jane",
        published="2019-05-06", language="en", external_id="three",
    )  # fmt: skip
    assert (four.external_id, four.ref) == ("four", f"{path}#four")
    assert str(four.error) == f"Line 5 of {path} cannot be used: it has no `text`."
    assert isinstance(empty.error, EmptyError)
    assert "not a JSON object" in str(five.error)
    assert "not in UTF-8" in str(six.error)
    assert seven.article is not None
    assert seven.article.identity == f"{path}# line 9"
    assert total([str(path)]) == 8


def test_a_bad_date_fails_its_row_with_the_reason(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    path = write(tmp_path / "rows.jsonl", '{"text": "One.", "published": "someday"}')
    [reading] = rows(path, settings)
    assert "“someday” is not a date" in str(reading.error)


def test_large_files_of_rows_are_streamed(tmp_path: Path) -> None:
    settings = RetrievalSettings(_env_file=None, max_file_mb=1)
    path = tmp_path / "rows.jsonl"
    row = json.dumps({"text": "x" * 100_000}).encode() + b"\n"
    with path.open("wb") as file:
        file.writelines(row for _ in range(300))
        file.write(json.dumps({"text": "y" * 3_000_000}).encode() + b"\n")
        file.write(row)
    tracemalloc.start()
    outcomes = [reading.error is None for reading in read_all([str(path)], settings)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert outcomes == [True] * 300 + [False, True]
    assert peak < 8 << 20


def test_reading_goes_no_further_than_it_is_asked(
    tmp_path: Path, settings: RetrievalSettings
) -> None:
    readings = read_all([str(SEED), str(tmp_path / "later.txt")], settings)
    assert next(readings).article is not None
    write(tmp_path / "later.txt", PARAGRAPH)
    assert next(readings).article is not None
