"""What changes from one town to another: which nodes, and what more and less will sound.

Both towns are compiled over the same days with the same clips; a node changes
when its score, its level, its delay or its place in a stagger does. Airtime
is a programme's clip time a day at one node, as the mean over those days.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from xiaolaba.core.library import Library
from xiaolaba.core.policy import Caps, Policy
from xiaolaba.core.schedule import Town
from xiaolaba.core.sounding.node_policy import policy_at
from xiaolaba.core.telling.airtime import Sounding, airtime
from xiaolaba.core.telling.policy_change import PolicyChange, policy_changes
from xiaolaba.core.timetable.compile import groups, stagger_at
from xiaolaba.core.timetable.score import Score, Stagger
from xiaolaba.core.units import Decibels, NodeId, ProgrammeId, Seconds
from xiaolaba.core.where import Site, sites

DAYS = 30
FAR = 3650
"""How many days ahead blackouts are compared; further off than any that one plans."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names that came, went, or mean something else than before; each in order."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Airtime:
    """How long a programme sounds a day at each of `nodes`, before and after."""

    programme: ProgrammeId
    before: Sounding
    after: Sounding
    nodes: tuple[NodeId, ...]

    @property
    def more(self) -> float:
        """How many seconds a day more will sound; less if negative."""
        return self.after.aloud - self.before.aloud


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that a new configuration changes; `airtime` in the order of the programmes.

    `policy` says whether policy or days off were written otherwise, `rules`
    what changes of them from now on for nodes that stay.
    """

    programmes: Names = Names()
    silences: Names = Names()
    nodes: Names = Names()
    policy: bool = False
    rules: tuple[PolicyChange, ...] = ()
    airtime: tuple[Airtime, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return self == Difference()


@dataclass(frozen=True, slots=True)
class _Part:
    """What one node plays and obeys."""

    score: Score
    level: Decibels
    delay: Seconds
    stagger: Stagger | None
    caps: Caps
    policy: Policy = field(compare=False)


def difference(before: Town | None, after: Town, library: Library, first: date) -> Difference:
    """Return what changes from `before`, None for no town at all, over `DAYS` from `first` on."""
    old = before or Town(after.zone, ())
    was, will = _parts(old, library, first), _parts(after, library, first)
    nodes = _names(was, will)
    policy = (old.policy, old.calendar) != (after.policy, after.calendar)
    rules = policy or (old.places, old.zone.name) != (after.places, after.zone.name)
    return Difference(
        _names({p.id: p for p in old.programmes}, {p.id: p for p in after.programmes}),
        _names({s.name: s for s in old.silences}, {s.name: s for s in after.silences}),
        nodes,
        policy,
        _rules(before, after, first) if rules else (),
        tuple(_airtimes(nodes, was, will, after, old)),
    )


def _rules(before: Town | None, after: Town, first: date) -> tuple[PolicyChange, ...]:
    """Return what the policies of the nodes that stay change; of every node at the first time."""
    was, will = _policies(before, first), _policies(after, first)
    stay = will if before is None else {node: own for node, own in will.items() if node in was}
    return policy_changes(was, stay, after.zone.instant(first))


def _policies(town: Town | None, first: date) -> dict[NodeId, Policy]:
    if town is None:
        return {}
    return {own.node.id: policy_at(town, own, first, FAR) for own in sites(town.places)}


def _names(was: Mapping[Any, object], will: Mapping[Any, object]) -> Names:
    return Names(
        tuple(sorted(will.keys() - was.keys())),
        tuple(sorted(was.keys() - will.keys())),
        tuple(sorted(name for name in was.keys() & will.keys() if was[name] != will[name])),
    )


def _parts(town: Town, library: Library, first: date) -> dict[NodeId, _Part]:
    """Return what each node plays; nodes of one group share the score."""
    own: dict[NodeId, Site] = {site.node.id: site for site in sites(town.places)}
    found = {}
    for group in groups(town, library, first, DAYS):
        policy = policy_at(town, own[group.nodes[0]], first, DAYS)
        for name in group.nodes:
            node = own[name].node
            stagger = stagger_at(own[name])
            found[name] = _Part(group.score, node.level, node.delay, stagger, policy.caps, policy)
    return found


def _airtimes(
    nodes: Names, was: Mapping[NodeId, _Part], will: Mapping[NodeId, _Part], *towns: Town
) -> Iterator[Airtime]:
    """Yield each programme's airtime where it changes, nodes alike together."""
    measured = _Airtimes()
    rows: defaultdict[tuple[ProgrammeId, Sounding, Sounding], list[NodeId]] = defaultdict(list)
    for node in sorted((*nodes.added, *nodes.removed, *nodes.changed)):
        name = NodeId(node)
        old, new = measured.of(was.get(name)), measured.of(will.get(name))
        for programme in old.keys() | new.keys():
            before, after = old.get(programme, Sounding()), new.get(programme, Sounding())
            if before != after:
                rows[programme, before, after].append(name)
    order = [programme.id for town in towns for programme in town.programmes]
    for programme, before, after in sorted(rows, key=lambda row: (order.index(row[0]), *row[1:])):
        yield Airtime(programme, before, after, tuple(rows[programme, before, after]))


class _Airtimes:
    """Measures scores; what nodes alike share is measured once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, Stagger | None], Mapping[ProgrammeId, Sounding]] = {}

    def of(self, part: _Part | None) -> Mapping[ProgrammeId, Sounding]:
        """Return how long each programme sounds a day, to a tenth of a minute."""
        if part is None:
            return {}
        key = (id(part.score), part.stagger)
        if key not in self._known:
            score = replace(part.score, stagger=part.stagger)
            found = airtime(score, part.policy, DAYS)
            self._known[key] = {
                name: Sounding(_tenths(own.aloud), _tenths(own.silent))
                for name, own in found.items()
            }
        return self._known[key]


def _tenths(duration: Seconds) -> Seconds:
    """Return a duration in whole tenths of a minute."""
    return Seconds(round(duration / 6) * 6.0)
