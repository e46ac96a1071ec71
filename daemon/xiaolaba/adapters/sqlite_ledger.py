"""The ledger in SQLite: every play committed as it ends, on the disk within a minute.

Write-ahead logging without a flush per row: a killed process loses nothing,
a power cut at most what came after the last `flush`. The log is carried over
into the database each megabyte, not at each flush, because a play that dirties
a page there is written twice. A database that cannot
be read is set aside and a new one, and with it a new epoch, begun.
"""

import re
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from xiaolaba.adapters import ledger_file
from xiaolaba.core.errors import MessageError, StoreError
from xiaolaba.core.ledger import GENESIS, Play, Record, link, row_of
from xiaolaba.core.message.plays import record_of

KEPT_DAYS = 7
"""How long acknowledged rows stay."""
MOST_ROWS = 200_000
"""Rows at most, about 70 MB: six weeks of a play each 15 s; beyond, the oldest are let go."""
_DAY_MS = 86_400_000
_DIGEST = re.compile("[0-9a-f]{64}")


class SqliteLedger:
    """A `Ledger` in one file; `now_ms` gives Unix milliseconds.

    `set_aside` is where a damaged database went, if that happened.
    """

    def __init__(
        self,
        path: Path,
        boot: str,
        now_ms: Callable[[], int],
        most: int = MOST_ROWS,
        check: bool = True,
    ) -> None:
        """Open the ledger for this boot; one that was whole a moment ago needs no check.

        Raises:
            StoreError: if there can be no database at `path`.
        """
        self._path, self._boot, self._now_ms, self._most = path, boot, now_ms, most
        self._check, self._rows, self._waiting = check, 0, 0
        self.set_aside: Path | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open()
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}") from error
        except sqlite3.DatabaseError as error:
            if ledger_file.is_the_disks(error):
                raise StoreError(f"{path}: {error}") from error
            self._begin_anew()

    @property
    def epoch(self) -> str:
        """The epoch of this boot and database."""
        return self._epoch

    def append(self, play: Play) -> Record:
        """Write one play down, committed, and return its record."""
        if self._rows >= self._most:
            self._let_go()
        with self._guarded():
            seq, before = self._last()
            record = Record(seq + 1, play, link(before, self._epoch, seq + 1, play))
            self._db.execute(
                "INSERT INTO plays VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (self._number, record.seq, *row_of(play), record.link),
            )
            self._db.commit()
        self._rows, self._waiting = self._rows + 1, self._waiting + 1
        return record

    def unacknowledged(self, most: int) -> tuple[str, str, list[Record]]:
        """Return epoch, the link before, and the oldest records not acknowledged, of one epoch."""
        with self._guarded():
            while oldest := self._oldest():
                number, epoch, first = oldest
                rows = self._db.execute(
                    "SELECT seq, start_ms, programme, rhyme, language, clip, outcome, heard, link "
                    "FROM plays WHERE epoch = ? AND seq >= ? ORDER BY seq LIMIT ?",
                    (number, first, most),
                ).fetchall()
                if records := list(_readable(rows)):
                    return epoch, self._link_of(number, first - 1), records
                self._pass_over(number, first)
            return self._epoch, self._last()[1], []

    def acknowledge(self, epoch: str, upto: int) -> None:
        """Mark an epoch's records up to `upto` as kept by the daemon; old ones are let go."""
        now = self._now_ms()
        with self._guarded():
            kept = self._db.execute(
                "UPDATE plays INDEXED BY waiting SET kept_ms = ? WHERE kept_ms IS NULL "
                "AND seq <= ? AND epoch = (SELECT number FROM epochs WHERE epoch = ?)",
                (now, upto, epoch),
            ).rowcount
            gone = self._forget(now - KEPT_DAYS * _DAY_MS)
            self._db.commit()
        self._rows, self._waiting = self._rows - gone, self._waiting - kept

    def waiting(self) -> int:
        """Return how many records are not acknowledged."""
        return self._waiting

    def take_over(self, other: "SqliteLedger") -> None:
        """Go on with another ledger's epochs: its records keep their numbers and count once.

        Raises:
            StoreError: if the disk does not take them; nothing is taken over then.
        """
        epochs = other._db.execute("SELECT number, epoch, boot FROM epochs ORDER BY number")
        with self._guarded():
            for number, *epoch in epochs.fetchall():
                self._insert_epoch(epoch, other._rows_of(number))
            self._db.commit()
            self._take_stock()
            self._begin_epoch()

    def flush(self) -> None:
        """Have everything on the disk; the log will do, and spares the card half of the writing."""
        try:
            ledger_file.sync(Path(f"{self._path}-wal"))
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Flush and let go of the file."""
        self._db.close()

    def _oldest(self) -> tuple[int, str, int] | None:
        """Return number and name of the epoch that has the oldest record to send, and its seq."""
        found: tuple[int, str, int] | None = self._db.execute(
            "SELECT p.epoch, e.epoch, p.seq FROM plays p JOIN epochs e ON e.number = p.epoch "
            "WHERE kept_ms IS NULL ORDER BY p.epoch, p.seq LIMIT 1"
        ).fetchone()
        return found

    def _pass_over(self, number: int, seq: int) -> None:
        """Send a row no more: it has rotted on the disk, and is a gap that the daemon sees."""
        row = (number, seq)
        self._db.execute("UPDATE plays SET kept_ms = 0 WHERE epoch = ? AND seq = ?", row)
        self._db.commit()
        self._waiting -= 1

    def _insert_epoch(self, epoch: list[str], rows: Iterator[tuple[object, ...]]) -> None:
        number = self._db.execute("INSERT INTO epochs (epoch, boot) VALUES (?, ?)", epoch).lastrowid
        insert = "INSERT INTO plays VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._db.executemany(insert, ((number, *row) for row in rows))

    def _rows_of(self, number: int) -> Iterator[tuple[object, ...]]:
        """Yield an epoch's rows without its number."""
        found = self._db.execute("SELECT * FROM plays WHERE epoch = ? ORDER BY seq", (number,))
        return (row[1:] for row in found)

    def _let_go(self) -> None:
        """Make room within the bounds: the oldest rows go, whether acknowledged or not.

        Those that were not leave a gap in their epoch, which the daemon sees.
        """
        with self._guarded():
            first = self._db.execute(
                "SELECT epoch, seq FROM plays ORDER BY epoch, seq LIMIT 1 OFFSET ?",
                (self._rows - self._most + self._most // 100 + 2,),
            ).fetchone()
            self._db.execute(
                "UPDATE plays SET kept_ms = 0 WHERE kept_ms IS NULL AND (epoch, seq) < (?, ?)",
                first,
            )
            self._delete_before(*first)
            self._db.commit()
            self._take_stock()

    def _forget(self, when: int) -> int:
        """Delete what was acknowledged before `when`, and return how many rows that were."""
        first = self._db.execute(
            "SELECT epoch, seq FROM plays WHERE coalesce(kept_ms, ?) >= ? "
            "ORDER BY epoch, seq LIMIT 1",
            (when, when),
        ).fetchone()
        return 0 if first is None else self._delete_before(*first)

    def _delete_before(self, number: int, seq: int) -> int:
        """Delete what is older than a row, but the one before it, on whose link its own rests."""
        rows = self._db.execute(
            "DELETE FROM plays WHERE (epoch, seq) < (?, ?)", (number, seq - 1)
        ).rowcount
        if rows:
            self._db.execute("DELETE FROM epochs WHERE number < ?", (number,))
        return rows

    def _take_stock(self) -> None:
        """Count the rows, an epoch's by its ends; from then on their number is kept."""
        (self._rows,) = self._db.execute(
            "SELECT coalesce(sum(1 + (SELECT max(seq) FROM plays WHERE epoch = number)"
            " - (SELECT min(seq) FROM plays WHERE epoch = number)), 0) FROM epochs"
        ).fetchone()
        waiting = "SELECT count(*) FROM plays WHERE kept_ms IS NULL"
        (self._waiting,) = self._db.execute(waiting).fetchone()

    def _open(self) -> None:
        self._db = ledger_file.opened(self._path, self._check)
        try:
            self._take_stock()
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
        """Set the damaged database aside and begin another."""
        try:
            self.set_aside = ledger_file.set_aside(self._path, self._now_ms())
            self._open()
        except (OSError, sqlite3.DatabaseError) as error:
            raise StoreError(f"{self._path}: damaged; no other can be begun: {error}") from error

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
        return str(row[0]) if row and _DIGEST.fullmatch(row[0]) else GENESIS


def _readable(rows: Iterable[tuple[object, ...]]) -> Iterator[Record]:
    """Yield the records up to the first row that has rotted."""
    for row in rows:
        try:
            yield record_of(row)
        except MessageError:
            return
