"""What may befall a node's sound card: away, busy, suspended, coarse in its reports."""

import signal
import statistics
import time

from tests.node_heard import (
    anything_between,
    heard_after,
    interrupted,
    late,
    plays,
    starts,
    whole_plays,
    worst,
)
from tests.node_house import end, loop_score, noise, stop
from tests.virtual_dac.card import card
from tests.waiting import until
from xiaolaba.core.units import RATE

LONG, PAUSE = 5 * RATE, RATE // 2


def test_fault_a_card_that_is_away_for_seconds_comes_back_in_step_and_nobody_is_flooded(
    house, horn, run, clip
):
    samples, start = clip
    process = run()
    until(lambda: starts(horn) and time.time() > start + 0.5)
    horn.unplug()
    until(lambda: horn.events[-1][0] == "gone")
    gone = time.time()
    until(lambda: time.time() > gone + 3)
    horn.plug_in()
    back = time.time()
    until(lambda: len(heard_after(horn, samples, back)) >= 3)
    code = end(process)

    assert code == 0
    assert worst(heard_after(horn, samples, back), start) <= 0.02
    assert "ALSA lib" not in (house.folder / "node.log").read_text()


def test_fault_a_busy_card_is_waited_for(house, horn, run, clip):
    samples, start = clip
    horn.occupy()
    process = run()
    log = house.folder / "node.log"
    until(lambda: log.exists() and "node.started" in log.read_text())
    until(lambda: time.time() > start + 1)
    assert starts(horn) == []

    horn.occupy(False)
    free = time.time()
    until(lambda: len(heard_after(horn, samples, free)) >= 2)

    assert end(process) == 0
    assert worst(heard_after(horn, samples, free), start) <= 0.02


def sounding(horn):
    """Return whether anything sounded in the last half second."""
    now = time.time()
    return starts(horn) and anything_between(horn, now - 0.5, now)


def test_fault_a_machine_that_is_suspended_wakes_up_in_step_and_says_what_it_cut(house, horn, run):
    samples = noise(8, LONG)
    start, period = int(time.time()) + 1, (LONG + PAUSE) / RATE
    score = loop_score({house.cached(samples): LONG}, [(start * RATE, (start + 600) * RATE)], PAUSE)
    house.remember(score)
    process = run()
    until(lambda: 1 < (time.time() - start) % period < 2 and sounding(horn))

    stop(process)
    horn.suspend()
    slept = time.time()
    until(lambda: time.time() > slept + 5)
    process.send_signal(signal.SIGCONT)
    until(lambda: heard_after(horn, samples, slept))
    until(lambda: whole_plays(horn, samples, time.time())[-1:] > [slept])
    code = end(process)

    cut = start + (slept - start) // period * period
    whole = whole_plays(horn, samples, time.time())
    assert code == 0
    assert [what for what, *_ in horn.events].count("asleep") == 1
    assert not anything_between(horn, slept + 0.1, slept + 4.9)
    assert worst(heard_after(horn, samples, slept), start, period) <= 0.02
    assert all(t > slept + period or t < cut - 1 for t in whole)
    assert round(1000 * cut) not in plays(house)
    assert 0 < interrupted(house)[round(1000 * cut)] <= (slept + 0.05 - cut) * RATE


def settled(horn, samples):
    """Return when the clip began to sound, each time that the card had run for three seconds."""
    return [
        t for t in heard_after(horn, samples, 0) if not any(0 < t - s < 3 for s in starts(horn))
    ]


def test_fault_a_card_that_reports_in_steps_of_ten_milliseconds_is_held_in_step(
    house, plugin, tmp_path, clip
):
    samples, start = clip
    horn = card(plugin, tmp_path / "horn", ppm=40.0, granularity=RATE // 100)
    with house.start(horn.environment) as process:
        until(lambda: len(settled(horn, samples)) > 40)
        code = end(process)

    known = settled(horn, samples)
    off = [abs(by) for by in late(known, start)]
    exact = set(horn.find(samples, time.time())) & set(known)
    assert code == 0
    assert statistics.median(off) < 0.002
    assert sorted(off)[int(0.9 * len(off))] < 0.005
    assert len(exact) > len(known) / 2
