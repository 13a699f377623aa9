"""Mails and pages saved as mails (.eml, .mht) into drafts."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

from retrieval.dates import date_or_none
from retrieval.errors import EmptyError, Reason
from retrieval.sources.decoding import decode
from retrieval.sources.draft import Draft, one_line
from retrieval.sources.extract import page
from retrieval.sources.plain import plain_text

_BROWSER = "Saved by "
"""How a browser calls itself as the sender of a page that it has saved."""


def mail(data: bytes) -> Draft:
    """The article in a mail: its page where it has one, else its plain text; headers tell the
    rest. Raises EmptyError for a mail without either."""
    message = message_from_bytes(data, policy=policy.default)
    body = message.get_body(("html", "plain"))
    if not isinstance(body, EmailMessage):
        raise EmptyError("there is no text in the mail", Reason.NO_TEXT)
    raw = body.get_payload(decode=True)
    text = decode(raw if isinstance(raw, bytes) else b"", body.get_content_charset())
    draft = page(text) if body.get_content_subtype() == "html" else plain_text(text)
    return Draft(
        text=draft.text,
        title=one_line(str(message["subject"] or "")) or draft.title,
        author=draft.author or _name(message),
        published=draft.published or date_or_none(str(message["date"] or "")),
        source=draft.source,
        language=draft.language,
        url=one_line(str(message["snapshot-content-location"] or "")) or draft.url,
        image=draft.image,
    )


def _name(message: EmailMessage) -> str | None:
    """Who it is from, by name; an address alone is nobody's byline."""
    senders = message["from"].addresses if message["from"] else ()
    name = one_line(senders[0].display_name) if senders else None
    return None if name and name.startswith(_BROWSER) else name
