"""The ledger in SQLite: every play committed as it ends, on the disk within a minute.

Write-ahead logging without a flush per row: a killed process loses nothing,
a power cut at most what came after the last `flush`. The log is carried over
into the database each megabyte, not at each flush, because a play that dirties
a page there is written twice. A database that cannot
be read is set aside and a new one, and with it a new epoch, begun.
"""

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from xiaolaba.core.errors import StoreError
from xiaolaba.core.ledger import GENESIS, Outcome, Play, Record, link, row_of
from xiaolaba.core.units import ClipHash, Language, ProgrammeId, RhymeId, Samples

KEPT_DAYS = 7
"""How long acknowledged rows stay."""
MOST_ROWS = 200_000
"""Rows at most, about 70 MB: six weeks of a play each 15 s; beyond, the oldest are let go."""
_LOOK_EVERY = 1000
"""Rows between two looks at how many there are."""
_DAY_MS = 86_400_000
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


class SqliteLedger:
    """A `Ledger` in one file; `now_ms` gives Unix milliseconds.

    `set_aside` is where a damaged database went, if that happened.
    """

    def __init__(
        self, path: Path, boot: str, now_ms: Callable[[], int], most: int = MOST_ROWS
    ) -> None:
        """Open the ledger for this boot.

        Raises:
            StoreError: if there can be no database at `path`.
        """
        self._path, self._boot, self._now_ms, self._most = path, boot, now_ms, most
        self.set_aside: Path | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open()
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}") from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not path.exists():
                raise StoreError(f"{path}: {error}") from error
            self._begin_anew()

    @property
    def epoch(self) -> str:
        """The epoch of this boot and database."""
        return self._epoch

    def append(self, play: Play) -> Record:
        """Write one play down, committed, and return its record."""
        with self._guarded():
            seq, before = self._last()
            record = Record(seq + 1, play, link(before, self._epoch, seq + 1, play))
            self._db.execute(
                "INSERT INTO plays VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (self._number, record.seq, *row_of(play), record.link),
            )
            if record.seq % _LOOK_EVERY == 0:
                self._let_go()
            self._db.commit()
        return record

    def unacknowledged(self, most: int) -> tuple[str, str, list[Record]]:
        """Return epoch, the link before, and the oldest records not acknowledged, of one epoch."""
        with self._guarded():
            oldest = self._db.execute(
                "SELECT p.epoch, e.epoch, p.seq FROM plays p JOIN epochs e ON e.number = p.epoch "
                "WHERE kept_ms IS NULL ORDER BY p.epoch, p.seq LIMIT 1"
            ).fetchone()
            if oldest is None:
                return self._epoch, self._last()[1], []
            number, epoch, first = oldest
            rows = self._db.execute(
                "SELECT seq, start_ms, programme, rhyme, language, clip, outcome, heard, link "
                "FROM plays WHERE epoch = ? AND seq >= ? ORDER BY seq LIMIT ?",
                (number, first, most),
            ).fetchall()
            return epoch, self._link_of(number, first - 1), [_record(row) for row in rows]

    def acknowledge(self, epoch: str, upto: int) -> None:
        """Mark an epoch's records up to `upto` as kept by the daemon; old ones are let go."""
        now = self._now_ms()
        with self._guarded():
            self._db.execute(
                "UPDATE plays SET kept_ms = ? WHERE kept_ms IS NULL AND seq <= ? AND epoch = "
                "(SELECT number FROM epochs WHERE epoch = ?)",
                (now, upto, epoch),
            )
            self._delete_kept_before(now - KEPT_DAYS * _DAY_MS)
            self._db.commit()

    def waiting(self) -> int:
        """Return how many records are not acknowledged."""
        with self._guarded():
            row = self._db.execute("SELECT count(*) FROM plays WHERE kept_ms IS NULL").fetchone()
            return int(row[0])

    def flush(self) -> None:
        """Have everything on the disk; the log will do, and spares the card half of the writing."""
        try:
            _sync(Path(f"{self._path}-wal"))
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Flush and let go of the file."""
        self._db.close()

    def _let_go(self) -> None:
        """Keep the ledger within bounds: the oldest rows go, whether acknowledged or not.

        Those that were not leave a gap in their epoch, which the daemon sees.
        """
        (rows,) = self._db.execute("SELECT count(*) FROM plays").fetchone()
        if rows <= self._most:
            return
        last = self._db.execute(
            "SELECT epoch, seq FROM plays ORDER BY epoch, seq LIMIT 1 OFFSET ?",
            (rows - self._most,),
        ).fetchone()
        self._db.execute("UPDATE plays SET kept_ms = 0 WHERE (epoch, seq) < (?, ?)", last)
        self._delete_kept_before(1)

    def _delete_kept_before(self, when: int) -> None:
        """Delete old rows, but the last of each epoch, so that the chain can go on from it."""
        self._db.execute(
            "DELETE FROM plays WHERE kept_ms < ? AND seq < "
            "(SELECT max(seq) FROM plays p WHERE p.epoch = plays.epoch AND kept_ms NOT NULL)",
            (when,),
        )

    def _open(self) -> None:
        self._db = sqlite3.connect(self._path, timeout=5.0, check_same_thread=False)
        try:
            self._db.execute("PRAGMA page_size = 1024")  # a play dirties few bytes: spare the card
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA cache_size = -256")
            self._db.execute("PRAGMA journal_size_limit = 1000000")
            self._db.executescript(_SCHEMA)
            if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("quick_check found damage")
            self._begin_epoch()
        except sqlite3.DatabaseError:
            self._db.close()
            raise

    def _begin_epoch(self) -> None:
        """Go on with this boot's epoch, or begin one."""
        last = self._db.execute(
            "SELECT number, epoch, boot FROM epochs ORDER BY number DESC LIMIT 1"
        ).fetchone()
        if last is None or last[2] != self._boot:
            epoch = uuid.uuid4().hex
            number = self._db.execute(
                "INSERT INTO epochs (epoch, boot) VALUES (?, ?)", (epoch, self._boot)
            ).lastrowid
            self._db.commit()
            last = number, epoch, self._boot
        self._number, self._epoch = int(last[0]), str(last[1])

    def _begin_anew(self) -> None:
        """Set the damaged database aside, the last one only, and begin another."""
        self.set_aside = self._path.with_name(f"{self._path.name}.damaged-{self._now_ms()}")
        try:
            for old in self._path.parent.glob(f"{self._path.name}.damaged-*"):
                old.unlink()
            for suffix in ("", "-wal", "-shm"):
                damaged = self._path.with_name(self._path.name + suffix)
                if damaged.exists():
                    damaged.rename(self.set_aside.with_name(self.set_aside.name + suffix))
            self._open()
        except (OSError, sqlite3.DatabaseError) as error:
            raise StoreError(f"{self._path}: {error}") from error

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn the database's errors into StoreErrors; damage begins a new one."""
        try:
            yield
        except sqlite3.OperationalError as error:
            self._db.rollback()
            raise StoreError(f"{self._path}: {error}") from error
        except sqlite3.DatabaseError as error:
            self._db.close()
            self._begin_anew()
            raise StoreError(f"{self._path}: {error}; begun anew") from error

    def _last(self) -> tuple[int, str]:
        """Return seq and link of this epoch's last record; 0 and the first link if none."""
        row = self._db.execute(
            "SELECT seq, link FROM plays WHERE epoch = ? ORDER BY seq DESC LIMIT 1", (self._number,)
        ).fetchone()
        return (int(row[0]), str(row[1])) if row else (0, GENESIS)

    def _link_of(self, number: int, seq: int) -> str:
        row = self._db.execute(
            "SELECT link FROM plays WHERE epoch = ? AND seq = ?", (number, seq)
        ).fetchone()
        return str(row[0]) if row else GENESIS


def _sync(path: Path) -> None:
    """Have a file's content on the disk, if there is such a file."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        os.fdatasync(file.fileno())


def _record(row: tuple[int, int, str, str, str, str, str, int, str]) -> Record:
    seq, start_ms, programme, rhyme, language, clip, outcome, heard, chained = row
    play = Play(
        start_ms,
        ProgrammeId(programme),
        RhymeId(rhyme),
        Language(language),
        ClipHash(clip),
        Outcome(outcome),
        Samples(heard),
    )
    return Record(seq, play, chained)
