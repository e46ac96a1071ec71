"""The record's tables, and how an older file gets them.

The file's `user_version` says how many of `MIGRATIONS` it has seen. Before the
fourth, plays move into smaller rows, some at a time, so that the room of those
that moved is used again: the file hardly grows, and what was cut short is gone
on with.
"""

import sqlite3
from pathlib import Path

from xiaolaba.core.errors import StoreError

MIGRATIONS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    INSERT INTO meta VALUES ('generation', '1');
    CREATE TABLE publications (
        node TEXT PRIMARY KEY, generation INTEGER NOT NULL, revision INTEGER NOT NULL,
        body TEXT NOT NULL, manifest TEXT NOT NULL, expires INTEGER NOT NULL, sealed BLOB NOT NULL
    ) STRICT;
    CREATE TABLE bodies (digest TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
    CREATE TABLE states (node TEXT PRIMARY KEY, seen INTEGER NOT NULL, said TEXT NOT NULL) STRICT;
    CREATE TABLE healths (node TEXT PRIMARY KEY, seen INTEGER NOT NULL, said TEXT NOT NULL) STRICT;
    CREATE TABLE events (
        id INTEGER PRIMARY KEY, seen INTEGER NOT NULL, node TEXT NOT NULL, at INTEGER NOT NULL,
        code TEXT NOT NULL, detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_by_time ON events (seen);
    CREATE TABLE plays (
        node TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
        start_ms INTEGER NOT NULL, programme TEXT NOT NULL, rhyme TEXT NOT NULL,
        language TEXT NOT NULL, clip TEXT NOT NULL, outcome TEXT NOT NULL, heard INTEGER NOT NULL,
        link TEXT NOT NULL,
        PRIMARY KEY (node, epoch, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX plays_by_time ON plays (start_ms, node);
    """,
    """
    INSERT INTO meta VALUES ('plays_from_ms', '0');
    CREATE INDEX events_by_node ON events (node);
    """,
    """
    CREATE TABLE tallies (node TEXT PRIMARY KEY, finished INTEGER NOT NULL) STRICT;
    INSERT INTO tallies SELECT node, count(*) FROM plays WHERE outcome='finished' GROUP BY node;
    """,
    """
    DROP TABLE plays;
    CREATE VIEW plays AS
        SELECT node, epochs.epoch AS epoch, seq, start_ms, programme, rhyme, language,
        lower(hex(clip)) AS clip, outcome, heard, lower(hex(link)) AS link
        FROM played JOIN epochs ON epochs.number = played.epoch;
    """,
)
_MOVED = 4
"""The migration before which plays move."""
_PLAYED = """
    CREATE TABLE IF NOT EXISTS epochs (
        number INTEGER PRIMARY KEY, node TEXT NOT NULL, epoch TEXT NOT NULL, UNIQUE (node, epoch)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS played (
        epoch INTEGER NOT NULL REFERENCES epochs (number), seq INTEGER NOT NULL,
        start_ms INTEGER NOT NULL, programme TEXT NOT NULL, rhyme TEXT NOT NULL,
        language TEXT NOT NULL, clip BLOB NOT NULL, outcome TEXT NOT NULL, heard INTEGER NOT NULL,
        link BLOB NOT NULL,
        PRIMARY KEY (epoch, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS played_by_time ON played (start_ms, outcome);
    DROP INDEX IF EXISTS plays_by_time;
"""
_SOME = "(SELECT * FROM plays ORDER BY node, epoch, seq LIMIT 1000)"
_MOVE = f"""
    INSERT OR IGNORE INTO epochs (node, epoch) SELECT DISTINCT node, epoch FROM {_SOME};
    INSERT INTO played SELECT number, seq, start_ms, programme, rhyme, language,
        from_hex(CAST(clip AS BLOB)), outcome, heard, from_hex(CAST(link AS BLOB))
        FROM {_SOME} JOIN epochs USING (node, epoch);
    DELETE FROM plays WHERE (node, epoch, seq) IN (SELECT node, epoch, seq FROM {_SOME});
"""  # noqa: S608 - fixed text


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the file's tables up to date.

    Raises:
        StoreError: if a newer version wrote it; it stays as it is.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StoreError(f"{path} 由更新版本的程序写成 / {path} was written by a newer version")
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        if number == _MOVED:
            _move(db)
        db.executescript(f"BEGIN; {script} PRAGMA user_version={number}; COMMIT;")


def _move(db: sqlite3.Connection) -> None:
    """Move the plays into smaller rows."""
    db.create_function("from_hex", 1, _bytes)
    db.executescript(f"BEGIN; {_PLAYED} COMMIT;")
    while db.execute("SELECT EXISTS (SELECT 1 FROM plays)").fetchone()[0]:
        db.executescript(f"BEGIN; {_MOVE} COMMIT;")


def _bytes(digest: bytes) -> bytes:
    """Return what hex digits say; nothing if they are none: one rotten row is no reason to stop."""
    try:
        return bytes.fromhex(digest.decode())
    except ValueError:
        return b""
