"""May this node sound at this moment? Judged from the policy alone, apart from any schedule.

The question is put to the clock on the wall: which minute of which day does
it show? That is deliberately another road than the one a compiler takes when
it cuts windows, so that one mistake cannot open both.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta

from xiaolaba.core.policy import MINUTES_A_DAY, Policy, Quiet
from xiaolaba.core.reason import Reason
from xiaolaba.core.timetable.score import FOREVER
from xiaolaba.core.units import RATE, Instant

MINUTE = 60 * RATE


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether sound is forbidden (`reason`, and the span's `name`), the same until `until`.

    `until` may lie before the state really changes, never after it.
    """

    reason: Reason | None
    until: Instant
    name: str = ""


def verdict(policy: Policy | None, t: Instant) -> Verdict:
    """Return the interlock's word on `t`; without a policy everything is forbidden."""
    if policy is None:
        return Verdict(Reason.NO_POLICY, FOREVER)
    until = _next_look(policy, t)
    for blackout in policy.blackouts:
        if blackout.start <= t < blackout.end:
            return Verdict(Reason.BLACKOUT, min(until, blackout.end), blackout.name)
        if t < blackout.start:
            until = min(until, blackout.start)
    minute = _since_midnight(policy, t) // MINUTE
    for quiet in policy.quiet:
        if _covers(policy, quiet, t, minute):
            return Verdict(Reason.QUIET, until, quiet.name)
    return Verdict(None, until)


def _covers(policy: Policy, quiet: Quiet, t: Instant, minute: int) -> bool:
    """Return whether a quiet span of today or of yesterday covers the minute shown."""
    today = policy.zone.day(t)
    yesterday = today - timedelta(days=1)
    return (quiet.start <= minute < quiet.end and policy.calendar.matches(quiet.days, today)) or (
        minute < quiet.end - MINUTES_A_DAY and policy.calendar.matches(quiet.days, yesterday)
    )


def _next_look(policy: Policy, t: Instant) -> Instant:
    """Return when the clock next shows a minute that quiet hours name, or midnight, or is set."""
    since = policy.zone.since
    change = bisect_right(since, t)
    shown = _since_midnight(policy, t)
    marks = [MINUTES_A_DAY]
    for quiet in policy.quiet:
        marks += (quiet.start % MINUTES_A_DAY, quiet.end % MINUTES_A_DAY)
    following = min(mark * MINUTE for mark in marks if mark * MINUTE > shown)
    return Instant(min(t + following - shown, since[change] if change < len(since) else FOREVER))


def _since_midnight(policy: Policy, t: Instant) -> int:
    """Return how far the day shown has come, in samples."""
    return (t + policy.zone.offset(t) * RATE) % (MINUTES_A_DAY * MINUTE)
