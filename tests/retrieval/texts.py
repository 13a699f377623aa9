"""Texts to try what cuts and cites on: any, and such as are hard to split."""

from hypothesis import strategies as st

LETTERS = (
    "a",
    "B",
    "é",
    "e\u0301",
    "中",
    "ع",
    "🎉",
    "👩\u200d🚀",
    "\ud800",
    "1",
    "3.5",
    "Mr.",
    "U.S.",
    "p.m.",
)
SIGNS = (*".!?…。؟,;:-—(){}\"'“”‘’«»「」*#\u200b", "...", "''", "``", "[1]", "1.", "(a)")
SPACES = (" ", " ", " ", "\u00a0", "\t", "\n", "\r\n", "\n\n", "\n \n", "\r", "\f", "\u2028")

TEXTS = st.one_of(
    st.lists(st.sampled_from([*LETTERS, *SIGNS, *SPACES]), max_size=60).map("".join),
    st.text(max_size=120),
)
