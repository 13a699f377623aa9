"""Whether a message is a question to be answered, and what it asks. Pure."""

from __future__ import annotations

import re

from retrieval.smalltalk import asks_nothing

MAX_QUESTION = 1000
"""Characters of a question that are looked for; a longer message tells a story."""
_MENTION = re.compile(r"<(?:@[!&]?|#)\d+>")
_QUOTED = re.compile(r"^ *>>>[^\S\n](?s:.*)|^>.*$", re.MULTILINE)
"""A line; after three marks all that follows."""
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_LINK = re.compile(r"<?https?://[^\s<>]+>?")
_ADDRESS = re.compile(r"https?://(?:(?!\]\()[^\s<>])+")
"""It ends where a link's own address begins after its words, as in [words](address)."""
_AFTER_ADDRESS = frozenset(".,;:!?\"'`”“’‘»«›…")
_SET_OFF = {
    mark: re.compile(rf"(?<![^\s*|_~]){mark}(?:\S|\Z)") for mark in (r"\*", r"\|", "_", "~")
}
"""Marks of what is bold, hidden or the like, as they open it: an address may end in one itself."""
_PAIRS = {")": "(", "]": "["}
_EMOJI = re.compile(r"<a?:\w+:\d+>")
_COMMAND = re.compile(r"^[/!?.$%&+~=-][a-zA-Z]")
_ASKS = re.compile(
    r"^(?:(?:and|but|so|hey|hi|hello|ok|okay|und|aber|also|hallo)[\s,]+)*"
    r"(?:who|whom|whose|what|when|where|which|why|how|is|are|was|were|do|does|did|can|could|will|"
    r"would|should|has|have|had|tell me|explain|"
    r"wer|wen|wem|wessen|was|wann|wo|woher|wohin|welche[rsmn]?|warum|wieso|weshalb|wie|wieviele?|"
    r"ist|sind|war|waren|hat|haben|hatte|kann|können|wird|werden|soll)\b",
    re.IGNORECASE,
)
_ASKED_WORDS = 3
"""A question without a question mark needs this many words: "how are" may be anything."""


def bare(content: str, *, me: int) -> str:
    """What a message says, without mentions of the bot, quotes of others, and emoji of servers."""
    text = re.sub(rf"<@!?{me}>", " ", content)
    for noise in (_QUOTED, _EMOJI):
        text = noise.sub(" ", text)
    return " ".join(text.split())[:MAX_QUESTION]


def asks(text: str) -> bool:
    """Whether a message that nobody addressed to the bot is a question.

    It ends in a question mark somewhere, or begins like a question. Commands of bots and messages
    that are mostly links or code are not.
    """
    if _COMMAND.match(text):
        return False
    words = _LINK.sub(" ", _CODE.sub(" ", text))
    words = _MENTION.sub(" ", words).strip()
    if len(words.split()) < 2:
        return False
    if re.search(r"\w\s*[\"”’)]?\?", words):
        return True
    return _ASKS.match(words) is not None and len(words.split()) >= _ASKED_WORDS


def replies_only(text: str) -> bool:
    """Whether a reply to an answer asks nothing: thanks, agreement, laughter, a picture, somebody
    pointed to it."""
    return asks_nothing(_MENTION.sub(" ", _LINK.sub(" ", text)))


def post(title: str, body: str) -> str:
    """What a forum post asks: its body if that is a question, else its title, else both."""
    if asks(body):
        return body
    return title if asks(title) else f"{title} {body}".strip()


def links(content: str) -> list[str]:
    """The addresses in a message, each once."""
    found = (
        _trimmed(match.group(), content[: match.start()]) for match in _ADDRESS.finditer(content)
    )
    return list(dict.fromkeys(link for link in found if not link.endswith("://")))


def _trimmed(link: str, before: str) -> str:
    """Without the marks after an address that are the sentence's or the message's; brackets that
    it opens itself are its own, and so are marks that nothing before it opens."""
    opened = {mark[-1] for mark, opens in _SET_OFF.items() if opens.search(before)}
    while link:
        last = link[-1]
        opening = _PAIRS.get(last)
        unpaired = opening is not None and link.count(last) > link.count(opening)
        if last not in _AFTER_ADDRESS | opened and not unpaired:
            break
        link = link[:-1]
    return link
