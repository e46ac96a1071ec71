"""A ledger's database file: opened whole, or set aside when it is damaged."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

_REFUSALS = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS epochs (
    number INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE, boot TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS plays (
    epoch INTEGER NOT NULL REFERENCES epochs (number), seq INTEGER NOT NULL,
    start_ms INTEGER NOT NULL, programme TEXT NOT NULL, rhyme TEXT NOT NULL,
    language TEXT NOT NULL, clip TEXT NOT NULL, outcome TEXT NOT NULL, heard INTEGER NOT NULL,
    link TEXT NOT NULL, kept_ms INTEGER,
    PRIMARY KEY (epoch, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS waiting ON plays (epoch, seq) WHERE kept_ms IS NULL;
"""


def opened(path: Path, check: bool) -> sqlite3.Connection:
    """Return the database, made if need be; a check reads all of it.

    Raises:
        sqlite3.DatabaseError: if it cannot be; see `is_the_disks`.
    """
    db = sqlite3.connect(path, timeout=5.0, check_same_thread=False)
    db.text_factory = _text
    try:
        db.execute("PRAGMA page_size = 1024")  # a play dirties few bytes: spare the card
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -256")
        db.execute("PRAGMA journal_size_limit = 1000000")
        db.executescript(_SCHEMA)
        if check and db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check found damage")
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _text(raw: bytes) -> str:
    """Return text, legible or not: a letter that rotted must not stop the rows after it."""
    return raw.decode(errors="replace")


def is_the_disks(error: sqlite3.DatabaseError) -> bool:
    """Return whether the disk refused, as a full one does, which says nothing of the database."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code != sqlite3.SQLITE_IOERR_SHORT_READ and code & 0xFF in _REFUSALS


def set_aside(path: Path, now_ms: int) -> Path:
    """Return where the damaged database now lies; only the last one is kept.

    Raises:
        OSError: if the folder does not let it.
    """
    aside = path.with_name(f"{path.name}.damaged-{now_ms}")
    for old in path.parent.glob(f"{path.name}.damaged-*"):
        old.unlink()
    for suffix in ("", "-wal", "-shm"):
        damaged = path.with_name(path.name + suffix)
        if damaged.exists():
            damaged.rename(aside.with_name(aside.name + suffix))
    return aside


def sync(path: Path) -> None:
    """Have a file's content on the disk, if there is such a file."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        os.fdatasync(file.fileno())
