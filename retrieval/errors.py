"""Everything the engine raises for a reason its user can act on.

RetrievalError                 the base: its text is one friendly sentence that says what to do
├── UsageError                 a wrong question, option or argument
│   └── QuestionError          an empty or unusable question
├── NotFoundError              no such article, collection or file
├── SourceError                something could not be read into an article
│   ├── UnreadableError        unreadable path, broken or encrypted document, unknown type
│   │   └── GoneError          its server says that there is no such page
│   ├── TooLargeError          over the size limit
│   └── EmptyError             read, but there is no text in it
├── StoreError                 the library file
│   ├── NewerDatabaseError     written by a newer version of the program
│   ├── CorruptDatabaseError   damaged, or not a library at all
│   └── DiskError              read-only, full, or not permitted
├── ModelError                 the embedding model or the reader cannot be loaded or does not fit
└── DataSetError               a folder given to `eval` is not in the expected form

Programming mistakes stay ValueError, TypeError and AssertionError. The rims (the command line and
the bot) translate RetrievalError once, into standard error and exit code, or into a message. Its
text is English; its `Reason` is for who says it in another language.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """What is wrong, for a program. Values that a text mentions are the error's `facts`."""

    OTHER = "other"
    """Nothing that was given a name: the text says it."""
    # the question
    LONG_QUESTION = "long question"
    # the link and its server
    LINK = "link"
    NO_HOST = "no host"
    NOT_PUBLIC = "not public"
    PORT = "port"
    ROBOTS = "robots"
    ROBOTS_UNKNOWN = "robots unknown"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    REDIRECTS = "redirects"
    BROKEN_REPLY = "broken reply"
    # what its server answers
    LOGIN = "login"
    PAID = "paid"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    GONE = "gone"
    BUSY = "busy"
    LEGAL = "legal"
    STATUS = "status"
    # pages that are no article
    SUBSCRIPTION = "subscription"
    CONSENT = "consent"
    CHECK = "check"
    SOFT_MISSING = "soft missing"
    LISTING = "listing"
    SHORT = "short"
    FEED = "feed"
    DATA = "data"
    FRONT_PAGE = "front page"
    SHRUNK = "shrunk"
    # documents
    FOREIGN = "foreign"
    ARCHIVE = "archive"
    ENCODING = "encoding"
    DAMAGED = "damaged"
    CUT_SHORT = "cut short"
    ENCRYPTED = "encrypted"
    EMPTY = "empty"
    NO_TEXT = "no text"
    SCAN = "scan"
    NO_ARTICLE = "no article"
    TOO_LARGE = "too large"
    TOO_MUCH = "too much"
    # feeds
    NO_FEED = "no feed"
    POLLED_ALREADY = "polled already"
    FEEDS_FULL = "feeds full"
    # the library
    REMOVED = "removed"
    TAKEN = "taken"
    NO_TITLE = "no title"
    BROKEN_TEXT = "broken text"
    # its file
    FULL = "full"
    READ_ONLY = "read only"
    NOT_OPENED = "not opened"
    DISK = "disk"
    LIBRARY_BUSY = "library busy"
    LIBRARY_DAMAGED = "library damaged"
    NO_LIBRARY = "no library"

    @classmethod
    def _missing_(cls, value: object) -> Reason:
        """Of one that another version stored, or that none was stored of, there is the text."""
        return cls.OTHER


class RetrievalError(Exception):
    """Base of all errors meant for a person; `str(error)` can be shown to them as it is."""

    def __init__(self, text: str, reason: Reason = Reason.OTHER, /, **facts: str | int) -> None:
        super().__init__(text)
        self.reason, self.facts = reason, facts
        self.about: str | None = None
        """What the text names: a link or a file."""

    def told(self, text: str, about: str) -> Self:
        """The same error with a sentence that names what it is about."""
        error = type(self)(text, self.reason, **self.facts)
        error.about = about
        return error


class UsageError(RetrievalError):
    """Wrong use: an option, argument or question that cannot be worked with."""


class QuestionError(UsageError):
    """A question with nothing in it to look for."""


class NotFoundError(RetrievalError):
    """What was named does not exist."""


class SourceError(RetrievalError):
    """Something could not be read into an article."""

    @classmethod
    def of(cls, error: RetrievalError) -> Self:
        """The same said of the source whose article could not be stored."""
        return cls(str(error), error.reason, **error.facts)


class UnreadableError(SourceError):
    """It could not be opened or parsed."""


class GoneError(UnreadableError):
    """Its server says that there is no such page, or that it is gone."""


class TooLargeError(SourceError):
    """It is over the size limit."""


class EmptyError(SourceError):
    """It holds no text."""


class StoreError(RetrievalError):
    """The library file cannot be used."""


class NewerDatabaseError(StoreError):
    """The library was written by a newer version of the program."""


class CorruptDatabaseError(StoreError):
    """The library file is damaged or is something else."""


class DiskError(StoreError):
    """The disk is full, read-only, or does not permit it."""


class ModelError(RetrievalError):
    """A model cannot be loaded, or does not fit what is stored."""


class DataSetError(RetrievalError):
    """A data set is not in the expected form."""
