"""Documents made to break their readers cost themselves, and nothing else."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paper
import pytest

from retrieval.errors import EmptyError, SourceError, TooLargeError, UnreadableError
from retrieval.sources.sandbox import SHARED, Limits, Sandbox, apart

TEXT = b"The bridge was opened on Tuesday, and the ferry made its last journey."


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    SHARED.close()  # whose processes other tests have started
    opened = Sandbox(Limits(seconds=2, memory_mb=512), at_once=2)
    yield opened
    opened.close()


def children(of: int | None = None) -> set[int]:
    """Ids of the processes that this one, or `of`, has started and that read documents."""
    found = set()
    for each in Path("/proc").glob("[0-9]*"):
        try:
            parent = (each / "stat").read_text().rpartition(")")[2].split()[1]
            command = (each / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        if int(parent) == (of or os.getpid()) and b"retrieval.sources.parsing" in command:
            found.add(int(each.name))
    return found


def running(process: int) -> bool:
    """Whether a process is there that reads documents, and is no mere entry of one that ended."""
    try:
        return b"retrieval.sources.parsing" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def docx_bomb() -> bytes:
    """A Word document of some hundred kilobytes with 100 MB of XML in it."""
    out = io.BytesIO(paper.docx([("Normal", "one")]))
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    paragraph = b"<w:p><w:r><w:t>x</w:t></w:r></w:p>"
    body = parts["word/document.xml"].replace(b"<w:body>", b"<w:body>" + paragraph * 3_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**parts, "word/document.xml": body}.items():
            archive.writestr(name, part)
    return out.getvalue()


def book_bomb() -> bytes:
    """A book of some tens of kilobytes with 20 MB of words in it."""
    out = io.BytesIO()
    listed = "".join(f'<item id="c{at}" href="{at}"/>' for at in range(4))
    spine = "".join(f'<itemref idref="c{at}"/>' for at in range(4))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
        )
        archive.writestr(
            "b.opf",
            f"<package><metadata/><manifest>{listed}</manifest><spine>{spine}</spine></package>",
        )
        for at in range(4):
            archive.writestr(str(at), "<p>" + "word " * 1_000_000)
    return out.getvalue()


@pytest.fixture(scope="module")
def slow_pdf() -> bytes:
    """A PDF of less than a megabyte whose one page takes long to read."""
    return paper.pdf([["word"] * 200_000])


def test_a_document_that_takes_too_long_is_given_up(sandbox: Sandbox, slow_pdf: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(TooLargeError, match="takes longer than 2 seconds"):
        sandbox.read(slow_pdf, "slow.pdf")
    assert time.monotonic() - started < 8
    assert sandbox.read(TEXT, "a.txt").text == TEXT.decode()


def test_a_document_that_takes_too_much_memory_is_given_up(sandbox: Sandbox) -> None:
    data = docx_bomb()
    assert len(data) < 2 << 20
    with pytest.raises(SourceError, match=r"512 MB of memory|damaged|longer than"):
        sandbox.read(data, "bomb.docx")
    assert sandbox.read(TEXT, "a.txt").text == TEXT.decode()


def test_a_small_document_cannot_become_a_text_without_end() -> None:
    data = book_bomb()
    assert len(data) < 100_000
    with pytest.raises(TooLargeError, match="16 million characters"):
        SHARED.read(data, "a.epub")


@pytest.mark.parametrize("busy", [False, True])
def test_readers_end_with_a_program_that_is_killed(busy: bool, slow_pdf: bytes) -> None:
    code = (
        "import sys, time\n"
        "from retrieval.sources.sandbox import Limits, Sandbox\n"
        "sandbox = Sandbox(Limits(seconds=3))\n"
        "sandbox.read(b'The bridge was opened.', 'a.txt')\n"
        "print('ready', flush=True)\n"
        "data = sys.stdin.buffer.read()\n"
        "sandbox.read(data, 'a.pdf') if data else time.sleep(60)\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert program.stdin is not None
    assert program.stdout is not None
    assert program.stdout.readline() == b"ready\n"
    readers = children(program.pid)
    assert len(readers) == 1
    if busy:
        program.stdin.write(slow_pdf)
        program.stdin.close()
        time.sleep(1)
    program.kill()
    program.wait()
    for pipe in (program.stdin, program.stdout):
        pipe.close()
    until = time.monotonic() + 30
    while any(map(running, readers)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(running, readers))


def test_a_reader_that_dies_costs_the_document_it_was_at(sandbox: Sandbox, slow_pdf: bytes) -> None:
    assert sandbox.read(TEXT, "a.txt").text
    [first] = children()

    def kill() -> None:
        time.sleep(0.5)
        os.kill(first, signal.SIGSEGV)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(UnreadableError, match="ends the program that reads it"):
        sandbox.read(slow_pdf, "a.pdf")
    killer.join()
    assert sandbox.read(TEXT, "a.txt").text == TEXT.decode()
    assert children().isdisjoint({first})


def test_a_reader_that_died_between_documents_is_not_missed(sandbox: Sandbox) -> None:
    sandbox.read(TEXT, "a.txt")
    [first] = children()
    os.kill(first, signal.SIGKILL)
    time.sleep(0.2)
    assert sandbox.read(TEXT, "a.txt").text == TEXT.decode()


def test_one_process_reads_many_documents_and_two_at_a_time(sandbox: Sandbox) -> None:
    for _ in range(20):
        sandbox.read(TEXT, "a.txt")
    assert len(children()) == 1
    with ThreadPoolExecutor(8) as pool:
        texts = [
            draft.text
            for draft in pool.map(lambda n: sandbox.read(TEXT + b"%d" % n, "a.txt"), range(60))
        ]
    assert texts == [f"{TEXT.decode()}{n}" for n in range(60)]
    assert len(children()) == 2


def test_a_slow_document_does_not_hold_up_another(sandbox: Sandbox, slow_pdf: bytes) -> None:
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(sandbox.read, slow_pdf, "slow.pdf")
        time.sleep(0.2)
        assert sandbox.read(TEXT, "a.txt").text == TEXT.decode()
        assert not slow.done()
        assert isinstance(slow.exception(), TooLargeError)


def test_secrets_are_not_handed_on(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "a-secret")
    sandbox.read(TEXT, "a.txt")
    [reader] = children()
    assert b"a-secret" not in Path(f"/proc/{reader}/environ").read_bytes()


def test_reasons_are_those_of_the_parsers(sandbox: Sandbox) -> None:
    with pytest.raises(EmptyError, match="it is empty"):
        sandbox.read(b"  ", "a.txt")
    with pytest.raises(UnreadableError, match="a picture"):
        sandbox.read(b"\x89PNG" + bytes(9), "a.txt")


def test_nothing_is_left_running_when_it_is_closed(sandbox: Sandbox) -> None:
    sandbox.read(TEXT, "a.txt")
    assert children()
    sandbox.close()
    assert not children()


def test_comments_before_a_page_take_no_time(sandbox: Sandbox) -> None:
    started = time.monotonic()
    sandbox.read(b"<!---->" * 1_000 + TEXT, "a.txt")
    assert time.monotonic() - started < 2


async def test_documents_that_wait_do_not_hold_up_what_else_waits_on_threads() -> None:
    waiting = [asyncio.create_task(apart(time.sleep, 0.5)) for _ in range(64)]
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)
    assert time.monotonic() - started < 5
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
