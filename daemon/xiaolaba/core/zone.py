"""Local time as a table of offsets, so that daemon and node read the same clock.

A node must not trust its own time zone settings: the signed policy carries
this table. China has had one offset since 1991; zones with summer time have
two changes a year.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from xiaolaba.core.units import RATE, Instant, instant, moment

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Zone:
    """Offsets east of UTC in seconds, each from an instant on; the first holds before it too."""

    name: str
    since: tuple[Instant, ...]
    offsets: tuple[int, ...]

    def offset(self, t: Instant) -> int:
        """Return the offset in force at `t`, in seconds."""
        return self.offsets[max(0, bisect_right(self.since, t) - 1)]

    def local(self, t: Instant) -> datetime:
        """Return what the clock on the wall shows at `t`, as a naive datetime."""
        return moment(Instant(t + self.offset(t) * RATE)).replace(tzinfo=None)

    def day(self, t: Instant) -> date:
        """Return the local day at `t`."""
        return self.local(t).date()

    def instant(self, day: date, minutes: int = 0) -> Instant:
        """Return the first moment at which the clock shows that time of `day`, or later.

        `minutes` count from midnight; 1440 and more belong to a following day.
        """
        shown = _shown(day, minutes)
        found = min(
            max(shown - offset * RATE, since)
            for since, until, offset in _stretches(self)
            if shown - offset * RATE < until
        )
        return Instant(found)

    def showing(self, start: tuple[date, int], end: tuple[date, int]) -> list[tuple[int, int]]:
        """Return the spans of instants at which the clock shows `[start, end)`, in order.

        Both are (day, minutes after its midnight). There are two spans when
        clocks go back meanwhile and show a part of it again, none when they
        leap over it.
        """
        begin, stop = _shown(*start), _shown(*end)
        found = (
            (max(begin - offset * RATE, since), min(stop - offset * RATE, until))
            for since, until, offset in _stretches(self)
        )
        return [(since, until) for since, until in found if since < until]

    def settled(self, since: Instant, until: Instant) -> bool:
        """Return whether one offset holds from `since` until after `until`."""
        return bisect_right(self.since, since) == bisect_right(self.since, until)


def _shown(day: date, minutes: int) -> int:
    """Return what the clock shows, in samples as if it were UTC."""
    return instant(datetime.combine(day, time(), UTC)) + minutes * 60 * RATE


@lru_cache(maxsize=16)
def _stretches(table: Zone) -> tuple[tuple[int, int, int], ...]:
    """Return (since, until, offset) of each stretch with one offset."""
    ends = (*table.since[1:], 2**62)
    begins = (-(2**62), *table.since[1:])
    return tuple(zip(begins, ends, table.offsets, strict=True))


def zone(name: str, info: tzinfo, first: date, last: date) -> Zone:
    """Return the table of `info` that is right from `first` to `last`, both included."""

    def offset(at: datetime) -> int:
        return round((info.utcoffset(at.astimezone(info)) or timedelta()).total_seconds())

    begin = datetime.combine(first, time(), UTC) - DAY
    end = datetime.combine(last, time(), UTC) + 2 * DAY
    since, offsets = [instant(begin)], [offset(begin)]
    at = begin
    while at < end:
        following = at + DAY
        if offset(following) != offsets[-1]:
            low, high = at, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == offsets[-1] else (low, middle)
            since.append(instant(high))
            offsets.append(offset(high))
        at = following
    return Zone(name, tuple(since), tuple(offsets))
