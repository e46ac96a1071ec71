"""How long a node sounds: its own items one by one, and each programme's share of them.

Counted is what is planned: clip time without gaps, in a staggered place only
the node's own turns, up to each day's cap. Clips that are not made yet count
with their estimated length.
"""

from collections import defaultdict
from collections.abc import Iterator

from xiaolaba.core.policy import Policy
from xiaolaba.core.sounding.cap import cap_cut
from xiaolaba.core.timetable.score import Score, Segment, Window, segments
from xiaolaba.core.units import RATE, Instant, ProgrammeId, Seconds


def heard(score: Score, policy: Policy) -> Iterator[tuple[Window, Segment]]:
    """Yield the items that are the node's own to play, up to each day's cap, in order."""
    for window in score.windows:
        loop = score.loops[window.loop]
        for segment in segments(loop, window):
            mine = score.stagger is None or score.stagger.mine(segment.turn, len(loop.items))
            if segment.item is not None and mine and not _capped(score, policy, segment.start):
                yield window, segment


def airtime(score: Score, policy: Policy, days: int) -> dict[ProgrammeId, Seconds]:
    """Return how long each programme sounds a day, as the mean over the score's `days`."""
    total: defaultdict[ProgrammeId, int] = defaultdict(int)
    for window, segment in heard(score, policy):
        total[score.loops[window.loop].programme] += segment.item.sound if segment.item else 0
    return {name: Seconds(found / RATE / days) for name, found in total.items()}


def _capped(score: Score, policy: Policy, at: Instant) -> bool:
    cut = cap_cut(score, policy, policy.zone.day(at))
    return cut is not None and at >= cut
