"""The bot's own tables, in the library's file beside the engine's; all begin with `bot_`.

The version of this schema is kept in `bot_meta`, apart from the engine's: either may move on
without the other. To change it, append a step; never change one that was released.
"""

from __future__ import annotations

_FIRST = (
    """CREATE TABLE bot_guilds (
        guild_id INTEGER PRIMARY KEY,
        private INTEGER NOT NULL DEFAULT 0,
        direct INTEGER NOT NULL DEFAULT 0,
        passages INTEGER NOT NULL DEFAULT 3,
        threshold REAL,
        left_at REAL
    )""",
    """CREATE TABLE bot_roles (
        guild_id INTEGER NOT NULL,
        role_id INTEGER NOT NULL,
        PRIMARY KEY (guild_id, role_id)
    ) WITHOUT ROWID""",
    """CREATE TABLE bot_channels (
        guild_id INTEGER NOT NULL,
        channel_id INTEGER NOT NULL,
        PRIMARY KEY (guild_id, channel_id)
    ) WITHOUT ROWID""",
    # messages that were answered, so that a replayed event is not answered again
    "CREATE TABLE bot_seen (message_id INTEGER PRIMARY KEY, at REAL NOT NULL)",
    # `passages` is JSON: [[article, start, end, sentence start, sentence end], …]; `filters` too
    """CREATE TABLE bot_answers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        guild_id INTEGER NOT NULL,
        user_id INTEGER NOT NULL,
        message_id INTEGER,
        question TEXT NOT NULL,
        looked_for TEXT NOT NULL,
        filters TEXT NOT NULL,
        answered INTEGER NOT NULL,
        confidence REAL NOT NULL,
        passages TEXT NOT NULL,
        at REAL NOT NULL
    )""",
    "CREATE INDEX bot_answers_message ON bot_answers (message_id)",
    "CREATE INDEX bot_answers_guild ON bot_answers (guild_id, answered)",
    "CREATE INDEX bot_answers_user ON bot_answers (user_id)",
    """CREATE TABLE bot_feedback (
        answer_id INTEGER NOT NULL REFERENCES bot_answers ON DELETE CASCADE,
        user_id INTEGER NOT NULL,
        helpful INTEGER NOT NULL,
        expected TEXT,
        at REAL NOT NULL,
        PRIMARY KEY (answer_id, user_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX bot_feedback_user ON bot_feedback (user_id)",
    # the server that a person has chosen for direct messages
    "CREATE TABLE bot_direct (user_id INTEGER PRIMARY KEY, guild_id INTEGER NOT NULL)",
)

# what `retrieval.store.feedback` reads; the best sentence is the first passage's
_FEEDBACK = (
    """CREATE VIEW feedback AS SELECT
        'discord:' || a.guild_id AS collection,
        a.looked_for AS question,
        iif(a.looked_for = a.question, 'asked', 'follow_up') AS kind,
        a.answered AS answered,
        json_extract(a.passages, '$[0][0]') AS article_id,
        json_extract(a.passages, '$[0][3]') AS sentence_start,
        json_extract(a.passages, '$[0][4]') AS sentence_end,
        strftime('%Y-%m-%dT%H:%M:%SZ', a.at, 'unixepoch') AS asked,
        f.helpful AS helpful,
        f.expected AS expected
    FROM bot_feedback f JOIN bot_answers a ON a.id = f.answer_id""",
)

# the channel in which moderators are told what needs them
_REPORTS = ("ALTER TABLE bot_guilds ADD COLUMN reports INTEGER",)

# whether everybody in the server could read the answer; of older ones nobody knows
_PUBLIC = ("ALTER TABLE bot_answers ADD COLUMN public INTEGER NOT NULL DEFAULT 0",)

STEPS: tuple[tuple[str, ...], ...] = (_FIRST, _FEEDBACK, _REPORTS, _PUBLIC)
META = "CREATE TABLE IF NOT EXISTS bot_meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID"
