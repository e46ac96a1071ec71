"""May this node sound at this moment? Judged from the policy alone, apart from any schedule."""

from dataclasses import dataclass
from datetime import timedelta

from xiaolaba.core.policy import MINUTES_A_DAY, Policy, Quiet
from xiaolaba.core.reason import Reason
from xiaolaba.core.score import FOREVER
from xiaolaba.core.units import RATE, Instant
from xiaolaba.core.zone import Zone


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
    until = _next_look(policy.zone, t)
    for blackout in policy.blackouts:
        if blackout.start <= t < blackout.end:
            return Verdict(Reason.BLACKOUT, min(until, blackout.end), blackout.name)
        if t < blackout.start:
            until = min(until, blackout.start)
    shown = policy.zone.local(t)
    minute = shown.hour * 60 + shown.minute
    for quiet in policy.quiet:
        if _covers(policy, quiet, t, minute):
            return Verdict(Reason.QUIET, _next_minute(t), quiet.name)
    return Verdict(None, min(until, _next_minute(t)))


def _covers(policy: Policy, quiet: Quiet, t: Instant, minute: int) -> bool:
    """Return whether a quiet span of today or of yesterday covers the minute shown."""
    today = policy.zone.day(t)
    yesterday = today - timedelta(days=1)
    return (quiet.start <= minute < quiet.end and policy.calendar.matches(quiet.days, today)) or (
        minute < quiet.end - MINUTES_A_DAY and policy.calendar.matches(quiet.days, yesterday)
    )


def _next_minute(t: Instant) -> Instant:
    """Return the start of the next minute; offsets and spans change at whole minutes only."""
    return Instant((t // (60 * RATE) + 1) * 60 * RATE)


def _next_look(zone: Zone, t: Instant) -> Instant:
    """Return the next change of the zone's offset after `t`."""
    return next((since for since in zone.since if since > t), FOREVER)
