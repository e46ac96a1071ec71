"""Whether the nodes agree with the daemon about the time.

Each node that is online and trusts its own clock says in its health what time
it has. The daemon keeps that against its own steady count of seconds, so that
a step of its own clock shows at once. Nobody is believed alone: the clock is
called wrong by most of the nodes asked, and asked are at least three, or all
where there are fewer.
"""

from dataclasses import replace

from xiaolaba.core.message.report import Health
from xiaolaba.core.units import NodeId
from xiaolaba.scheduler.events import NodeSaid, Ticked
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
    clocks = {other: zero for other, zero in mind.clocks.items() if other != node}
    return replace(mind, clocks=clocks) if node in mind.clocks else mind


def differs(mind: Mind, tick: Ticked) -> bool:
    """Return whether most nodes say that the daemon's clock is wrong."""
    ours = tick.now - tick.since
    asked = [zero for node, zero in mind.clocks.items() if node in mind.keys]
    apart = sum(abs(zero - ours) > APART for zero in asked)
    return len(asked) >= min(ASKED, len(mind.keys)) and 2 * apart > len(asked)
