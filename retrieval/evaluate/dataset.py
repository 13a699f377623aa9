"""Data sets: documents, questions, and which document answers which. Read whole, checked whole.

Two forms are known:

- `corpus.jsonl` {"id", "title", "text", "url", "published"}, `queries.jsonl` {"id", "question",
  "answerable", "answers", "evidence", "spans", "doc_id", "type"} and `qrels.tsv` (query TAB
  document TAB grade). Documents whose `kind` is "positive_wrong" are counterfactual copies of
  others and are left out.
- a folder of articles with a `questions.jsonl` beside them, whose fields are those of
  `queries.jsonl`. An article is relevant when it holds one of the question's `evidence` sentences.

Whatever is missing or broken raises DataSetError with file and line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from retrieval.config import RetrievalSettings
from retrieval.errors import DataSetError
from retrieval.evaluate.jsonl import Row, lines_of, unique_rows
from retrieval.sources import read_all
from retrieval.types import Article

CORPUS, QUERIES, QRELS, QUESTIONS = "corpus.jsonl", "queries.jsonl", "qrels.tsv", "questions.jsonl"
LEFT_OUT_KIND = "positive_wrong"


class GoldSpan(NamedTuple):
    """Where the words that answer stand: `document text[start:end]`."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Query:
    """A question and what is known of its answer."""

    id: str
    question: str
    relevant: Mapping[str, float]
    """Grade, above 0, of each relevant document; empty where none answers or nobody judged."""
    answerable: bool | None = None
    """None where the data set does not say."""
    answers: tuple[str, ...] = ()
    """Short answers, any of which will do."""
    gold: tuple[GoldSpan, ...] = ()
    """Answering words or sentences, any of which will do."""
    type: str | None = None
    own: str | None = None
    """The document that it was asked about, whether that answers it or not."""
    trained: bool | None = None
    """Whether the reader has learnt from other passages of that document's article."""

    @property
    def ranked(self) -> bool:
        """Whether it counts in the figures of ranking."""
        return bool(self.relevant) and self.answerable is not False


@dataclass(frozen=True, slots=True)
class DataSet:
    """Documents as articles, whose `external_id` is the document's id, and questions."""

    name: str
    documents: tuple[Article, ...]
    queries: tuple[Query, ...]
    left_out: int = 0
    """Documents of the corpus that are not to be found."""

    def digest(self) -> str:
        """SHA-256 of what is stored of the documents: the same for the same documents."""
        state = hashlib.sha256()
        for a in self.documents:
            facts = [a.external_id, a.identity, a.title, a.url, a.source, a.author, a.published]
            state.update(json.dumps([*facts, a.text], ensure_ascii=False).encode())
        return state.hexdigest()


def load(folder: Path, settings: RetrievalSettings) -> DataSet:
    """The data set in a folder, whichever form it has. Raises DataSetError."""
    if not folder.is_dir():
        raise DataSetError(f"{folder} is not a folder. Give one that holds a data set.")
    if (folder / CORPUS).is_file():
        return _load_corpus(folder)
    if (folder / QUESTIONS).is_file():
        return _load_articles(folder, settings)
    raise DataSetError(
        f"{folder} holds neither {CORPUS} nor articles with a {QUESTIONS} beside them, "
        "so there is nothing to evaluate."
    )


def documents_of(folder: Path) -> tuple[Article, ...]:
    """The documents of a folder's `corpus.jsonl` alone. Raises DataSetError."""
    if not (folder / CORPUS).is_file():
        raise DataSetError(f"{folder} has no {CORPUS}: there are no documents in it.")
    name = folder.resolve().name
    rows = unique_rows(folder / CORPUS)
    return tuple(_document(name, key, row) for key, row in rows.items())


def _load_corpus(folder: Path) -> DataSet:
    for name, why in ((QUERIES, "questions"), (QRELS, "judgements of which document answers")):
        if not (folder / name).is_file():
            raise DataSetError(
                f"{folder} has documents but no {name}: without {why} there is nothing to evaluate."
            )
    name = folder.resolve().name
    rows = unique_rows(folder / CORPUS)
    kept = {key: row for key, row in rows.items() if row.fields.get("kind") != LEFT_OUT_KIND}
    if not kept:
        raise DataSetError(f"{folder / CORPUS} holds no documents.")
    documents = {key: _document(name, key, row) for key, row in kept.items()}
    questions = _some(folder / QUERIES)
    relevant = _judgements(folder / QRELS, questions=questions, documents=rows)
    queries = [
        _query(
            row,
            documents,
            {document: grade for document, grade in relevant[key].items() if document in kept},
        )
        for key, row in questions.items()
    ]
    return DataSet(name, tuple(documents.values()), tuple(queries), len(rows) - len(kept))


def _some(path: Path) -> dict[str, Row]:
    rows = unique_rows(path)
    if not rows:
        raise DataSetError(f"{path} holds no questions.")
    return rows


def _document(dataset: str, key: str, row: Row) -> Article:
    title = row.maybe_text("title") or ""
    return Article(
        text=row.text("text"),
        title=title,
        identity=f"{dataset}#{key}",
        url=row.maybe_text("url"),
        source=row.maybe_text("source"),
        published=row.maybe_text("published"),
        external_id=key,
    )


def _judgements(
    path: Path, *, questions: Mapping[str, Row], documents: Mapping[str, Row]
) -> dict[str, dict[str, float]]:
    """Relevant documents of each question; a first line of column names is allowed."""
    found: dict[str, dict[str, float]] = {key: {} for key in questions}
    for number, line in lines_of(path):
        where = f"{path}, line {number}"
        parts = [part.strip() for part in line.rstrip("\r\n").split("\t")]
        if len(parts) != 3:
            raise DataSetError(f"{where}: there must be question, document and grade, with tabs.")
        query, document, given = parts
        try:
            grade = float(given)
        except ValueError:
            if number == 1:
                continue
            raise DataSetError(f"{where}: “{given}” is no grade. Use 0, 1 or more.") from None
        if query not in questions:
            raise DataSetError(f"{where}: there is no question “{query}” in {QUERIES}.")
        if document not in documents:
            raise DataSetError(f"{where}: there is no document “{document}” in {CORPUS}.")
        if grade > 0:
            found[query][document] = grade
    return found


def _query(row: Row, documents: Mapping[str, Article], relevant: Mapping[str, float]) -> Query:
    answers = row.texts("answers")
    gold = (*_spans(row, documents), *_evidence(row, documents, relevant))
    return Query(
        id=row.id(),
        question=row.text("question"),
        relevant=relevant,
        answerable=row.maybe_flag("answerable"),
        answers=answers,
        gold=gold,
        type=row.maybe_text("type"),
        own=row.maybe_text("doc_id"),
        trained=row.maybe_flag("article_in_training"),
    )


def _spans(row: Row, documents: Mapping[str, Article]) -> list[GoldSpan]:
    """The `spans` of a question, which must stand in its `doc_id` as they say."""
    found = []
    for item in row.rows("spans"):
        document, text, start = row.id("doc_id"), item.text("text"), item.whole("start")
        if document not in documents:
            raise row.error(f"there is no document “{document}” in {CORPUS}.")
        end = start + len(text)
        if documents[document].text[start:end] != text:
            raise row.error(f"“{text}” does not stand at {start} in the document “{document}”.")
        found.append(GoldSpan(document, start, end))
    return found


def _evidence(
    row: Row, documents: Mapping[str, Article], relevant: Mapping[str, float]
) -> list[GoldSpan]:
    """Where each `evidence` sentence stands in the relevant documents."""
    found = []
    for sentence in row.texts("evidence"):
        places = _places(sentence, documents, relevant)
        if relevant and not places:
            raise row.error(f"the evidence “{sentence[:60]}” stands in no relevant document.")
        found += places
    return found


def _places(
    sentence: str, documents: Mapping[str, Article], among: Iterable[str]
) -> list[GoldSpan]:
    """Where a sentence first stands in each of the documents; white space may differ."""
    words = re.compile(r"\s+".join(map(re.escape, sentence.split())))
    return [
        GoldSpan(key, *match.span())
        for key in among
        if (match := words.search(documents[key].text))
    ]


def _load_articles(folder: Path, settings: RetrievalSettings) -> DataSet:
    questions = _some(folder / QUESTIONS)
    documents = {a.identity: a for a in _read_folder(folder, settings)}
    queries = [_article_query(row, documents) for row in questions.values()]
    return DataSet(folder.resolve().name, tuple(documents.values()), tuple(queries))


def _article_query(row: Row, documents: Mapping[str, Article]) -> Query:
    places = [
        place
        for sentence in row.texts("evidence")
        for place in _places(sentence, documents, documents)
    ]
    answerable = row.maybe_flag("answerable")
    if row.texts("evidence") and not places:
        raise row.error("its evidence stands in none of the articles beside it.")
    if answerable and not places:
        raise row.error("an answerable question needs the sentence that answers it as evidence.")
    return _query(row, documents, {place.document: 1.0 for place in places})


def _read_folder(folder: Path, settings: RetrievalSettings) -> list[Article]:
    """The articles of a folder, called by their path within it; one that cannot be read is an
    error, since the figures would be about something else without it."""
    articles = []
    for reading in read_all([str(folder)], settings):
        if reading.article is None:
            raise DataSetError(f"The articles cannot all be read: {reading.error}")
        name = Path(reading.ref).relative_to(folder).as_posix()
        articles.append(replace(reading.article, identity=name, external_id=name))
    return articles
