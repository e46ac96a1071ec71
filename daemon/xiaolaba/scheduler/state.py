"""What the daemon knows, all of it immutable: the state that `mind.step` turns into the next."""

import math
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
    """How often a node was sent again what it does not have, and when last by the steady count."""

    at: float
    times: int = 0


@dataclass(frozen=True, slots=True)
class Mind:
    """The daemon's state.

    `due` is when to compile, None if nothing calls for it; `day` the local
    day last compiled for, `unpublished` the years it reached that are not
    known to the calendar, `compiled_at` the Unix time, `compiled` when that
    was; until `held_until` nothing is compiled. `retained`
    is what the broker holds (SHA-256 by topic), None while that is not known.
    `over` are the nodes of which no hold runs any more.
    Waits (`due`, `compiled`, `held_until`, `connected`, nudges, refusals) are
    counted by the steady `since` of events. What Unix time it was when that
    was 0 says `zero` for the daemon at the last tick, `clocks` for each node.
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
    refusals: Mapping[tuple[NodeId, str], float] = field(default_factory=dict)
    clocks: Mapping[NodeId, float] = field(default_factory=dict)
    town: Town | None = None
    library: Library = field(default_factory=Library)
    trusted: bool = False
    clock: str = ""
    zero: float = 0.0
    day: date | None = None
    unpublished: tuple[int, ...] | None = None
    due: float | None = None
    compiled_at: int = 0
    compiled: float = -math.inf
    held_until: float = -math.inf
    connected: float | None = None
    retained: Mapping[str, str] | None = None


def soon(mind: Mind, at: float) -> Mind:
    """Compile at a time or soon after, once for all that comes together."""
    due = max(at, mind.compiled + mind.terms.settle)
    return replace(mind, due=due if mind.due is None else min(due, mind.due))
