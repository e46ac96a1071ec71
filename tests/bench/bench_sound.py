"""How many times a second `sound(score, t)` answers, against a bare bisect over the windows."""

import random
import time
from bisect import bisect_right
from datetime import date, timedelta

from tests.bench.figures import Figure
from xiaolaba.core.timetable.score import Item, Loop, Score, Window, sound
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    Instant,
    Language,
    ProgrammeId,
    RhymeId,
    Samples,
    from_unix,
)

CALLS = 200_000


def month() -> Score:
    """Return thirty days of three windows a day, forty items to a loop."""
    items = tuple(
        Item(
            RhymeId(f"r{n}"),
            Language("cmn"),
            ClipHash("0" * 64),
            Samples(RATE * (8 + n % 7)),
            Samples(3 * RATE),
        )
        for n in range(40)
    )
    loop = Loop(ProgrammeId("p"), items, every=Samples(900 * RATE), round=Samples(120 * RATE))
    first = date(2026, 12, 1)
    windows = []
    for day in range(30):
        for hour in (0, 4, 9):
            start = 1_796_083_200 + day * 86_400 + hour * 3600
            end = start + 7200
            windows.append(
                Window(from_unix(start), from_unix(end), 0, day * 99, first + timedelta(day))
            )
    return Score((loop,), tuple(windows), windows[-1].end)


def measure() -> list[Figure]:
    """Time calls a block apart, as the player makes them, and at random moments."""
    score = month()
    begin, end = score.windows[0].start, score.windows[-1].end
    steady = [Instant(begin + n * 960) for n in range(CALLS)]
    dice = random.Random(1)  # no secret
    scattered = [Instant(dice.randrange(begin, end)) for _ in range(CALLS // 10)]
    starts = [window.start for window in score.windows]
    timed = {}
    for name, moments, ask in (
        ("floor", steady, lambda t: bisect_right(starts, t)),
        ("steady", steady, lambda t: sound(score, t)),
        ("scattered", scattered, lambda t: sound(score, t)),
    ):
        began = time.process_time()
        for t in moments:
            ask(t)
        timed[name] = len(moments) / (time.process_time() - began)
    return [
        Figure("sound() a second, block by block", timed["steady"], "/s"),
        Figure("... ÷ a bare bisect", timed["steady"] / timed["floor"], "x"),
        Figure("sound() a second, random moments of a month", timed["scattered"], "/s"),
    ]
