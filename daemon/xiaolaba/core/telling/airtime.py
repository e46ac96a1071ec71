"""How long a node sounds: its own items one by one, and each programme's share of them.

Planned is clip time without gaps, in a staggered place only the node's own
turns, up to each day's cap. Items without a clip, or whose clip may not sound
yet, have their turn in silence and are counted apart.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from xiaolaba.core.policy import Policy
from xiaolaba.core.sounding.cap import cap_cut
from xiaolaba.core.timetable.score import Score, Segment, Window, segments
from xiaolaba.core.units import RATE, Instant, ProgrammeId, Seconds


def planned(score: Score, policy: Policy) -> Iterator[tuple[Window, Segment]]:
    """Yield the items that are the node's own to play, up to each day's cap, in order."""
    for window in score.windows:
        loop = score.loops[window.loop]
        for segment in segments(loop, window):
            mine = score.stagger is None or score.stagger.mine(segment.turn, len(loop.items))
            if segment.item is not None and mine and not _capped(score, policy, segment.start):
                yield window, segment


@dataclass(frozen=True, slots=True, order=True)
class Sounding:
    """How long a programme is `aloud`, and `silent` for want of a clip that may sound."""

    aloud: Seconds = Seconds(0.0)
    silent: Seconds = Seconds(0.0)


def airtime(score: Score, policy: Policy, days: int) -> dict[ProgrammeId, Sounding]:
    """Return how long each programme sounds a day, as the mean over the score's `days`."""
    total: defaultdict[ProgrammeId, list[int]] = defaultdict(lambda: [0, 0])
    for window, segment in planned(score, policy):
        item, name = segment.item, score.loops[window.loop].programme
        if item is not None:
            total[name][item.clip is None] += item.sound
    return {
        name: Sounding(*(Seconds(found / RATE / days) for found in both))
        for name, both in total.items()
    }


def _capped(score: Score, policy: Policy, at: Instant) -> bool:
    if policy.caps.daily is None:
        return False
    cut = cap_cut(score, policy, policy.zone.day(at))
    return cut is not None and at >= cut
