"""Where tables and pictures are drawn: as wide as the terminal, else as a page that any will do."""

import sys

from rich.console import Console

WIDTH = 120
"""Columns of what goes into a pipe or a file, whatever terminal it comes from."""

NARROWEST = 64
"""In fewer columns a table would lose some of its own; the terminal wraps its lines instead."""


def screen() -> Console:
    """Return the console for the standard output."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.width = max(console.width, NARROWEST)
    return console
