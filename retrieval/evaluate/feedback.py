"""An evaluation set out of what people thought of answers: their questions, their judgement.

A document is relevant to a question when more people found it helpful there than not, or when it
alone holds the answer that somebody had expected. A question is one that nothing answers when more
people agreed with being told so than not. The articles are those that the collection has now; where
an article has changed since it answered, the place of the sentence is left out.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import DataSetError, DiskError, NotFoundError
from retrieval.evaluate.dataset import CORPUS, QRELS, QUERIES
from retrieval.library import Library
from retrieval.store.feedback import Vote
from retrieval.types import ArticleRecord

FILES = frozenset({CORPUS, QUERIES, QRELS})
LEAST_EXPECTED = 3
"""Letters and digits of an expected answer that is looked for in the articles."""

Places = dict[int, set[tuple[int, int]]]
"""Start and end of what answers, by article."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    collection: str
    folder: Path
    documents: int
    questions: int
    judged: int
    """Questions of which it is known which document answers them, or that none does."""


async def export(library: Library, collection: str | None, folder: Path) -> Exported:
    """Write the votes in a collection as a data set for `eval`.

    `collection` may be left out where only one has votes. Raises NotFoundError where there is
    nothing to write, DataSetError where the folder holds something else, and DiskError.
    """
    name = await _chosen(library, collection)
    votes = await library.store.votes(name)
    if not votes:
        raise NotFoundError(f'Nobody has voted on an answer in the collection "{name}" yet.')
    records = {record.id: record for record in await library.articles(name)}
    texts = {number: await library.text(number) for number in records}
    by_question: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_question[" ".join(vote.question.split()).casefold()].append(vote)
    judged = [
        _judged(f"q{number}", alike, records, texts)
        for number, alike in enumerate(by_question.values(), 1)
    ]
    _write(folder, records, texts, judged)
    known = sum(bool(j.relevant) or j.query.get("answerable") is False for j in judged)
    return Exported(name, folder, len(records), len(judged), known)


async def _chosen(library: Library, collection: str | None) -> str:
    if collection is not None:
        return collection
    voted = await library.store.voted()
    if not voted:
        raise NotFoundError("Nobody has voted on an answer in this library yet.")
    if len(voted) > 1:
        names = ", ".join(f"{name} ({count})" for name, count in voted.items())
        raise NotFoundError(f"Several collections have votes: {names}. Name one: --collection …")
    return next(iter(voted))


@dataclass(frozen=True, slots=True)
class _Judged:
    query: dict[str, object]
    relevant: tuple[int, ...]
    wrong: tuple[int, ...]


def _judged(
    key: str,
    votes: Sequence[Vote],
    records: Mapping[int, ArticleRecord],
    texts: Mapping[int, str],
) -> _Judged:
    """One question, by all the votes on it."""
    expected = list(dict.fromkeys(vote.expected for vote in votes if vote.expected))
    balance = Counter[int]()
    agreed = 0
    for vote in votes:
        if not vote.answered:
            agreed += 1 if vote.helpful else -1
        elif vote.article_id is not None and vote.article_id in records:
            balance[vote.article_id] += 1 if vote.helpful else -1
    liked = [number for number, sum_ in balance.items() if sum_ > 0]
    query: dict[str, object] = {"id": key, "question": votes[0].question, "type": votes[0].kind}
    places = _helpful(votes, liked, records) if liked else _expected(expected, texts)
    relevant = liked or list(places)
    if relevant:
        query |= {"answerable": True, "answers": expected, **_spans(places, texts)}
    elif agreed > 0:
        query["answerable"] = False
    elif expected:
        query["answers"] = expected
    wrong = [number for number, sum_ in balance.items() if sum_ < 0 and number not in relevant]
    return _Judged(query, tuple(relevant), tuple(wrong))


def _helpful(
    votes: Iterable[Vote], liked: Iterable[int], records: Mapping[int, ArticleRecord]
) -> Places:
    """The sentences that were found helpful, in articles that have not changed since."""
    places: Places = {number: set() for number in liked}
    for vote in votes:
        number, start, end = vote.article_id, vote.sentence_start, vote.sentence_end
        if number not in places or not vote.helpful or vote.asked < records[number].updated:
            continue
        if start is not None and end is not None:
            places[number].add((start, end))
    return places


def _expected(expected: Iterable[str], texts: Mapping[int, str]) -> Places:
    """The expected answers that stand, word for word, in a single article."""
    places: Places = defaultdict(set)
    for answer in expected:
        if sum(map(str.isalnum, answer)) < LEAST_EXPECTED:
            continue
        words = r"\s+".join(map(re.escape, answer.split()))
        pattern = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
        found = {number: match for number, text in texts.items() if (match := pattern.search(text))}
        if len(found) == 1:
            ((number, match),) = found.items()
            places[number].add(match.span())
    return places


def _spans(places: Places, texts: Mapping[int, str]) -> dict[str, object]:
    """As a data set says where answers stand: in one document."""
    for number, spans in places.items():
        text = texts[number]
        placed = [{"text": text[a:b], "start": a} for a, b in sorted(spans) if text[a:b].strip()]
        if placed:
            return {"doc_id": str(number), "spans": placed}
    return {}


def _write(
    folder: Path,
    records: Mapping[int, ArticleRecord],
    texts: Mapping[int, str],
    judged: Sequence[_Judged],
) -> None:
    documents = [
        {
            "id": str(record.id),
            "title": record.title,
            "text": texts[record.id],
            "url": record.url,
            "published": record.published,
            "source": record.source,
        }
        for record in records.values()
    ]
    grades = ["query\tdocument\tgrade\n"]
    for one in judged:
        graded = [(number, 1) for number in one.relevant] + [(number, 0) for number in one.wrong]
        grades += [f"{one.query['id']}\t{number}\t{grade}\n" for number, grade in graded]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strange = sorted(path.name for path in folder.iterdir() if path.name not in FILES)
        if strange:
            raise DataSetError(f"{folder} holds {strange[0]} already. Name a new folder.")
        _lines(folder / CORPUS, documents)
        _lines(folder / QUERIES, [one.query for one in judged])
        (folder / QRELS).write_text("".join(grades), encoding="utf-8")
    except OSError as error:
        raise DiskError(f"{folder} cannot be written: {error.strerror}.") from error


def _lines(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
