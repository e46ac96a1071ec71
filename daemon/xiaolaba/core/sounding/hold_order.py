"""The next message about a node's holds: composed of what runs, numbered, sealed.

`before` is the last message about the node, as `hold.opened` gives it, or
empty. Times are whole Unix seconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from xiaolaba.core.message.seal import Envelope, Sign, seal
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.sounding.hold import MOST, Held, Signer, covers, holds_to_json, running
from xiaolaba.core.units import RATE, Instant, NodeId

LONGEST = 90 * 86_400
"""Longest hold that is given, in seconds; so long a lift is kept for nodes that are away."""
EARLY = 86_400
"""How far a node's clock may lag behind ours and still obey, in seconds."""


def added(
    before: Sequence[Held], node: NodeId, hold: Hold, now: int, key: tuple[str, Sign]
) -> bytes | None:
    """Return the message that adds `hold` to those that run, or None if it adds nothing."""
    before_it = running(before, Instant(now * RATE))
    if covers(before_it, hold):
        return None
    holds = _few([*(old for old in before_it if not covers((hold,), old)), hold])
    lift = next((one for one in before if one.by is Signer.POLICY), None)
    expires = [hold.until // RATE for hold in holds]
    if lift is None or lift.envelope.expires <= now:
        return _sealed(before, node, holds_to_json(holds), now, max(expires), key)
    expires.append(lift.envelope.expires)
    return _sealed(before, node, holds_to_json(holds, lift.sealed), now, max(expires), key)


def lifted(before: Sequence[Held], node: NodeId, now: int, key: tuple[str, Sign]) -> bytes:
    """Return the message of the policy key that ends every hold of the node."""
    expires = max([now + LONGEST, *(one.envelope.expires for one in before)])
    return _sealed(before, node, holds_to_json(()), now, expires, key)


def history(messages: Iterable[Held]) -> tuple[Hold, ...]:
    """Return every hold of these messages, given in order, each until it was over or was lifted."""
    found: list[Hold] = []
    for one in messages:
        if one.by is Signer.POLICY:
            given = Instant((one.envelope.not_before + EARLY) * RATE)
            found = [replace(hold, until=min(hold.until, given)) for hold in found]
        found += (hold for hold in one.holds if hold not in found)
    return tuple(found)


def _few(holds: list[Hold]) -> list[Hold]:
    """Return the holds; too many are drawn together into one that is as strict as each."""
    if len(holds) <= MOST:
        return holds
    levels = [hold.level for hold in holds if hold.level is not None]
    level = min(levels) if len(levels) == len(holds) else None
    return [Hold(max(hold.until for hold in holds), level, min(hold.since for hold in holds))]


def _sealed(
    before: Sequence[Held],
    node: NodeId,
    body: dict[str, object],
    now: int,
    expires: int,
    key: tuple[str, Sign],
) -> bytes:
    """Seal a message, later in order than all before it, also where the clock was set back."""
    generation, revision = max((one.order for one in before), default=(1, 0))
    order = generation, max(now, revision + 1)
    envelope = Envelope("hold", node, *order, max(0, now - EARLY), expires)
    return seal(envelope, body, *key)
