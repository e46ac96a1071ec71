"""How many clips are made at once on a machine."""

import os

import pytest

from xiaolaba.cli.rhymes.workshop import MEMINFO, WORKER_BYTES, workers

ROOM_FOR_ONE = WORKER_BYTES // 1024 + 1


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return what gives the number of workers on so many cores with so much free memory (kB)."""

    def count(cores: int, free: int) -> int:
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)))
        meminfo = tmp_path / "meminfo"
        meminfo.write_text(
            f"MemTotal:       99999999 kB\nMemFree:  1 kB\nMemAvailable:   {free} kB\n"
        )
        return workers(meminfo)

    return count


@pytest.mark.parametrize(
    ("cores", "free", "wanted"),
    [
        pytest.param(4, 100 * ROOM_FOR_ONE, 4, id="one for each core where memory abounds"),
        pytest.param(4, 2 * ROOM_FOR_ONE, 2, id="as many as memory has room for"),
        pytest.param(4, 3 * ROOM_FOR_ONE - 10, 2, id="none that would not fit as a whole"),
        pytest.param(4, ROOM_FOR_ONE // 2, 1, id="one where there is no room for any"),
        pytest.param(1, 100 * ROOM_FOR_ONE, 1, id="one on one core"),
    ],
)
def test_cores_and_free_memory_say_how_many_work_at_once(machine, cores, free, wanted):
    assert machine(cores, free) == wanted


def test_where_the_system_tells_nothing_of_its_memory_one_works(tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal:       99999999 kB\n")

    assert workers(tmp_path / "meminfo") == 1


def test_this_machine_tells_of_its_memory():
    assert "MemAvailable:" in MEMINFO.read_text()
