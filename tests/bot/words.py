"""What tests look for on the screen."""

from __future__ import annotations

from tests.discord_server.messages import walk

QUESTION = "how many troops did China deploy?"
SEED_TITLE = "China Ramps Up Military Defense on North Korean Border"
MISS = "No article here answers that"


def shown(embed):
    """An embed's text, on one line, without the marks that are not seen."""
    return " ".join(embed.get("description", "").split()).replace("\\", "")


def embeds(message):
    """All the text of a message's embeds."""
    parts = [(e.get("title") or "") + " " + shown(e) for e in message["embeds"]]
    return " ".join(parts)


def sentence(message):
    """What the bot says first."""
    first = message["embeds"][0]
    return first.get("title") or shown(first)


def buttons(message):
    """The verbs of a message's buttons."""
    found = [c["custom_id"] for c in walk(message["components"]) if "custom_id" in c]
    return [custom_id.split(":")[1] for custom_id in found]
