"""Bodies of answers, unpacked no further than they may go.

What a few kilobytes unpack to can fill any memory. So it is unpacked step by step, one packing
only, and ends at the limit.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator

from retrieval.errors import Reason, TooLargeError, UnreadableError

STEP = 1 << 18
"""Bytes unpacked before others have their turn: under a millisecond's work."""
ACCEPTED = "gzip, deflate"
"""What servers are told that they may send, as the header's text."""
_ANY_HEADER = 32 + zlib.MAX_WBITS
_BARE = -zlib.MAX_WBITS
_NOT_PACKED = frozenset({"", "identity"})
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})


async def unpacked(parts: AsyncIterator[bytes], packing: str, *, largest: int) -> bytes:
    """The whole of a body that comes in `parts`, packed as its Content-Encoding says.

    Raises TooLargeError over `largest` bytes, and UnreadableError where it is not what it says.
    """
    packing = packing.strip().lower()
    if packing not in _NOT_PACKED | _PACKED:
        raise UnreadableError(
            "its server packs it in a way that it was not asked for", Reason.BROKEN_REPLY
        )
    kept, size = [], 0
    async for step in _steps(parts) if packing in _PACKED else parts:
        size += len(step)
        if size > largest:
            raise TooLargeError(
                f"it is larger than {largest >> 20} MB", Reason.TOO_LARGE, mb=largest >> 20
            )
        kept.append(step)
    return b"".join(kept)


async def _steps(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    unpacker = _Unpacker()
    async for part in parts:
        for step in unpacker.steps(part):
            yield step
            await asyncio.sleep(0)
    yield unpacker.rest()


class _Unpacker:
    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(_ANY_HEADER)
        self._begun = False

    def rest(self) -> bytes:
        """The little that is left when all has come."""
        rest = self._zlib.flush()
        if self._begun and not self._zlib.eof:
            raise UnreadableError("its server broke off in the middle of it", Reason.BROKEN_REPLY)
        return rest

    def steps(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._zlib.eof:
                if not packed.startswith(b"\x1f\x8b"):
                    return  # what follows the end is ignored, as browsers do
                self._zlib = zlib.decompressobj(_ANY_HEADER)
            step = self._step(packed)
            self._begun = True
            packed = self._zlib.unconsumed_tail or self._zlib.unused_data
            yield step

    def _step(self, packed: bytes) -> bytes:
        try:
            return self._zlib.decompress(packed, STEP)
        except zlib.error as error:
            if self._begun:
                raise UnreadableError(
                    "what its server sends is damaged", Reason.BROKEN_REPLY
                ) from error
        # "deflate" comes with and without its header.
        self._zlib = zlib.decompressobj(_BARE)
        try:
            return self._zlib.decompress(packed, STEP)
        except zlib.error as error:
            raise UnreadableError(
                "what its server sends is damaged", Reason.BROKEN_REPLY
            ) from error
