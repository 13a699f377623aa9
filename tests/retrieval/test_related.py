"""Terms that mean nearly the same."""

from importlib import resources

from retrieval.analysis import terms
from retrieval.related import FILE, LEVELS, related


def test_words_that_mean_nearly_the_same_are_related_the_nearer_the_more() -> None:
    assert related("soldier")["troop"] == LEVELS - 1
    assert related("soldier")["troop"] > related("soldier")["war"] > 0
    for question, told in (
        ("China", "Chinese"),
        ("won", "win"),
        ("send", "sent"),
        ("died", "death"),
    ):
        [asked], [found] = terms(question), terms(told)
        assert related(asked).get(found, 0) >= LEVELS - 2, (question, told)


def test_what_is_no_known_word_has_no_relatives() -> None:
    assert related("qwzx") == related("2016") == related("") == {}


def test_months_and_numbers_never_stand_for_one_another() -> None:
    for each in terms("January Monday thousand northern"):
        assert related(each) == {}


def test_no_term_is_related_to_itself_and_each_is_a_plain_word() -> None:
    table = resources.files("retrieval").joinpath(FILE).read_text("ascii")
    heads = [line.partition("\t")[0] for line in table.splitlines()]
    assert heads == sorted(set(heads))
    for head in heads[::50]:
        others = related(head)
        assert head not in others
        assert all(0 < level < LEVELS for level in others.values())
        assert all(other.isascii() and other.isalpha() and other.islower() for other in others)
