"""How much a node may sound in a day, and from when on it has had enough.

Counted is the clip time (no gaps) of the items that the score plans to begin
on a local day, in a staggered place only the node's own turns; whether they
could really be heard does not matter, so that neighbours fall silent
together and a restart needs no memory. Announcements are not counted.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date

from xiaolaba.core.policy import MINUTES_A_DAY, Policy
from xiaolaba.core.spans import Span, merge
from xiaolaba.core.timetable.score import Score, Segment, segments
from xiaolaba.core.units import RATE, Instant


def cap_cut(score: Score, policy: Policy, day: date) -> Instant | None:
    """Return the start of the first item of `day` that would pass the daily cap, or None.

    The answer is kept with the score.
    """
    if policy.caps.daily is None:
        return None
    limit = round(policy.caps.daily * RATE)
    return score.remembered((day, limit, policy.zone), lambda: _cut(score, policy, day, limit))


def day_shown(policy: Policy, day: date) -> list[Span]:
    """Return the spans in which the clock shows `day`; one, but for clocks set at midnight."""
    return merge(policy.zone.showing((day, 0), (day, MINUTES_A_DAY)))


def _cut(score: Score, policy: Policy, day: date, limit: int) -> Instant | None:
    total = 0
    for begin, end in day_shown(policy, day):
        for segment in _own_turns(score, begin, end):
            total += segment.item.sound if segment.item is not None else 0
            if total > limit:
                return segment.start
    return None


def _own_turns(score: Score, begin: int, end: int) -> Iterator[Segment]:
    """Yield the items that begin in `[begin, end)` and are this node's to play."""
    first = max(0, bisect_right(score.windows, begin, key=lambda window: window.start) - 1)
    for window in score.windows[first:]:
        if window.start >= end:
            return
        loop = score.loops[window.loop]
        for segment in segments(loop, window):
            mine = score.stagger is None or score.stagger.mine(segment.turn, len(loop.items))
            if segment.item is not None and mine and begin <= segment.start < end:
                yield segment
