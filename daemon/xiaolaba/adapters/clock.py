"""The machine's clock, and how far it may be trusted.

`kernel` asks the kernel whether something keeps its clock synchronised
(adjtimex(2)); `rtc` trusts a battery-backed clock as well; `host` trusts
whatever the host shows, which is for demonstrations.

    untrusted --synchronised--> trusted --no more--> coasting --bound > 60 s--> untrusted
                                   ^------synchronised--'  '--set by someone--> untrusted

While nobody synchronises it the clock *coasts*: its bound grows with the time
that passes, suspended or not. A timer sees when somebody sets it meanwhile;
what was known of it is worth nothing then.
"""

import ctypes
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from xiaolaba.core.units import RATE, Instant, Seconds
from xiaolaba.ports.clock import ClockReport, Trust

Source = Literal["kernel", "rtc", "host"]

COASTING_LIMIT = 60.0
"""Seconds that a clock may be wrong and still let a node sound."""
CRYSTAL = 100e-6
"""How fast an unwatched clock drifts at worst: a bad crystal in the sun, in s/s."""
_UNSYNCHRONISED = 0x40  # STA_UNSYNC
_ERROR = 5  # TIME_ERROR
_RTC_BOUND = 2.0
_UNSET = 1_600_000_000
"""An RTC that shows a time before September 2020 (Unix seconds) has lost its battery."""
FAR = 2**31 - 1
"""A moment far away (Unix seconds) that a `long` of 32 bits holds; more would be 0 there."""
_ABSOLUTE, _CANCEL_ON_SET = 1, 2
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


class StepTimer:
    """Tells whether the wall clock was set since the last question: timerfd_create(2)."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._timer = -1
        self._armed = self._arm()

    def __call__(self) -> bool:
        """Return whether it was set; True, too, where the kernel cannot tell: it may have been."""
        if self._armed:
            try:
                os.read(self._timer, 8)
            except BlockingIOError:
                return False
            except OSError:
                pass  # ECANCELED: it was set
            else:
                return False
        self._armed = self._arm()
        return True

    def _arm(self) -> bool:
        """Wait for a moment far away; only being cancelled is of interest."""
        if self._timer < 0:
            flags = os.O_NONBLOCK | os.O_CLOEXEC
            self._timer = self._libc.timerfd_create(time.CLOCK_REALTIME, flags)
        far = (ctypes.c_long * 4)(0, 0, FAR, 0)
        done = self._libc.timerfd_settime(self._timer, _ABSOLUTE | _CANCEL_ON_SET, far, None)
        return bool(done == 0)


def kernel() -> float | None:
    """Return how wrong the kernel says its clock may be in seconds; None: not synchronised."""
    timex = _Timex()
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    if state in (-1, _ERROR) or timex.status & _UNSYNCHRONISED:
        return None
    return int(timex.maxerror) / 1e6


def rtc() -> float | None:
    """Return the Unix time of the clock with the battery, or None if there is none."""
    try:
        return float(_RTC.read_text())
    except (OSError, ValueError):
        return None


class SystemClock:
    """A `Clock` on the machine's own; `kernel`, `rtc` and `stepped` are how it is asked."""

    def __init__(
        self,
        trust: Source,
        kernel: Callable[[], float | None] = kernel,
        rtc: Callable[[], float | None] = rtc,
        stepped: Callable[[], bool] | None = None,
        running: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._trust, self._kernel, self._rtc = trust, kernel, rtc
        self._stepped, self._running, self._wall = stepped or StepTimer(), running, wall
        self._good: tuple[float, float, str] | None = None

    def now(self) -> Instant:
        """Return the wall time."""
        return Instant(time.time_ns() * RATE // 1_000_000_000)

    def monotonic(self) -> Seconds:
        """Return seconds that never jump, and pass while the machine sleeps too."""
        return Seconds(time.clock_gettime(time.CLOCK_BOOTTIME))

    def report(self) -> ClockReport:
        """Return how far `now` may be trusted; `bound` is 0 where nobody knows it (host)."""
        if self._trust == "host":
            return ClockReport(Trust.TRUSTED, Seconds(0.0), "host")
        if self._stepped():
            self._good = None
        bound = self._kernel()
        if bound is not None:
            return self._found_good(bound, "kernel")
        if self._trust == "rtc" and (off := self._off_rtc()) is not None:
            return self._found_good(off + _RTC_BOUND, "rtc")
        if self._good is None:
            return ClockReport(Trust.UNTRUSTED, Seconds(COASTING_LIMIT), self._trust)
        since, bound, source = self._good
        return coasting(bound, self._running() - since, source)

    def _found_good(self, bound: float, source: str) -> ClockReport:
        trust = Trust.TRUSTED if bound < COASTING_LIMIT else Trust.UNTRUSTED
        if trust is Trust.TRUSTED:
            self._good = self._running(), bound, source
        return ClockReport(trust, Seconds(bound), source)

    def _off_rtc(self) -> float | None:
        """Return how far wall time is from the clock with the battery; None if that is unset."""
        shown = self._rtc()
        return None if shown is None or shown < _UNSET else abs(self._wall() - shown)


def coasting(bound: float, elapsed: float, source: str = "kernel") -> ClockReport:
    """Return the standing of a clock `elapsed` seconds after it was last good within `bound`."""
    grown = bound + CRYSTAL * elapsed
    trust = Trust.COASTING if grown < COASTING_LIMIT else Trust.UNTRUSTED
    return ClockReport(trust, Seconds(grown), source)
