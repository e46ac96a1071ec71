"""The wall clock, and how far it may be trusted."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from xiaolaba.core.units import Instant, Seconds


class Trust(StrEnum):
    """How far the wall clock may be relied on."""

    TRUSTED = "trusted"
    COASTING = "coasting"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True)
class ClockReport:
    """The clock's standing: `bound` is how wrong it may be, `source` who says so."""

    trust: Trust
    bound: Seconds
    source: str


class Clock(Protocol):
    """Time, as a thing one is handed."""

    def now(self) -> Instant:
        """Return the wall time; it may jump when it is corrected."""
        ...

    def monotonic(self) -> Seconds:
        """Return seconds since some fixed moment; never jumps."""
        ...

    def report(self) -> ClockReport:
        """Return how far `now` may be trusted."""
        ...
