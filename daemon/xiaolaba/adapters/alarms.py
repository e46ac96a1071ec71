"""Alarms at fixed times and intervals, with `APScheduler`: a clock that rings, nothing more.

What was missed while the machine slept rings once when it wakes. No schedule
of sound passes through here.
"""

from collections.abc import Callable
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler


class Alarms:
    """Calls `ring` with an alarm's name, on a thread of its own."""

    def __init__(self, ring: Callable[[str], None]) -> None:
        self._ring = ring
        self._scheduler: Any = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def every(self, name: str, seconds: float) -> None:
        """Ring `name` at an interval."""
        self._scheduler.add_job(
            self._ring, "interval", args=[name], id=name, seconds=seconds, replace_existing=True
        )

    def daily(self, name: str, hour: int, minute: int, zone: str) -> None:
        """Ring `name` each day at a local time."""
        self._scheduler.add_job(
            self._ring,
            "cron",
            args=[name],
            id=name,
            hour=hour,
            minute=minute,
            timezone=zone,
            replace_existing=True,
        )

    def start(self) -> None:
        """Begin to ring."""
        self._scheduler.start()

    def stop(self) -> None:
        """Ring no more."""
        self._scheduler.shutdown(wait=False)
