"""Mistakes in the settings are told in one sentence, and the token never."""

import pytest

from bot.config import BotSettings, load_settings
from retrieval.errors import UsageError


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    for name in BotSettings.model_fields:
        monkeypatch.delenv(f"BOT_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_token_and_nothing_else_is_enough(monkeypatch):
    monkeypatch.setenv("BOT_TOKEN", " Bot abc.def.ghi ")
    settings = load_settings()
    assert settings.token.get_secret_value() == "abc.def.ghi"
    assert settings.proxy is None
    assert "abc" not in repr(settings)


@pytest.mark.parametrize("token", [None, "", "  "])
def test_without_a_token_it_says_where_to_get_one(monkeypatch, token):
    if token is not None:
        monkeypatch.setenv("BOT_TOKEN", token)
    with pytest.raises(UsageError, match=r"set BOT_TOKEN .* https://discord\.com/developers"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("BOT_PROXY", "proxy:3128", "BOT_PROXY: must be an address such as http://"),
        ("BOT_KEEP_LEFT_DAYS", "-1", "BOT_KEEP_LEFT_DAYS: Input should be greater"),
        ("BOT_LOG_LEVEL", "LOUD", "BOT_LOG_LEVEL: Input should be 'DEBUG'"),
    ],
)
def test_a_mistake_names_the_setting_and_not_the_token(monkeypatch, name, value, message):
    monkeypatch.setenv("BOT_TOKEN", "abc.secret.ghi")
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=message) as raised:
        load_settings()
    assert "secret" not in str(raised.value)


def test_both_halves_share_one_file_and_a_typo_in_it_is_found(tmp_path):
    (tmp_path / ".env").write_text("BOT_TOKEN=a.b.c\nRETRIEVAL_LIMIT=2\nOTHER=1\n")
    assert load_settings().token.get_secret_value() == "a.b.c"
    (tmp_path / ".env").write_text("BOT_TOKEN=a.b.c\nBOT_PROXIE=http://x\n")
    with pytest.raises(UsageError, match="BOT_PROXIE"):
        load_settings()
