"""A ledger on a disk that takes nothing for a while loses no play, and numbers each once."""

import resource
from contextlib import closing, contextmanager

import pytest

from tests.adapters.test_ledger import play
from xiaolaba.adapters.sheltered_ledger import ShelteredLedger
from xiaolaba.adapters.sqlite_ledger import SqliteLedger
from xiaolaba.core.ledger import first_break


@contextmanager
def no_room():
    """Let no file grow meanwhile, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def told():
    return []


@pytest.fixture
def opened(tmp_path, told):
    """Return a function that opens the ledger anew, as a start of the node would."""
    ledgers = []

    def told_to(code, detail):
        told.append((code, detail))

    def open_it(boot="boot-1", most_sheltered=1000):
        path = tmp_path / "ledger.sqlite"
        found = ShelteredLedger(path, boot, lambda: 1_000_000, told_to, most_sheltered)
        ledgers.append(found)
        return found

    yield open_it
    for ledger in ledgers:
        ledger.close()


def everything(ledger):
    """Return (epoch, seq, play) of all that waits, acknowledging it in turn."""
    found = []
    while ledger.waiting():
        epoch, before, records = ledger.unacknowledged(100)
        assert first_break(before, epoch, records) is None
        ledger.acknowledge(epoch, records[-1].seq)
        found += [(epoch, record.seq, record.play.start_ms) for record in records]
    return found


def on_disk(tmp_path):
    with closing(SqliteLedger(tmp_path / "ledger.sqlite", "boot-9", lambda: 1_000_000)) as ledger:
        return everything(ledger)


def test_plays_of_a_full_disk_are_on_it_in_order_once_there_is_room(tmp_path, opened, told):
    ledger = opened()
    ledger.append(play(1))
    with no_room():
        ledger.append(play(2))
        ledger.append(play(3))
        ledger.flush()
    ledger.append(play(4))
    ledger.append(play(5))

    assert [start for *_, start in on_disk(tmp_path)] == [1, 2, 3, 4, 5]
    assert [code for code, _ in told] == ["store"]


def test_a_ledger_that_is_opened_on_a_full_disk_throws_nothing_away_and_comes_home(
    tmp_path, opened, told
):
    first = opened()
    for n in range(50):
        first.append(play(n))
    first.flush()
    first.close()
    with no_room():
        ledger = opened("boot-2")
        ledger.append(play(50))

    ledger.flush()

    assert [start for *_, start in on_disk(tmp_path)] == list(range(51))
    assert list(tmp_path.glob("*.damaged-*")) == []
    assert [code for code, _ in told] == ["store"]


def test_what_was_sent_from_memory_keeps_its_number_and_what_was_acknowledged_is_done(
    tmp_path, opened
):
    ledger = opened()
    with no_room():
        for n in range(4):
            ledger.append(play(n))
        epoch, _, records = ledger.unacknowledged(100)
        ledger.acknowledge(epoch, 2)

    ledger.flush()

    assert [record.seq for record in records] == [1, 2, 3, 4]
    assert ledger.epoch == epoch
    assert on_disk(tmp_path) == [(epoch, 3, 2), (epoch, 4, 3)]


def test_what_memory_cannot_hold_is_a_gap_in_the_numbers(tmp_path, opened):
    ledger = opened(most_sheltered=100)
    with no_room():
        for n in range(1000):
            ledger.append(play(n))
    ledger.flush()

    kept = on_disk(tmp_path)

    assert 90 <= len(kept) <= 100
    assert kept[-1] == (ledger.epoch, 1000, 999)
    assert kept[0][1] > 900


def test_what_only_memory_held_at_the_end_is_told_of_as_lost(opened, told):
    with no_room():
        ledger = opened()
        for n in range(3):
            ledger.append(play(n))
        ledger.acknowledge(ledger.epoch, 2)
        ledger.flush()
        ledger.close()

    assert [code for code, _ in told] == ["store", "plays-lost"]
    assert told[-1][1].startswith("1 ")


def test_a_start_after_a_stay_in_memory_goes_on_in_its_epoch(opened):
    ledger = opened()
    with no_room():
        ledger.append(play(1))
    ledger.flush()
    ledger.close()

    again = opened()

    assert again.epoch == ledger.epoch
    assert again.append(play(2)).seq == 2


def test_a_damaged_ledger_is_told_of_by_name(tmp_path, opened, told):
    (tmp_path / "ledger.sqlite").write_bytes(b"this is no database" * 300)

    opened().append(play(1))

    assert [code for code, _ in told] == ["ledger-damaged"]


def test_damage_on_a_full_disk_is_told_of_too_and_a_new_ledger_begun_later(tmp_path, opened, told):
    (tmp_path / "ledger.sqlite").write_bytes(b"this is no database" * 300)
    with no_room():
        ledger = opened()
        ledger.append(play(1))

    ledger.flush()

    assert [start for *_, start in on_disk(tmp_path)] == [1]
    assert [code for code, _ in told] == ["store"]
    assert "damaged" in told[0][1]
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1
