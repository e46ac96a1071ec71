"""How a node's ledger works off what an outage of weeks has left, beside one of an hour.

A batch is read, acknowledged, and what is left is counted, as for each
acknowledgement of the daemon; the time a batch takes shall not depend on how
many wait.
"""

import statistics
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import Figure
from tests.messages import PLAY
from xiaolaba.adapters.sqlite_ledger import SqliteLedger
from xiaolaba.core.message import MAX_BATCH

SIZES = (1_000, 170_000)
BATCHES = 9
NOW_MS = 1_800_000_000_000


def measure() -> list[Figure]:
    """Return how long a batch, and a start, takes in both."""
    found, batches = [], []
    for plays in SIZES:
        opening, batch = _timed(plays)
        batches.append(batch)
        found += [
            Figure(f"{plays:,} plays wait: open the ledger", opening * 1e3, "ms"),
            Figure(f"{plays:,} plays wait: a batch", batch * 1e3, "ms"),
        ]
    ratio = batches[1] / batches[0]
    return [*found, Figure("a batch, many against few", ratio, "times", most=3.0)]


def _timed(plays: int) -> tuple[float, float]:
    """Return the seconds of an opening, and the median of a batch."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        with closing(SqliteLedger(path, "boot", lambda: NOW_MS)) as ledger:
            for _ in range(plays):
                ledger.append(PLAY)
        began = time.perf_counter()
        with closing(SqliteLedger(path, "boot", lambda: NOW_MS)) as ledger:
            opened = time.perf_counter() - began
            return opened, statistics.median(_batch(ledger) for _ in range(BATCHES))


def _batch(ledger: SqliteLedger) -> float:
    began = time.perf_counter()
    epoch, _, records = ledger.unacknowledged(MAX_BATCH)
    ledger.acknowledge(epoch, records[-1].seq)
    ledger.waiting()
    return time.perf_counter() - began
