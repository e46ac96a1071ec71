"""What happens to the daemon, and what it does about it.

Every *event* carries `now` in Unix seconds, and `since`, which counts seconds
that no step of the clock moves: what is waited for is counted in these. An
*action* is carried out by the service. What an action brings back is again an
event.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from xiaolaba.core.library import Library
from xiaolaba.core.message.seal import Verify
from xiaolaba.core.schedule import Town
from xiaolaba.core.units import NodeId
from xiaolaba.ports.store import Batch, Counted, Noted, Publication

Keys = Mapping[str, Verify]
"""Verifying functions by key id."""


@dataclass(frozen=True, slots=True)
class SealedPolicy:
    """A node's policy as it was signed, with its (generation, revision)."""

    order: tuple[int, int]
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time passed; `clock` is the clock's standing, `trusted` whether it may date a signature."""

    now: int
    trusted: bool
    clock: str
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Applied:
    """The operator applied a configuration."""

    now: int
    town: Town
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class ClipsChanged:
    """There are other clips than before."""

    now: int
    library: Library
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Enrolled:
    """These are the nodes that may speak, with the keys they sign with."""

    now: int
    keys: Mapping[NodeId, Keys]
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class PoliciesChanged:
    """These are the signed policies there are, ready to be published."""

    now: int
    policies: Mapping[NodeId, SealedPolicy]
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class SealedHold:
    """The last message about a node's holds, which is over when it `expires` (Unix seconds)."""

    order: tuple[int, int]
    expires: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class HoldsChanged:
    """These are the messages about holds that there are, those that are over included."""

    now: int
    holds: Mapping[NodeId, SealedHold]
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker was reached, or lost."""

    now: int
    up: bool
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Swept:
    """This is what the broker retains of ours: SHA-256 in hex by topic."""

    now: int
    retained: Mapping[str, str]
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class NodeSaid:
    """A node sent something on one of its own topics; `retained` if it did so before."""

    now: int
    node: NodeId
    leaf: str
    payload: bytes
    retained: bool = False
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class PlaysCounted:
    """Batches were written down, or found to contradict what was."""

    now: int
    results: tuple[Counted, ...]
    since: float = 0.0


Found = Applied | ClipsChanged | Enrolled | PoliciesChanged | HoldsChanged
"""What was found on disk."""

Event = Ticked | Found | Connected | Swept | NodeSaid | PlaysCounted


@dataclass(frozen=True, slots=True)
class Keep:
    """Write publications down and nodes that are `gone` off; unless it is, nothing after it is."""

    publications: tuple[Publication, ...]
    bodies: Mapping[str, bytes]
    gone: tuple[NodeId, ...] = ()


@dataclass(frozen=True, slots=True)
class Publish:
    """Send a message."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """Count a batch of plays; answered by `PlaysCounted`."""

    batch: Batch


@dataclass(frozen=True, slots=True)
class Note:
    """Write down what a node said of itself, or what was found about it or the daemon, at `now`."""

    report: Noted
    now: int


Action = Keep | Publish | Count | Note
