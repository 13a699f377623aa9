"""What the bot remembers of the servers it is in, and of those it was in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.database import Database

DAY = 86_400


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """What a server's moderators have chosen."""

    private: bool = False
    direct: bool = False
    passages: int = 3
    threshold: float | None = None
    roles: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    reports: int | None = None
    """Channel in which moderators are told of what needs them."""


class Guilds:
    """Settings of servers, and since when the bot has left them."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock
        self._settings: dict[int, GuildSettings] = {}
        self._changing = asyncio.Lock()

    async def settings(self, guild_id: int) -> GuildSettings:
        """A server's settings; the defaults where nothing was chosen."""
        if guild_id in self._settings:
            return self._settings[guild_id]
        # What was changed while they were read is newer.
        return self._settings.setdefault(guild_id, await self._read_settings(guild_id))

    async def _read_settings(self, guild_id: int) -> GuildSettings:
        row = await self._database.row(
            "SELECT private, direct, passages, threshold, reports FROM bot_guilds "
            "WHERE guild_id = ?",
            guild_id,
        )
        if row is None:
            return GuildSettings()
        roles = "SELECT role_id FROM bot_roles WHERE guild_id = ?"
        channels = "SELECT channel_id FROM bot_channels WHERE guild_id = ?"
        return GuildSettings(
            private=bool(row[0]),
            direct=bool(row[1]),
            passages=row[2],
            threshold=row[3],
            reports=row[4],
            roles=frozenset(r[0] for r in await self._database.rows(roles, guild_id)),
            channels=frozenset(r[0] for r in await self._database.rows(channels, guild_id)),
        )

    async def change(self, guild_id: int, **changes: object) -> GuildSettings:
        """Change some of a server's settings, and give them all."""
        async with self._changing:  # so that two people's changes are both kept
            return await self._write(guild_id, await self.settings(guild_id), changes)

    async def toggle(self, guild_id: int, name: str) -> GuildSettings:
        """Switch one of them on or off, whichever it is not now, and give them all."""
        async with self._changing:
            old = await self.settings(guild_id)
            return await self._write(guild_id, old, {name: not getattr(old, name)})

    async def _write(
        self, guild_id: int, old: GuildSettings, changes: Mapping[str, object]
    ) -> GuildSettings:
        new = replace(old, **changes)  # type: ignore[arg-type]  # by name
        upsert = (
            "INSERT INTO bot_guilds (guild_id, private, direct, passages, threshold, reports) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET private = excluded.private, "
            "direct = excluded.direct, passages = excluded.passages, "
            "threshold = excluded.threshold, reports = excluded.reports"
        )
        values = (guild_id, new.private, new.direct, new.passages, new.threshold, new.reports)
        await self._database.transact(
            [
                (upsert, values),
                ("DELETE FROM bot_roles WHERE guild_id = ?", (guild_id,)),
                ("DELETE FROM bot_channels WHERE guild_id = ?", (guild_id,)),
                *(("INSERT INTO bot_roles VALUES (?, ?)", (guild_id, r)) for r in new.roles),
                *(("INSERT INTO bot_channels VALUES (?, ?)", (guild_id, c)) for c in new.channels),
            ]
        )
        self._settings[guild_id] = new
        return new

    async def direct_guilds(self) -> set[int]:
        """Servers that allow questions in direct messages."""
        rows = await self._database.rows("SELECT guild_id FROM bot_guilds WHERE direct")
        return {row[0] for row in rows}

    async def present(self, guild_ids: Iterable[int]) -> None:
        """The bot is in these servers, and in no others."""
        here = json.dumps(list(guild_ids))
        add = "INSERT OR IGNORE INTO bot_guilds (guild_id) SELECT value FROM json_each(?)"
        back = (
            "UPDATE bot_guilds SET left_at = NULL WHERE left_at IS NOT NULL "
            "AND guild_id IN (SELECT value FROM json_each(?))"
        )
        gone = (
            "UPDATE bot_guilds SET left_at = ? WHERE left_at IS NULL "
            "AND guild_id NOT IN (SELECT value FROM json_each(?))"
        )
        changes = [(add, (here,)), (back, (here,)), (gone, (self._clock(), here))]
        with self._database.forgoing():  # it is told again the next time
            await self._database.transact(changes)

    async def joined(self, guild_id: int) -> None:
        """The bot is in this server (again)."""
        sql = (
            "INSERT INTO bot_guilds (guild_id) VALUES (?) ON CONFLICT DO UPDATE SET left_at = NULL"
        )
        with self._database.forgoing():
            await self._database.write(sql, guild_id)

    async def left(self, guild_id: int) -> None:
        """The bot is no longer in this server."""
        sql = (
            "INSERT INTO bot_guilds (guild_id, left_at) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET left_at = excluded.left_at"
        )
        with self._database.forgoing():
            await self._database.write(sql, guild_id, self._clock())

    async def left_for(self, days: int) -> list[int]:
        """Servers that the bot left at least so many days ago."""
        before = self._clock() - days * DAY
        rows = await self._database.rows(
            "SELECT guild_id FROM bot_guilds WHERE left_at <= ?", before
        )
        return [row[0] for row in rows]

    async def forget(self, guild_id: int) -> None:
        """Delete everything about a server."""
        tables = ("bot_guilds", "bot_roles", "bot_channels", "bot_answers", "bot_direct")
        async with self._changing:
            await self._database.transact(
                [(f"DELETE FROM {table} WHERE guild_id = ?", (guild_id,)) for table in tables]
            )
            self._settings.pop(guild_id, None)
