"""A clock that moves only when told to."""

from xiaolaba.core.units import RATE, Instant, Seconds
from xiaolaba.ports.clock import ClockReport, Trust


class FakeClock:
    """A `Clock` that moves only when told to; `standing` is what it reports."""

    def __init__(self, at: Instant) -> None:
        self.at = at
        self.elapsed = 0
        self.standing = ClockReport(Trust.TRUSTED, Seconds(0.0), "fake")

    def now(self) -> Instant:
        """Return the wall time."""
        return self.at

    def monotonic(self) -> Seconds:
        """Return the seconds that have passed."""
        return Seconds(self.elapsed / RATE)

    def report(self) -> ClockReport:
        """Return `standing`."""
        return self.standing

    def advance(self, by: int) -> None:
        """Let `by` samples of time pass."""
        self.at = Instant(self.at + by)
        self.elapsed += by

    def step(self, by: int) -> None:
        """Correct the wall time by `by` samples, as a time server may."""
        self.at = Instant(self.at + by)
