"""Orders to be silent or softer for a while, and which of them counts.

A hold signed by the programme key may only add silence, so the running ones
add up and the strictest counts. One signed by the policy key stands for all
of the programme key's before it: that is how a hold is lifted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from xiaolaba.core.errors import MessageError
from xiaolaba.core.message.fields import number, optional, second, strictly
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.units import RATE, Decibels, Instant

MOST = 16
"""Holds that may run at once at one node."""


class Signer(StrEnum):
    """Whose key signed a hold."""

    PROGRAMME = "programme"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Held:
    """A hold as it was received; `sealed` are its exact bytes."""

    by: Signer
    order: tuple[int, int]
    hold: Hold
    sealed: bytes


def hold_to_json(hold: Hold) -> dict[str, Any]:
    """Return the body of a sealed `hold`."""
    return {"until": hold.until // RATE, "level": hold.level}


def hold_from_json(value: dict[str, Any]) -> Hold:
    """Read the body of a sealed `hold`."""
    until = strictly(second, value.get("until"))
    level = optional(value.get("level"), lambda _: Decibels(number(value, "level")))
    if level is not None and not -120.0 <= level <= 0.0:
        raise MessageError("malformed", f"a hold of {level} dB, expected -120 to 0")
    return Hold(until, level)


def strictest(holds: Iterable[Hold], t: Instant) -> Hold | None:
    """Return the hold that counts at `t`: the longest silence, else the softest level."""
    running = [hold for hold in holds if t < hold.until]
    silent = [hold for hold in running if hold.level is None]
    if silent:
        return max(silent, key=lambda hold: hold.until)
    return min(running, key=lambda hold: hold.level or 0.0, default=None)


def latest(held: Iterable[Held], by: Signer) -> tuple[int, int] | None:
    """Return the highest order seen of one signer's holds."""
    return max((one.order for one in held if one.by is by), default=None)


def with_hold(held: tuple[Held, ...], new: Held, t: Instant) -> tuple[Held, ...]:
    """Return the holds once `new` has come, without those that are over.

    The last one of each signer stays, so that an older one is still known as old.
    """
    if new.by is Signer.POLICY:
        last = latest(held, Signer.PROGRAMME)
        lifted = (_over(one) for one in held if one.by is Signer.PROGRAMME and one.order == last)
        return (*lifted, new)
    kept = tuple(
        one
        for one in held
        if t < one.hold.until or (one.by is Signer.POLICY and one.order == latest(held, one.by))
    )
    return (*kept, new)


def _over(held: Held) -> Held:
    return Held(held.by, held.order, Hold(Instant(0)), held.sealed)
