"""Articles small enough to reckon with, for the tests of the store."""

import zlib
from collections.abc import Sequence

import numpy as np

from retrieval.embedding.protocol import TokenVectors
from retrieval.store import NewPassage, Store, Written
from retrieval.types import Article, Cut, Span

MODEL = "letters"
WIDTH = 4


def vector(text: str, width: int = WIDTH) -> np.ndarray:
    """A unit vector that depends on the text alone."""
    seed = zlib.crc32(text.encode(errors="surrogatepass"))
    numbers = np.random.default_rng(seed).standard_normal(width)
    return (numbers / np.linalg.norm(numbers)).astype(np.float32)


def cuts(text: str) -> list[Cut]:
    """A passage a line, a sentence up to each full stop."""
    found, start = [], 0
    for line in text.split("\n"):
        sentences, at = [], start
        for part in line.split(". "):
            end = min(at + len(part) + 2, start + len(line))
            if end > at:
                sentences.append(Span(at, end))
            at = end
        if line:
            found.append(Cut(start, start + len(line), len(found) + 1, tuple(sentences)))
        start += len(line) + 1
    return found


def new_passages(article: Article, width: int = WIDTH) -> list[NewPassage]:
    made = []
    for cut in cuts(article.text):
        text = article.text[cut.start : cut.end]
        sentences = np.stack(
            [vector(article.text[span.start : span.end], width) for span in cut.sentences]
        )
        made.append(
            NewPassage(
                cut,
                title_terms=article.title.lower(),
                body_terms=text.lower(),
                vector=vector(text, width),
                sentence_vectors=sentences,
                # As if each sentence were one token.
                token_vectors=TokenVectors(
                    np.array([0] + [1] * len(sentences), np.uint16),
                    np.rint(127 * sentences).astype(np.int8),
                ),
            )
        )
    return made


def article(text: str, identity: str = "", title: str = "Title", **facts: object) -> Article:
    return Article(text=text, title=title, identity=identity or f"id of {text}", **facts)


async def put(
    store: Store,
    text: str,
    identity: str = "",
    *,
    collection: str = "default",
    replace: int | None = None,
    model: str = MODEL,
    **facts: object,
) -> Written:
    made = article(text, identity, **facts)
    return await store.put_article(
        collection, made, passages=new_passages(made), model=model, replace=replace
    )


async def texts(store: Store, ids: Sequence[int]) -> list[str]:
    return [passage.text for passage in await store.passages(ids)]


async def with_terms(
    store: Store, terms: Sequence[str], *, collection: str = "default", **options: object
) -> list[tuple[int, float]]:
    """Passages with any of the terms, as (id, score), best first."""
    frequencies = await store.document_frequencies(collection, terms)
    passages = await store.passage_count(collection)
    return await store.lexical(collection, frequencies, passages=passages, **options)
