"""Mails and books become articles."""

import io
import zipfile
from email.message import EmailMessage

import pytest

from retrieval.errors import SourceError
from retrieval.sources import read_bytes

PARAGRAPHS = [
    "The ferry across the sound will stop running in October, the port said on Monday morning.",
    "Engineers found that the hull had rusted through in eleven places below the waterline.",
]


def _mail(html: bool) -> bytes:
    message = EmailMessage()
    message["From"] = "Ada Writer <ada@example.org>"
    message["To"] = "reader@example.org"
    message["Subject"] = "The last ferry"
    message["Date"] = "Mon, 19 Sep 2016 10:00:00 +0000"
    message["Message-ID"] = "<1@example.org>"
    message.set_content("\n\n".join(PARAGRAPHS))
    if html:
        body = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
        message.add_alternative(f"<html><body><article>{body}</article></body></html>", "html")
    return message.as_bytes()


@pytest.mark.parametrize("html", [False, True])
def test_a_mail_is_read_with_its_headers(html: bool) -> None:
    article = read_bytes(_mail(html), "letter.eml")
    assert article.title == "The last ferry"
    assert article.author == "Ada Writer"
    assert article.published is not None
    assert article.published.startswith("2016-09-19")
    assert all(each in article.text for each in PARAGRAPHS)


def test_a_page_saved_as_a_mail_is_read_as_a_page() -> None:
    saved = EmailMessage()
    saved["From"] = "<Saved by Blink>"
    saved["Snapshot-Content-Location"] = "https://news.example/ferries"
    saved["Subject"] = "The last ferry"
    saved["Date"] = "Mon, 19 Sep 2016 10:00:00 -0000"
    body = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    head = '<head><meta property="og:image" content="ferry.png"></head>'
    menu = "<nav><a href=/>Home</a> <a href=/sport>Sport</a></nav>"
    saved.set_content(
        f"<html lang=en>{head}<body>{menu}<article>{body}</article></body></html>",
        subtype="html",
        cte="quoted-printable",
    )
    saved.add_related(b"\x89PNG", "image", "png")
    article = read_bytes(saved.as_bytes(), "page.mht")
    assert (article.title, article.author, article.language) == ("The last ferry", None, "en")
    assert article.text == "\n\n".join(PARAGRAPHS)
    assert article.image == "https://news.example/ferry.png"
    # What a file claims of itself is no address: anybody can write one.
    assert article.url is None


def _book(spine: str = '<itemref idref="two"/><itemref idref="one"/>') -> bytes:
    opf = f"""<package xmlns="http://www.idpf.org/2007/opf">
      <metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Ferries</dc:title>
      <dc:creator>Ada Writer</dc:creator><dc:language>en-GB</dc:language></metadata>
      <manifest><item id="one" href="text/1.xhtml"/><item id="two" href="text/2.xhtml"/></manifest>
      <spine>{spine}</spine></package>"""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container><rootfiles><rootfile full-path="OEBPS/b.opf"/></rootfiles></container>',
        )
        archive.writestr("OEBPS/b.opf", opf)
        for number, text in enumerate(PARAGRAPHS, 1):
            page = f"<html><body><h1>Chapter {number}</h1><p>{text}</p></body></html>"
            archive.writestr(f"OEBPS/text/{number}.xhtml", page)
    return made.getvalue()


def test_a_book_is_read_in_its_own_order() -> None:
    article = read_bytes(_book(), "ferries.epub")
    assert (article.title, article.author, article.language) == ("Ferries", "Ada Writer", "en")
    assert article.text.index(PARAGRAPHS[1]) < article.text.index(PARAGRAPHS[0])


def test_a_book_without_chapters_is_refused() -> None:
    with pytest.raises(SourceError, match="without chapters"):
        read_bytes(_book(spine=""), "empty.epub")


def test_a_mail_without_text_is_refused() -> None:
    head = b"From: a@example.org\nMessage-ID: <1@x>\nMIME-Version: 1.0\n"
    with pytest.raises(SourceError, match=r"letter\.eml"):
        read_bytes(head + b"Content-Type: image/png\n\nabc", "letter.eml")
