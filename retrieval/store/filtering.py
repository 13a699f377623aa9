"""Filters as SQL."""

from __future__ import annotations

from retrieval.store.part import as_json
from retrieval.types import Filters


def conditions(filters: Filters | None) -> tuple[str, list[str]]:
    """The filter as conditions on articles named `a`, each beginning with AND, and their
    parameters; empty where every article passes."""
    if filters is None or filters.empty:
        return "", []
    clauses: list[str] = []
    parameters: list[str] = []
    if filters.article_ids is not None:
        clauses.append("AND a.id IN (SELECT value FROM json_each(?))")
        parameters.append(as_json(filters.article_ids))
    if filters.since is not None:
        clauses.append("AND a.published >= ?")
        parameters.append(filters.since)
    if filters.before is not None:
        clauses.append("AND a.published < ?")
        parameters.append(filters.before)
    return " ".join(clauses), parameters
