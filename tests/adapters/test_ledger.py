"""The ledger counts every play once: in memory and in SQLite alike, after kills and damage too."""

import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from xiaolaba.adapters.sheltered_ledger import ShelteredLedger
from xiaolaba.adapters.sqlite_ledger import SqliteLedger
from xiaolaba.core.errors import StoreError
from xiaolaba.core.ledger import GENESIS, Outcome, Play, first_break
from xiaolaba.core.message.plays import batch_from_json, batch_to_json
from xiaolaba.core.units import ClipHash, Language, ProgrammeId, RhymeId, Samples
from xiaolaba.sim.fakes import FakeLedger

DAY_MS = 86_400_000


def play(n: int) -> Play:
    return Play(
        n,
        ProgrammeId("p"),
        RhymeId(f"r{n}"),
        Language("cmn"),
        ClipHash("a" * 64),
        Outcome.FINISHED,
        Samples(48_000 + n),
    )


class Time:
    ms = 1_000_000


@pytest.fixture
def opened(tmp_path):
    """Return a function that opens the ledger anew, as a boot would."""
    ledgers = []

    def open_it(boot="boot-1"):
        ledgers.append(SqliteLedger(tmp_path / "ledger.sqlite", boot, lambda: Time.ms))
        return ledgers[-1]

    yield open_it
    for ledger in ledgers:
        ledger.close()


@pytest.fixture(params=["fake", "sqlite", "sheltered"])
def ledger(request, tmp_path):
    match request.param:
        case "fake":
            yield FakeLedger()
        case "sqlite":
            yield request.getfixturevalue("opened")()
        case _:
            nowhere = tmp_path / "a folder"
            nowhere.mkdir()
            with closing(ShelteredLedger(nowhere, "boot", lambda: Time.ms, lambda *_: None)) as it:
                yield it


def test_records_count_from_one_and_each_is_linked_to_the_one_before(ledger):
    written = [ledger.append(play(n)) for n in range(5)]

    epoch, before, records = ledger.unacknowledged(100)

    assert (epoch, before, records) == (ledger.epoch, GENESIS, written)
    assert [record.seq for record in records] == [1, 2, 3, 4, 5]
    assert first_break(before, epoch, records) is None


def test_what_is_acknowledged_is_not_sent_again(ledger):
    for n in range(5):
        ledger.append(play(n))

    ledger.acknowledge(ledger.epoch, 3)
    ledger.acknowledge("another epoch", 5)
    _, before, records = ledger.unacknowledged(100)

    assert [record.seq for record in records] == [4, 5]
    assert first_break(before, ledger.epoch, records) is None
    assert ledger.waiting() == 2


def test_no_more_records_are_given_than_asked_for(ledger):
    for n in range(5):
        ledger.append(play(n))

    assert [record.seq for record in ledger.unacknowledged(2)[2]] == [1, 2]


def test_a_killed_process_goes_on_in_its_epoch_without_loss(opened):
    killed = opened()
    killed.append(play(1))

    again = opened()
    again.append(play(2))

    assert again.epoch == killed.epoch
    assert [record.play for record in again.unacknowledged(9)[2]] == [play(1), play(2)]


def test_a_new_boot_begins_an_epoch_and_the_old_one_is_sent_first(opened):
    old = opened("boot-1")
    old.append(play(1))
    new = opened("boot-2")
    new.append(play(2))

    first = new.unacknowledged(9)
    new.acknowledge(old.epoch, 1)
    second = new.unacknowledged(9)

    assert (first[0], [r.play for r in first[2]]) == (old.epoch, [play(1)])
    assert (second[0], second[1], [r.seq for r in second[2]]) == (new.epoch, GENESIS, [1])


def test_acknowledged_records_go_after_a_week_and_the_chain_goes_on(opened):
    ledger = opened()
    for n in range(3):
        ledger.append(play(n))
    ledger.acknowledge(ledger.epoch, 3)
    Time.ms += 8 * DAY_MS
    ledger.append(play(4))
    ledger.acknowledge(ledger.epoch, 3)

    _, before, records = ledger.unacknowledged(9)

    assert [record.seq for record in records] == [4]
    assert first_break(before, ledger.epoch, records) is None


@pytest.mark.parametrize("size", [0, 1, 50, 100, 4096, 5000, 9000])
def test_a_truncated_database_is_set_aside_or_read_but_never_stops_the_node(tmp_path, opened, size):
    whole = opened()
    for n in range(20):
        whole.append(play(n))
    whole.flush()
    whole.close()
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(path.read_bytes()[:size])

    ledger = opened()
    record = ledger.append(play(99))

    assert ledger.unacknowledged(100)[2][-1] == record
    assert ledger.epoch != whole.epoch or ledger.set_aside is None


def test_a_ledger_that_another_program_locks_is_not_taken_for_a_damaged_one(tmp_path, opened):
    opened().append(play(1))
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            opened("boot-2")

    assert [record.play for record in opened("boot-2").unacknowledged(9)[2]] == [play(1)]
    assert list(tmp_path.glob("*.damaged-*")) == []


def altered(tmp_path, ledger, plays, change, *values):
    """Return the ledger with so many plays, and with a change made behind its back."""
    for n in range(plays):
        ledger.append(play(n))
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as other, other:
        other.execute(f"UPDATE plays SET {change}", values)
    return ledger


@pytest.mark.parametrize(
    ("column", "rotten"),
    [("outcome", "finishee"), ("clip", "x" * 64), ("link", "?"), ("start_ms", "noon")],
)
def test_a_row_that_rotted_is_a_gap_and_those_around_it_are_sent(tmp_path, opened, column, rotten):
    ledger = altered(tmp_path, opened(), 5, f"{column} = ? WHERE seq = 3", rotten)

    sent = []
    while ledger.waiting():
        epoch, before, records = ledger.unacknowledged(100)
        assert batch_from_json(batch_to_json(epoch, before, records)) == (epoch, before, records)
        sent.append([record.seq for record in records])
        ledger.acknowledge(epoch, sent[-1][-1])

    assert sent == [[1, 2], [4, 5]]


def test_a_thousand_rows_that_cannot_be_read_are_stepped_over(tmp_path, opened):
    ledger = altered(tmp_path, opened(), 1200, "outcome = 'unheard-of' WHERE seq < 1200")

    _, _, records = ledger.unacknowledged(100)

    assert ([record.seq for record in records], ledger.waiting()) == ([1200], 1)


def test_text_that_is_none_any_more_does_not_stop_the_rows_after_it(tmp_path, opened):
    ledger = altered(tmp_path, opened(), 3, "rhyme = CAST(x'ff41' AS TEXT) WHERE seq = 1")

    epoch, before, records = ledger.unacknowledged(100)

    assert [record.seq for record in records] == [1, 2, 3]
    assert first_break(before, epoch, records) == 1


def test_damage_is_set_aside_and_a_new_epoch_begun(tmp_path, opened):
    (tmp_path / "ledger.sqlite").write_bytes(b"this is no database" * 300)

    ledger = opened()

    assert ledger.set_aside is not None
    assert ledger.set_aside.exists()
    assert ledger.append(play(1)).seq == 1


def test_a_folder_that_cannot_be_is_a_store_error(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="ledger"):
        SqliteLedger(tmp_path / "file" / "ledger.sqlite", "boot", lambda: 0)


def test_a_flush_leaves_the_database_as_it_is_for_the_log_has_every_play(tmp_path, opened):
    ledger, path = opened(), tmp_path / "ledger.sqlite"
    before = path.read_bytes()
    for n in range(4):
        ledger.append(play(n))
    ledger.flush()
    copied = tmp_path / "copy.sqlite"
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{copied}{suffix}")

    assert path.read_bytes() == before
    with closing(SqliteLedger(copied, "boot-1", lambda: Time.ms)) as copy:
        assert [record.play for record in copy.unacknowledged(9)[2]] == [play(n) for n in range(4)]


def test_a_ledger_in_memory_has_nothing_to_flush():
    with closing(SqliteLedger(Path(":memory:"), "boot-1", lambda: Time.ms)) as ledger:
        ledger.append(play(1))
        ledger.flush()

        assert ledger.waiting() == 1


def test_a_ledger_that_nobody_reads_stays_within_bounds_and_its_chain_holds(tmp_path):
    with closing(SqliteLedger(tmp_path / "l.sqlite", "boot", lambda: Time.ms, most=1500)) as ledger:
        for n in range(4000):
            ledger.append(play(n))
        _, before, records = ledger.unacknowledged(5000)

        assert ledger.waiting() <= 1500
        assert records[-1].seq == 4000
        assert first_break(before, ledger.epoch, records) is None


def test_a_ledger_of_many_short_boots_stays_within_bounds(tmp_path):
    for boot in range(6):
        path = tmp_path / "l.sqlite"
        with closing(SqliteLedger(path, f"boot-{boot}", lambda: Time.ms, most=1000)) as ledger:
            for n in range(900):
                ledger.append(play(n))
            waiting = ledger.waiting()
            _, before, records = ledger.unacknowledged(5000)
            chain = first_break(before, ledger.unacknowledged(1)[0], records)

    with closing(sqlite3.connect(path)) as db:
        rows, epochs = db.execute(
            "SELECT count(*), (SELECT count(*) FROM epochs) FROM plays"
        ).fetchone()
    assert rows <= 1000
    assert waiting <= rows
    assert epochs == 2
    assert chain is None


def test_what_waits_is_known_through_acknowledgements_and_another_opening(tmp_path, opened):
    ledger = opened()
    for n in range(10):
        ledger.append(play(n))
    ledger.acknowledge(ledger.epoch, 4)
    ledger.acknowledge(ledger.epoch, 4)
    ledger.acknowledge("another epoch", 9)

    assert ledger.waiting() == opened().waiting() == 6


@pytest.mark.parametrize("seed", range(20))
def test_a_ledger_cut_at_random_while_it_was_open_plays_on_with_what_is_left(tmp_path, seed):
    chance = random.Random(seed)
    with closing(SqliteLedger(tmp_path / "whole.sqlite", "boot", lambda: Time.ms)) as whole:
        for n in range(300):
            whole.append(play(n))
            if n == 150:
                whole.flush()
        for suffix in ("", "-wal"):
            target = tmp_path / f"ledger.sqlite{suffix}"
            shutil.copy(tmp_path / f"whole.sqlite{suffix}", target)
            if chance.random() < 0.7:
                os.truncate(target, chance.randrange(target.stat().st_size + 1))

    path = tmp_path / "ledger.sqlite"
    with closing(SqliteLedger(path, "boot-2", lambda: Time.ms)) as ledger:
        record = ledger.append(play(999))
        found = []
        while ledger.waiting():
            epoch, before, records = ledger.unacknowledged(100)
            assert first_break(before, epoch, records) is None
            ledger.acknowledge(epoch, records[-1].seq)
            found += records

    assert found[-1] == record
    assert len(list(tmp_path.glob("*.damaged-*"))) <= 3


def test_only_the_last_damaged_database_is_kept(tmp_path, opened):
    for _ in range(3):
        (tmp_path / "ledger.sqlite").write_bytes(b"this is no database" * 300)
        Time.ms += 1
        opened().close()

    assert len(list(tmp_path.glob("*.damaged-*"))) == 1
