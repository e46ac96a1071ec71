"""Alarms at fixed intervals, with `APScheduler`: a clock that rings, nothing more.

What was missed while the machine slept rings once when it wakes. The library
goes by the wall clock; when that is set back, its alarms would wait until it
has caught up, so they are brought forward. No schedule of sound passes
through here.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

WATCH_S = 1.0
"""How often the alarms are held against the clock."""


class Alarms:
    """Calls `ring` with an alarm's name, on a thread of its own."""

    def __init__(self, ring: Callable[[str], None]) -> None:
        self._ring = ring
        self._stopped = threading.Event()
        self._scheduler: Any = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def every(self, name: str, seconds: float) -> None:
        """Ring `name` at an interval."""
        self._scheduler.add_job(self._ring, "interval", args=[name], id=name, seconds=seconds)

    def start(self) -> None:
        """Begin to ring."""
        self._scheduler.start()
        threading.Thread(target=self._watch, name="alarms", daemon=True).start()

    def stop(self) -> None:
        """Ring no more."""
        self._stopped.set()
        self._scheduler.shutdown(wait=False)

    def _watch(self) -> None:
        """Bring forward what would ring later than its interval from now."""
        while not self._stopped.wait(WATCH_S):
            now = datetime.now(UTC)
            for job in self._scheduler.get_jobs():
                if job.next_run_time - now > job.trigger.interval:
                    job.modify(next_run_time=now)
