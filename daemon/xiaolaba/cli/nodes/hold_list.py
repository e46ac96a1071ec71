"""Holds that run, as a list for people or JSON-ready facts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xiaolaba.cli.nodes.aim import Known
from xiaolaba.cli.schedules.listing import local, utc
from xiaolaba.core.sounding.hold import Held, running
from xiaolaba.core.telling import sentences as say
from xiaolaba.core.units import Decibels, Instant, NodeId

MOST_NAMES = 12
"""Most nodes named for one hold; of more the number is said."""

All = Mapping[NodeId, tuple[Held, ...]]


def facts(known: Known, held: All, nodes: Iterable[NodeId], at: Instant) -> list[dict[str, Any]]:
    """Return every hold that runs at `at` at one of these nodes."""
    zone = known.town.zone
    return [
        {
            "node": node,
            "name": known.nodes.get(node, node),
            "since": utc(hold.since),
            "until": utc(hold.until),
            "local_until": local(zone, hold.until),
            "level_db": hold.level,
        }
        for node in nodes
        for hold in running(held.get(node, ()), at)
    ]


def lines(known: Known, held: All, nodes: Iterable[NodeId], at: Instant) -> Iterator[str]:
    """Yield each hold with the nodes that it means."""
    found: defaultdict[tuple[Instant, Decibels | None], list[NodeId]] = defaultdict(list)
    for node in nodes:
        for hold in running(held.get(node, ()), at):
            found[hold.until, hold.level].append(node)
    for until, level in sorted(found, key=lambda key: key[0]):
        said = say.hold(known.town.zone, until, level)
        yield f"{said.zh} / {said.en} ({known.town.zone.name})"
        yield f"  {_names(known, found[until, level])}"


def _names(known: Known, nodes: list[NodeId]) -> str:
    shown = [f"{node}（{known.nodes.get(node, node)}）" for node in nodes[:MOST_NAMES]]
    rest = f" … 共 {len(nodes)} 个 / {len(nodes)} nodes" if len(nodes) > MOST_NAMES else ""
    return "、".join(shown) + rest
