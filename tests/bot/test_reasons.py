"""What the engine says is wrong, told in the language of who is told."""

import ast
import io
import re
import string
from pathlib import Path

import pypdf
import pytest

import retrieval
from bot.i18n import CATALOGUE, REASONS, Texts
from retrieval.errors import (
    EmptyError,
    QuestionError,
    Reason,
    RetrievalError,
    SourceError,
    UnreadableError,
)
from retrieval.sources.draft import LOOKS_LIKE
from tests.bot.newsroom import ENGINE
from tests.bot.words import shown
from tests.retrieval.newspaper import printed

ROOT = Path(retrieval.__file__).parent
ONLY_ON_THE_COMMAND_LINE = {"files.py", "rows.py"}
OF_THE_FILE = {"StoreError", "DiskError", "CorruptDatabaseError"}
NAMED = {"UnreadableError", "GoneError", "EmptyError", "TooLargeError", "UsageError"} | OF_THE_FILE


def _errors(path):
    """The errors that a module makes, as calls."""
    for node in ast.walk(ast.parse(path.read_text())):
        name = getattr(getattr(node, "func", None), "id", "")
        if name in NAMED:
            yield node


def _named(call):
    """The reason that a call names; None where it names none, or not by name."""
    for argument in call.args:
        if isinstance(argument, ast.Attribute) and getattr(argument.value, "id", "") == "Reason":
            return Reason[argument.attr]
    return None


def _facts(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", CATALOGUE.keys() - {"en"})
def test_every_reason_is_said_in_every_language(language):
    said = REASONS[language]
    assert said.keys() == set(Reason) - {Reason.OTHER, Reason.LONG_QUESTION}
    assert all(text.strip() and not text.endswith(".") for text in said.values())


@pytest.mark.parametrize("language", REASONS)
def test_what_a_reason_is_said_with_comes_with_the_error(language):
    for path in ROOT.rglob("*.py"):
        for call in _errors(path):
            if (reason := _named(call)) is not None:
                given = {keyword.arg for keyword in call.keywords}
                told = REASONS[language].get(reason, "")
                assert _facts(told) <= given, f"{path}:{call.lineno}"
    for reason in LOOKS_LIKE:
        assert _facts(REASONS[language].get(reason, "")) <= {"words"}


def test_nothing_that_a_link_or_file_can_come_to_is_without_a_reason():
    bare = [
        f"{path.name}:{call.lineno}"
        for path in (ROOT / "sources").rglob("*.py")
        if path.name not in ONLY_ON_THE_COMMAND_LINE
        for call in _errors(path)
        if len(call.args) == 1
        and not isinstance(call.args[0], ast.Starred)
        and getattr(call.func, "id", "") != "UsageError"
    ]
    assert bare == []


def test_nothing_that_sqlite_refuses_is_without_a_reason_or_told_with_a_path():
    calls = list(_errors(ROOT / "store" / "failures.py"))
    assert {call.func.id for call in calls} == OF_THE_FILE | {"UsageError"}
    reasons = {_named(call) for call in calls}
    assert None not in reasons
    for call in calls:
        if call.func.id in OF_THE_FILE:
            for language in CATALOGUE:
                assert not _facts(REASONS[language][_named(call)])


def test_english_is_what_the_engine_says():
    bare = UnreadableError("it wants a login", Reason.LOGIN)
    error = bare.told(f"https://a.example cannot be read: {bare}.", "https://a.example")
    assert type(error) is UnreadableError
    assert Texts("en").of_engine(error) == "https://a.example cannot be read: it wants a login."
    assert Texts("de").of_engine(error) == (
        "Das ließ sich nicht lesen: https://a.example – die Seite verlangt eine Anmeldung."
    )
    assert Texts("en").reason(bare) == "it wants a login"
    assert Texts("de").reason(bare) == "die Seite verlangt eine Anmeldung"


def test_what_has_no_words_in_a_language_is_told_in_english():
    assert Texts("en").of_engine(RetrievalError("The disk is full.")) == "The disk is full."
    assert Texts("de").of_engine(RetrievalError("The disk is full.")) == (
        "Das ging nicht: im Einzelnen, auf Englisch: The disk is full."
    )
    assert "on its head" in Texts("de").of_engine(SourceError("It is on its head."))
    unknown = EmptyError("this page has few words", Reason.SHORT)
    assert "stehen ? Wörter" in Texts("de").of_engine(unknown)


def test_questions_are_told_apart_by_their_reason():
    long = QuestionError("It has 9,999 characters.", Reason.LONG_QUESTION)
    assert "zu lang" in Texts("de").of_engine(long)
    assert "keine Wörter" in Texts("de").of_engine(QuestionError("9 characters"))


def _locked():
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return ("locked.pdf", out.getvalue(), "application/pdf")


FILES = [
    (_locked(), "locked.pdf – das PDF ist verschlüsselt: speichere es ohne Passwort."),
    (("a.txt", b"", "text/plain"), "a.txt – die Datei ist leer."),
    (("a.png", b"\x89PNG" * 9, "image/png"), "a.png – diese Art von Datei ist kein Artikel; ich"),
]
PAGES = {
    "/missing": "die Seite gibt es nicht.",
    "/teapot": "der Server antwortet mit Fehler 418.",
    "/paid": r"zu lesen ist nur der Hinweis auf ein Abonnement \(\d+ Wörter\).",
    "/cookies": r"zu lesen ist nur die Frage nach einer Einwilligung \(\d+ Wörter\).",
    "/lost": r"die Seite sagt, dass es sie nicht gibt \(\d+ Wörter\).",
    "/short": "auf der Seite stehen 5 Wörter, zu wenige für einen Artikel.",
    "/rss": "das ist ein Feed und kein Artikel; /feeds hinzufügen nimmt ihn.",
}


async def test_a_german_is_told_in_german(stage):
    async with printed(1) as paper, stage.running(engine=ENGINE):
        paper.status["/teapot"] = 418
        for path, text in {
            "/paid": "Subscribe to read on.",
            "/cookies": "We value your privacy. Our partners use cookies. Accept all?",
            "/lost": "404 page not found",
            "/short": "The mill was sold yesterday.",
        }.items():
            paper.pages[path] = f"<html><body><article><p>{text}</p></article></body></html>"

        paper.pages["/words"] = "just words"

        async def told(command="articles add", **options):
            asked = stage.people.slash(stage.mod, stage.general, command, locale="de", **options)
            return shown((await stage.receipt(asked))["embeds"][0])

        for path, reason in PAGES.items():
            link = paper.at(path)
            wanted = f"Das ließ sich nicht lesen: {re.escape(link)} – {reason}"
            assert re.fullmatch(wanted, await told(link=link)), path
        assert "10.0.0.1 steht nicht öffentlich im Web" in await told(link="http://10.0.0.1/a")
        for file, reason in FILES:
            assert f"Das ließ sich nicht lesen: {reason}" in await told(file=file)
        await told(link=paper.at("/story/1"))
        paper.status["/story/1"] = 403
        assert await told("articles refresh", article="Mill 1") == (
            "Die Seite ließ sich nicht neu lesen: der Server weigert sich, die Seite zu zeigen. "
            "Was gespeichert ist, bleibt."
        )
        assert "– das ist kein Feed" in await told("feeds add", link=paper.at("/words"))
        await told("feeds add", link=paper.at("/rss"))
        assert await told("feeds add", link=paper.at("/rss")) == (
            "Das ging nicht: der Feed wird schon abgerufen, als Nummer 1."
        )
    stage.server.assert_clean()
