"""When a programme sounds: its written windows, and the pieces that cuts leave of them.

A *written* window is what the operator's `at` says for one day. Quiet hours,
blackouts, silences and programmes of higher priority cut it; each *piece*
left is a window of its own and remembers the day its written window starts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from xiaolaba.core.calendar import Calendar
from xiaolaba.core.policy import MINUTES_A_DAY
from xiaolaba.core.schedule import BlackoutRule, Hours, Programme, QuietRule, Silence
from xiaolaba.core.spans import Span, subtract
from xiaolaba.core.units import RATE, Instant
from xiaolaba.core.zone import Zone

MINUTE = 60 * RATE
"""A minute in samples."""


class Piece(NamedTuple):
    """A stretch `[start, end)` of a written window that starts on `day`."""

    start: int
    end: int
    day: date


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: its midnight, and whether the clock then runs evenly for two days."""

    date: date
    midnight: Instant
    even: bool

    def at(self, zone: Zone, minutes: int) -> Instant:
        """Return the first moment at which the clock shows `minutes` after midnight or later."""
        if self.even:
            return Instant(self.midnight + minutes * MINUTE)
        return zone.instant(self.date, minutes)


def days(zone: Zone, first: date, last: date) -> tuple[Day, ...]:
    """Return the local days from `first` to `last`, both included."""
    dates = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(_day(zone, day) for day in dates)


def written(programme: Programme, over: Iterable[Day], zone: Zone, known: Calendar) -> list[Piece]:
    """Return a programme's written windows that start on the days `over`, in order."""
    ranges = sorted(programme.at, key=lambda hours: hours.start)
    return [
        piece
        for day in over
        if falls_on(programme, day.date, known)
        for hours in ranges
        if (piece := window(day, hours, zone)).start < piece.end
    ]


def falls_on(programme: Programme, day: date, known: Calendar) -> bool:
    """Return whether a programme's windows are written for `day`."""
    return (
        known.matches(programme.days, day)
        and (programme.dates is None or day in programme.dates)
        and day not in programme.exceptions
    )


def window(day: Day, hours: Hours, zone: Zone) -> Piece:
    """Return the written window of `hours` on one day; empty if clocks leap over it."""
    return Piece(day.at(zone, hours.start), day.at(zone, hours.end), day.date)


def quiet(rule: QuietRule, over: Iterable[Day], zone: Zone, known: Calendar) -> list[Span]:
    """Return the spans of quiet hours that start on the days `over`, by the clock shown."""
    return [
        span
        for day in over
        if known.matches(rule.days, day.date) and (rule.dates is None or day.date in rule.dates)
        for span in _shown(day, rule.hours, zone)
    ]


def blackout(rule: BlackoutRule, zone: Zone) -> list[Span]:
    """Return the spans of a blackout, by the clock shown."""
    return zone.showing(rule.start, rule.end)


def silence(rule: Silence, zone: Zone) -> list[Span]:
    """Return the spans of a silence: whole days by the clock."""
    return zone.showing((rule.dates.first, 0), (rule.dates.last, MINUTES_A_DAY))


def pieces(windows: Iterable[Piece], cuts: Sequence[Span]) -> list[Piece]:
    """Return what tidy `cuts` leave of windows in order."""
    found, at = [], 0
    for start, end, day in windows:
        left, at = subtract((start, end), cuts, at)
        found += [Piece(since, until, day) for since, until in left]
    return found


def _day(zone: Zone, day: date) -> Day:
    midnight = zone.instant(day)
    two_days_on = Instant(midnight + 2 * MINUTES_A_DAY * MINUTE)
    return Day(day, midnight, zone.settled(midnight, two_days_on))


def _shown(day: Day, hours: Hours, zone: Zone) -> list[Span]:
    if day.even:
        return [(day.at(zone, hours.start), day.at(zone, hours.end))]
    return zone.showing((day.date, hours.start), (day.date, hours.end))
