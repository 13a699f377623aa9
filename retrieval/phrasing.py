"""What is looked for of a question as people type it. Pure.

`plain` takes away what is no part of the question and would be searched for as if it were: a
greeting before it, thanks or an explanation behind it. It undoes capitals throughout, which would
make a name of every word. What the words are about is left as it is.
"""

from __future__ import annotations

import re

_ASKS = (
    r"\b(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|can|could|will"
    r"|would|should|has|have|had)\b"
)
_ASKING = re.compile(_ASKS, re.IGNORECASE)
_GREETING = re.compile(
    r"\A(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening))"
    r"(?: (?:there|all|everyone|everybody|folks|team|bot))?"
    rf"(?:[,!.]+ *| +(?={_ASKS}))",  # not "Hey Jude"
    re.IGNORECASE,
)
_SHOUTED = 3
"""Words in capitals from which they are a way of writing rather than acronyms, where they ask."""


def plain(question: str) -> str:
    """The question itself, of a question as it was typed; never empty where that is not."""
    asked = _up_to_its_mark(_GREETING.sub("", question))
    if asked.isupper() and len(asked.split()) >= _SHOUTED and _ASKING.search(asked):
        asked = asked.lower()
    return asked if any(map(str.isalnum, asked)) else question


def _up_to_its_mark(question: str) -> str:
    """Without what follows the last question mark, unless that asks as well or nothing before
    does."""
    asked, mark, behind = question.rpartition("? ")
    if not mark or "?" in behind or _ASKING.search(behind) or not _ASKING.search(asked):
        return question
    return asked + "?"
