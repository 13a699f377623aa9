"""Notices that stand below an article and are no part of it: follow us, subscribe, comment rules.

They are recognised only in the last paragraphs, only when they are short and only when they open
the way such notices do: what is dropped wrongly can never be quoted, and what is left wrongly costs
one useless paragraph.
"""

from __future__ import annotations

import re

LAST_PARAGRAPHS = 6
"""How many paragraphs from the end may be notices."""
LONGEST_WORDS = 45
"""Words; a longer paragraph tells something besides its notice."""

_NETWORK = (
    r"(?:twitter|facebook|instagram|linkedin|tiktok|mastodon|bluesky|threads|youtube|telegram"
    r"|whatsapp|pinterest|snapchat|reddit|google\+|flipboard|x\b)"
)
_HANDLE = r"(?<!\w)@\w{2,}"
_ADDRESS = r"[\w.+-]+@[\w-]+\.\w+"
_PLEASE = r"(?:(?:please|also|you can|to)\s+)*"

_NOTICES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_PLEASE}(?:follow|find|like|join|connect with)\b.{{0,80}}"
        rf"(?:\bon\s+{_NETWORK}|{_HANDLE})",
        rf"follow\s+(?:us|me|him|her|them|along)\b.{{0,80}}{_NETWORK}",
        rf"{_PLEASE}(?:subscribe|sign up|register)\b.{{0,80}}"
        r"\b(?:newsletters?|podcasts?|channel|updates|e-?mails?|alerts|feed|briefing|inbox)\b",
        rf"{_PLEASE}(?:contact|reach|e-?mail|write to|get in touch with|tweet)\s+"
        r"(?:(?:the\s+)?(?:author|writer|reporter|editors?)|us|me|him|her|them|[\w .'’-]{3,40})\b"
        rf".{{0,60}}(?:{_ADDRESS}|{_HANDLE})",
        rf"(?:e-?mail|twitter|facebook|instagram)\s*:\s*(?:{_ADDRESS}|{_HANDLE}|https?:)",
        r"please let us know if you(?:'|’)?(?:re| are)? having (?:issues|problems|trouble)\b",
        r"(?:please )?(?:let us know|tell us)\b.{0,60}\b(?:in the comments|comments? below)",
        r"(?:you must be logged in|(?:please )?(?:log|sign) in)\b.{0,40}\bcomment",
        r"(?:leave|post|add|write)\s+(?:a|your)\s+(?:comment|reply)s?\b",
        r"(?:comments|commenting)\s+(?:are|is|on this\b.{0,40}\bare)\b.{0,40}"
        r"\b(?:closed|moderated|disabled|turned off)\b",
        r"(?:©|\(c\)|copyright\b(?:\s*©)?)\s*(?:\d{4}|by\b).{0,120}",
        r"all rights reserved\b",
        r"(?:share|print|e-?mail)\s+this\s+(?:article|story|post|page)?\W*$",
        r"(?:this|our)\s+.{0,40}\bdo(?:es)? not necessarily (?:reflect|represent)\b",
    )
]


def is_notice(paragraph: str) -> bool:
    """Whether a paragraph at the end of an article is a notice to its readers."""
    if len(paragraph.split()) > LONGEST_WORDS:
        return False
    opening = paragraph.strip(" \t\n*_–—-•|[]()>")
    return any(notice.match(opening) for notice in _NOTICES)


def without_notices(text: str) -> str:
    """`text`, whose paragraphs are parted by empty lines, cut off before its trailing notices.

    A text that is nothing but notices is left as it is.
    """
    end = len(text)
    for _ in range(LAST_PARAGRAPHS):
        start = text.rfind("\n\n", 0, end)
        if start < 0 or not is_notice(text[start:end].strip()):
            break
        end = start
    return text[:end].rstrip()
