"""What the daemon's record says of each node, read without disturbing the daemon."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from xiaolaba.adapters.owner import as_owner
from xiaolaba.adapters.store_schema import MIGRATIONS
from xiaolaba.core.errors import StoreError

SILENT_S = 900
"""A node says how it is every 300 s; one not heard for so long is gone, whatever it said last."""


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node: what it said last, what it was sent, and its plays that were counted.

    `now` is what it said last, online or not; `seen` is when it was last heard
    (Unix seconds, 0 for never); `applied` and `published` are playlist
    revisions, `hold` the order of the holds it obeys; plays are finished ones,
    in total all that were ever counted.
    """

    node: str
    online: bool
    now: str
    applied: int
    published: int
    plays_today: int
    plays_total: int
    seen: int
    hold: tuple[int, int]


_NODES = "SELECT node FROM publications UNION SELECT node FROM states ORDER BY node"
_TODAY = (
    "SELECT node, count(*) FROM played JOIN epochs ON epochs.number = played.epoch"
    " WHERE start_ms >= ? AND outcome = 'finished' GROUP BY node"
)


def read_status(path: Path, midnight_ms: int, now: int) -> list[NodeStatus]:
    """Return every node's status; `midnight_ms` is when today began, `now` in Unix seconds.

    Raises:
        StoreError: if the file is not there, is unreadable, or not taken over yet.
    """
    with _opened(path) as db:
        return _read(db, midnight_ms, now)


def read_clock(path: Path) -> str:
    """Return how the daemon's clock stood last, "" before its first start.

    Raises:
        StoreError: if the file is not there, is unreadable, or not taken over yet.
    """
    return _meta(path, "clock", "")


def read_unpublished(path: Path) -> list[int]:
    """Return the years that playlists reach whose days off nobody has read in.

    Raises:
        StoreError: if the file is not there, is unreadable, or not taken over yet.
    """
    return [int(year) for year in json.loads(_meta(path, "unpublished", "[]"))]


def _meta(path: Path, key: str, default: str) -> str:
    with _opened(path) as db:
        row = db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return str(row[0]) if row else default


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with (
            as_owner(path.parent),
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db,
        ):
            _require_taken_over(db, path)
            yield db
    except sqlite3.Error as error:
        raise StoreError(f"数据库 {path} 读不了：{error} / cannot read {path}: {error}") from error


def _require_taken_over(db: sqlite3.Connection, path: Path) -> None:
    """Refuse a record of an older version; only the daemon changes it."""
    if int(db.execute("PRAGMA user_version").fetchone()[0]) < len(MIGRATIONS):
        raise StoreError(
            f"数据库 {path} 还是旧版本的，请重启服务端，由它转换"
            f" / {path} is of an older version: restart the daemon, which takes it over"
        )


def _read(db: sqlite3.Connection, midnight_ms: int, now: int) -> list[NodeStatus]:
    said = {n: (seen, json.loads(text)) for n, seen, text in db.execute("SELECT * FROM states")}
    health = dict(db.execute("SELECT node, seen FROM healths").fetchall())
    published = dict(db.execute("SELECT node, revision FROM publications").fetchall())
    total = dict(db.execute("SELECT node, finished FROM tallies").fetchall())
    today = dict(db.execute(_TODAY, (midnight_ms,)).fetchall())
    found = []
    for (node,) in db.execute(_NODES).fetchall():
        seen, state = said.get(node, (0, {}))
        applied = (state.get("playlist") or {}).get("revision", 0)
        seen = max(seen, health.get(node, 0))
        online = bool(state.get("online", False)) and now - seen <= SILENT_S
        found.append(
            NodeStatus(
                node,
                online,
                str(state.get("now", "")),
                applied,
                published.get(node, 0),
                today.get(node, 0),
                total.get(node, 0),
                seen,
                _order(state.get("hold")),
            )
        )
    return found


def _order(applied: dict[str, int] | None) -> tuple[int, int]:
    return (applied["generation"], applied["revision"]) if applied else (0, 0)
