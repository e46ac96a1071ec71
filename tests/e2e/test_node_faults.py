"""What may befall a node that nobody stands beside: faults, each at a real process if it can be."""

import resource
import signal
import time
from datetime import date
from pathlib import Path

import pytest

from tests.core.builders import local
from tests.e2e.test_node_dac import (
    CLIP,
    GAP,
    PERIOD,
    finished,
    head,
    starts,
    wait_until,
    whole_plays,
    whole_second_from_now,
)
from tests.node_house import end, loop_score, noise
from tests.programs.test_stage_and_player import NOON, A, B, Night, score, spans
from tests.town.test_town import CLIPS, START, a_town
from xiaolaba.core.units import RATE
from xiaolaba.node.player import BLOCK, ClockStepped
from xiaolaba.sim.town import SimulatedTown
from xiaolaba.sim.verdicts import forbidden, off_the_loop, out_of_turn, uncounted


@pytest.fixture
def clip(house):
    """Let the node play one clip over and over from now on."""
    found = house.cached(noise(7, CLIP))
    start = whole_second_from_now(0.0)
    house.remember(loop_score({found: CLIP}, [(start * RATE, (start + 600) * RATE)], GAP))
    return house.clips[found], start


def late(onsets, start):
    """Return how far the worst onset is from its moment, in seconds."""
    return max(abs((t - start + PERIOD / 2) % PERIOD - PERIOD / 2) for t in onsets)


def heard_after(horn, samples, moment):
    if not starts(horn):
        return []
    return [t for t in horn.find(head(samples), time.time()) if t > moment]


def test_fault_a_card_that_is_away_for_seconds_comes_back_in_step_and_nobody_is_flooded(
    house, horn, run, clip
):
    samples, start = clip
    process = run()
    wait_until(lambda: starts(horn) and time.time() > start + 0.5)
    horn.unplug()
    wait_until(lambda: horn.events[-1][0] == "gone")
    gone = time.time()
    wait_until(lambda: time.time() > gone + 3)
    horn.plug_in()
    back = time.time()
    wait_until(lambda: len(heard_after(horn, samples, back)) >= 3)
    code = end(process)

    assert code == 0
    assert late(heard_after(horn, samples, back), start) <= 0.02
    assert "ALSA lib" not in (house.folder / "node.log").read_text()


def test_fault_a_card_that_is_away_for_thirty_seconds_of_virtual_time(tmp_path):
    night = Night(tmp_path)

    def unplug():
        night.sinks[0].unplugged = night.broken = True

    original = night.open

    def open_again():
        night.broken = night.clock.at < NOON + 32 * RATE
        return original()

    night.player._open_sink = open_again
    night.later(2.5, unplug)
    night.run(46, score(A, B))

    whole = [begin for begin, end in spans(night.heard) if end - begin == 2 * RATE]
    assert len(whole) >= 2
    assert {begin % (3 * RATE) for begin in whole} == {RATE}


def test_fault_a_busy_card_is_waited_for(house, horn, run, clip):
    samples, start = clip
    horn.occupy()
    process = run()
    log = house.folder / "node.log"
    wait_until(lambda: log.exists() and "node.started" in log.read_text())
    wait_until(lambda: time.time() > start + 1)
    assert starts(horn) == []

    horn.occupy(False)
    free = time.time()
    wait_until(lambda: len(heard_after(horn, samples, free)) >= 2)

    assert end(process) == 0
    assert late(heard_after(horn, samples, free), start) <= 0.02


def test_fault_a_process_that_is_stopped_for_seconds_is_in_step_again_and_counts_right(
    house, horn, run, clip
):
    samples, start = clip
    process = run()
    wait_until(lambda: starts(horn) and time.time() > max(start, starts(horn)[0]) + 1)
    process.send_signal(signal.SIGSTOP)
    stopped = time.time()
    wait_until(lambda: time.time() > stopped + 2.5)  # a minute is no different, only longer

    process.send_signal(signal.SIGCONT)
    again = time.time()
    wait_until(lambda: len(heard_after(horn, samples, again + 1)) >= 3)
    code = end(process)

    whole = {round((t - start) / PERIOD) for t in whole_plays(horn, samples, time.time())}
    counted = [round((ms / 1000 - start) / PERIOD) for ms in finished(house)]
    assert code == 0
    assert late(heard_after(horn, samples, again + 1), start) <= 0.02
    assert len(counted) == len(set(counted))
    assert set(counted) <= whole


def test_fault_sigterm_fades_out_says_goodbye_and_writes_down_what_was_cut(house, horn, run, clip):
    process = run()
    wait_until(lambda: starts(horn) and time.time() > max(clip[1], starts(horn)[0]) + 1)

    asked = time.time()
    code = end(process, signal.SIGTERM)

    assert code == 0
    assert time.time() - asked < 5
    assert len(finished(house)) >= 1


def test_fault_no_file_can_be_opened_for_a_while_and_no_clip_is_thrown_away(house, horn, run, clip):
    samples, start = clip
    process = run()
    wait_until(lambda: len(heard_after(horn, samples, 0)) >= 2)
    descriptors = len(list(Path(f"/proc/{process.pid}/fd").iterdir()))
    limits = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (descriptors - 5, limits[1]))
    exhausted = time.time()
    wait_until(lambda: time.time() > exhausted + 2)

    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, limits)
    mended = time.time()
    wait_until(lambda: len(heard_after(horn, samples, mended)) >= 2)

    assert process.poll() is None
    assert len(list((house.state / "cache").glob("*.pcm"))) == 1
    assert late(heard_after(horn, samples, mended), start) <= 0.02
    assert end(process) == 0


@pytest.mark.parametrize("name", ["ledger.sqlite", "ledger.sqlite-wal"])
def test_fault_a_ledger_of_rubbish_is_set_aside_and_the_loop_plays(house, horn, run, clip, name):
    samples, _ = clip
    (house.state / name).write_bytes(b"rubbish" * 5000)
    process = run()
    wait_until(lambda: len(heard_after(horn, samples, 0)) >= 3)

    assert end(process) == 0
    assert len(finished(house)) >= 1


def test_fault_a_disk_that_takes_no_ledger_at_all_does_not_silence_the_node(house, horn, run, clip):
    samples, _ = clip
    (house.state / "ledger.sqlite").mkdir()
    process = run()
    wait_until(lambda: len(heard_after(horn, samples, 0)) >= 2)

    assert end(process) == 0


@pytest.mark.parametrize("hours", [-2, 2, 55 * 8766], ids=["back", "ahead", "far ahead"])
def test_fault_the_clock_steps_inside_a_clip_and_there_is_no_burst(tmp_path, hours):
    night = Night(tmp_path)
    night.later(2.2, lambda: night.clock.step(hours * 3600 * RATE))
    night.later(6, lambda: night.clock.step(-hours * 3600 * RATE))

    heard = night.run(12, score(A, B)).heard

    stepped = round(2.2 * RATE) + 2 * BLOCK
    wrong, right = heard[stepped : 6 * RATE], heard[round(6.1 * RATE) :]
    assert not any(wrong)
    assert any(right)
    assert len(night.of(ClockStepped)) == 2
    assert max(end - begin for begin, end in spans(heard)) <= 2 * RATE


def test_fault_a_small_step_inside_a_clip_is_one_faded_jump(tmp_path):
    night = Night(tmp_path)
    night.later(2.2, lambda: night.clock.step(RATE // 5))

    night.run(9, score(A, B))

    begins = [begin for begin, end in spans(night.heard) if begin > 4 * RATE]
    assert night.of(ClockStepped) == []
    assert abs((begins[0] + RATE // 5 - RATE) % (3 * RATE)) <= 8


def a_node(tmp_path, **more):
    return SimulatedTown(a_town(1), CLIPS, tmp_path, START, 11, **more)


def test_fault_a_machine_without_rtc_that_boots_in_1970_is_silent_until_it_knows_the_time(
    tmp_path,
):
    found = a_node(tmp_path, bare=frozenset({"n0"}))
    found.station.switch_on(found.applied())
    (node,) = found.nodes
    node.switch_on()
    found.run(days=3.5 / 24)
    assert node.sounded
    node.cut_power()
    node.cut_off()
    del node.sounded[:]

    node.switch_on(ahead=-int(START))
    found.run(days=9 / 24)
    silent = list(node.sounded)
    node.connect()
    found.run(days=1)

    begin, end = local(date(2026, 12, 1), "06:00"), local(date(2026, 12, 1), "12:00")
    assert silent == []
    assert off_the_loop(found, node, begin, end) == []
    assert forbidden(found, node) == []


@pytest.mark.parametrize("hours", [-2, 2])
def test_fault_a_clock_that_is_hours_off_is_silent_by_an_rtc_that_knows_better(tmp_path, hours):
    found = a_node(tmp_path)
    found.switch_on()
    (node,) = found.nodes
    found.run(days=1 / 24)
    node.cut_off()
    node.set_clock(hours * 3600 * RATE)
    found.run(days=20 / 24)
    wrong = list(node.sounded)

    node.connect()
    found.run(days=1)

    assert wrong == []
    assert [j(found, node) for j in (out_of_turn, forbidden, uncounted)] == [[], [], []]
    assert node.sounded
