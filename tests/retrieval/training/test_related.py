"""The table of related terms, made anew from the model that comes with the program."""

from importlib import resources

from retrieval.embedding.bundled import bundled_folder
from retrieval.related import FILE
from retrieval.training import related


def _told(text: str) -> set[tuple[str, int, str]]:
    found = set()
    for line in text.splitlines():
        term, *steps = line.split("\t")
        found |= {
            (term, step, other) for step, others in enumerate(steps) for other in others.split()
        }
    return found


def test_the_table_is_what_the_bundled_model_says() -> None:
    made = related.written(related.related(*related.term_vectors(bundled_folder())))
    kept = resources.files("retrieval").joinpath(FILE).read_text("ascii")
    # Another processor rounds otherwise, which may tip a pair that is just on the verge.
    assert len(_told(made) ^ _told(kept)) < 50
    assert len(_told(kept)) > 100_000
