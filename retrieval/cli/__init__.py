"""The command line, `clippings`: the engine without Discord."""

from retrieval.cli.main import main

__all__ = ["main"]
