"""Settings of the bot, read from the environment and `.env`; prefix `BOT_`.

The engine's own settings have the prefix `RETRIEVAL_` and may stand in the same `.env`. Only the
entry point calls `load_settings`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from retrieval.config import proxy_address
from retrieval.errors import UsageError

NO_TOKEN = (
    "There is no bot token: set BOT_TOKEN in the environment or in .env to the token from "
    "https://discord.com/developers/applications, under Bot."
)


class BotSettings(BaseSettings):
    """Everything an operator can set of the bot."""

    model_config = SettingsConfigDict(
        env_prefix="BOT_",
        env_file=".env",
        env_file_encoding="utf-8",
        dotenv_filtering="match_prefix",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    token: SecretStr = SecretStr("")
    """The bot's token, from Discord's developer portal. Required."""
    proxy: str | None = None
    """HTTP proxy through which Discord is reached, such as `http://proxy.example:3128`."""
    person_per_minute: int = Field(default=20, ge=1, le=600)
    """Questions that one person may ask in a minute."""
    server_per_minute: int = Field(default=120, ge=1, le=6000)
    """Questions that one server may ask in a minute."""
    keep_left_days: int = Field(default=30, ge=0, le=3650)
    """Days that a server's library is kept after the bot has left the server."""
    keep_questions_days: int = Field(default=90, ge=1, le=3650)
    """Days that questions and what was answered are remembered."""
    idle_minutes: int = Field(default=30, ge=1, le=10_000)
    """Minutes after which a server's library leaves memory if nobody asks it."""
    poll: bool = True
    """Whether the bot polls feeds and reads articles' pages again; without, cron has to."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """How much is written to standard error."""

    @field_validator("token")
    @classmethod
    def _trim(cls, token: SecretStr) -> SecretStr:
        """Without the blanks and the `Bot ` that get copied along."""
        return SecretStr(token.get_secret_value().strip().removeprefix("Bot ").strip())

    @field_validator("proxy")
    @classmethod
    def _address(cls, proxy: str | None) -> str | None:
        return proxy_address(proxy)


def load_settings() -> BotSettings:
    """The settings. Raises UsageError with one sentence that names what to change."""
    try:
        settings = BotSettings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper().removeprefix("BOT_")
        reason = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"BOT_{name}: {reason}. See .env.example for what can be set.") from None
    if not settings.token.get_secret_value():
        raise UsageError(NO_TOKEN)
    return settings
