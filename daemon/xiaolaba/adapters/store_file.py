"""The record's database file: opened, or set aside when it is damaged."""

import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from xiaolaba.core.refusal import refusal

ASIDE_KEPT = 3
"""Most damaged files that are kept; the largest have most to tell."""
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PROBE = 65_536
"""How much room a disk must have for the database to go on, in bytes."""
_PARTS = ("", "-wal", "-shm")


def opened(path: Path) -> sqlite3.Connection:
    """Return a connection to the file, made if need be.

    Raises:
        sqlite3.Error: if there can be none; see `is_damage`.
    """
    db = sqlite3.connect(path, isolation_level=None, timeout=10.0)
    db.text_factory = _text
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
    except BaseException:
        db.close()
        raise
    return db


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether the file itself is at fault, and not the disk or who uses it."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in _DAMAGE or code == sqlite3.SQLITE_IOERR_SHORT_READ


def refused(path: Path, error: sqlite3.Error) -> tuple[str, str]:
    """Return why a file cannot be used, in Chinese and English: the system's word if it has one.

    The database's own is no help: on a full disk it cannot "open" a file that is there. And what
    it could not write is gone again, so that a disk it found full may have room by now.
    """
    try:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with TemporaryFile(dir=path.parent) as probe:
            probe.write(bytes(_PROBE))
    except OSError as said:
        return refusal(said), said.strerror or str(said)
    return str(error), str(error)


def set_aside(path: Path) -> Path:
    """Return where the damaged file, which nobody may have open, now lies.

    Raises:
        OSError: if the folder does not let it.
    """
    aside = set_asides(path)
    number = max((int(old.name.rpartition("-")[2]) for old in aside), default=0) + 1
    for old in sorted(aside, key=lambda old: old.stat().st_size)[: 1 - ASIDE_KEPT]:
        for part in _PARTS:
            _part(old, part).unlink(missing_ok=True)
    now = path.with_name(f"{path.name}.damaged-{number}")
    for part in _PARTS:
        with suppress(FileNotFoundError):
            _part(path, part).rename(_part(now, part))
    return now


def set_asides(path: Path) -> list[Path]:
    """Return the damaged files that were set aside."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted(old for old in found if old.name.rpartition("-")[2].isdecimal())


def _part(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _text(raw: bytes) -> str:
    """Return text, legible or not: a letter that rotted must not stop the daemon."""
    return raw.decode(errors="replace")
