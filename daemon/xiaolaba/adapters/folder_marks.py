"""Marks of a folder's files, cheap to ask for every second however many files there are.

A file that appears, goes or is written whole moves its folder's own time, so
as long as that stands still nothing is looked at again. The clock of a file
system is coarse and a file can be written in place: so the files are looked at
`SETTLED` times after each change, and every `SELDOM` times in any case.
"""

import os
from contextlib import suppress
from pathlib import Path

SETTLED = 3
SELDOM = 60

Mark = tuple[int, int, int]


class FolderMarks:
    """What one folder's files looked like when last looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found = 0
        self._own: Mark | None = None
        self._asked = 0

    def look(self) -> int:
        """Return a number that changes when a finished file does, or comes or goes."""
        own = mark(self._folder)
        self._asked = self._asked + 1 if own == self._own else 0
        self._own = own
        if self._asked < SETTLED or self._asked % SELDOM == 0:
            self._found = hash(_marks(self._folder))
        return self._found


def mark(path: Path) -> Mark | None:
    """Return what changes when a file is written anew; None while it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _marks(folder: Path) -> frozenset[tuple[str, Mark]]:
    found = set()
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith("."):
                with suppress(FileNotFoundError):
                    seen = entry.stat()
                    found.add((entry.name, (seen.st_mtime_ns, seen.st_size, seen.st_ino)))
    return frozenset(found)
