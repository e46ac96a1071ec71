"""What a node writes to its card, at a play each 15 s, which wears it out.

The ledger is all that a node writes often. A whole day of it is written here
as fast as the disk takes it, flushed each minute as a node does, with and
without acknowledgements; and a real node is watched for some minutes. That one
writes more: between two flushes the kernel carries half-filled pages of the log,
and of SQLite's index of it, to the card.
"""

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import Figure
from tests.bench.processes import written
from tests.node_house import House, end, loop_score, noise
from xiaolaba.adapters.sqlite_ledger import SqliteLedger
from xiaolaba.core.ledger import Outcome, Play
from xiaolaba.core.units import RATE, ClipHash, Language, ProgrammeId, RhymeId, Samples

MINUTES = 10
EVERY = 15
"""Seconds from play to play."""
DAY = 86_400
FLUSH, REPORT = 60, 300
"""Seconds between two flushes, and between two acknowledgements."""
CLIP = ClipHash("c" * 64)


def measure(minutes: float = MINUTES) -> list[Figure]:
    """Write a day's ledgers, watch a node, and return the figures."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        alone, heard = (_day(folder / f"{a}.sqlite", bool(a)) for a in (0, 1))
        node = _node(folder, minutes * 60)
    return [
        Figure("ledger, a whole day without acknowledgements", alone, "MB"),
        Figure("ledger, a whole day, acknowledged each five minutes", heard, "MB"),
        Figure(f"node, without acknowledgements, a day (from {minutes:g} min)", node, "MB"),
    ]


def _day(path: Path, acknowledged: bool) -> float:
    """Return the MB that a day's plays have written."""
    begin = written(os.getpid())
    ledger = SqliteLedger(path, "boot", lambda: 0)
    for second in range(0, DAY, EVERY):
        record = ledger.append(_play(second))
        if second % FLUSH == FLUSH - EVERY:
            ledger.flush()
        if acknowledged and second % REPORT == REPORT - EVERY:
            ledger.acknowledge(ledger.epoch, record.seq)
    found = (written(os.getpid()) - begin) / 1e6
    ledger.close()
    return found


def _play(second: int) -> Play:
    who = ProgrammeId("morning-loop"), RhymeId("shua-dan-fan-li"), Language("yue")
    return Play(1000 * second, *who, CLIP, Outcome.FINISHED, Samples(5 * RATE))


def _node(folder: Path, seconds: float) -> float:
    """Return the MB a day of a node whose sound goes to memory, so that only its state counts."""
    with TemporaryDirectory(dir="/dev/shm") as memory_only:  # it is memory
        house = House(folder / "writer", {"wav": f"{memory_only}/horn.wav"})
        start = int(time.time()) // 60 * 60
        clip = house.cached(noise(3, 5 * RATE))
        window = [(start * RATE, (start + 7200) * RATE)]
        house.remember(loop_score({clip: 5 * RATE}, window, (EVERY - 5) * RATE))
        process = house.start({})
        try:
            time.sleep(EVERY)
            before = written(process.pid)
            time.sleep(seconds)
            return (written(process.pid) - before) / 1e6 * DAY / seconds
        finally:
            end(process)
