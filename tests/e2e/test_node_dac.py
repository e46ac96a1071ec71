"""A real node process, offline, on a virtual sound card: what sounded, when, and what did not."""

import signal
import time
from collections.abc import Callable
from functools import partial

import pytest

from tests.node_heard import (
    CLIP,
    GAP,
    PERIOD,
    heard_after,
    onsets,
    plays,
    starts,
    turns,
    whole_plays,
    worst,
)
from tests.node_house import NODE, ZONE, end, loop_score, noise
from tests.virtual_dac.card import Card
from tests.waiting import until
from xiaolaba.core.policy import Blackout, Policy
from xiaolaba.core.units import RATE, Instant


def whole_second_from_now(seconds):
    return int(time.time() + seconds + 1)


def sound_outside(horn: Card, spans, since: float, until: float) -> list[float]:
    """Return when samples other than zero sounded outside the spans (Unix times)."""
    found = []
    for run in horn.runs(until):
        for n, sample in enumerate(run.samples):
            if sample and not any(a - 0.001 <= run.time(n) < b + 0.001 for a, b in spans):
                found.append(run.time(n))
    return [t for t in found if t > since]


def passed(moment: float) -> bool:
    return time.time() > moment


def performance(horn: Card, run, plans: Callable[[int], None], lasts: float) -> tuple[float, int]:
    """Let a node play what `plans` saves for a whole second soon; return when it began, and that.

    It plays anew where the machine was too busy to start it by then, or to feed the card.
    """
    for ahead in (2, 5, 10, 20, 40):
        start = whole_second_from_now(ahead)
        plans(start)
        before, begun = len(horn.events), time.time()
        process = run()
        until(partial(passed, start + lasts))
        assert end(process) == 0
        happened = horn.events[before:]
        in_time = happened and happened[0][2] < start - 0.5
        if in_time and "xrun" not in [what for what, *_ in happened]:
            return begun, start
    raise AssertionError("the card runs dry again and again")


def test_a_node_plays_the_right_clips_at_the_right_moments_and_nothing_else(house, horn, run):
    one, two = house.cached(noise(1, CLIP)), house.cached(noise(2, CLIP))

    def plans(start):
        blackout = Blackout("exam", Instant((start + 1) * RATE), Instant((start + 2) * RATE))
        windows = [(start * RATE, (start + 3) * RATE), ((start + 4) * RATE, (start + 9) * RATE)]
        score = loop_score({one: CLIP, two: CLIP}, windows, GAP)
        house.remember(score, Policy(NODE, ZONE, blackouts=(blackout,)))

    begun, start = performance(horn, run, plans, 4.5)
    stopped = time.time()

    first, second = (
        [t for t in onsets(horn, house.clips[clip], stopped) if t > begun] for clip in (one, two)
    )
    allowed = [(start, start + 1), (start + 2, start + 3), (start + 4, start + 9)]
    assert first[0] == pytest.approx(start, abs=0.02)
    assert first[1] == pytest.approx(start + 2 * PERIOD, abs=0.02)
    assert second[0] == pytest.approx(start + PERIOD, abs=0.02)
    assert start + 4 == pytest.approx(min(t for t in first + second if t > start + 3), abs=0.02)
    assert sound_outside(horn, allowed, begun, stopped) == []


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
    until(lambda: len(heard_after(horn, house.clips[clip], plugged)) >= 3)
    code = end(process)

    assert code == 0
    assert worst(heard_after(horn, house.clips[clip], plugged), start) <= 0.02


def test_a_node_that_was_killed_is_right_again_and_counts_no_play_twice(house, horn, run):
    clip = house.cached(noise(4, CLIP))
    samples = house.clips[clip]
    start = whole_second_from_now(0.0)
    house.remember(loop_score({clip: CLIP}, [(start * RATE, (start + 600) * RATE)], GAP))
    first = run()
    until(lambda: len(heard_after(horn, samples, 0)) >= 3 and plays(house))
    known = plays(house)
    end(first, signal.SIGKILL)
    killed = time.time()
    horn.cut_off(killed)

    second = run()
    until(lambda: len(heard_after(horn, samples, killed)) >= 4)
    code = end(second)

    whole = whole_plays(horn, samples, time.time())
    heard = turns(whole, start)
    again = [turn for turn, t in zip(heard, whole, strict=True) if t > killed]
    counted = turns([ms / 1000 for ms in plays(house)], start)
    assert code == 0
    assert worst(heard_after(horn, samples, killed), start) <= 0.02
    assert plays(house)[: len(known)] == known
    assert counted == sorted(set(counted))
    assert set(counted) <= set(heard)
    assert set(again[:-1]) <= set(counted)
