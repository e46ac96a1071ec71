"""Whether the nodes agree with the daemon about the time.

Each node that is online and trusts its own clock says in its health what time
it has. The daemon keeps that against its own steady count of seconds, so that
a step of its own clock shows at once. Nobody is believed alone: the clock is
called wrong by most of the nodes asked, and asked are at least three, or all
where there are fewer. A step that no node can speak of is no less a doubt: the
clock dates nothing until it was asked anew how it stands. To ask them all is
work for each node, so nothing asks that has nothing to date.
"""

from dataclasses import replace

from xiaolaba.core.message.report import Health
from xiaolaba.core.units import NodeId
from xiaolaba.scheduler.events import Event, NodeSaid
from xiaolaba.scheduler.state import Mind

APART = 60
"""How far two clocks may be apart, in seconds."""
ASKED = 3
"""Fewer nodes are asked only where there are no more."""


def ask(mind: Mind, health: Health, said: NodeSaid) -> Mind:
    """Remember what time a node has; what it retained is no longer the time."""
    if health.clock != "trusted" or said.retained:
        return forget(mind, said.node)
    return replace(mind, clocks={**mind.clocks, said.node: health.at - said.since})


def forget(mind: Mind, node: NodeId) -> Mind:
    """Ask a node no more."""
    clocks = {other: theirs for other, theirs in mind.clocks.items() if other != node}
    return replace(mind, clocks=clocks) if node in mind.clocks else mind


def zero(event: Event) -> float:
    """Return what time it was by the daemon's clock when its steady count of seconds was 0."""
    return event.now - event.since


def may_date(mind: Mind, event: Event) -> bool:
    """Return whether the clock may date a signature: trusted, not set since, and not denied."""
    stepped = abs(zero(event) - mind.zero) > APART
    return mind.trusted and not stepped and not differs(mind, event)


def confirmed(mind: Mind) -> bool:
    """Return whether nodes have spoken, if only one, and did not deny the clock at the last tick.

    Fewer are enough than to call it wrong: a town of which most is off still forgets.
    """
    asked = _asked(mind)
    return mind.trusted and bool(asked) and not _denied(asked, mind.zero)


def differs(mind: Mind, event: Event) -> bool:
    """Return whether enough nodes have spoken and most say that the daemon's clock is wrong."""
    asked = _asked(mind)
    return len(asked) >= min(ASKED, len(mind.keys)) and _denied(asked, zero(event))


def _asked(mind: Mind) -> list[float]:
    """Return what time it was at the nodes that have spoken."""
    return [theirs for node, theirs in mind.clocks.items() if node in mind.keys]


def _denied(asked: list[float], ours: float) -> bool:
    """Return whether most of the nodes say that it was another time."""
    earliest, latest = ours - APART, ours + APART
    apart = sum(1 for theirs in asked if not earliest <= theirs <= latest)
    return 2 * apart > len(asked)
