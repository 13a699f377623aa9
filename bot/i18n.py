"""What the bot says, in the language of who is spoken to.

`Texts` gives a sentence by its key; `CommandTranslator` gives Discord the commands' names and
descriptions in every language there is. A command's own strings are `word(key)`: the English text,
with the key riding along for the translator.
"""

from __future__ import annotations

import re

from discord import Locale
from discord.app_commands import TranslationContextTypes, Translator, locale_str

from bot.texts import de, en
from retrieval.errors import QuestionError, RetrievalError, SourceError

CATALOGUE: dict[str, dict[str, str]] = {"en": en.TEXTS, "de": de.TEXTS}
FALLBACK = "en"
LONG = re.compile(r"\d characters")


class Texts:
    """The sentences of one language: `texts("ask.slow", seconds=8)`."""

    def __init__(self, language: str = FALLBACK) -> None:
        self.language = language if language in CATALOGUE else FALLBACK
        self._texts = CATALOGUE[self.language]

    @classmethod
    def of(cls, locale: Locale | str | None) -> Texts:
        """The texts for a locale as Discord names it, such as `de` or `en-GB`."""
        return cls(str(locale).split("-")[0] if locale else FALLBACK)

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence of that key, with its values filled in."""
        return self._texts[key].format(**values)

    def of_engine(self, error: RetrievalError) -> str:
        """What the engine says is wrong. It speaks English; other languages say around it what
        kind of thing it is."""
        if isinstance(error, QuestionError):
            return self("error.long" if LONG.search(str(error)) else "error.question")
        kind = "error.source" if isinstance(error, SourceError) else "error.engine"
        return self(kind, detail=error)


def word(key: str) -> locale_str:
    """A command's name or description, `key` without its leading `command.`."""
    key = f"command.{key}"
    return locale_str(en.TEXTS[key], key=key)


class CommandTranslator(Translator):
    """Names and descriptions of commands from the catalogue."""

    async def translate(
        self, string: locale_str, locale: Locale, context: TranslationContextTypes
    ) -> str | None:
        """None where Discord is to show the English one."""
        language = str(locale).split("-")[0]
        if language == FALLBACK or language not in CATALOGUE or "key" not in string.extras:
            return None
        return CATALOGUE[language].get(string.extras["key"])
