"""What Discord refuses in the body of a message: text, embeds, mentions, attachments."""

from __future__ import annotations

import re
from typing import Any

from .components import MessageComponents
from .constants import MAX_FILE, Flag, names
from .errors import ApiError, FormErrors, Path, utf16

Files = dict[str, tuple[str, bytes, str]]
"""Uploaded parts by their number: file name, bytes, content type."""

MESSAGE_FIELDS = names(
    "content nonce enforce_nonce tts embeds allowed_mentions message_reference components "
    "sticker_ids attachments flags poll"
)
EMBED_FIELDS = names(
    "title type description url timestamp color flags footer image thumbnail author fields"
)
MAX_EMBEDS, MAX_EMBED_TEXT = 10, 6000


def check_message(
    body: dict, files: Files, *, editing: dict | None = None, prefix: Path = ()
) -> None:
    """Refuse what Discord refuses; `editing` is the stored message an edit changes."""
    before = editing or {}
    errors = FormErrors()
    errors.known((), body, MESSAGE_FIELDS)
    flags = int(body.get("flags") or 0)
    v2 = bool((flags | int(before.get("flags") or 0)) & Flag.COMPONENTS_V2)
    errors.text(("content",), body.get("content"), 0, 2000)
    if v2:
        _check_legacy_fields(errors, body)
    if flags & ~Flag.SETTABLE and not editing:
        errors.add(("flags",), "BASE_TYPE_CHOICES", f"Flags {flags} cannot be set")
    uploaded = _file_names(body, files, before)
    check_embeds(errors, body.get("embeds") or [], uploaded)
    MessageComponents(errors).check(body.get("components") or [], v2=v2)
    check_mentions(errors, body.get("allowed_mentions"))
    _check_attachments(errors, body, files, before)
    if body.get("nonce") is not None and len(str(body["nonce"])) > 25:
        errors.add(("nonce",), "NONCE_TYPE_TOO_LONG", "Nonce must be 25 or fewer in length.")
    errors.raise_any(prefix)
    if any(len(data) > MAX_FILE for _, data, _ in files.values()):
        raise ApiError(413, 40005, "Request entity too large")
    _refuse_empty(body, files, before)


def _check_legacy_fields(errors: FormErrors, body: dict) -> None:
    code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    for name in ("content", "embeds", "sticker_ids", "poll"):
        if body.get(name):
            errors.add((name,), code, f"{name!r} cannot be used with IS_COMPONENTS_V2")


def _file_names(body: dict, files: Files, before: dict) -> set[str]:
    uploaded = {name for name, _, _ in files.values()}
    for attachment in [*(before.get("attachments") or []), *(body.get("attachments") or [])]:
        uploaded.add(attachment.get("filename") or "")
    return uploaded


def check_embeds(errors: FormErrors, embeds: list[dict], uploaded: set[str]) -> None:
    errors.count(("embeds",), embeds, 0, MAX_EMBEDS)
    total = sum(_check_embed(errors, ("embeds", i), e, uploaded) for i, e in enumerate(embeds))
    if total > MAX_EMBED_TEXT:
        errors.add(
            ("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000"
        )


def _check_embed(errors: FormErrors, path: Path, embed: dict, uploaded: set[str]) -> int:
    """The characters of the embed that count towards the total."""
    errors.known(path, embed, EMBED_FIELDS)
    footer, author = embed.get("footer") or {}, embed.get("author") or {}
    texts: list[tuple[Path, Any, int]] = [
        (("title",), embed.get("title"), 256),
        (("description",), embed.get("description"), 4096),
        (("footer", "text"), footer.get("text"), 2048),
        (("author", "name"), author.get("name"), 256),
    ]
    for where, value, high in texts:
        errors.text((*path, *where), value, 0, high)
    counted = sum(utf16(value or "") for _, value, _ in texts)
    fields = embed.get("fields") or []
    errors.count((*path, "fields"), fields, 0, 25)
    for index, field in enumerate(fields):
        here = (*path, "fields", index)
        errors.text((*here, "name"), field.get("name"), 1, 256, needed=True)
        errors.text((*here, "value"), field.get("value"), 1, 1024, needed=True)
        counted += utf16(field.get("name") or "") + utf16(field.get("value") or "")
    _check_embed_links(errors, path, embed, uploaded)
    if not embed.keys() - {"type", "color", "flags"}:
        errors.required((*path, "description"))
    return counted


def _check_embed_links(errors: FormErrors, path: Path, embed: dict, uploaded: set[str]) -> None:
    url = embed.get("url")
    errors.text((*path, "url"), url, 0, 2048)
    if url and not re.fullmatch(r"https?://[^\s/][^\s]*", url):
        errors.add((*path, "url"), "URL_TYPE_INVALID_SCHEME", "Not a well formed http(s) URL.")
    for kind in ("image", "thumbnail"):
        link = (embed.get(kind) or {}).get("url")
        if link is not None and not media_url(link, uploaded):
            errors.add((*path, kind, "url"), "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def media_url(link: Any, uploaded: set[str]) -> bool:
    if not isinstance(link, str) or not re.fullmatch(r"(https?|attachment)://\S+", link):
        return False
    return not link.startswith("attachment://") or link.removeprefix("attachment://") in uploaded


def check_mentions(errors: FormErrors, allowed: dict | None) -> None:
    if not allowed:
        return
    path: Path = ("allowed_mentions",)
    parse = allowed.get("parse") or []
    for index, kind in enumerate(parse):
        errors.choice((*path, "parse", index), kind, ("everyone", "users", "roles"))
    for kind in ("users", "roles"):
        ids = allowed.get(kind) or []
        errors.count((*path, kind), ids, 0, 100)
        if ids and kind in parse:
            code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
            errors.add(path, code, f"parse:[{kind!r}] and {kind}: [ids...] exclude each other.")


def _check_attachments(errors: FormErrors, body: dict, files: Files, before: dict) -> None:
    listed = body.get("attachments") or []
    if len(listed) > 10 or len(files) > 10:
        errors.add(("attachments",), "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    kept = {str(attachment["id"]) for attachment in before.get("attachments") or []}
    for index, attachment in enumerate(listed):
        here: Path = ("attachments", index)
        errors.text((*here, "description"), attachment.get("description"), 0, 1024)
        if str(attachment.get("id")) not in files.keys() | kept:
            errors.add((*here, "id"), "ATTACHMENT_NOT_FOUND", "Attachment not found")


def _refuse_empty(body: dict, files: Files, before: dict) -> None:
    shown = ("content", "embeds", "components", "attachments", "sticker_ids", "poll")
    if before and not body.keys() & set(shown):
        return
    final = {name: body.get(name, before.get(name)) for name in shown}
    if isinstance(final["content"], str):
        final["content"] = final["content"].strip()
    if not any(final.values()) and not files:
        raise ApiError(400, 50006, "Cannot send an empty message")
