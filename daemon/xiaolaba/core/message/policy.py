"""A node's policy as the body of a sealed message."""

from datetime import date
from typing import Any

from xiaolaba.core.calendar import Calendar, DayClass, Days
from xiaolaba.core.message.fields import (
    DAY,
    QUIETEST,
    optional,
    real,
    second,
    strictly,
    text,
    whole,
)
from xiaolaba.core.policy import MINUTES_A_DAY, Blackout, Caps, Policy, Quiet
from xiaolaba.core.units import RATE, Decibels, NodeId, Seconds
from xiaolaba.core.zone import Zone


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """Return the body of a sealed `policy`; the node is in its envelope."""
    zone, calendar, caps = policy.zone, policy.calendar, policy.caps
    return {
        "zone": [
            zone.name,
            [[t // RATE, o] for t, o in zip(zone.since, zone.offsets, strict=True)],
        ],
        "quiet": [[q.name, q.start, q.end, _days_to_json(q.days)] for q in policy.quiet],
        "blackouts": [[b.name, b.start // RATE, b.end // RATE] for b in policy.blackouts],
        "caps": {"level": caps.level, "daily": caps.daily, "announcement": caps.announcement},
        "calendar": {
            "years": sorted(calendar.years),
            "off": [day.isoformat() for day in sorted(calendar.off)],
            "work": [day.isoformat() for day in sorted(calendar.work)],
        },
    }


def policy_from_json(node: NodeId, value: dict[str, Any]) -> Policy:
    """Read the body of a sealed `policy`."""
    return strictly(lambda body: _policy(node, body), value)


def _policy(node: NodeId, value: dict[str, Any]) -> Policy:
    name, offsets = value["zone"]
    zone = Zone(
        text(name),
        tuple(second(since) for since, _ in offsets),
        tuple(whole(offset, -DAY, DAY) for _, offset in offsets),
    )
    if not zone.since or list(zone.since) != sorted(zone.since):
        raise ValueError("the zone has no offsets in order")
    caps, calendar = value["caps"], value["calendar"]
    return Policy(
        node,
        zone,
        tuple(_quiet(row) for row in value["quiet"]),
        tuple(
            Blackout(text(n), second(start), second(end)) for n, start, end in value["blackouts"]
        ),
        Caps(
            optional(caps["level"], lambda number: Decibels(real(number, QUIETEST, 0))),
            optional(caps["daily"], lambda number: Seconds(real(number, 0, DAY))),
            optional(caps["announcement"], lambda number: Seconds(real(number, 0, DAY))),
        ),
        Calendar(
            frozenset(whole(year, 1, 9999) for year in calendar["years"]),
            frozenset(date.fromisoformat(day) for day in calendar["off"]),
            frozenset(date.fromisoformat(day) for day in calendar["work"]),
        ),
    )


def _quiet(row: Any) -> Quiet:
    name, start, end, days = row
    quiet = Quiet(text(name), whole(start), whole(end), _days_from_json(days))
    if not quiet.start < quiet.end <= 2 * MINUTES_A_DAY:
        raise ValueError("quiet hours that never hold")
    return quiet


def _days_to_json(days: Days) -> str | list[int]:
    return days.value if isinstance(days, DayClass) else sorted(days)


def _days_from_json(value: Any) -> Days:
    return (
        DayClass(value) if isinstance(value, str) else frozenset(whole(day, 0, 6) for day in value)
    )
