"""What the bot says, in the language of who is spoken to.

`Texts` gives a sentence by its key; `CommandTranslator` gives Discord the commands' names and
descriptions in every language there is. A command's own strings are `word(key)`: the English text,
with the key riding along for the translator.
"""

from __future__ import annotations

from collections import defaultdict

from discord import Locale
from discord.app_commands import TranslationContextTypes, Translator, locale_str

from bot.texts import de, en
from retrieval.errors import QuestionError, Reason, RetrievalError, SourceError

CATALOGUE: dict[str, dict[str, str]] = {"en": en.TEXTS, "de": de.TEXTS}
REASONS: dict[str, dict[Reason, str]] = {"en": en.REASONS, "de": de.REASONS}
"""What the engine's errors come to, where its own English is not what people are to be told."""
FALLBACK = "en"


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
        """What the engine says is wrong, in a sentence."""
        if isinstance(error, QuestionError):
            long = error.reason is Reason.LONG_QUESTION
            return self("error.long" if long else "error.question")
        kind = "error.source" if isinstance(error, SourceError) else "error.engine"
        if not self._knows(error):
            return self(kind, detail=self.reason(error))
        about = f"{error.about} – " if error.about else ""
        return self(kind, detail=f"{about}{self.reason(error)}.")

    def reason(self, error: RetrievalError) -> str:
        """The same without its subject, to complete a sentence. What a language has no words of
        its own for is told in the engine's, which are English."""
        if not self._knows(error):
            return self("error.english", detail=error)
        # A fact that is missing is no reason to tell nothing.
        facts = defaultdict(lambda: "?", error.facts)
        return REASONS[self.language][error.reason].format_map(facts)

    def _knows(self, error: RetrievalError) -> bool:
        return error.reason in REASONS.get(self.language, {})


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
