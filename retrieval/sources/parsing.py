"""The process in which `sandbox` has documents parsed: reads them from standard input, one after
the other, and answers each with its draft or the reason why there is none."""

from __future__ import annotations

import json
import math
import os
import resource
import sys
from dataclasses import asdict
from typing import Any

from retrieval.errors import SourceError
from retrieval.sources.child import restrict
from retrieval.sources.documents import read_document
from retrieval.sources.sandbox import Limits, receive, send

_UNLIMITED = 1 << 62


def serve(limits: Limits) -> None:
    """Answer until standard input ends."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    while True:
        try:
            about = json.loads(receive(incoming, _UNLIMITED))
            data = receive(incoming, _UNLIMITED)
        except EOFError:
            return
        _allow(limits.seconds)
        reply = _reply(data, about)
        del data
        send(outgoing, json.dumps(reply).encode())
        if reply.get("error") == "MemoryError":
            return  # what is left of its memory is in pieces


def _reply(data: bytes, about: dict[str, Any]) -> dict[str, object]:
    try:
        return {"draft": asdict(read_document(data, **about))}
    except SourceError as error:
        return {"error": type(error).__name__, "told": str(error), "reason": error.reason}
    except MemoryError:
        return {"error": "MemoryError"}


def _allow(seconds: float) -> None:
    """Let the next document have so much of a processor; it ends the process, even one whose
    parent is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    wanted = Limits(**json.loads(sys.argv[1]))
    restrict(memory_mb=wanted.memory_mb)
    serve(wanted)
