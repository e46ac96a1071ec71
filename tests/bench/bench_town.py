"""What the town in virtual time tells: what a month costs a SIM, and how long a month takes to run.

the usual programme    two peaks a day, reported every five minutes; measured over a
                       day and taken thirty times, with the pings of a quiet line
no network             the month of 20 nodes that `tests/town` judges to the sample
a playlist             a month of six programmes for a node, as it is sent
"""

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from time import process_time

from tests.bench.bench_compile import FIRST, library_of, rhyme, town
from tests.bench.figures import Figure
from tests.town.test_town import CLIPS, PING, START, a_town
from xiaolaba.cli.nodes.node import KEEPALIVE_S
from xiaolaba.core.library import Library, library
from xiaolaba.core.message import body_to_bytes
from xiaolaba.core.schedule import Town
from xiaolaba.core.timetable.compile import groups
from xiaolaba.core.units import ClipHash
from xiaolaba.sim.town import SimulatedTown

DAYS = 30
NODES = 20
RHYMES = 200
PROGRAMMES = 6


def measure() -> list[Figure]:
    """Run the town, twice."""
    return [*_sim_card(), *_a_month_without_network(), *_a_playlist()]


def _simulated(nodes: int, folder: str, tick: float) -> SimulatedTown:
    found = SimulatedTown(a_town(nodes), CLIPS, Path(folder), START, seed=5, tick=tick)
    found.switch_on()
    return found


def _sim_card() -> list[Figure]:
    """Return what the dearest of two nodes sends and receives in a month, clips aside."""
    with tempfile.TemporaryDirectory() as folder:
        found = _simulated(2, folder, tick=60.0)
        found.run(days=1)
        before, counted = [node.road.used for node in found.nodes], found.store.counted
        found.run(days=1)
    day = max(n.road.used - b for n, b in zip(found.nodes, before, strict=True))
    pings = 86_400 / KEEPALIVE_S * PING
    plays = (found.store.counted - counted) / len(found.nodes)
    return [
        Figure("a month of 4G", DAYS * (day + pings) / 1e6, "MB", most=15.0),
        Figure("... plays a day", plays, ""),
    ]


def _a_month_without_network() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        began = process_time()
        found = _simulated(NODES, folder, tick=240.0)
        found.run(days=0.5)
        for node in found.nodes:
            node.cut_off()
        found.run(days=DAYS)
        for node in found.nodes:
            node.connect()
        found.run(days=0.5)
        seconds = process_time() - began
    return [
        Figure(f"a month of {NODES} nodes without network, processor time", seconds, "s", most=60),
        Figure("... plays counted afterwards", found.store.counted, ""),
    ]


def _a_playlist() -> list[Figure]:
    """Return how large the body of a month is whose programmes all play the same rhymes."""
    small = town(2, 2, PROGRAMMES)
    built = replace(small, rhymes={own.id: own for own in map(rhyme, range(RHYMES))})
    body = max(len(body_to_bytes(g.score)) for g in groups(built, _made(built), FIRST, DAYS))
    what = f"a month of {2 * RHYMES} clips in {PROGRAMMES} programmes, to send"
    return [Figure(what, body / 1e3, "KB")]


def _made(built: Town) -> Library:
    """Return a library in which every reading is made, each clip with a name of its own."""
    made = library_of(built).clips.values()
    return library(replace(clip, hash=_name(clip.rhyme, clip.language)) for clip in made)


def _name(rhyme: str, language: str) -> ClipHash:
    return ClipHash(hashlib.sha256(f"{rhyme}/{language}".encode()).hexdigest())
