"""What each command promises."""

from __future__ import annotations

import fcntl
import json
import os
import re
import sqlite3
import struct
import subprocess
import termios
from contextlib import closing, suppress
from pathlib import Path

import pytest

from retrieval.bench.writer import Writer
from tests.processes import COMMAND
from tests.retrieval.cli.conftest import SEED, Clippings

FERRY = (
    "The last ferry\n\nThe ferry across the sound stops in October, the port said on Monday. "
    "It carried 4,200 people a day.\n\nA bridge of 1,900 metres takes its place in 2019."
)
ASKED = {"question", "answered", "confidence", "answer", "passages", "timing_ms"}
PASSAGE = {
    "rank", "article_id", "external_id", "title", "url", "source", "author", "published",
    "paragraph", "text", "start", "end", "sentence", "score", "link",
}  # fmt: skip


def rows(path: Path, *articles: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in articles), encoding="utf-8")
    return path


def test_the_mission(seeded: Clippings) -> None:
    told = seeded("ask", "how many troops did China deploy?")
    assert told.code == 0
    assert " ".join(told.out.split()).startswith("150,000 In April, China deployed 150,000 troops")
    # It has no address, so it says where it is from: the one line that is never broken.
    lines = [line for line in told.out.splitlines() if line.strip() != str(SEED)]
    assert len(lines) < len(told.out.splitlines())
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)


def test_a_question_needs_no_quotes(seeded: Clippings) -> None:
    for command in ("ask", "search"):
        spread = seeded(
            command, *["how", "many", "troops", "did", "China", "deploy?"], "--json"
        ).json
        whole = seeded(command, "how many troops did China deploy?", "--json").json
        name = "question" if command == "ask" else "query"
        assert spread[name] == whole[name]
        assert spread["passages"] == whole["passages"]


def test_an_answer_in_json_is_verbatim_by_its_offsets(seeded: Clippings) -> None:
    answer = seeded("ask", "how many troops did China deploy?", "--json").json
    assert answer.keys() == ASKED
    assert answer["answered"] is True
    assert 0 <= answer["confidence"] <= 1
    text = seeded("--json", "show", answer["answer"]["article_id"]).json["text"]
    quotes = [answer["answer"]]
    for rank, passage in enumerate(answer["passages"], 1):
        assert passage.keys() >= PASSAGE
        assert passage["rank"] == rank
        assert passage["url"] is passage["published"] is passage["link"] is None
        assert passage["read_from"] == str(SEED)
        assert passage["start"] <= passage["sentence"]["start"]
        assert passage["sentence"]["end"] <= passage["end"]
        quotes += [passage, passage["sentence"]]
    assert all(quote["text"] == text[quote["start"] : quote["end"]] for quote in quotes)
    assert "150,000" in answer["answer"]["text"]
    scores = [passage["score"] for passage in answer["passages"]]
    assert scores == sorted(scores, reverse=True)


def test_a_question_nothing_answers_exits_1_and_shows_the_nearest(seeded: Clippings) -> None:
    told = seeded("ask", "Who won the football World Cup in 2014?", "--json")
    assert told.code == 1
    assert told.json["answered"] is False
    assert told.json["answer"] is None
    assert told.json["passages"]


def test_what_comes_nearest_is_shown_in_a_few_lines(
    seeded: Clippings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRIEVAL_READING_MS", "60000")  # the same is read each time
    question = "Who won the football World Cup in 2014?"
    told = seeded("ask", question)
    assert told.code == 1
    assert told.out.startswith("No article answers this.\nThe nearest passages (confidence ")
    passages = told.out.split("\n\n")[1:]
    assert len(passages) == 3
    as_json = seeded("ask", question, "--json").json["passages"]
    for shown, passage in zip(passages, as_json, strict=True):
        lines = shown.splitlines()
        assert len(lines) <= 8  # its title, its place, its path, and five of the passage
        assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
        words = " ".join(" ".join(lines[2:-1]).split())
        for part in words.strip(" …").split(" … "):
            assert part in " ".join(passage["text"].split())
        assert " ".join(passage["sentence"]["text"].split())[:200] in words
        assert words.startswith("… ") == (not passage["text"].startswith(words[:20]))
    assert seeded("ask", question, "-q").out == told.out


@pytest.mark.parametrize("place", ["before", "after"])
def test_shared_options_work_before_and_after_the_command(
    clippings: Clippings, tmp_path: Path, place: str
) -> None:
    shared = ["--db", tmp_path / "other.db", "--collection", "news", "--json", "--quiet"]
    for command in (["add", SEED], ["list"]):
        told = clippings(*([*shared, *command] if place == "before" else [*command, *shared]))
        assert told.code == 0
        assert told.lines[0]["title"].startswith("China Ramps Up")
    assert not (tmp_path / "library.db").exists()
    assert clippings("--db", tmp_path / "other.db", "list").out.startswith("There are no articles")


def test_settings_come_from_env_file_environment_and_option_in_that_order(
    clippings: Clippings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("RETRIEVAL_DATABASE=from_file.db\nBOT_TOKEN=x\n")
    monkeypatch.delenv("RETRIEVAL_DATABASE")
    clippings("add", SEED)
    assert (tmp_path / "from_file.db").exists()
    monkeypatch.setenv("RETRIEVAL_DATABASE", str(tmp_path / "from_environment.db"))
    clippings("add", SEED)
    assert (tmp_path / "from_environment.db").exists()
    clippings("add", SEED, "--db", tmp_path / "from_option.db")
    assert (tmp_path / "from_option.db").exists()


def test_receipts_say_what_became_of_each(clippings: Clippings, tmp_path: Path) -> None:
    file = tmp_path / "ferry.txt"
    file.write_text(FERRY)
    (tmp_path / "copy.txt").write_text(FERRY)
    receipt = {"ref", "external_id", "article_id", "title", "status", "passages", "error"}
    [added] = clippings("add", file, "--json").lines
    assert added.keys() >= receipt
    assert (added["status"], added["ref"], added["error"]) == ("added", str(file), None)
    assert added["passages"] >= 1
    told = clippings("add", file, tmp_path / "copy.txt", tmp_path / "none.txt", "--json")
    assert [each["status"] for each in told.lines] == ["unchanged", "unchanged", "failed"]
    assert told.code == 1
    assert told.lines[1]["article_id"] == added["article_id"]
    assert "none.txt" in told.lines[2]["error"]
    file.write_text(FERRY.replace("October", "November"))
    [updated] = clippings("add", file, "--json").lines
    assert (updated["status"], updated["article_id"]) == ("updated", added["article_id"])
    assert "November" in clippings("show", added["article_id"], "--json").json["text"]


def test_a_picture_is_among_the_facts(clippings: Clippings, tmp_path: Path) -> None:
    file = tmp_path / "ferry.html"
    head = '<head><meta property="og:image" content="https://news.example/ferry.jpg"></head>'
    file.write_text(f"<html>{head}<body><article><p>{FERRY}</p></article></body></html>")
    plain = tmp_path / "mill.txt"
    plain.write_text("The mill on the hill was built in 1780.")
    [with_one, without] = clippings("add", file, plain, "--json").lines
    shown = clippings("show", with_one["article_id"], "--json").json
    assert shown["image"] == "https://news.example/ferry.jpg"
    assert "picture      https://news.example/ferry.jpg" in clippings("show", 1).out
    assert clippings("show", without["article_id"], "--json").json["image"] is None
    assert "\npicture" not in clippings("show", without["article_id"]).out


def test_rows_keep_their_ids_urls_and_dates(clippings: Clippings, tmp_path: Path) -> None:
    url = "https://news.example/ferry?b=2&a=1#top"
    file = rows(
        tmp_path / "articles.jsonl",
        {"id": "f-1", "title": "The last ferry", "text": FERRY, "url": url, "source": "The Sound",
         "published": "2018-05-01"},
        {"id": 7, "title": "A mill", "text": "The mill on the hill was built in 1780."},
    )  # fmt: skip
    first, second = clippings("add", file, "--json").lines
    assert (first["external_id"], second["external_id"]) == ("f-1", "7")
    assert second["ref"] == f"{file}#7"
    shown = clippings("show", "f-1", "--json").json
    assert (shown["url"], shown["source"], shown["published"]) == (url, "The Sound", "2018-05-01")
    answer = clippings("ask", "How long is the bridge?", "--article", "f-1", "--json").json
    passage = answer["passages"][0]
    assert passage["external_id"] == "f-1"
    assert passage["link"].startswith("https://news.example/ferry?b=2&a=1#top:~:text=")


@pytest.mark.parametrize("url", ["-", "n/a", "www.n.example/f", "http://[no address"])
def test_rows_whose_address_is_none_are_known_by_their_ids(
    clippings: Clippings, tmp_path: Path, url: str
) -> None:
    texts = {"f": FERRY, "m": "The mill on the hill was built in 1780.", "p": "The port is shut."}
    file = rows(
        tmp_path / "articles.jsonl",
        *({"id": name, "text": text, "url": url} for name, text in texts.items()),
        {"text": "The quay was paved in 1902.", "url": url},
        {"text": "The dyke broke in 1953.", "url": url},
    )
    assert [each["status"] for each in clippings("add", file, "--json").lines] == ["added"] * 5
    told = clippings("add", file, "--json").lines
    assert [each["status"] for each in told] == ["unchanged"] * 5
    assert [each["ref"].rpartition("#")[2] for each in told] == [
        "f",
        "m",
        "p",
        " line 4",
        " line 5",
    ]
    for name, text in texts.items():
        shown = clippings("show", name, "--json").json
        assert (shown["text"], shown["url"]) == (text, None)


def test_an_address_that_is_none_is_shown_and_links_to_nothing(
    clippings: Clippings, tmp_path: Path
) -> None:
    clippings("add", rows(tmp_path / "articles.jsonl", {"id": "f", "text": FERRY}))
    # As rows were stored once.
    with closing(sqlite3.connect(tmp_path / "library.db", isolation_level=None)) as library:
        library.execute("UPDATE articles SET url = 'http://[no address'")
    told = clippings("ask", "How long is the bridge?", "--json")
    passage = told.json["passages"][0]
    assert (passage["url"], passage["link"]) == ("http://[no address", None)
    assert "http://[no address" in clippings("ask", "How long is the bridge?").out
    assert clippings("refresh", "f").code == 1


def test_dates_filter(clippings: Clippings, tmp_path: Path) -> None:
    text = "The mayor opened the bridge number {} over the sound."
    file = rows(
        tmp_path / "articles.jsonl",
        *(
            {"id": year, "title": f"Bridge {year}", "text": text.format(year), "published": year}
            for year in ("2016-01-01", "2017-01-01", "2018-01-01")
        ),
    )
    clippings("add", file)
    found = clippings(
        "search", "bridge", "--since", "1 January 2017", "--before", "2018", "--json"
    ).json
    assert [each["external_id"] for each in found["passages"]] == ["2017-01-01"]


def test_articles_without_a_date_are_told_where_dates_left_them_out(
    clippings: Clippings, tmp_path: Path
) -> None:
    file = rows(
        tmp_path / "articles.jsonl",
        {"id": "f", "title": "Ferry", "text": FERRY},
        {"id": "m", "title": "Mill", "text": "The mill on the hill was built in 1780."},
        {"id": "q", "text": "The quay was paved in 1902.", "published": "2018-01-01"},
    )
    clippings("add", file)
    left_out = "articles without a date were left out."
    for dates in (("--since", "2017"), ("--before", "2017"), ("--since", "2019")):
        assert f"\n2 {left_out}\n" in clippings("ask", "When was the mill built?", *dates).out
    one = clippings("ask", "When was the mill built?", "--since", "2019", "--article", "m").out
    assert "\n1 article without a date was left out.\n" in one
    assert f"\n2 {left_out}\n" in clippings("search", "the mill", "--since", "2019").out
    for told in (
        clippings("ask", "When was the quay paved?", "--since", "2017"),
        clippings("ask", "Who won the World Cup in 2014?"),
        clippings("search", "the mill", "--since", "2017"),
    ):
        assert "without a date" not in told.out


def test_search_shows_both_searches(seeded: Clippings) -> None:
    found = seeded("search", "joint drill", "--json", "--limit", 2).json
    assert found.keys() == {"query", "passages"}
    assert len(found["passages"]) == 2
    assert found["passages"][0].keys() == {
        "rank", "article_id", "external_id", "title", "text", "start", "end", "score", "lexical",
        "dense",
    }  # fmt: skip
    explained = seeded("search", "joint drill", "--explain", "--json").json["passages"][0]
    assert {"lexical_rank", "dense_rank", "features"} <= explained.keys()


def test_edited_facts_are_what_is_cited(seeded: Clippings) -> None:
    url = "https://news.example/china"
    told = seeded("edit", 1, "--title", "Border troops", "--url", url, "--published", "2017-07-24")
    assert told.code == 0
    passage = seeded("ask", "how many troops did China deploy?", "--json").json["passages"][0]
    assert (passage["title"], passage["url"]) == ("Border troops", url)
    assert passage["published"] == "2017-07-24"
    assert passage["link"].startswith(f"{url}#:~:text=")
    assert seeded("edit", 1, "--url", "", "--json").json["url"] is None


def test_what_is_removed_answers_no_more(seeded: Clippings) -> None:
    assert seeded("remove", 1).code == 0
    told = seeded("ask", "how many troops did China deploy?", "--json")
    assert (told.code, told.json["passages"]) == (1, [])
    assert seeded("add", SEED, "--json").json["article_id"] == 2


def test_an_unknown_article_does_not_keep_the_others_from_being_removed(
    clippings: Clippings, tmp_path: Path
) -> None:
    file = rows(
        tmp_path / "articles.jsonl",
        {"id": "a", "title": "Ferry", "text": FERRY},
        {"id": "b", "title": "Bridge", "text": "The bridge at Lindau has three arches."},
        {"id": "c", "title": "Port", "text": "The port of Dover has 90 cranes."},
    )
    clippings("add", file)
    told = clippings("remove", "a", "nowhere", "1", "c", "--json")
    assert told.code == 1
    assert [(line["external_id"], line["status"]) for line in told.lines] == [
        ("a", "removed"),
        ("c", "removed"),
    ]
    assert "nowhere" in told.err
    told = clippings("remove", "98", "99", "97")
    assert (told.code, told.out) == (2, "")
    assert re.findall(r'no article "(\d+)"', told.err) == ["98", "99", "97"]
    assert [line["external_id"] for line in clippings("list", "--json").lines] == ["b"]


def test_copies_of_a_story_are_one_passage(clippings: Clippings, tmp_path: Path) -> None:
    file = rows(
        tmp_path / "articles.jsonl",
        {"id": "a", "title": "Ferry", "text": FERRY, "url": "https://a.example/1"},
        {"id": "b", "title": "Ferry!", "text": FERRY + " ", "url": "https://b.example/1"},
    )
    clippings("add", file)
    answer = clippings("ask", "How many people did the ferry carry a day?", "--json").json
    texts = [passage["text"] for passage in answer["passages"]]
    assert len(texts) == len(set(texts))


def test_an_answer_says_in_how_many_outlets_it_is_and_each_can_be_asked(
    clippings: Clippings, tmp_path: Path
) -> None:
    made = Writer(3).article(3).text
    rows_ = [
        {"id": str(n), "title": f"Story {n}", "text": f"{made} Outlet {n} says so.",
         "url": f"https://{n}.example/1"}
        for n in range(1, 6)
    ]  # fmt: skip
    clippings("add", rows(tmp_path / "copies.jsonl", *rows_))
    question = made.split(". ")[2]
    shown = clippings("ask", question).out
    assert "also in 4 outlets: articles " in " ".join(shown.split())
    of_one = clippings("ask", question, "--article", "4", "--json").json
    assert {passage["article_id"] for passage in of_one["passages"]} == {4}
    assert of_one["passages"][0]["url"] == "https://4.example/1"


def test_questions_from_standard_input(
    seeded: Clippings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each line has its own, whoever sends them: also an empty one."""
    lines = tmp_path / "questions"
    lines.write_bytes(b"how many troops did China deploy?\n\n\xff\xfe?!\nWho is Lu Kang?\n")
    with lines.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        told = seeded("ask", "-")
    assert told.code == 0
    first, second, third, fourth = told.lines
    assert "150,000" in first["answer"]["text"]
    assert second.keys() == third.keys() == {"question", "error"}
    assert fourth["question"] == "Who is Lu Kang?"


def test_rows_from_standard_input(
    clippings: Clippings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent = rows(
        tmp_path / "articles.jsonl",
        {"id": "f", "title": "Ferry", "text": FERRY},
        {"text": "The mill on the hill was built in 1780."},
        {"text": 12},
    )
    for status in ("added", "unchanged"):
        with sent.open() as file:
            monkeypatch.setattr("sys.stdin", file)
            told = clippings("add", "-", "--json")
        assert told.code == 1
        assert [each["status"] for each in told.lines] == [status, status, "failed"]
    with sent.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        told = clippings("add", "-")
    assert told.err.startswith("failed: Line 3 of standard input cannot be used: its `text` must")
    answer = clippings("ask", "When was the mill built?", "--json").json
    assert answer["passages"][0]["read_from"] is None
    assert clippings("show", "f", "--json").json["title"] == "Ferry"


def test_a_folder_tells_what_was_left_out_of_it(clippings: Clippings, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "ferry.txt").write_text(FERRY)
    (folder / "run.py").write_text("print('The mill on the hill was built in 1780.')")
    told = clippings("add", folder)
    assert told.out == "Articles: 1 added; 1 passage embedded.\n"
    assert told.err == "1 file left out for its ending (.py); name it to add it.\n"
    for name in ("a.json", "b.json", "c.yml", "d.csv", "e.ini"):
        (folder / name).write_text("{}")
    told = clippings("add", folder, "--json")
    assert (told.code, len(told.lines)) == (0, 1)
    assert told.err.startswith("6 files left out for their endings (.json, ")
    assert told.err.endswith(", …); name one to add it.\n")
    assert len(told.err) <= 80
    assert clippings("add", folder, "--quiet").err == ""
    assert clippings("add", folder / "run.py", "--json").json["status"] == "added"


def test_a_person_who_watches_sees_how_far_it_is_and_how_long_it_takes(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text(f"The mill {number} was sold in {1700 + number}.")
    watched, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "RETRIEVAL_DATABASE": "library.db", "TERM": "xterm"}
    with subprocess.Popen(
        [*COMMAND, "add", *tmp_path.glob("*.txt")],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=terminal,
    ) as process:
        os.close(terminal)
        shown = _all_of(watched)
        assert process.stdout is not None
        assert process.stdout.read() == b"Articles: 40 added; 40 passages embedded.\n"
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"Adding .*\b40/40 +\d[\d.,]* articles/s +0:00 left", text)
    assert all(len(line) <= 80 for line in re.split(r"[\r\n]+", text))


def _all_of(terminal: int) -> str:
    """What a terminal was sent until its other end was closed."""
    parts = []
    with suppress(OSError), open(terminal, "rb", buffering=0) as file:
        while part := file.read(1 << 16):
            parts.append(part)
    return b"".join(parts).decode()


def test_facts_of_one_article_may_be_given_with_it(clippings: Clippings, tmp_path: Path) -> None:
    file = tmp_path / "ferry.txt"
    file.write_text(FERRY)
    told = clippings(
        "add", file, "--title", "Ferry", "--url", "https://n.example/f", "--published", "May 2018"
    )
    assert told.code == 0
    shown = clippings("show", 1, "--json").json
    assert (shown["title"], shown["url"]) == ("Ferry", "https://n.example/f")
    assert shown["published"].startswith("2018-05")


def test_a_title_is_one_line_of_what_can_be_seen(clippings: Clippings, tmp_path: Path) -> None:
    (tmp_path / "ferry.txt").write_text(FERRY)
    told = clippings("add", tmp_path / "ferry.txt", "--title", "Fer\udcffry\n \x1bnews", "--json")
    assert told.json["title"] == "Ferry news"
    assert clippings("edit", 1, "--title", "\x07A  ferry", "--json").json["title"] == "A ferry"


def test_what_is_said_of_an_article_that_is_there_already_counts(
    clippings: Clippings, tmp_path: Path
) -> None:
    file = tmp_path / "ferry.txt"
    file.write_text(FERRY)
    assert clippings("add", file, "--json").json["status"] == "added"
    facts = ["--title", "Ferry", "--url", "https://n.example/f", "--published", "2018-05-01"]
    for status in ("updated", "unchanged"):
        told = clippings("add", file, *facts, "--json").json
        assert (told["article_id"], told["title"], told["status"]) == (1, "Ferry", status)
    [shown] = clippings("list", "--json").lines
    assert (shown["title"], shown["url"]) == ("Ferry", "https://n.example/f")
    assert shown["published"] == "2018-05-01"


def test_backup_and_restore(seeded: Clippings, tmp_path: Path) -> None:
    assert seeded("backup", tmp_path / "copy.db").code == 0
    seeded("remove", 1)
    assert seeded("restore", tmp_path / "copy.db").code == 0
    assert seeded("ask", "how many troops did China deploy?").code == 0


def test_what_is_kept_can_be_looked_at(seeded: Clippings) -> None:
    assert seeded("collections", "--json").json["name"] == "default"
    assert seeded("stats", "--json").json["articles"] == 1
    assert seeded("rebuild", "--json").json["passages"] == 5
    assert "China Ramps Up" in seeded("list").out
    assert "China Ramps Up" in seeded("list", "--match", "KOREAN").out
    assert seeded("list", "--match", "zebra").out == 'No title contains "zebra".\n'
    told = seeded("doctor", "--json")
    assert told.code == 0
    assert all(finding["ok"] for finding in told.json["findings"])


def test_a_list_is_cut_for_a_terminal_only(clippings: Clippings, tmp_path: Path) -> None:
    title = "The last ferry across the sound " * 12
    file = rows(
        tmp_path / "articles.jsonl",
        {"id": "f", "title": title, "text": FERRY, "source": "The Courier of the Sound"},
        {"id": "m", "title": "Mill", "text": "The mill on the hill was built in 1780."},
    )
    clippings("add", file)
    lines = clippings("list").out.splitlines()
    assert len(lines) == 3
    assert title.strip() in lines[1]
    assert "The Courier of the Sound" in lines[1]
    assert all(line == line.rstrip() for line in lines)
    watched, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(
        [*COMMAND, "list"], cwd=tmp_path, env=environment, stdout=terminal
    ) as process:
        os.close(terminal)
        shown = _all_of(watched)
    assert process.returncode == 0
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).splitlines()
    assert len(lines) == 3
    assert "…" in lines[1]
    assert all(len(line) <= 80 for line in lines)


def test_an_evaluation_prints_one_object_and_writes_a_page(
    clippings: Clippings, tmp_path: Path
) -> None:
    told = clippings("eval", SEED.parent, "--json", "--report", tmp_path / "page.html")
    assert told.code == 0
    report = told.json
    assert report["dataset"] == "seeds"
    assert report["metrics"]["hit@1"].keys() >= {"value", "low", "high"}
    assert "<svg" in (tmp_path / "page.html").read_text()


def test_what_withholding_came_to_fits_a_terminal(clippings: Clippings, tmp_path: Path) -> None:
    folder, more = tmp_path / "set", tmp_path / "more"
    folder.mkdir()
    more.mkdir()
    rows(folder / "corpus.jsonl", {"id": "f", "title": "Ferry", "text": FERRY})
    rows(folder / "queries.jsonl", {"id": "q", "question": "How long is the bridge?"})
    (folder / "qrels.tsv").write_text("q\tf\t1\n")
    rows(more / "corpus.jsonl", {"id": "m", "title": "Mill", "text": "The mill was built in 1780."})
    told = clippings("eval", folder, "--withheld", "--beside", more)
    assert told.code == 0
    assert "Where 90 of 100 with their article are answered, " in " ".join(told.out.split())
    assert all(len(line) <= 80 and line == line.rstrip() for line in told.out.splitlines())


@pytest.mark.parametrize("group", [[], ["feed"], ["feedback"]])
def test_what_a_command_does_is_told_whole_in_the_list_of_them(
    clippings: Clippings, group: list[str]
) -> None:
    told = clippings(*group, "--help")
    assert told.code == 0
    commands = told.out.partition("Commands")[2]
    assert commands
    assert "..." not in commands
