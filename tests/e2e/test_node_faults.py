"""What may befall a node's process: signals, exhausted files, a ledger of rubbish."""

import json
import resource
import signal
import socket
import time
from array import array
from itertools import pairwise
from pathlib import Path

import pytest

from tests.node_heard import (
    PERIOD,
    heard_after,
    intact_plays,
    interrupted,
    plays,
    starts,
    turns,
    whole_plays,
    worst,
)
from tests.node_house import end, loop_score, stop
from tests.waiting import until
from xiaolaba.core.units import RATE
from xiaolaba.node.take import FADE


@pytest.fixture
def systemd(tmp_path):
    """Return the service manager's end of the notification socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(str(tmp_path / "notify"))
        found.setblocking(False)
        yield found


def said(systemd):
    """Return everything that was said to the service manager and not asked for yet."""
    lines = []
    try:
        while True:
            lines.append(systemd.recv(4096))
    except BlockingIOError:
        return lines


def test_fault_a_process_that_is_stopped_for_a_minute_is_in_step_again_and_counts_right(
    house, horn, run, clip, systemd, tmp_path
):
    samples, start = clip
    watched = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "8000000"}
    process = run(watched)
    until(lambda: len(intact_plays(horn, samples, time.time())) >= 2)
    until(lambda: b"WATCHDOG=1" in said(systemd))
    stop(process)
    stopped = time.time()
    said(systemd)
    until(lambda: time.time() > stopped + 30)
    until(lambda: time.time() > stopped + 60)
    meanwhile = said(systemd)

    process.send_signal(signal.SIGCONT)
    again = time.time()
    until(lambda: len(heard_after(horn, samples, again + 1)) >= 3)
    until(lambda: b"WATCHDOG=1" in said(systemd))
    code = end(process)

    onsets = heard_after(horn, samples, again)
    before = turns(intact_plays(horn, samples, stopped), start)
    counted = turns([ms / 1000 for ms in plays(house)], start)
    assert code == 0
    assert worst([t for t in onsets if t > again + 1], start) <= 0.02
    assert all(later - earlier > PERIOD - 0.1 for earlier, later in pairwise(onsets))
    assert len(counted) == len(set(counted))
    assert set(before) <= set(counted)
    assert set(counted) <= set(turns(whole_plays(horn, samples, time.time()), start))
    assert meanwhile == []  # and systemd would have started it anew


def sounded_last(horn):
    """Return the samples other than zero of the card's last run that has any."""
    runs = ([s for s in run.samples if s] for run in horn.runs(time.time()))
    return next((sound for sound in reversed(list(runs)) if sound), []) if starts(horn) else []


def test_fault_sigterm_fades_out_says_goodbye_and_writes_down_what_was_cut(
    house, horn, run, station
):
    house.port = station.port
    station.open()
    station.listen()
    tone = array("h", [8000]) * (60 * RATE)
    start = int(time.time())
    clip = house.cached(tone)
    house.remember(loop_score({clip: len(tone)}, [(start * RATE, (start + 600) * RATE)]))
    process = run()
    until(lambda: station.said("state") and len(sounded_last(horn)) > RATE)
    asked = time.time()

    code = end(process, signal.SIGTERM)
    until(lambda: json.loads(station.said("state")[-1])["online"] is False)

    sound = sounded_last(horn)
    ending = sound[-FADE // 2 :]
    ran_dry = any(what == "xrun" and real > asked for what, _, real, _ in horn.events)
    assert code == 0
    assert (ending == sorted(ending, reverse=True) and ending[-1] < 100 < 1000 < ending[0]) or (
        ran_dry  # the machine gave the sound thread no time, and a fade neither
    )
    assert json.loads(station.said("state")[-1])["now"] == "stopped"  # no will of the dead
    assert plays(house) == []
    assert interrupted(house) == {start * 1000: pytest.approx(len(sound), abs=10)}


def test_fault_no_file_can_be_opened_for_a_while_and_no_clip_is_thrown_away(house, horn, run, clip):
    samples, start = clip
    process = run()
    until(lambda: len(heard_after(horn, samples, 0)) >= 2)
    descriptors = len(list(Path(f"/proc/{process.pid}/fd").iterdir()))
    limits = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (descriptors - 5, limits[1]))
    exhausted = time.time()
    until(lambda: time.time() > exhausted + 2)

    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, limits)
    mended = time.time()
    until(lambda: len(heard_after(horn, samples, mended)) >= 2)

    assert process.poll() is None
    assert len(list((house.state / "cache").glob("*.pcm"))) == 1
    assert worst(heard_after(horn, samples, mended), start) <= 0.02
    assert end(process) == 0


@pytest.mark.parametrize("name", ["ledger.sqlite", "ledger.sqlite-wal"])
def test_fault_a_ledger_of_rubbish_is_set_aside_and_the_loop_plays(house, horn, run, clip, name):
    samples, _ = clip
    (house.state / name).write_bytes(b"rubbish" * 5000)
    process = run()
    until(lambda: len(heard_after(horn, samples, 0)) >= 3)

    assert end(process) == 0
    assert len(plays(house)) >= 1


def test_fault_a_disk_that_takes_no_ledger_at_all_does_not_silence_the_node(house, horn, run, clip):
    samples, _ = clip
    (house.state / "ledger.sqlite").mkdir()
    process = run()
    until(lambda: len(heard_after(horn, samples, 0)) >= 2)

    assert end(process) == 0
