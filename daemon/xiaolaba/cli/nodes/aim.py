"""Which nodes an operator means by `--place`, `--node` or `--all`: those applied and enrolled."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from xiaolaba.adapters.owner import as_owner
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.core.checking.finding import near
from xiaolaba.core.errors import ConfigError, StoreError
from xiaolaba.core.schedule import Place, Town
from xiaolaba.core.units import NodeId
from xiaolaba.core.where import sites
from xiaolaba.core.zone import Zone, zone
from xiaolaba.settings import load_places
from xiaolaba.settings.words import Wrong

NOTHING = "还没有启用过配置，先 enrol 和 apply", "nothing was applied yet, enrol and apply first"
SPOILT = "启用的配置读不出，请重新 apply", "what is applied cannot be read, apply again"

MOST_NAMED = 12
"""Most ids told for one name: many gates are called 东门."""


@dataclass(frozen=True, slots=True)
class Known:
    """The places with their clock, and every node with its name; one without a place has its id.

    `lack` says why no places are known, in Chinese and English.
    """

    town: Town
    nodes: Mapping[NodeId, str]
    lack: tuple[str, str] | None


def known(folder: StateFolder) -> Known:
    """Return what is applied and enrolled; only the latter if what is applied is damaged."""
    town, lack = _places(folder, datetime.now(UTC).date())
    named = {home.node.id: home.node.name for home in sites(town.places)}
    return Known(town, {node: str(node) for node in folder.enrolled()} | named, lack)


def _places(folder: StateFolder, today: date) -> tuple[Town, tuple[str, str] | None]:
    lack = NOTHING
    try:
        snapshot = folder.current()
        if snapshot is not None:
            with as_owner(folder.root):
                return load_places(snapshot / "config", today), None
    except (ConfigError, StoreError):
        lack = SPOILT  # silence must be possible all the same
    return Town(_clock(folder, today), ()), lack


def _clock(folder: StateFolder, today: date) -> Zone:
    """Return the local clock without places.yaml: what was noted of it, or else UTC."""
    try:
        info = ZoneInfo(folder.zone_name())
    except (StoreError, ValueError, OSError, ZoneInfoNotFoundError):
        info = ZoneInfo("UTC")
    return zone(info.key, info, today, today + timedelta(days=100))


def meant(known: Known, place: str | None, node: str | None) -> Sequence[NodeId]:
    """Return the nodes of a place, or one node, or all if neither is named.

    Raises:
        Wrong: if there are none, with the nearest name.
    """
    if not known.nodes:
        raise Wrong("还没有喇叭：先 enrol 和 apply", "there are no nodes: enrol and apply first")
    if node is not None:
        if node not in known.nodes:
            raise _no_node(known, node)
        return [NodeId(node)]
    return list(known.nodes) if place is None else _below(known, place)


def _below(known: Known, name: str) -> Sequence[NodeId]:
    """Return the nodes of a place and of the places in it."""
    found = next((place for place in _all(known.town.places) if place.id == name), None)
    if found is None:
        raise _no_place(known, name)
    nodes = [home.node.id for home in sites((found,))]
    if not nodes:
        raise Wrong(f"地点 '{name}' 没有喇叭", f"place '{name}' has no nodes")
    return nodes


def _no_node(known: Known, word: str) -> Wrong:
    if any(place.id == word for place in _all(known.town.places)):
        zh, en = f"'{word}' 是地点，不是喇叭", f"'{word}' is a place, not a node"
        return Wrong(f"{zh}；请写 --place {word}", f"{en}: write --place {word}")
    return _unknown(known, ("喇叭", "node"), word, known.nodes.items())


def _no_place(known: Known, word: str) -> Wrong:
    if word in known.nodes:
        zh, en = f"'{word}' 是喇叭，不是地点", f"'{word}' is a node, not a place"
        return Wrong(f"{zh}；请写 --node {word}", f"{en}: write --node {word}")
    named = ((own.id, own.name) for own in _all(known.town.places))
    return _unknown(known, ("地点", "place"), word, named)


def _all(places: Sequence[Place]) -> Iterator[Place]:
    for place in places:
        yield place
        yield from _all(place.places)


def _unknown(
    known: Known, kind: tuple[str, str], word: str, names: Iterable[tuple[str, str]]
) -> Wrong:
    """Return that `word` is no id, with the ids that are called so, else the nearest.

    While no places are known, it may well be one that nobody could know.
    """
    (zh, en), named = kind, list(names)
    called = [own for own, name in named if name == word]
    if called:
        ids = "、".join(called[:MOST_NAMED])
        return Wrong(
            f"'{word}' 是名字；请写它的 id：{ids}", f"'{word}' is a name; write the id: {ids}"
        )
    maybe_zh, maybe_en = near(word, [own for own, _ in named])
    if known.lack and not maybe_zh:
        return _unknowable(zh, en, word, known.lack)
    return Wrong(f"没有{zh} '{word}'{maybe_zh}", f"unknown {en} '{word}'{maybe_en}")


def _unknowable(zh: str, en: str, word: str, lack: tuple[str, str]) -> Wrong:
    """Return that nothing says whether `word` is an id, and what can be named all the same."""
    return Wrong(
        f"不认得{zh} '{word}'：{lack[0]}；已登记的喇叭可用 --node 或 --all",
        f"cannot know {en} '{word}': {lack[1]}; --node and --all reach those enrolled",
    )
