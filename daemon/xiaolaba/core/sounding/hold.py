"""Orders to be silent or softer for a while, and which of them counts.

A message about a node's holds carries all that run, because the broker
retains one message only. Signed by the programme key it may only add silence,
so what ran before goes on and the strictest counts. Signed by the policy key
it stands for all of lower order: that is how holds are lifted. A message of
the programme key carries the last of the policy key along, for a node that
was away when it came. Both keys' messages are numbered in one row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from xiaolaba.core.errors import MessageError
from xiaolaba.core.message.fields import number, optional, second, strictly, take, text
from xiaolaba.core.message.seal import Envelope, Verify, signer_of, unseal
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.units import RATE, Decibels, Instant

MOST = 16
"""Holds in one message, and messages that may count at once at one node."""
LONGEST_LIFT = 4096
"""Most characters of a message that is carried along."""

Keys = Mapping[str, Verify]


class Signer(StrEnum):
    """Whose key signed a message."""

    PROGRAMME = "programme"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Held:
    """A message about holds as it was received; `sealed` are its exact bytes."""

    by: Signer
    envelope: Envelope
    holds: tuple[Hold, ...]
    sealed: bytes

    @property
    def order(self) -> tuple[int, int]:
        """What only grows, whoever signed."""
        return self.envelope.order


def holds_to_json(holds: Iterable[Hold], lift: bytes | None = None) -> dict[str, Any]:
    """Return the body of a sealed `hold`, with the policy key's last message if there is one."""
    rows = [
        {"since": hold.since // RATE, "until": hold.until // RATE, "level": hold.level}
        for hold in holds
    ]
    return {"holds": rows} if lift is None else {"holds": rows, "lift": lift.decode()}


def opened(sealed: bytes, programme: Keys, policy: Keys) -> tuple[Held, ...]:
    """Return a message about holds, after the one that it carries along.

    Raises:
        MessageError: if it is not signed by one of these keys, or is misshapen.
    """
    envelope, body = unseal(sealed, "hold", {**programme, **policy})
    holds = tuple(strictly(_hold, row) for row in take(body, "holds", list)[: MOST + 1])
    if len(holds) > MOST:
        raise MessageError("malformed", f"more than {MOST} holds")
    if signer_of(sealed) in policy:
        return (Held(Signer.POLICY, envelope, holds, sealed),)
    own = Held(Signer.PROGRAMME, envelope, holds, sealed)
    lift = optional(body.get("lift"), lambda value: strictly(_sealed, value))
    return (own,) if lift is None else (*opened(lift, {}, policy), own)


def _hold(row: dict[str, Any]) -> Hold:
    level = optional(row["level"], lambda _: Decibels(number(row, "level")))
    if level is not None and not -120.0 <= level <= 0.0:
        raise ValueError(f"a hold of {level} dB, expected -120 to 0")
    return Hold(second(row["until"]), level, second(row["since"]))


def _sealed(value: Any) -> bytes:
    return text(value, LONGEST_LIFT).encode("ascii")


def strictest(holds: Iterable[Hold], t: Instant) -> Hold | None:
    """Return the hold that counts at `t`: the longest silence, else the softest level."""
    running = [hold for hold in holds if t < hold.until]
    silent = [hold for hold in running if hold.level is None]
    if silent:
        return max(silent, key=lambda hold: hold.until)
    return min(running, key=lambda hold: hold.level or 0.0, default=None)


def running(held: Iterable[Held], t: Instant) -> tuple[Hold, ...]:
    """Return the holds of these messages that are not over at `t`."""
    return tuple(hold for one in held for hold in one.holds if t < hold.until)


def covers(holds: Iterable[Hold], old: Hold) -> bool:
    """Return whether one of `holds` is as strict as `old` for as long."""
    return any(_strictness(hold) >= _strictness(old) and hold.until >= old.until for hold in holds)


def _strictness(hold: Hold) -> float:
    return float("inf") if hold.level is None else -hold.level


def latest(held: Iterable[Held], by: Signer) -> tuple[int, int] | None:
    """Return the order that a new message of this signer must pass.

    The policy key need only pass its own; the programme key both.
    """
    orders = (one.order for one in held if by is Signer.PROGRAMME or one.by is by)
    return max(orders, default=None)


def with_held(held: tuple[Held, ...], new: Held, t: Instant) -> tuple[Held, ...]:
    """Return the messages that count once `new` has come; all of them if it is not new.

    The last one of each signer stays, so that an older one is still known as old.
    """
    last = latest(held, new.by)
    if last is not None and new.order <= last:
        return held
    if new.by is Signer.POLICY:
        later = (one for one in held if one.by is Signer.PROGRAMME and one.order > new.order)
        return (new, *later)
    kept = (one for one in held if one.by is Signer.POLICY or not _is_over(one, new, t))
    return (*kept, new)


def _is_over(old: Held, new: Held, t: Instant) -> bool:
    """Return whether nothing of `old` counts beside `new`."""
    return all(covers(new.holds, hold) for hold in running((old,), t))
