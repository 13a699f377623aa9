"""Every language says everything, and everything that is asked for is there."""

import re
import string
from pathlib import Path

import pytest

import bot
from bot.i18n import CATALOGUE, Texts

REFERENCE = CATALOGUE["en"]
SOURCES = "\n".join(
    path.read_text()
    for path in Path(bot.__file__).parent.rglob("*.py")
    if path.parent.name != "texts"
)


def _fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", CATALOGUE)
def test_no_string_is_missing_and_none_is_too_many(language):
    assert CATALOGUE[language].keys() == REFERENCE.keys()
    assert all(text.strip() for text in CATALOGUE[language].values())


@pytest.mark.parametrize("language", CATALOGUE)
def test_every_language_fills_in_the_same_values(language):
    for key, text in CATALOGUE[language].items():
        assert _fields(text) == _fields(REFERENCE[key]), key


def test_every_string_is_used_and_every_used_one_is_there():
    dynamic = {"add.added", "add.updated", "add.unchanged"}
    used = {key for key in REFERENCE if f'"{key}"' in SOURCES}
    used |= {key for key in REFERENCE if f'"{key.removeprefix("command.")}"' in SOURCES}
    assert REFERENCE.keys() - used - dynamic == set()
    for key in re.findall(r'texts\(\s*"([a-z.]+)"', SOURCES):
        assert key in REFERENCE, key


@pytest.mark.parametrize("language", CATALOGUE)
def test_names_and_descriptions_of_commands_are_what_discord_takes(language):
    for key, text in CATALOGUE[language].items():
        if key.startswith("command.") and key.endswith(".description"):
            assert len(text) <= 100, key
        elif key.startswith("command.") and "menu" not in key:
            assert re.fullmatch(r"[-\w]{1,32}", text), key
            assert text == text.lower(), key


@pytest.mark.parametrize("language", CATALOGUE)
def test_labels_fit(language):
    texts = CATALOGUE[language]
    for key, most in {
        "answer.more": 80,
        "answer.context": 80,
        "miss.add": 80,
        "add.modal": 45,
        "feedback.title": 45,
        "feedback.expected": 45,
        "feedback.hint": 100,
        "add.modal.title": 45,
        "add.modal.text": 45,
        "add.modal.link": 45,
        "settings.threshold.modal": 45,
        "settings.threshold.label": 45,
        "settings.threshold.hint": 100,
        "settings.roles": 150,
        "settings.channels": 150,
        "settings.reports": 150,
    }.items():
        assert len(texts[key]) <= most, key


def test_a_locale_takes_its_language_or_english():
    assert Texts.of("de").language == "de"
    assert Texts.of("en-GB").language == "en"
    assert Texts.of("ja").language == "en"
    assert Texts.of(None).language == "en"
    assert Texts.of("de")("ask.slow", seconds=8) == (
        "Einen Augenblick bitte: versuche es in 8 s noch einmal."
    )
