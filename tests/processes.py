"""Starting the command line as a process of its own."""

from __future__ import annotations

import sys

PROGRAM = """
import signal
# A shell that starts tests in the background has them, and what they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
from retrieval.cli import main
main()
"""
COMMAND = [sys.executable, "-c", PROGRAM]
"""Followed by its arguments; hears Ctrl-C wherever the tests were started."""
