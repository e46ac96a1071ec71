"""What the daemon knows, all of it immutable: the state that `mind.step` turns into the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from xiaolaba.core.library import Library
from xiaolaba.core.message.seal import Sign
from xiaolaba.core.schedule import Town
from xiaolaba.core.timetable.compile import Memory
from xiaolaba.core.units import NodeId
from xiaolaba.ports.store import Publication
from xiaolaba.scheduler.events import Keys, SealedHold, SealedPolicy

Order = tuple[int, int]
"""(generation, revision)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What does not change while the daemon runs; durations in seconds.

    A playlist takes over `effective_after` its publication, or later, see
    `takeover`; after a change of clips, or word of a node that is
    ahead, the next compilation waits until `settle` after the last; a node
    that stays behind is sent its messages again after `patience`, then ever
    more seldom.
    `memory` spares the next compilation what is unchanged; it alters no answer.
    """

    kid: str
    sign: Sign
    clips: str
    version: str
    generation: int
    effective_after: int = 5
    days: int = 30
    settle: int = 10
    patience: int = 30
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a node last said is in force, and when it said so."""

    at: int
    online: bool
    playlist: Order | None
    policy: Order | None
    hold: Order | None


@dataclass(frozen=True, slots=True)
class Nudge:
    """How often a node was sent again what it does not have, and when last."""

    at: int
    times: int = 0


@dataclass(frozen=True, slots=True)
class Mind:
    """The daemon's state.

    `due` is when to compile, None if nothing calls for it; `day` the local
    day last compiled for; until `held_until` nothing is compiled. `retained`
    is what the broker holds (SHA-256 by topic), None while that is not known.
    `over` are the nodes of which no hold runs any more.
    `clocks` has what Unix time it was at each node when the daemon's steady
    count of seconds was 0.
    """

    terms: Terms
    publications: Mapping[NodeId, Publication] = field(default_factory=dict)
    bodies: Mapping[str, bytes] = field(default_factory=dict)
    policies: Mapping[NodeId, SealedPolicy] = field(default_factory=dict)
    holds: Mapping[NodeId, SealedHold] = field(default_factory=dict)
    over: frozenset[NodeId] = frozenset()
    keys: Mapping[NodeId, Keys] = field(default_factory=dict)
    heard: Mapping[NodeId, Heard] = field(default_factory=dict)
    nudges: Mapping[NodeId, Nudge] = field(default_factory=dict)
    refusals: Mapping[tuple[NodeId, str], int] = field(default_factory=dict)
    clocks: Mapping[NodeId, float] = field(default_factory=dict)
    town: Town | None = None
    library: Library = field(default_factory=Library)
    trusted: bool = False
    clock: str = ""
    day: date | None = None
    due: int | None = None
    compiled_at: int = 0
    held_until: int = 0
    connected_at: int | None = None
    retained: Mapping[str, str] | None = None


def soon(mind: Mind, now: int) -> Mind:
    """Compile before long, once for all that comes together."""
    due = max(now, mind.compiled_at + mind.terms.settle)
    return replace(mind, due=due if mind.due is None else min(due, mind.due))
