"""Settings of the engine, read from the environment and `.env`; prefix `RETRIEVAL_`.

Precedence: command-line option, environment, `.env`, the defaults below. Only the entry points
call `load_settings`; everything else is handed what it needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from retrieval.errors import UsageError

APP = "clippings"
BUNDLED_MODEL = "all-MiniLM-L6-v2"
_PREFIX = "RETRIEVAL_"


def _default_database() -> Path:
    return Path(platformdirs.user_data_dir(APP)) / "library.db"


def _default_cache() -> Path:
    return Path(platformdirs.user_cache_dir(APP))


class RetrievalSettings(BaseSettings):
    """Everything an operator can set of the engine."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        dotenv_filtering="match_prefix",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    database: Path = Field(default_factory=_default_database)
    """The library: one SQLite file."""
    model: str = BUNDLED_MODEL
    """Embedding model: the bundled one, or any sentence-transformers model by name or path."""
    cache: Path = Field(default_factory=_default_cache)
    """Folder of the models' ONNX forms and of cached embeddings; it can be deleted at any time."""
    threads: int = Field(default=0, ge=0, le=256)
    """CPU threads of the model; 0 takes one for each processor this process may use."""
    limit: int = Field(default=3, ge=1, le=50)
    """Passages in an answer."""
    threshold: float | None = Field(default=None, ge=0.0, le=1.0)
    """Confidence below which nothing answers; unset takes the calibrated default."""
    reader: bool = True
    """Whether the best passages are read for the very words that answer."""
    reader_model: str | None = None
    """Another reader: an extractive question-answering model of transformers, by name or path."""
    reranker_model: str | None = None
    """A CrossEncoder of sentence-transformers that judges relevance, by name or path."""
    reading_ms: int = Field(default=60, ge=0, le=60_000)
    """Milliseconds after which no further passage is read; the first always is."""
    max_file_mb: int = Field(default=50, ge=1, le=10_000)
    """Largest file that is read."""
    fetch_timeout_s: float = Field(default=30.0, gt=0.0, le=300.0)
    """Seconds that fetching a page may take in all."""
    fetch_contact: str = Field(default="", max_length=200)
    """Who to write to about the pages read, told to their servers: a mail address or a link."""
    fetch_robots: bool = True
    """Whether pages are left alone where the site's robots.txt asks programs to."""
    fetch_proxy: str | None = None
    """HTTP proxy through which pages are fetched."""
    fetch_allow: str = ""
    """Hosts and networks that may be fetched from although they are not public, by commas."""

    feed_shortest_min: int = Field(default=15, ge=1, le=1440)
    """Minutes between two polls of a feed that changes often."""
    feed_longest_min: int = Field(default=1440, ge=1, le=44_640)
    """Minutes between two polls of a feed that hardly changes, or is broken."""
    feed_backfill: int = Field(default=10, ge=0, le=1000)
    """Articles taken from a feed when it is added: its newest ones."""
    feed_most: int = Field(default=50, ge=0, le=10_000)
    """Feeds that a collection may have."""
    refresh_days: int = Field(default=30, ge=0, le=3650)
    """Days, at most, between two looks at whether an article's page has changed; 0: none."""

    @field_validator("*", mode="before")
    @classmethod
    def _unset(cls, value: Any, info: ValidationInfo) -> Any:
        """A setting that is there and empty is as if it were not; so the environment takes away
        what `.env` sets."""
        if info.field_name is None or not isinstance(value, str) or value.strip():
            return value
        return cls.model_fields[info.field_name].get_default(call_default_factory=True)

    @field_validator("fetch_contact")
    @classmethod
    def _sendable(cls, contact: str) -> str:
        """As it goes into a header."""
        if not (contact.isascii() and contact.isprintable()):
            raise ValueError("must be plain letters, as in a mail address or a link")
        return contact

    @field_validator("fetch_proxy")
    @classmethod
    def _address(cls, proxy: str | None) -> str | None:
        return proxy_address(proxy)

    @field_validator("database", "cache")
    @classmethod
    def _at_home(cls, path: Path) -> Path:
        """With a leading ~ understood: no shell has seen what stands in `.env`."""
        try:
            return path.expanduser()
        except RuntimeError:
            raise ValueError("there is no such home folder") from None


def proxy_address(given: str | None) -> str | None:
    """The address of a proxy, None where none is set. Raises ValueError."""
    if not given:
        return None
    try:
        parts = urlsplit(given)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise ValueError("must be an address such as http://proxy.example:3128")
    return given


def unknown_settings(names: Iterable[str]) -> dict[str, str | None]:
    """Those of the environment's names that look like settings and are none, each with the setting
    that is nearest to it in spelling."""
    known = [f"{_PREFIX}{name}".upper() for name in RetrievalSettings.model_fields]
    unknown = [
        name for name in names if name.upper().startswith(_PREFIX) and name.upper() not in known
    ]
    return {
        name: next(iter(get_close_matches(name.upper(), known, 1, 0.8)), None)
        for name in sorted(unknown)
    }


def load_settings(**overrides: object) -> RetrievalSettings:
    """The settings, with `overrides` (those that are not None) above environment and `.env`.

    Raises UsageError naming the setting and what is wrong with it.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return RetrievalSettings(**given)  # type: ignore[arg-type]  # pydantic validates them
    except UnicodeDecodeError:
        raise UsageError("The file .env is not in UTF-8. Save it as UTF-8.") from None
    except OSError as error:
        raise UsageError(f"The file .env cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        name = name if name.startswith("RETRIEVAL_") else f"RETRIEVAL_{name}"
        reason = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        if first["type"] == "extra_forbidden":
            reason = "there is no such setting"
        raise UsageError(f"{name}: {reason}. See .env.example for what can be set.") from None
