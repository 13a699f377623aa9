"""The schema of a library, as the numbered steps that lead to it.

The schema's version is SQLite's `user_version`: the number of steps taken. Each step runs in a
transaction together with that number, so that a step that fails or is killed has not happened.
To change the schema, append a function to MIGRATIONS; never change one that was released.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

import aiosqlite

APPLICATION_ID = 0x436C6970
"""ASCII "Clip" in the file's header: says that an SQLite file is a library of ours."""

Migration = Callable[[aiosqlite.Connection], Awaitable[None]]

_LIBRARY = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # `version` is drawn anew by every write to the collection; `passages` counts its passages.
    """CREATE TABLE collections (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        created TEXT NOT NULL,
        version INTEGER NOT NULL,
        passages INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE articles (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection_id INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
        identity TEXT NOT NULL,
        title TEXT NOT NULL,
        title_key TEXT NOT NULL,
        url TEXT,
        source TEXT,
        author TEXT,
        published TEXT,
        language TEXT,
        external_id TEXT,
        origin TEXT,
        added_by TEXT,
        added TEXT NOT NULL,
        updated TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        length INTEGER NOT NULL,
        page_starts BLOB NOT NULL,
        UNIQUE (collection_id, identity)
    )""",
    "CREATE INDEX articles_by_content ON articles (collection_id, content_hash)",
    "CREATE INDEX articles_by_external_id ON articles (collection_id, external_id)",
    # Apart from the facts, so that listing articles does not read their texts.
    """CREATE TABLE texts (
        article_id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
        text TEXT NOT NULL
    )""",
    # AUTOINCREMENT: the id is also the vector index's, and must not come back for another
    # passage. `stop` is the passage's end: END is a word of SQL's own.
    """CREATE TABLE passages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        article_id INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        paragraph INTEGER NOT NULL,
        sentences BLOB NOT NULL,
        UNIQUE (article_id, ordinal)
    )""",
    """CREATE TABLE models (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        dimension INTEGER NOT NULL
    )""",
    """CREATE TABLE vectors (
        passage_id INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE,
        model_id INTEGER NOT NULL REFERENCES models,
        vector BLOB NOT NULL
    )""",
    # Says which passages a model has done without reading their vectors.
    "CREATE INDEX vectors_by_model ON vectors (model_id, passage_id)",
    # Apart from the vectors: several times their size, and never read when an index is filled.
    """CREATE TABLE sentence_vectors (
        passage_id INTEGER PRIMARY KEY REFERENCES vectors ON DELETE CASCADE,
        vectors BLOB NOT NULL
    )""",
)


async def m001_library(connection: aiosqlite.Connection) -> None:
    """Collections, articles, passages and vectors; full-text tables come with each collection."""
    for statement in _LIBRARY:
        await connection.execute(statement)
    await connection.execute("INSERT INTO meta VALUES ('library_id', ?)", (secrets.token_hex(16),))
    await connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


_STORIES = (
    # `story` is the id of the story's first article, which may be gone: no reference.
    """CREATE TABLE stories (
        article_id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
        story INTEGER NOT NULL,
        scheme TEXT NOT NULL
    )""",
    "CREATE INDEX stories_by_story ON stories (story)",
    """CREATE TABLE story_keys (
        collection_id INTEGER NOT NULL,
        key INTEGER NOT NULL,
        article_id INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
        PRIMARY KEY (collection_id, key, article_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX story_keys_by_article ON story_keys (article_id)",
)


async def m002_stories(connection: aiosqlite.Connection) -> None:
    """Which articles tell the same story; `rebuild` fills it for those that are there already."""
    for statement in _STORIES:
        await connection.execute(statement)


_FEEDS = (
    # What an article said before: quotes from it can still be shown as they were. `text` was
    # stored when the version before was replaced, or when the article was added.
    """CREATE TABLE versions (
        article_id INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
        number INTEGER NOT NULL,
        title TEXT NOT NULL,
        url TEXT,
        source TEXT,
        author TEXT,
        published TEXT,
        replaced TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (article_id, number)
    )""",
    # Facts that a person has put right: reading the page again does not undo it.
    """CREATE TABLE corrections (
        article_id INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
        fact TEXT NOT NULL,
        PRIMARY KEY (article_id, fact)
    ) WITHOUT ROWID""",
    # How an article's page was found when it was looked at again.
    """CREATE TABLE looks (
        article_id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
        etag TEXT,
        last_modified TEXT,
        looked TEXT,
        changed TEXT,
        due TEXT NOT NULL,
        misses INTEGER NOT NULL DEFAULT 0,
        gone TEXT,
        error TEXT
    )""",
    "CREATE INDEX looks_by_due ON looks (due)",
    # `announce` and `report` name places where whoever runs the bot wants news and complaints.
    """CREATE TABLE feeds (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection_id INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
        url TEXT NOT NULL,
        title TEXT NOT NULL,
        site TEXT,
        added TEXT NOT NULL,
        added_by TEXT,
        announce TEXT,
        report TEXT,
        etag TEXT,
        last_modified TEXT,
        digest TEXT,
        interval_s INTEGER NOT NULL,
        due TEXT NOT NULL,
        held TEXT,
        polled TEXT,
        succeeded TEXT,
        failures INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        told INTEGER NOT NULL DEFAULT 0,
        UNIQUE (collection_id, url)
    )""",
    # `article_id` may be of an article that was removed, which is not to come back: no reference.
    """CREATE TABLE entries (
        feed_id INTEGER NOT NULL REFERENCES feeds ON DELETE CASCADE,
        key TEXT NOT NULL,
        state TEXT NOT NULL,
        link TEXT,
        title TEXT NOT NULL,
        stamp TEXT NOT NULL,
        found TEXT NOT NULL,
        seen TEXT NOT NULL,
        news INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        due TEXT,
        article_id INTEGER,
        error TEXT,
        PRIMARY KEY (feed_id, key)
    )""",
    "CREATE INDEX entries_by_state ON entries (feed_id, state)",
    "CREATE INDEX entries_to_announce ON entries (feed_id) WHERE news = 2",
)


async def m003_feeds(connection: aiosqlite.Connection) -> None:
    """Feeds and their entries, articles' earlier texts, and how their pages were found."""
    for statement in _FEEDS:
        await connection.execute(statement)


async def m004_pictures(connection: aiosqlite.Connection) -> None:
    """Addresses of articles' pictures; those stored before have none until they are read again."""
    await connection.execute("ALTER TABLE articles ADD COLUMN image TEXT")


async def m005_reasons(connection: aiosqlite.Connection) -> None:
    """Why a feed cannot be read, for a program: a reason, and its facts as JSON. Of feeds that
    failed before there is the text alone."""
    await connection.execute("ALTER TABLE feeds ADD COLUMN reason TEXT")
    await connection.execute("ALTER TABLE feeds ADD COLUMN facts TEXT")


async def m006_tokens(connection: aiosqlite.Connection) -> None:
    """Vectors of tokens; passages stored before have none until they are embedded anew."""
    await connection.execute(
        # `counts`: tokens in no sentence, and in each. Both as in `TokenVectors`.
        """CREATE TABLE token_vectors (
            passage_id INTEGER PRIMARY KEY REFERENCES vectors ON DELETE CASCADE,
            counts BLOB NOT NULL,
            vectors BLOB NOT NULL
        )"""
    )


async def m007_aliases(connection: aiosqlite.Connection) -> None:
    """Other identities of articles: what an article was known by before it was given an address."""
    await connection.execute(
        """CREATE TABLE aliases (
            collection_id INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
            identity TEXT NOT NULL,
            article_id INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
            PRIMARY KEY (collection_id, identity)
        ) WITHOUT ROWID"""
    )
    await connection.execute("CREATE INDEX aliases_by_article ON aliases (article_id)")


MIGRATIONS: tuple[Migration, ...] = (
    m001_library,
    m002_stories,
    m003_feeds,
    m004_pictures,
    m005_reasons,
    m006_tokens,
    m007_aliases,
)

SCHEMA_VERSION = len(MIGRATIONS)
