"""A bad site, small: what is good is stored once, and the rest told with its reason."""

from pathlib import Path

from retrieval.bench.pages import measure


def test_of_a_bad_site_all_good_pages_are_stored_once_and_the_others_told(tmp_path: Path) -> None:
    found = measure(200, tmp_path)
    assert found.expected == 200 - 10 - 4
    assert (found.stored, found.missing, found.wrongly_stored) == (found.expected, [], [])
    assert found.twice == 0
    assert {kind: sum(said.values()) for kind, said in found.reasons.items()} == {
        "500": 2, "503": 2, "404": 2, "403": 2, "broken off": 2,
        "endless": 1, "bomb": 1, "loop": 1, "picture": 1,
    }  # fmt: skip
    said = {kind: next(iter(reasons)) for kind, reasons in found.reasons.items()}
    assert said["404"] == "URL cannot be read: there is no such page."
    assert "larger than 8 MB" in said["endless"]
    assert "larger than 8 MB" in said["bomb"]
    assert "redirects without end" in said["loop"]
    assert "it is a picture" in said["picture"]
    assert "cannot be reached" in said["broken off"]
