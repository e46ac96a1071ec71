"""What operators write, checked and frozen: places, programmes, selections, spans of silence.

Times of day are minutes after local midnight; a range whose `end` lies above
1440 runs past midnight and belongs to its start day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum

from xiaolaba.core.calendar import Calendar, DayClass, Days
from xiaolaba.core.policy import Caps
from xiaolaba.core.rhyme import Audience, Rhyme
from xiaolaba.core.units import (
    Decibels,
    Language,
    NodeId,
    PlaceId,
    ProgrammeId,
    RhymeId,
    Seconds,
)
from xiaolaba.core.zone import Zone


class Together(StrEnum):
    """How the nodes of one place share a loop."""

    UNISON = "unison"
    STAGGER = "stagger"


class Priority(IntEnum):
    """What wins where two programmes overlap."""

    BACKGROUND = 0
    NORMAL = 1
    CAMPAIGN = 2
    URGENT = 3


MOST_DELAY = Seconds(2.0)
"""How much earlier than it should sound a loudspeaker may be fed."""


@dataclass(frozen=True, slots=True)
class Node:
    """One loudspeaker at its place; `delay` is how much earlier it must be fed."""

    id: NodeId
    name: str
    level: Decibels = Decibels(0.0)
    delay: Seconds = Seconds(0.0)


@dataclass(frozen=True, slots=True)
class Place:
    """A branch of the tree; `languages` and `tags` are what it wrote itself, not inherited."""

    id: PlaceId
    name: str
    places: tuple["Place", ...] = ()
    nodes: tuple[Node, ...] = ()
    households: int | None = None
    languages: tuple[tuple[Language, int], ...] | None = None
    tags: frozenset[str] = frozenset()
    together: Together = Together.UNISON


@dataclass(frozen=True, slots=True)
class Where:
    """Which nodes are meant: ids of places and nodes, and tags; exclusions win.

    Empty `ids` and `tags` mean everywhere (only where the language allows it).
    """

    ids: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    not_ids: frozenset[str] = frozenset()
    not_tags: frozenset[str] = frozenset()


EVERYWHERE = Where()


@dataclass(frozen=True, slots=True)
class Dates:
    """Whole local days, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Hours:
    """A written window of the day, in minutes after midnight; `end` may pass 1440."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Selection:
    """What a programme plays: rhymes by name in the order written, or picked.

    `languages` None means the place's own shares.
    """

    id: str
    rhymes: tuple[RhymeId, ...] = ()
    topics: frozenset[str] | None = None
    audiences: frozenset[Audience] | None = None
    languages: tuple[tuple[Language, int], ...] | None = None
    gap: Seconds = Seconds(3.0)


@dataclass(frozen=True, slots=True)
class Programme:
    """A schedule entry. `every` None means continuous; `round` None takes the default."""

    id: ProgrammeId
    name: str
    where: Where
    at: tuple[Hours, ...]
    selection: str
    days: Days = DayClass.EVERYDAY
    dates: Dates | None = None
    exceptions: frozenset[date] = frozenset()
    every: Seconds | None = Seconds(900.0)
    round: Seconds | None = None
    level: Decibels = Decibels(0.0)
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Silence:
    """Whole local days without sound, added by any operator."""

    name: str
    dates: Dates
    where: Where = EVERYWHERE


@dataclass(frozen=True, slots=True)
class QuietRule:
    """Quiet hours as written in the policy; `end` may pass 1440.

    `dates` are the days on which a span may start; None means all.
    """

    name: str
    hours: Hours
    days: Days = DayClass.EVERYDAY
    where: Where = EVERYWHERE
    dates: Dates | None = None


@dataclass(frozen=True, slots=True)
class BlackoutRule:
    """A blackout as written: local (day, minutes after midnight) to the same."""

    name: str
    start: tuple[date, int]
    end: tuple[date, int]
    where: Where = EVERYWHERE


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """The whole policy file."""

    quiet: tuple[QuietRule, ...] = ()
    blackouts: tuple[BlackoutRule, ...] = ()
    caps: Caps = Caps()


@dataclass(frozen=True, slots=True)
class Town:
    """Everything a compilation depends on, except the clips and the days."""

    zone: Zone
    places: tuple[Place, ...]
    programmes: tuple[Programme, ...] = ()
    selections: Mapping[str, Selection] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    policy: PolicyRules = field(default_factory=PolicyRules)
    calendar: Calendar = field(default_factory=Calendar)
    rhymes: Mapping[RhymeId, Rhyme] = field(default_factory=dict)
