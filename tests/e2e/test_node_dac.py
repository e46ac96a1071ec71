"""A real node process, offline, on a virtual sound card: what sounded, when, and what did not."""

import signal
import time
from array import array

import pytest

from tests.node_heard import CLIP, GAP, PERIOD, onsets, plays, starts, whole_plays
from tests.node_house import NODE, ZONE, end, loop_score, noise
from tests.virtual_dac.card import Card
from tests.waiting import until
from xiaolaba.core.policy import Blackout, Policy
from xiaolaba.core.units import RATE, Instant


def whole_second_from_now(seconds):
    return int(time.time() + seconds + 1)


def sound_outside(horn: Card, spans, until) -> list[float]:
    """Return when samples other than zero sounded outside the spans (Unix times)."""
    found = []
    for run in horn.runs(until):
        for n, sample in enumerate(run.samples):
            if sample and not any(a - 0.001 <= run.time(n) < b + 0.001 for a, b in spans):
                found.append(run.time(n))
    return found


def test_a_node_plays_the_right_clips_at_the_right_moments_and_nothing_else(house, horn, run):
    one, two = house.cached(noise(1, CLIP)), house.cached(noise(2, CLIP))
    start = whole_second_from_now(2.0)
    blackout = Blackout("exam", Instant((start + 1) * RATE), Instant((start + 2) * RATE))
    score = loop_score(
        {one: CLIP, two: CLIP},
        [(start * RATE, (start + 3) * RATE), ((start + 4) * RATE, (start + 9) * RATE)],
        GAP,
    )
    house.remember(score, Policy(NODE, ZONE, blackouts=(blackout,)))

    process = run()
    until(lambda: time.time() > start + 4.5)
    code = end(process)
    stopped = time.time()

    first = onsets(horn, house.clips[one], stopped)
    second = onsets(horn, house.clips[two], stopped)
    allowed = [(start, start + 1), (start + 2, start + 3), (start + 4, stopped)]
    assert code == 0
    assert first[0] == pytest.approx(start, abs=0.02)
    assert first[1] == pytest.approx(start + 2 * PERIOD, abs=0.02)
    assert second[0] == pytest.approx(start + PERIOD, abs=0.02)
    assert start + 4 == pytest.approx(min(t for t in first + second if t > start + 3), abs=0.02)
    assert sound_outside(horn, allowed, stopped) == []


def test_a_card_that_is_unplugged_comes_back_and_the_loop_is_where_it_should_be(house, horn, run):
    clip = house.cached(noise(3, CLIP))
    start = whole_second_from_now(0.0)
    house.remember(loop_score({clip: CLIP}, [(start * RATE, (start + 600) * RATE)], GAP))
    process = run()
    until(lambda: starts(horn) and time.time() > start + 0.5)

    horn.unplug()
    until(lambda: horn.events[-1][0] == "gone")
    plugged = time.time()
    horn.plug_in()
    until(lambda: len(starts(horn)) == 2 and time.time() > starts(horn)[1] + 1.5)
    code = end(process)

    again = [t for t in onsets(horn, house.clips[clip], time.time()) if t > plugged]
    assert code == 0
    assert len(again) >= 1
    assert max(abs((t - start + PERIOD / 2) % PERIOD - PERIOD / 2) for t in again) <= 0.02


def test_a_node_that_was_killed_is_right_again_and_counts_no_play_twice(house, horn, run):
    clip = house.cached(noise(4, CLIP))
    start = whole_second_from_now(0.0)
    house.remember(loop_score({clip: CLIP}, [(start * RATE, (start + 600) * RATE)], GAP))
    first = run()
    until(lambda: starts(horn) and time.time() > max(start, starts(horn)[0]) + 1.2)
    end(first, signal.SIGKILL)
    killed = time.time()
    horn.cut_off(killed)

    second = run()
    until(lambda: len(starts(horn)) == 2 and time.time() > starts(horn)[1] + 1.5)
    code = end(second)

    samples = house.clips[clip]
    again = [t for t in onsets(horn, samples, time.time()) if t > killed]
    whole = whole_plays(horn, samples, time.time())
    assert code == 0
    assert max(abs((t - start + PERIOD / 2) % PERIOD - PERIOD / 2) for t in again) <= 0.02
    heard = [round((t - start) / PERIOD) for t in whole]
    last_before = sum(t < killed for t in whole) - 1  # it may have ended with the process
    assert [round((ms / 1000 - start) / PERIOD) for ms in plays(house)] in (
        heard,
        heard[:last_before] + heard[last_before + 1 :],
    )
    assert len(whole) >= 5


def test_the_search_by_content_finds_a_clip_only_where_it_is():
    samples = array("h", [0] * 100) + noise(5, 480) + array("h", [0] * 100)

    assert samples.tobytes().find(noise(5, 480).tobytes()) == 200
    assert samples.tobytes().find(noise(6, 480).tobytes()) == -1
