"""What one node lets sound: its score, bounded by policy, hold and daily cap, at its level.

The node plays by `audible`, and whoever wants to know what a node does asks
it too. The order in which it judges: interlock, hold, playlist, daily cap,
score.
"""

from dataclasses import dataclass, replace

from xiaolaba.core.policy import Policy
from xiaolaba.core.reason import Reason
from xiaolaba.core.sounding.cap import cap_cut, day_shown
from xiaolaba.core.sounding.interlock import verdict
from xiaolaba.core.timetable.score import Playing, Score, Silent, Sound, sound
from xiaolaba.core.units import Decibels, Instant

_EPOCH = Instant(0)


@dataclass(frozen=True, slots=True)
class Hold:
    """An order to be silent (`level` None) or softer by `level` until a time.

    `since` is when it was given; a node obeys it from when it has it.
    """

    until: Instant
    level: Decibels | None = None
    since: Instant = _EPOCH


def audible(
    score: Score | None,
    policy: Policy | None,
    t: Instant,
    level: Decibels = Decibels(0.0),
    hold: Hold | None = None,
) -> Sound:
    """Return what sounds at `t` on a node with this `level`, and until when that holds.

    `until` never lies after a change; where something plays it is the change.
    """
    word = verdict(policy, t)
    if policy is None or word.reason is not None:
        return Silent(word.reason or Reason.NO_POLICY, word.until)
    held = hold if hold is not None and t < hold.until else None
    end = word.until if held is None else Instant(min(word.until, held.until))
    if held is not None and held.level is None:
        return Silent(Reason.HOLD, end)
    if score is None:
        return Silent(Reason.NO_PLAYLIST, end)
    found = _capped(score, policy, t)
    if isinstance(found, Silent):
        return replace(found, until=min(found.until, end))
    softer = 0.0 if held is None or held.level is None else held.level
    until = min(_allowed(policy, t, found.until), found.until if held is None else held.until)
    return replace(found, until=until, level=_on_air(policy, found.level + level + softer))


def _capped(score: Score, policy: Policy, t: Instant) -> Sound:
    """Return what the score has sounding at `t`, or the silence after the daily cap."""
    found = sound(score, t)
    if policy.caps.daily is None:
        return found
    today = policy.zone.day(t)
    cut = cap_cut(score, policy, today)
    if cut is not None and t >= cut:
        midnight = next(end for begin, end in day_shown(policy, today) if begin <= t < end)
        return Silent(Reason.DAILY_CAP, Instant(midnight))
    if isinstance(found, Playing) and (day := policy.zone.day(found.start)) != today:
        before = cap_cut(score, policy, day)
        if before is not None and found.start >= before:
            return Silent(Reason.DAILY_CAP, found.until)
    return found


def _allowed(policy: Policy, t: Instant, end: Instant) -> Instant:
    """Return until when the interlock allows sound from `t` on, at most until `end`."""
    while t < end:
        word = verdict(policy, t)
        if word.reason is not None:
            return t
        t = word.until
    return end


def _on_air(policy: Policy, level: float) -> Decibels:
    """Return the level after the cap; nothing is louder than the node's full level."""
    cap = policy.caps.level
    return Decibels(min(level, 0.0 if cap is None else cap, 0.0))
