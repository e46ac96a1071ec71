"""A real node whose clock is set while it plays: never a burst, and what the clock's trust says.

The virtual card knows the real time, so it says when something really sounded.
"""

import json
import time

import pytest

from tests.node_heard import (
    CLIP,
    GAP,
    PERIOD,
    anything_between,
    heard_after,
    plays,
    turns,
    whole_plays,
    worst,
)
from tests.node_house import House, end, loop_score, noise
from tests.station import Station
from tests.waiting import PATIENCE, until
from xiaolaba.core.units import RATE

HOURS = 3 * 3600


@pytest.fixture
def house(tmp_path, station):
    return House(tmp_path / "node", {"device": "horn"}, station.port)


@pytest.fixture
def clip(house):
    """Let the node play one clip over and over, for hours before and after."""
    found = house.cached(noise(7, CLIP))
    start = int(time.time()) + 1
    around = [((start - HOURS) * RATE, (start + HOURS) * RATE)]
    house.remember(loop_score({found: CLIP}, around, GAP))
    return house.clips[found], start


def steps(station: Station) -> list[float]:
    """Return by how many seconds the node said that its clock jumped, each time."""
    told = [json.loads(payload) for payload in station.said("events")]
    return [float(e["detail"].split()[0]) for e in told if e["code"] == "clock-stepped"]


def begin(station, run, fate, horn, samples):
    station.open()
    station.listen()
    assert station.up.wait(PATIENCE)
    process = run(fate.environment)
    until(lambda: len(heard_after(horn, samples, 0)) >= 3)
    return process


@pytest.mark.parametrize("by", [2 * 3600.1, -2 * 3600.1, 3.1], ids=["ahead", "back", "by seconds"])
def test_fault_a_clock_that_is_set_makes_no_burst_and_a_host_that_is_trusted_is_followed(
    house, horn, run, clip, fate, station, by
):
    samples, start = clip
    process = begin(station, run, fate, horn, samples)

    fate.set_clock(by)
    set_at = time.time()
    until(lambda: steps(station))
    until(lambda: len(heard_after(horn, samples, set_at + 1)) >= 4)
    back_at = time.time()
    fate.set_clock(0)
    until(lambda: len(heard_after(horn, samples, back_at + 1)) >= 4)
    code = end(process)

    onsets = heard_after(horn, samples, set_at)
    followed = [t + by for t in onsets if set_at + 1 < t < back_at]
    written = turns([ms / 1000 for ms in plays(house)], start)
    whole = whole_plays(horn, samples, time.time())
    assert code == 0
    assert steps(station)[0] == pytest.approx(by, abs=0.1)
    assert worst(followed, start) <= 0.02
    assert worst([t for t in onsets if t > back_at + 1], start) <= 0.02
    assert len(onsets) <= (onsets[-1] - set_at) / PERIOD + 3  # each step may cut one item
    assert len(written) <= len(whole)  # what a clock set back repeats has sounded twice
    assert set(written) <= {*turns(whole, start), *turns([t + by for t in whole], start)}


def test_fault_a_clock_that_is_set_below_the_floor_means_silence_until_it_is_right_again(
    house, horn, run, clip, fate, station
):
    samples, start = clip
    house.saved.save("floor", b"%d" % (start - 600))
    process = begin(station, run, fate, horn, samples)

    fate.set_clock(-2 * 3600.1)
    until(lambda: "alert-clock-untrusted" in station.codes())
    silent_from = time.time()
    until(lambda: time.time() > silent_from + 4)
    silent_until = time.time()
    fate.set_clock(0)
    until(lambda: len(heard_after(horn, samples, silent_until)) >= 4)
    code = end(process)

    assert code == 0
    assert not anything_between(horn, silent_from + 1, silent_until)  # half a second waits
    assert worst(heard_after(horn, samples, silent_until), start) <= 0.02
