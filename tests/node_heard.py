"""What a node's virtual card heard and its ledger says, for tests of a real process.

The node of these tests plays one clip of `CLIP` samples each `PERIOD` seconds.
"""

import sqlite3
import time
from array import array
from contextlib import closing

from tests.node_house import House
from tests.virtual_dac.card import Card
from tests.waiting import PATIENCE
from xiaolaba.core.units import RATE

CLIP, GAP = RATE // 4, RATE // 8
PERIOD = (CLIP + GAP) / RATE
_KNOWN = RATE // 100
"""Samples by which a clip is known: 10 ms, twice at each end, as the servo may drop one."""


def onsets(horn: Card, samples: "array[int]", until: float) -> list[float]:
    """Return when the clip's beginning sounded, each time."""
    return _moments(horn, samples, (0, _KNOWN), until)


def _moments(
    horn: Card, samples: "array[int]", places: tuple[int, int], until: float
) -> list[float]:
    """Return when the clip began by what was heard of it at either of two places in it."""
    one, other = (
        [t - at / RATE for t in horn.find(samples[at : at + _KNOWN], until)] for at in places
    )
    missed = [t for t in other if not any(abs(t - known) < 0.001 for known in one)]
    return sorted(one + missed)


def starts(horn: Card) -> list[float]:
    """Return when the card began to run, each time."""
    return [real for what, _, real, _ in horn.events if what == "start"]


def heard_after(horn: Card, samples: "array[int]", moment: float) -> list[float]:
    """Return when the clip began to sound since `moment`, each time."""
    if not starts(horn):
        return []
    return [t for t in onsets(horn, samples, time.time()) if t > moment]


def late(onsets: list[float], start: float, period: float = PERIOD) -> list[float]:
    """Return how far each onset is from the loop's, in seconds; above 0 is late."""
    return [(t - start + period / 2) % period - period / 2 for t in onsets]


def worst(onsets: list[float], start: float, period: float = PERIOD) -> float:
    """Return how far the worst onset is from its moment, in seconds."""
    return max(map(abs, late(onsets, start, period)))


def anything_between(horn: Card, begin: float, end: float) -> bool:
    """Return whether a sample other than zero sounded in a stretch of Unix time."""
    return any(
        any(run.samples[max(0, run.index(begin)) : max(0, run.index(end))])
        for run in horn.runs(end)
    )


def whole_plays(horn: Card, samples: "array[int]", until: float) -> list[float]:
    """Return when the clip began to sound, each time that its end was heard too."""
    last = len(samples) - _KNOWN
    ended = _moments(horn, samples, (last, last - _KNOWN), until)
    return [
        t for t in onsets(horn, samples, until) if any(abs(other - t) < 0.001 for other in ended)
    ]


def intact_plays(horn: Card, samples: "array[int]", until: float) -> list[float]:
    """Return when the clip began to sound, each time that every one of its samples did in turn."""
    return horn.find(samples, until) if starts(horn) else []


def plays(house: House) -> list[int]:
    """Return when the ledger's finished plays started, in Unix ms, in the order of writing."""
    return [start_ms for start_ms, _ in _written(house, "finished")]


def interrupted(house: House) -> dict[int, int]:
    """Return how many samples were heard of the ledger's plays that were cut, by their start."""
    return dict(_written(house, "interrupted"))


def _written(house: House, outcome: str) -> list[tuple[int, int]]:
    """Return start and samples heard of the ledger's plays; none while it is not there yet."""
    if not (house.state / "ledger.sqlite").exists():
        return []
    with closing(sqlite3.connect(house.state / "ledger.sqlite", PATIENCE)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'plays'").fetchall():
            return []
        query = "SELECT start_ms, heard FROM plays WHERE outcome = ? ORDER BY epoch, seq"
        return db.execute(query, (outcome,)).fetchall()


def turns(moments: list[float], start: float) -> list[int]:
    """Return which of the loop's turns began at each moment."""
    return [round((t - start) / PERIOD) for t in moments]
