"""Broken documents are read or refused, in bounded time; never do they crash or hang the reader."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.errors import SourceError
from retrieval.sources.sandbox import Limits, Sandbox
from tests.fuzz.samples import NAMES, samples

ROOT = Path(__file__).parents[2]
SAMPLES = samples()
SECONDS = 20
"""That atheris is given here; more of it is `python -m tests.fuzz.parsers`."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    opened = Sandbox(Limits(seconds=10, memory_mb=1024))
    yield opened
    opened.close()


@st.composite
def broken(draw: st.DrawFn, name: str) -> bytes:
    """A document with some bytes cut out, doubled, or replaced."""
    data = SAMPLES[name]
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        stop = min(len(data), start + draw(st.sampled_from([0, 1, 2, 8, 64, 1024])))
        piece = draw(
            st.one_of(
                st.binary(max_size=8),
                st.just(data[start:stop] * 3),
                st.sampled_from(
                    [b"\x00", b"\xff\xfe", b"<", b"]]>", b"%PDF-", b"999999999", b"\r\n"]
                ),
            )
        )
        data = data[:start] + piece + data[stop:]
    return data


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_no_broken_document_breaks_its_reader(name: str, sandbox: Sandbox) -> None:
    @settings(
        max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(broken(name))
    def reads(data: bytes) -> None:
        try:
            draft = sandbox.read(data, name)
        except SourceError as error:
            said = str(error)
        else:
            said = "" if draft.text.strip() else "an article without text"
        assert not any(each in said for each in ("ends the program", "takes", "without text")), said

    reads()


def test_nothing_that_is_made_up_breaks_the_parsers(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris is made for Linux on x86-64 only")
    for number, (name, data) in enumerate(SAMPLES.items()):
        (tmp_path / f"sample-{number}").write_bytes(bytes([NAMES.index(name)]) + data)
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.fuzz.parsers", str(tmp_path), "-seed=1", "-timeout=30",
            f"-max_total_time={SECONDS}", "-rss_limit_mb=0", "-max_len=65536",
            f"-artifact_prefix={tmp_path}/found-",
        ],
        cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + 120, check=False,
    )  # fmt: skip
    found = [base64.b64encode(each.read_bytes()) for each in tmp_path.glob("found-*")]
    assert done.returncode == 0, (found, done.stderr[-3000:])
    assert "Done" in done.stderr, done.stderr[-3000:]
