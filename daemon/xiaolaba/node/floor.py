"""The time floor: a moment that has surely passed, so that an older clock is a wrong one.

It follows the clock while that is trusted, but never faster than time passes
(and an hour more at each start), so that a lying time server cannot carry it
far into the future. What the policy key signs sets it anew.
"""

from dataclasses import replace

from xiaolaba.core.units import RATE, Instant, Seconds
from xiaolaba.node.events import Action, Instruct, Now, Save
from xiaolaba.node.player import SetFloor
from xiaolaba.node.state import Mind
from xiaolaba.ports.clock import ClockReport, Trust

CATCH_UP = 3600
"""Seconds by which a start may move the floor."""
KEEP_EVERY = 3600
"""Seconds of floor that a power cut may take; each is a write to the card."""

Step = tuple[Mind, list[Action]]


def recall(mind: Mind, saved: bytes | None, now: Now) -> Step:
    """Take over the saved floor, no lower than when the policy was signed."""
    kept = int(saved) if saved is not None and saved.isdigit() and len(saved) <= 12 else 0
    signed = mind.policy.not_before if mind.policy else 0
    floor = max(kept, signed)
    floored = Seconds(now.since - CATCH_UP)
    return replace(mind, floor=floor, floored=floored, floor_kept=kept), [_order(floor)]


def judged(mind: Mind, now: Now) -> Now:
    """Return `now` with the clock's standing; one that shows less than the floor is untrusted."""
    if now.at >= mind.floor * RATE:
        return now
    return replace(now, clock=ClockReport(Trust.UNTRUSTED, now.clock.bound, "floor"))


def rise(mind: Mind, now: Now) -> Step:
    """Let the floor follow a trusted clock, at the pace of time."""
    if now.clock.trust is Trust.UNTRUSTED or mind.policy is None:
        return mind, []
    floor = min(now.at // RATE, mind.floor + int(now.since - mind.floored))
    if floor < mind.floor_kept + KEEP_EVERY:
        return mind, []
    mind = replace(mind, floor=floor, floored=now.since, floor_kept=floor)
    return mind, [Save("floor", b"%d" % floor), _order(floor)]


def reset(mind: Mind, signed: int, now: Now) -> Step:
    """Set the floor to when a policy was signed."""
    mind = replace(mind, floor=signed, floored=now.since, floor_kept=signed)
    return mind, [Save("floor", b"%d" % signed), _order(signed)]


def _order(floor: int) -> Instruct:
    return Instruct(SetFloor(Instant(floor * RATE)))
