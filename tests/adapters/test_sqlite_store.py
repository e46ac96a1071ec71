import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaolaba.adapters.sqlite_status import SILENT_S, read_clock, read_status, read_unpublished
from xiaolaba.adapters.sqlite_store import EVENTS_A_NODE, PLAYS_KEPT_S, SqliteStore
from xiaolaba.adapters.store_file import set_asides
from xiaolaba.adapters.store_schema import MIGRATIONS
from xiaolaba.core.errors import DamagedError, StoreError
from xiaolaba.core.ledger import GENESIS, Outcome, Play, Record, link, row_of
from xiaolaba.core.message import Manifest
from xiaolaba.core.message.report import Applied, Event, NodeState
from xiaolaba.core.units import (
    ClipHash,
    Instant,
    Language,
    NodeId,
    ProgrammeId,
    RhymeId,
    Samples,
)
from xiaolaba.ports.store import Batch, Counted, Publication, Standing, Unpublished

GATE, YARD = NodeId("gate"), NodeId("yard")
DAY_S = 86_400


def chain(count: int, epoch: str = "e", salt: int = 0) -> list[Record]:
    made: list[Record] = []
    before = GENESIS
    for seq in range(1, count + 1):
        play = Play(
            1000 * seq + salt,
            ProgrammeId("market"),
            RhymeId("one"),
            Language("cmn"),
            ClipHash("c" * 64),
            Outcome.FINISHED,
            Samples(48_000),
        )
        made.append(Record(seq, play, link(before, epoch, seq, play)))
        before = made[-1].link
    return made


CHAIN = chain(30)


def batch(first: int, last: int, node: NodeId = GATE, records: list[Record] = CHAIN) -> Batch:
    before = records[first - 2].link if first > 1 else GENESIS
    return Batch(node, "e", before, tuple(records[first - 1 : last]))


def publication(node: NodeId, revision: int, body: str = "b" * 64) -> Publication:
    manifest = Manifest(body, Instant(48_000), "http://h/")
    return Publication(node, 1, revision, manifest, 9000, b"sealed")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "store.sqlite")
    yield store
    store.close()


def counted(store: SqliteStore) -> list[tuple[str, int]]:
    rows = store._db.execute("SELECT node, seq FROM plays ORDER BY node, seq")
    return [(node, seq) for node, seq in rows]


def test_a_batch_sent_twice_is_counted_once_and_acknowledged_twice(store: SqliteStore):
    first = store.count([batch(1, 5)])
    second = store.count([batch(1, 5)])

    assert first == [Counted(GATE, "e", 5, fresh=5)]
    assert second == [Counted(GATE, "e", 5, fresh=0)]
    assert counted(store) == [("gate", seq) for seq in range(1, 6)]


@given(
    st.lists(
        st.tuples(st.sampled_from([GATE, YARD]), st.integers(1, 30), st.integers(0, 9)),
        max_size=30,
    ),
    st.integers(0, 30),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_sent_again_or_out_of_order_every_record_counts_once(sent, cut):
    store = SqliteStore(Path(":memory:"))
    batches = [batch(first, min(30, first + more), node) for node, first, more in sent]

    for some in (batches[:cut], batches[cut:], batches[:cut]):
        assert not any(result.broken for result in store.count(some))

    expected = {(b.node, r.seq) for b in batches for r in b.records}
    assert counted(store) == sorted(expected)
    store.close()


def test_records_that_never_came_are_a_gap(store: SqliteStore):
    store.count([batch(1, 5)])

    assert store.count([batch(9, 10)]) == [Counted(GATE, "e", 10, fresh=2, gap=(6, 8))]


def test_another_record_under_a_counted_number_is_refused_whole(store: SqliteStore):
    store.count([batch(1, 5)])
    forged = chain(8, salt=1)

    assert store.count([batch(1, 8, records=forged)])[0].broken == 1
    assert store.count([batch(6, 8, records=forged)])[0].broken == 6
    assert counted(store) == [("gate", seq) for seq in range(1, 6)]


def test_a_ledger_that_does_not_begin_at_its_beginning_is_refused(store: SqliteStore):
    bad = Batch(GATE, "e", "1" * 64, tuple(CHAIN[:2]))

    assert store.count([bad])[0].broken == 1


def test_one_bad_batch_does_not_hold_up_the_others(store: SqliteStore):
    bad = Batch(GATE, "e", "1" * 64, tuple(CHAIN[:2]))

    results = store.count([bad, batch(1, 2, YARD)])

    assert [result.broken for result in results] == [1, None]
    assert counted(store) == [("yard", 1), ("yard", 2)]


def test_what_was_kept_is_there_after_a_restart(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    store.keep([publication(GATE, 1), publication(YARD, 1)], {"b" * 64: b"body"})
    store.keep([publication(GATE, 2, "d" * 64)], {"d" * 64: b"other"})
    store.close()

    again = SqliteStore(path)

    assert again.publications() == (publication(GATE, 2, "d" * 64), publication(YARD, 1))
    assert again.bodies() == {"b" * 64: b"body", "d" * 64: b"other"}
    assert again.generation() == 1
    again.close()


def test_a_body_that_nobody_names_any_more_is_forgotten(store: SqliteStore):
    store.keep([publication(GATE, 1)], {"b" * 64: b"body"})
    store.keep([publication(GATE, 2, "d" * 64)], {"d" * 64: b"other"})

    assert store.bodies() == {"d" * 64: b"other"}


def test_the_status_tells_what_sounds_what_is_missing_and_what_was_counted(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    store.keep([publication(GATE, 3), publication(YARD, 1)], {})
    state = NodeState("gate", True, playlist=Applied(1, 2), now="one/cmn", at=90)
    store.report([(state, 100), (Event("gate", 1, "code", "detail"), 100)])
    store.count([batch(1, 5)])

    gate, yard = read_status(path, midnight_ms=3000, now=100 + SILENT_S)

    assert (gate.online, gate.now, gate.applied, gate.published) == (True, "one/cmn", 2, 3)
    assert (gate.plays_today, gate.plays_total, gate.seen) == (3, 5, 100)
    assert (yard.online, yard.published, yard.seen) == (False, 1, 0)
    store.close()


def test_the_total_counts_every_finished_play_once_and_also_those_long_forgotten(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    store.keep([publication(GATE, 1)], {})
    cut = replace(CHAIN[0].play, outcome=Outcome.INTERRUPTED)
    other = Record(1, cut, link(GENESIS, "f", 1, cut))
    store.count([batch(1, 30), batch(1, 30), Batch(GATE, "f", GENESIS, (other,))])
    store.tidy(now=PLAYS_KEPT_S + 20)

    (gate,) = read_status(path, 25_000, 100)

    assert (gate.plays_today, gate.plays_total) == (6, 30)
    store.close()


def test_of_a_node_that_left_only_its_plays_and_events_stay(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    store.keep([publication(GATE, 1), publication(YARD, 1)], {})
    store.report([(NodeState("gate", True), 100), (Event("gate", 1, "code", "detail"), 100)])
    store.count([batch(1, 5)])

    store.keep([], {}, [GATE])

    assert [row.node for row in read_status(path, 0, 100)] == ["yard"]
    assert counted(store) == [("gate", seq) for seq in range(1, 6)]
    assert store._db.execute("SELECT code FROM events").fetchall() == [("code",)]
    store.close()


def test_a_node_that_is_gone_keeps_what_it_had_in_force(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    store.report([(NodeState("gate", True, playlist=Applied(1, 2), now="one/cmn"), 100)])
    store.report([(NodeState("gate", False), 50)])

    (gate,) = read_status(path, 0, 100)

    assert (gate.online, gate.now, gate.applied, gate.seen) == (False, "", 2, 100)
    store.close()


def test_a_node_that_vanished_without_a_word_is_not_called_online_for_ever(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    store.report([(NodeState("gate", True, now="one/cmn"), 100)])

    (gate,) = read_status(path, 0, 100 + SILENT_S + 1)

    assert (gate.online, gate.now, gate.seen) == (False, "one/cmn", 100)
    store.close()


def test_the_status_tells_how_the_clock_stands(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    assert read_clock(path) == ""

    store.report([(Standing("trusted"), 1), (Standing("differs"), 2)])

    assert read_clock(path) == "differs"
    store.close()


def test_the_status_tells_which_years_nobody_has_read_in(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    with closing(SqliteStore(path)) as store:
        assert read_unpublished(path) == []
        store.report([(Unpublished((2027,)), 1)])
        assert read_unpublished(path) == [2027]
        store.report([(Unpublished(()), 2)])
        assert read_unpublished(path) == []


def test_events_are_forgotten_after_ninety_days(store: SqliteStore):
    store.report([(Event("gate", 0, "old"), 0), (Event("gate", 0, "new"), 90 * 86_400)])

    store.tidy(now=90 * 86_400 + 1)

    assert store._db.execute("SELECT code FROM events").fetchall() == [("new",)]


def test_a_node_that_never_stops_talking_leaves_the_others_their_place(store: SqliteStore):
    store.report([(Event("yard", 0, "calm"), 0)])
    for first in range(0, EVENTS_A_NODE + 50, 50):
        store.report([(Event("gate", 0, str(first + n)), 0) for n in range(50)])

    codes = store._db.execute("SELECT code FROM events ORDER BY id").fetchall()

    assert len(codes) == 1 + EVENTS_A_NODE
    assert codes[:2] == [("calm",), ("50",)]


def test_plays_are_forgotten_after_four_hundred_days(store: SqliteStore):
    store.count([batch(1, 30)])

    store.tidy(now=PLAYS_KEPT_S + 20)

    assert counted(store) == [("gate", seq) for seq in range(20, 31)]


def test_a_wrong_clock_makes_forget_one_day_at_a_time(store: SqliteStore):
    days = [replace(CHAIN[0].play, start_ms=day * DAY_S * 1000) for day in range(4)]
    rows = [Record(1, play, link(GENESIS, str(n), 1, play)) for n, play in enumerate(days)]
    store.count([Batch(GATE, str(n), GENESIS, (row,)) for n, row in enumerate(rows)])
    store.report([(Event("gate", 0, str(day)), day * DAY_S) for day in range(4)])

    left = []
    for _ in range(2):
        store.tidy(now=1000 * DAY_S)
        plays = store._db.execute("SELECT epoch FROM plays ORDER BY start_ms").fetchall()
        left.append((plays, store._db.execute("SELECT code FROM events ORDER BY id").fetchall()))

    assert left == [([(str(n),) for n in some],) * 2 for some in ([1, 2, 3], [2, 3])]


def test_a_play_that_was_counted_and_forgotten_is_acknowledged_and_not_counted_again(
    store: SqliteStore,
):
    store.count([batch(1, 30)])
    store.tidy(now=PLAYS_KEPT_S + 20)
    store.tidy(now=0)

    assert store.count([batch(1, 30)]) == [Counted(GATE, "e", 30, fresh=0)]
    assert counted(store) == [("gate", seq) for seq in range(20, 31)]


def test_a_publication_that_cannot_be_read_is_left_out_and_the_others_are_there(
    store: SqliteStore, caplog
):
    store.keep([publication(GATE, 3), publication(YARD, 1)], {})
    store._db.execute("UPDATE publications SET manifest='{}' WHERE node='gate'")

    assert store.publications() == (publication(YARD, 1),)
    assert "node=gate" in caplog.text


ROTTEN = "CAST(x'ff6162' AS TEXT)"


def of_the_first_version(path: Path, plays: int) -> None:
    """Write a record as the first version did."""
    digest = "lower(hex(randomblob(32)))"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            f"{MIGRATIONS[0]} PRAGMA user_version=1;"
            f"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i+1 < {plays})"
            " INSERT INTO plays SELECT 'node-' || (i % 20), 'ep' || (i / 2000) || '-3b6f2c', i,"
            f" i * 15000, 'morning', 'one', 'cmn', {digest}, 'finished', 1, {digest} FROM n;"
        )


def test_a_record_of_the_first_version_is_taken_over(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    rows = [
        (node, epoch, row.seq, *row_of(row.play), row.link)
        for node, epoch in (("gate", "e"), ("gate", "f"), ("yard", "e"))
        for row in chain(3, epoch)
    ]
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"{MIGRATIONS[0]} PRAGMA user_version=1;")
        db.execute("INSERT INTO events (seen, node, at, code, detail) VALUES (1,'gate',1,'c','')")
        db.executemany("INSERT INTO plays VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
        db.execute(
            f"INSERT INTO plays VALUES ('yard','f',1,9,'p','r','l',{ROTTEN},'cut',1,{ROTTEN})"
        )
        db.commit()
    rows.append(("yard", "f", 1, 9, "p", "r", "l", "", "cut", 1, ""))

    with closing(SqliteStore(path)) as store:
        assert store._db.execute("SELECT * FROM plays ORDER BY node, epoch, seq").fetchall() == rows
        assert store._db.execute("SELECT code FROM events").fetchall() == [("c",)]
        assert dict(store._db.execute("SELECT * FROM tallies")) == {"gate": 6, "yard": 3}
        assert store._db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert store.count([batch(1, 5)])[0] == Counted(GATE, "e", 5, fresh=2)


def test_a_record_of_the_first_version_is_taken_over_in_little_more_than_its_own_room(
    tmp_path: Path,
):
    path = tmp_path / "store.sqlite"
    of_the_first_version(path, plays=30_000)
    before = path.stat().st_size

    with closing(SqliteStore(path)) as store:
        assert store._db.execute("SELECT count(*) FROM plays").fetchone() == (30_000,)
        assert sum(part.stat().st_size for part in tmp_path.iterdir()) < 2 * before


def test_a_taking_over_that_was_cut_short_is_gone_on_with(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    of_the_first_version(path, plays=4000)
    with closing(sqlite3.connect(path)) as db:
        plays = db.execute("SELECT * FROM plays ORDER BY node, epoch, seq").fetchall()
        db.execute(
            "CREATE TRIGGER cut BEFORE DELETE ON plays WHEN old.seq = 3989"
            " BEGIN SELECT RAISE(ABORT, 'cut short'); END"
        )
    with pytest.raises(StoreError, match="cut short"):
        SqliteStore(path)
    with closing(sqlite3.connect(path)) as db:
        assert 0 < db.execute("SELECT count(*) FROM plays").fetchone()[0] < len(plays)
        db.execute("DROP TRIGGER cut")

    with closing(SqliteStore(path)) as store:
        taken = store._db.execute("SELECT * FROM plays ORDER BY node, epoch, seq").fetchall()
        assert taken == plays


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_the_status_of_a_record_not_taken_over_yet_asks_to_restart_the_daemon(
    tmp_path: Path, version: int
):
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("".join(MIGRATIONS[:version]) + f"PRAGMA user_version={version};")

    with pytest.raises(StoreError, match=r"重启服务端.*restart the daemon"):
        read_status(path, 0, 0)


def test_an_epoch_of_which_no_play_is_left_is_forgotten(store: SqliteStore):
    store.count([batch(1, 5), batch(1, 3, YARD)])
    store.tidy(now=PLAYS_KEPT_S + 5)

    assert store._db.execute("SELECT node FROM epochs").fetchall() == [("gate",)]


def kept(path: Path, plays: int = 400) -> bytes:
    """Return the bytes of a record of some size, and write it."""
    store = SqliteStore(path)
    store.keep([publication(GATE, 1)], {"b" * 64: b"body" * 2000})
    store.count([batch(1, plays, records=chain(plays))])
    store.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"this is no database, but long enough to be looked at" * 100,
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:10],
        lambda whole: bytes(4096) + whole[4096:],
        lambda whole: whole[:4096] + b"\xff" * (len(whole) - 4096),
    ],
    ids=["garbage", "the first half", "ten bytes", "without a head", "nothing but a head"],
)
def test_a_damaged_record_is_set_aside_and_a_new_one_begun(tmp_path: Path, caplog, damage):
    path = tmp_path / "store.sqlite"
    damaged = damage(kept(path))
    path.write_bytes(damaged)

    for _ in range(2):  # what is found only while it runs ends the run
        with suppress(DamagedError), closing(SqliteStore(path)) as store:
            store.publications(), store.bodies()
            store.count([batch(1, 5)])

    (aside,) = set_asides(path)
    assert f"aside={aside}" in caplog.text
    assert aside.read_bytes()[4096:] == damaged[4096:]
    with closing(SqliteStore(path)) as store:
        assert counted(store) == [("gate", seq) for seq in range(1, 6)]


def test_a_record_that_turns_out_to_be_damaged_takes_nothing_more(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    whole = kept(path)
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with closing(SqliteStore(path)) as store:
        with pytest.raises(DamagedError, match=r"store\.sqlite\.damaged-1"):
            store.count([batch(1, 5)])
        with pytest.raises(StoreError):
            store.count([batch(1, 5)])

    with closing(SqliteStore(path)) as store:
        assert store.count([batch(1, 5)])[0].fresh == 5


def test_of_damaged_records_the_new_one_and_the_largest_are_kept(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    for size in (500, 200, 900, 100, 300):
        path.write_bytes(b"x" * size)
        SqliteStore(path).close()

    assert sorted(aside.stat().st_size for aside in set_asides(path)) == [300, 500, 900]


def test_a_damaged_file_is_named_by_who_only_reads_it(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"this is no database, but long enough to be looked at" * 100)

    with pytest.raises(StoreError, match=r"数据库 .*store\.sqlite"):
        read_status(path, 0, 0)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(StoreError, match="nowhere"):
        SqliteStore(tmp_path / "nowhere" / "store.sqlite")


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    SqliteStore(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.close()

    with pytest.raises(StoreError, match="newer version"):
        SqliteStore(path)


def test_a_batch_that_cannot_be_written_is_not_half_written(store: SqliteStore):
    store._db.execute("PRAGMA max_page_count=20")
    store._db.execute("PRAGMA cache_spill=OFF")
    long = chain(3000)

    with pytest.raises(StoreError, match="磁盘满了：请腾出空间 / "):
        store.count([batch(1, 3000, records=long)])

    assert counted(store) == []
