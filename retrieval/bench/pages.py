"""Adding many pages of a bad site: `python -m retrieval.bench.pages [--pages N]`, one JSON object.

A site on loopback has pages of which 5 in 100 are slow, 5 fail and 2 are hostile (endless, packed
to blow up, redirecting in circles, of another kind than they say, coming drop by drop). All of them
are named to one `clippings add`, some twice under an address with tracking parameters. Told are
what was stored, why the others were not, the time and the memory that it took.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from retrieval.bench.processes import command_line, output
from retrieval.bench.site import Site

TIMEOUT_S = 10
NAMED_TWICE = 10
"""Every so manieth page is."""


@dataclass(frozen=True, slots=True)
class Pages:
    """What became of a site's pages."""

    pages: int
    expected: int
    """Pages that hold an article."""
    stored: int
    missing: list[str]
    """Good pages that are not stored."""
    wrongly_stored: list[str]
    twice: int
    """Articles of the same page."""
    reasons: dict[str, dict[str, int]]
    """Of each kind of bad page, what was said of it, and how often."""
    seconds: float
    peak_mb: float
    """Most memory that the program held, without the processes that parse."""


def measure(pages: int, folder: Path) -> Pages:
    """Add a site's pages to a library in an empty folder."""
    site, database = Site(pages), folder / "library.db"
    environment = {
        **os.environ,
        "RETRIEVAL_FETCH_ALLOW": "127.0.0.0/8",
        "RETRIEVAL_FETCH_TIMEOUT_S": str(TIMEOUT_S),
    }
    with site.served():
        paths = list(site.kinds)
        urls = [site.url(path) for path in paths]
        urls += [f"{url}?utm_source=feed" for url in urls[::NAMED_TWICE]]
        command = command_line(database, "add", "--json", *urls)
        seconds, peak_mb, receipts = _run(command, environment, folder / "receipts.jsonl")
    listed = output(command_line(database, "list", "--json"), environment)
    stored = Counter(json.loads(line)["url"] for line in listed.splitlines())
    good = {site.url(path) for path, kind in site.kinds.items() if kind in ("good", "slow")}
    kinds = {site.url(path): kind for path, kind in site.kinds.items()}
    reasons: dict[str, Counter[str]] = {}
    for receipt in receipts:
        url = receipt["ref"].partition("?")[0]
        if receipt["status"] == "failed" and "?" not in receipt["ref"]:
            said = str(receipt["error"]).replace(receipt["ref"], "URL")
            reasons.setdefault(kinds[url], Counter())[said] += 1
    return Pages(
        pages=pages,
        expected=len(good),
        stored=stored.total(),
        missing=sorted(good - set(stored)),
        wrongly_stored=sorted(set(stored) - good),
        twice=sum(count - 1 for count in stored.values()),
        reasons={kind: dict(count) for kind, count in sorted(reasons.items())},
        seconds=round(seconds, 1),
        peak_mb=round(peak_mb, 1),
    )


def _run(
    command: list[str], environment: dict[str, str], file: Path
) -> tuple[float, float, list[dict[str, str]]]:
    """Wall time, most memory held, and what it printed."""
    started, peak_kb = time.perf_counter(), 0
    with (
        file.open("wb") as printed,
        subprocess.Popen(
            command, env=environment, stdout=printed, stderr=subprocess.DEVNULL
        ) as running,
    ):
        while running.poll() is None:
            peak_kb = max(peak_kb, _most_held_kb(running.pid))
            time.sleep(0.1)
    seconds = time.perf_counter() - started
    lines = file.read_text(encoding="utf-8").splitlines()
    return seconds, peak_kb / 1024, [json.loads(line) for line in lines]


def _most_held_kb(pid: int) -> int:
    """Most memory a living process has held, as Linux tells; 0 elsewhere."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(s.split()[1]) for s in status.splitlines() if s.startswith("VmHWM:")), 0)


def main() -> None:
    """Print what became of the pages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--pages", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(given.pages, Path(folder))
    print(json.dumps(asdict(measured), indent=2))  # noqa: T201  # a command's result
    sys.exit(bool(measured.missing or measured.wrongly_stored or measured.twice))


if __name__ == "__main__":
    main()
