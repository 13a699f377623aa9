"""What people say of an article as they add it: it stays right, whatever its source says later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from retrieval.types import Receipt

if TYPE_CHECKING:
    from retrieval.library import Library


async def put_right(
    library: Library, collection: str, receipt: Receipt, facts: Mapping[str, str]
) -> Receipt:
    """The receipt of an article of which people have said something: that stays as they said,
    whatever its page says later, and holds as well of one that was there already."""
    if not facts or receipt.article_id is None:
        return receipt
    ref = receipt.article_id
    before = await library.article(collection, ref)
    after = await library.edit(collection, ref, **facts)
    changed = any(getattr(before, name) != getattr(after, name) for name in facts)
    status = "updated" if changed and receipt.status == "unchanged" else receipt.status
    return replace(receipt, status=status, title=after.title, passages=after.passages)
