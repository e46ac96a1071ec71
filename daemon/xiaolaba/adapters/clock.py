"""The machine's clock, and how far it may be trusted.

`kernel` asks the kernel whether something keeps its clock synchronised
(adjtimex(2)); `rtc` trusts a battery-backed clock; `host` trusts whatever the
host shows, which is for demonstrations.
"""

import ctypes
import time
from pathlib import Path
from typing import Literal

from xiaolaba.core.units import RATE, Instant, Seconds
from xiaolaba.ports import ClockReport, Trust

Source = Literal["kernel", "rtc", "host"]

COASTING_LIMIT = 60.0
"""Seconds that a clock may be wrong and still let a node sound."""
CRYSTAL = 100e-6
"""How fast an unwatched clock drifts at worst: a bad crystal in the sun, in s/s."""
_UNSYNCHRONISED = 0x40  # STA_UNSYNC
_ERROR = 5  # TIME_ERROR
_RTC_BOUND = 2.0
_RTC = Path("/sys/class/rtc/rtc0/since_epoch")


class _Timeval(ctypes.Structure):
    _fields_ = (("sec", ctypes.c_long), ("usec", ctypes.c_long))


class _Timex(ctypes.Structure):
    """`struct timex` of adjtimex(2); only `status` and `maxerror` (µs) are read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", _Timeval),
        ("tick", ctypes.c_long),
        ("unread", ctypes.c_long * 16),
    )


class SystemClock:
    """A `Clock` on the machine's own."""

    def __init__(self, trust: Source) -> None:
        self._trust = trust
        self._libc = ctypes.CDLL(None)
        self._synchronised: tuple[float, float] | None = None

    def now(self) -> Instant:
        """Return the wall time."""
        return Instant(time.time_ns() * RATE // 1_000_000_000)

    def monotonic(self) -> Seconds:
        """Return seconds that never jump."""
        return Seconds(time.monotonic())

    def report(self) -> ClockReport:
        """Return how far `now` may be trusted; `bound` is 0 where nobody knows it (host)."""
        if self._trust == "host":
            return ClockReport(Trust.TRUSTED, Seconds(0.0), "host")
        kernel = self._kernel()
        if kernel.trust is not Trust.UNTRUSTED or self._trust == "kernel":
            return kernel
        return self._rtc()

    def _kernel(self) -> ClockReport:
        """Return the kernel's word, coasting on the last good one."""
        timex = _Timex()
        state = self._libc.adjtimex(ctypes.byref(timex))
        now = time.monotonic()
        if state not in (-1, _ERROR) and not timex.status & _UNSYNCHRONISED:
            self._synchronised = now, timex.maxerror / 1e6
            return ClockReport(Trust.TRUSTED, Seconds(timex.maxerror / 1e6), "kernel")
        if self._synchronised is None:
            return ClockReport(Trust.UNTRUSTED, Seconds(timex.maxerror / 1e6), "kernel")
        since, bound = self._synchronised
        return coasting(bound, now - since)

    def _rtc(self) -> ClockReport:
        """Trust a clock with a battery, drifting since the system started."""
        if not _RTC.exists():
            return ClockReport(Trust.UNTRUSTED, Seconds(0.0), "rtc")
        drifted = _RTC_BOUND + CRYSTAL * time.clock_gettime(time.CLOCK_BOOTTIME)
        trust = Trust.TRUSTED if drifted < COASTING_LIMIT else Trust.UNTRUSTED
        return ClockReport(trust, Seconds(drifted), "rtc")


def coasting(bound: float, elapsed: float) -> ClockReport:
    """Return the standing of a clock `elapsed` seconds after it was last good within `bound`."""
    grown = bound + CRYSTAL * elapsed
    trust = Trust.COASTING if grown < COASTING_LIMIT else Trust.UNTRUSTED
    return ClockReport(trust, Seconds(grown), "kernel")
