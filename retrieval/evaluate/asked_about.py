"""`python -m retrieval.evaluate.asked_about QUESTIONS CORPUS OUT`: a data set of questions that
were written about documents of another one.

QUESTIONS has `queries.jsonl` and `qrels.tsv`, CORPUS `corpus.jsonl`. OUT gets both, with those
documents alone that the questions are about by their `doc_id`: in others an answer may stand that
nobody looked for.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from retrieval.errors import DataSetError, RetrievalError
from retrieval.evaluate.dataset import CORPUS, QRELS, QUERIES
from retrieval.evaluate.jsonl import unique_rows


def assemble(questions: Path, corpus: Path, out: Path) -> None:
    """Fill the folder `out`. Raises DataSetError where a document is missing."""
    rows = unique_rows(questions / QUERIES).values()
    wanted = dict.fromkeys(row.text("doc_id") for row in rows)
    documents = unique_rows(corpus / CORPUS)
    if missing := [name for name in wanted if name not in documents]:
        raise DataSetError(f"{corpus / CORPUS} has no “{missing[0]}”, of which is asked.")
    out.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(documents[name].fields, ensure_ascii=False) for name in wanted)
    (out / CORPUS).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for name in (QUERIES, QRELS):
        shutil.copyfile(questions / name, out / name)


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 2 for wrong use or input."""
    if len(arguments) != 3:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    try:
        assemble(*map(Path, arguments))
    except RetrievalError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
