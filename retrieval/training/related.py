"""`python -m retrieval.training.related FILE`: find which terms are related in meaning.

The bundled model's word vectors, less their mean, are compared by cosine; a term is the mean of
those of its words, the commoner ones counting more. Only whole words of plain letters: pieces of
words mean nothing by themselves.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from retrieval import analysis
from retrieval.embedding.bundled import WEIGHTS, bundled_folder, check_weights
from retrieval.related import LEVELS

Vectors = npt.NDArray[np.float32]
LEAST = 0.28
"""Cosine from which two terms are related at all."""
STEP = 0.125
"""Of cosine, from each level to the next."""
MOST = 16
"""Relatives of a term: the nearest."""
APART = frozenset(
    analysis.terms(
        "January February March April May June July August September October November December "
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy "
        "eighty ninety hundred thousand million billion trillion first second third fourth fifth "
        "sixth seventh eighth ninth tenth north south east west northern southern eastern western"
    )
)
"""Terms without relatives: their vectors lie near each other, and none ever stands for another."""


def term_vectors(folder: Path) -> tuple[list[str], Vectors]:
    """The terms of the words of the model in `folder`, in order, and a unit vector for each."""
    vocabulary = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    words = {
        word: number
        for word, number in vocabulary.items()
        if word.isascii() and word.isalpha() and len(word) > 1
    }
    table = _word_vectors(folder)
    mean = table[list(words.values())].mean(axis=0)
    numbers: dict[str, list[int]] = defaultdict(list)
    for word, number in words.items():
        if len(found := analysis.terms(word)) == 1 and found[0] not in APART:
            numbers[found[0]].append(number)
    terms = sorted(numbers)
    vectors = np.stack([_mean(table, numbers[term]) - mean for term in terms])
    return terms, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def related(terms: list[str], vectors: Vectors) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Each term that has relatives, with these and how near they are, 1..LEVELS - 1."""
    # Some rows at a time: all of them would take almost a gigabyte.
    rows = (row for few in np.array_split(vectors, 32) for row in few @ vectors.T)
    for number, cosines in enumerate(rows):
        cosines[number] = -1.0
        nearest = sorted(np.argpartition(-cosines, MOST)[:MOST].tolist())
        found = {
            terms[n]: min(LEVELS - 1, 1 + int((cosines[n] - LEAST) / STEP))
            for n in nearest
            if cosines[n] >= LEAST
        }
        if found:
            yield terms[number], found


def written(found: Iterator[tuple[str, Mapping[str, int]]]) -> str:
    """As `retrieval.related` reads it."""
    return "".join(
        "\t".join(
            [term]
            + [
                " ".join(other for other, near in others.items() if near == level)
                for level in range(LEVELS - 1, 0, -1)
            ]
        )
        + "\n"
        for term, others in found
    )


def _word_vectors(folder: Path) -> Vectors:
    check_weights(folder)
    held = load_file(folder / WEIGHTS)
    [name] = [name for name in held if name.endswith("word_embeddings.weight")]
    vectors: Vectors = held[name].astype(np.float32)
    return vectors


def _mean(table: Vectors, numbers: list[int]) -> Vectors:
    # The model's vocabulary is in order of how common its words are.
    shares = 1 / (np.array(numbers, np.float32) + 1)
    mean: Vectors = shares @ table[numbers] / shares.sum()
    return mean


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    text = written(related(*term_vectors(bundled_folder())))
    given.file.write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
