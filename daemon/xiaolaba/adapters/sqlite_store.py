"""The daemon's record in one SQLite file.

A play is known by (node, epoch, seq) and inserted at most once; `count`
returns when it is on disk, and only then may it be acknowledged.
"""

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from xiaolaba.adapters import store_file
from xiaolaba.adapters.store_schema import migrate
from xiaolaba.adapters.whole_file import told
from xiaolaba.core.errors import DamagedError, MessageError, StoreError
from xiaolaba.core.ledger import GENESIS, Outcome, Record, row_of
from xiaolaba.core.message import manifest_from_json, manifest_to_json
from xiaolaba.core.message.report import Event, Health, NodeState, to_json
from xiaolaba.core.message.strict import load
from xiaolaba.core.units import NodeId
from xiaolaba.ports.store import Batch, Counted, Noted, Publication, Standing, Unpublished

EVENTS_KEPT_S = 90 * 86_400
"""How long events are kept, in seconds."""
EVENTS_A_NODE = 1000
"""Most events kept of one node, so that none can fill the disk; the oldest go."""
PLAYS_KEPT_S = 400 * 86_400
"""How long plays are kept, in seconds: a year can be compared with the one before."""
_AT_ONCE_S = 86_400
"""How much is forgotten at once at most, in seconds: what a wrong clock may cost."""

log = logging.getLogger(__name__)

_KEEP = (
    "INSERT INTO publications VALUES (?,?,?,?,?,?,?) ON CONFLICT (node) DO UPDATE SET"
    " generation=excluded.generation, revision=excluded.revision, body=excluded.body,"
    " manifest=excluded.manifest, expires=excluded.expires, sealed=excluded.sealed"
)
_COUNT = "INSERT OR IGNORE INTO played VALUES (?,?,?,?,?,?,?,?,?,?)"
_ENDED = (
    "DELETE FROM epochs WHERE NOT EXISTS (SELECT 1 FROM played WHERE played.epoch=epochs.number)"
)
_TALLY = (
    "INSERT INTO tallies VALUES (?,?)"
    " ON CONFLICT (node) DO UPDATE SET finished=finished+excluded.finished"
)
_STATE = (
    "INSERT INTO states VALUES (?,?,?) ON CONFLICT (node) DO UPDATE SET"
    " seen=max(seen, excluded.seen), said=excluded.said"
)
_GONE = (
    "INSERT INTO states VALUES (?,?,?) ON CONFLICT (node) DO UPDATE SET"
    " seen=max(seen, excluded.seen), said=json_set(said, '$.online', json('false'), '$.now', '')"
)
_HEALTH = "INSERT OR REPLACE INTO healths VALUES (?,?,?)"
_EVENT = "INSERT INTO events (seen, node, at, code, detail) VALUES (?,?,?,?,?)"
_TOO_MANY = (
    "DELETE FROM events WHERE node=:node AND id <="
    " (SELECT id FROM events WHERE node=:node ORDER BY id DESC LIMIT 1 OFFSET :most)"
)


class SqliteStore:
    """`ports.Store` on a file; used from one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._open()
        except DamagedError:
            self._open()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def generation(self) -> int:
        """Return the generation of everything published; it begins at 1."""
        with self._told():
            return _meta(self._db, "generation")

    def publications(self) -> tuple[Publication, ...]:
        """Return the last publication of every node; one that cannot be read is left out."""
        columns = "node, generation, revision, manifest, expires, sealed"
        with self._told():
            rows = self._db.execute(f"SELECT {columns} FROM publications ORDER BY node").fetchall()  # noqa: S608 - fixed text
        return tuple(found for row in rows if (found := _publication(*row)))

    def bodies(self) -> dict[str, bytes]:
        """Return the shared bodies that publications name, by digest."""
        with self._told():
            return dict(self._db.execute("SELECT digest, body FROM bodies").fetchall())

    def keep(
        self,
        publications: Sequence[Publication],
        bodies: Mapping[str, bytes],
        gone: Sequence[NodeId] = (),
    ) -> None:
        """Write down publications and the new bodies they name; bodies nobody names go."""
        with self._transaction() as db:
            for table in ("publications", "states", "healths"):
                rows = ((node,) for node in gone)
                db.executemany(f"DELETE FROM {table} WHERE node=?", rows)  # noqa: S608 - fixed text
            db.executemany("INSERT OR IGNORE INTO bodies VALUES (?,?)", bodies.items())
            db.executemany(_KEEP, map(_row, publications))
            db.execute("DELETE FROM bodies WHERE digest NOT IN (SELECT body FROM publications)")

    def count(self, batches: Sequence[Batch]) -> list[Counted]:
        """Count every record exactly once; on disk when this returns."""
        with self._transaction() as db:
            since = _meta(db, "plays_from_ms")
            return [_count(db, batch, since) for batch in batches]

    def report(self, reports: Sequence[tuple[Noted, int]]) -> None:
        """Write notes down, each with the Unix second at which it was made."""
        with self._transaction() as db:
            for said, seen in reports:
                _report(db, said, seen)

    def tidy(self, now: int) -> None:
        """Forget old events and plays, a day's at a time; no such play is ever counted again."""
        with self._transaction() as db:
            first = db.execute("SELECT min(seen) FROM events").fetchone()[0] or 0
            until = min(now - EVENTS_KEPT_S, first + _AT_ONCE_S)
            db.execute("DELETE FROM events WHERE seen < ?", (until,))
            first = db.execute("SELECT min(start_ms) FROM played").fetchone()[0] or 0
            until = min((now - PLAYS_KEPT_S) * 1000, first + _AT_ONCE_S * 1000)
            since = max(_meta(db, "plays_from_ms"), until)
            db.execute("UPDATE meta SET value=? WHERE key='plays_from_ms'", (str(since),))
            db.execute("DELETE FROM played WHERE start_ms < ?", (since,))
            db.execute(_ENDED)

    def _open(self) -> None:
        with self._told():
            self._db = store_file.opened(self._path)
            try:
                migrate(self._db, self._path)
            except BaseException:
                self._db.close()
                raise

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the database's errors into ours, with the file's name; set a damaged one aside."""
        try:
            yield
        except sqlite3.Error as error:
            if store_file.is_damage(error):
                raise self._set_aside() from error
            zh, en = store_file.refused(self._path, error)
            raise StoreError(
                f"数据库 {self._path} 无法读写，{zh} / cannot use database {self._path}: {en}"
            ) from error

    def _set_aside(self) -> DamagedError:
        """Let go of the damaged file, which takes nothing from now on, and move it away."""
        path = self._path
        with suppress(AttributeError, sqlite3.Error):  # it may not have been opened
            self._db.close()
        with told(path):
            aside = store_file.set_aside(path)
        log.error("store.damaged file=%s aside=%s", path, aside)
        return DamagedError(
            f"数据库 {path} 已损坏，已改名为 {aside.name}，将重新开始记录"
            f" / database {path} is damaged, is now {aside.name}, and is begun anew"
        )


def _meta(db: sqlite3.Connection, key: str) -> int:
    return int(db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()[0])


def _publication(
    node: str, generation: int, revision: int, manifest: str, expires: int, sealed: bytes
) -> Publication | None:
    try:
        told = manifest_from_json(load(manifest.encode()))
    except MessageError as error:
        log.error("store.publication-unreadable node=%s error=%s", node, error)
        return None
    return Publication(NodeId(node), generation, revision, told, expires, sealed)


def _row(publication: Publication) -> tuple[object, ...]:
    manifest = json.dumps(manifest_to_json(publication.manifest))
    return (
        publication.node,
        publication.generation,
        publication.revision,
        publication.manifest.body,
        manifest,
        publication.expires,
        publication.sealed,
    )


def _count(db: sqlite3.Connection, batch: Batch, since: int) -> Counted:
    """Insert what is new, unless a link contradicts what was counted before.

    What began before `since` (Unix ms) may have been counted and forgotten.
    """
    first, last = batch.records[0].seq, batch.records[-1].seq
    epoch = _epoch(db, batch)
    known = _links(db, epoch, first - 1, last)
    expected = GENESIS if first == 1 else known.get(first - 1, batch.before)
    if expected != batch.before:
        return Counted(batch.node, batch.epoch, last, broken=first)
    for record in batch.records:
        if known.get(record.seq, record.link) != record.link:
            return Counted(batch.node, batch.epoch, last, broken=record.seq)
    gap = None if first == 1 or first - 1 in known else (_end(db, epoch, first) + 1, first - 1)
    new = (record for record in batch.records if record.seq not in known)
    fresh = [record for record in new if record.play.start_ms >= since]
    db.executemany(_COUNT, (_play(epoch, record) for record in fresh))
    finished = sum(record.play.outcome is Outcome.FINISHED for record in fresh)
    db.execute(_TALLY, (batch.node, finished))
    return Counted(batch.node, batch.epoch, last, len(fresh), gap)


def _play(epoch: int, record: Record) -> tuple[object, ...]:
    start_ms, programme, rhyme, language, clip, outcome, heard = row_of(record.play)
    what = (programme, rhyme, language, bytes.fromhex(clip), outcome, heard)
    return (epoch, record.seq, start_ms, *what, bytes.fromhex(record.link))


def _epoch(db: sqlite3.Connection, batch: Batch) -> int:
    """Return the number that stands for a node's epoch in the record."""
    named = batch.node, batch.epoch
    db.execute("INSERT OR IGNORE INTO epochs (node, epoch) VALUES (?,?)", named)
    found = db.execute("SELECT number FROM epochs WHERE node=? AND epoch=?", named)
    return int(found.fetchone()[0])


def _links(db: sqlite3.Connection, epoch: int, first: int, last: int) -> dict[int, str]:
    """Return the links counted from `first` to `last`."""
    rows = db.execute(
        "SELECT seq, link FROM played WHERE epoch=? AND seq BETWEEN ? AND ?", (epoch, first, last)
    )
    return {seq: link.hex() for seq, link in rows}


def _end(db: sqlite3.Connection, epoch: int, before: int) -> int:
    """Return the last seq counted below `before`, or 0."""
    found = db.execute(
        "SELECT max(seq) FROM played WHERE epoch=? AND seq<?", (epoch, before)
    ).fetchone()[0]
    return int(found or 0)


def _report(db: sqlite3.Connection, said: Noted, seen: int) -> None:
    match said:
        case NodeState():
            statement = _STATE if said.online else _GONE  # a Last Will knows nothing else
            db.execute(statement, (said.node, seen, json.dumps(to_json(said))))
        case Health():
            db.execute(_HEALTH, (said.node, seen, json.dumps(to_json(said))))
        case Event():
            db.execute(_EVENT, (seen, said.node, said.at, said.code, said.detail))
            db.execute(_TOO_MANY, {"node": said.node, "most": EVENTS_A_NODE})
        case Standing():
            db.execute("INSERT OR REPLACE INTO meta VALUES ('clock', ?)", (said.clock,))
        case Unpublished():
            years = json.dumps(said.years)
            db.execute("INSERT OR REPLACE INTO meta VALUES ('unpublished', ?)", (years,))
