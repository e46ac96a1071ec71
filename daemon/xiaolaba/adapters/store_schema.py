"""The record's tables, and how an older file gets them.

The file's `user_version` says how many of `MIGRATIONS` it has seen.
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
    DROP INDEX plays_by_time;
    CREATE INDEX plays_by_time ON plays (start_ms, outcome, node);
    """,
)


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the file's tables up to date.

    Raises:
        StoreError: if a newer version wrote it; it stays as it is.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StoreError(f"{path} 由更新版本的程序写成 / {path} was written by a newer version")
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        db.executescript(f"BEGIN; {script} PRAGMA user_version={number}; COMMIT;")
