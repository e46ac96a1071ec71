"""One measurement of `bench_growth` in a process of its own, so that its memory is its own.

    python -m tests.bench.growth compile|jobs NODES

Prints seconds and the megabytes it took, as JSON.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from time import perf_counter

from tests.bench.bench_compile import FIRST, library_of, town
from xiaolaba.core.timetable.compile import groups

EACH = 6
"""Programmes at each node."""
ALIKE = 50
"""Nodes in each group."""


def compile_town(nodes: int) -> None:
    """Compile a town for 30 days."""
    built = town(nodes, nodes // ALIKE, EACH)
    clips = library_of(built)
    _measured(lambda: groups(built, clips, FIRST, 30))


def add_jobs(nodes: int) -> None:
    """Give APScheduler's memory store a cron job for each programme at each node."""
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.triggers.cron import CronTrigger

    def add() -> object:
        scheduler = BackgroundScheduler(timezone=UTC)
        scheduler.start(paused=True)
        for n in range(nodes):
            for k in range(EACH):
                trigger = CronTrigger(hour=7 + 2 * k, minute=n % 60, timezone=UTC)
                scheduler.add_job(print, trigger, id=f"{n}-{k}")
        return scheduler

    _measured(add)


def _measured(work: Callable[[], object]) -> None:
    before, begin = _peak_mb(), perf_counter()
    kept = work()
    seconds = perf_counter() - begin
    print(json.dumps({"seconds": seconds, "mb": _peak_mb() - before}))
    del kept


def _peak_mb() -> float:
    """Return this program's largest resident set; getrusage would begin with its parent's."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) / 1e3


if __name__ == "__main__":
    {"compile": compile_town, "jobs": add_jobs}[sys.argv[1]](int(sys.argv[2]))
