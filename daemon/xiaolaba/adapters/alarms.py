"""Alarms at fixed intervals, with `APScheduler`: a clock that rings, nothing more.

The library goes by the wall clock, which is set forward by years where a
machine has no battery. So what was missed is not counted up, it rings once;
and when the clock is set back, alarms that would wait until it has caught up
are brought forward. No schedule of sound passes through here.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

WATCH_S = 1.0
"""How often the alarms are held against the clock."""


class _FromNow(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Rings an interval after it last did, however long ago it should have."""

    def __init__(self, seconds: float) -> None:
        self.interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """Return a time after `now`: the library keeps a list of all that are not."""
        return now + self.interval


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
        self._scheduler.add_job(self._ring, _FromNow(seconds), args=[name], id=name)

    def start(self) -> None:
        """Begin to ring."""
        self._scheduler.start()
        threading.Thread(target=self._watch, name="alarms", daemon=True).start()

    def stop(self) -> None:
        """Ring no more."""
        self._stopped.set()
        self._scheduler.shutdown(wait=False)

    def _watch(self) -> None:
        """Bring forward what would ring later than its interval from now.

        The clock is read after the alarm, which may just have rung.
        """
        while not self._stopped.wait(WATCH_S):
            for job in self._scheduler.get_jobs():
                ahead = job.next_run_time - datetime.now(UTC) - job.trigger.interval
                if ahead.total_seconds() > WATCH_S:
                    job.modify(next_run_time=datetime.now(UTC))
