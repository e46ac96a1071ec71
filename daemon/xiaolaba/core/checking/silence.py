"""Silences that nobody meant: programmes, nodes and items that never sound, unison out of step."""

from collections.abc import Iterator

from xiaolaba.core.checking.finding import Finding, Path
from xiaolaba.core.checking.outlook import DAYS, Outlook
from xiaolaba.core.library import Library
from xiaolaba.core.schedule import Place, Together, Town
from xiaolaba.core.timetable.loop import items
from xiaolaba.core.timetable.score import Item
from xiaolaba.core.timetable.windows import Piece
from xiaolaba.core.units import Instant, NodeId


def silent(outlook: Outlook, library: Library) -> Iterator[Finding]:
    """Yield programmes and nodes that never sound, and items that some pieces cannot hold."""
    heard: set[int] = set()
    tight: dict[int, tuple[Item, Piece]] = {}
    deaf: set[str] = set()
    for (start, end), mine, rules in outlook.stretches:
        own = set[int]()
        for index in mine:
            pieces = outlook.pieces(index, mine, rules)
            held = _items(outlook, library, index, start)
            if _holds(held, pieces):
                own.add(index)
                item, piece = _tightest(held, pieces)
                if item.length > piece.end - piece.start:
                    tight.setdefault(index, (item, piece))
        heard |= own
        deaf.update([] if own else outlook.nodes.nodes[start:end])
    yield from _unheard(outlook.town, heard)
    yield from _deaf(outlook.town.places, frozenset(deaf), ("places",))
    for index, (item, piece) in tight.items():
        yield _skipped(outlook, index, item, piece)


def _tightest(held: list[Item], pieces: list[Piece]) -> tuple[Item, Piece]:
    """Return the longest item and the shortest piece."""
    shortest = min(pieces, key=lambda piece: piece.end - piece.start)
    return max(held, key=lambda item: item.length), shortest


def _items(outlook: Outlook, library: Library, index: int, node: int) -> list[Item]:
    """Return the distinct items that a programme has at a node."""
    town = outlook.town
    selection = town.selections[town.programmes[index].selection]
    found = items(town, library, selection, outlook.nodes.languages[node])
    return list(dict.fromkeys(found))


def _holds(held: list[Item], pieces: list[Piece]) -> bool:
    """Return whether one item at least sounds in one piece at least."""
    return any(
        item.length <= piece.end - piece.start
        and (item.last_day is None or piece.day <= item.last_day)
        for piece in pieces
        for item in held
    )


def _unheard(town: Town, heard: set[int]) -> Iterator[Finding]:
    for n, programme in enumerate(town.programmes):
        if n not in heard:
            zh = f"节目 '{programme.id}' 在今后 {DAYS} 天里一次也不会响"
            en = f"programme '{programme.id}' never sounds in the next {DAYS} days"
            yield Finding(("programmes", n), zh, en, warning=True)


def _deaf(places: tuple[Place, ...], deaf: frozenset[str], above: Path) -> Iterator[Finding]:
    """Yield each place's nodes that never sound, together."""
    for n, place in enumerate(places):
        own = [node.id for node in place.nodes if node.id in deaf]
        if own:
            listed = ", ".join(own)
            zh = f"这些喇叭在今后 {DAYS} 天里一次也不会响：{listed}"
            en = f"these nodes never sound in the next {DAYS} days: {listed}"
            yield Finding((*above, n, "nodes", own[0]), zh, en, warning=True)
        yield from _deaf(place.places, deaf, (*above, n, "places"))


def _skipped(outlook: Outlook, index: int, item: Item, piece: Piece) -> Finding:
    zone = outlook.town.zone
    begin, end = zone.local(Instant(piece.start)), zone.local(Instant(piece.end))
    when = f"{begin:%Y-%m-%d %H:%M}-{end:%H:%M}"
    return Finding(
        ("programmes", index, "at"),
        f"'{item.rhyme}' ({item.language}) 在 {when} 放不下，那一段会跳过它",
        f"'{item.rhyme}' ({item.language}) does not fit into {when} and is skipped there",
        warning=True,
    )


def unison(outlook: Outlook) -> Iterator[Finding]:
    """Yield unison places whose nodes get different windows of one programme."""
    stretch = {
        node: k
        for k, ((start, end), _, _) in enumerate(outlook.stretches)
        for node in outlook.nodes.nodes[start:end]
    }
    yield from _unison(outlook, stretch, outlook.town.places, ("places",))


def _unison(
    outlook: Outlook, stretch: dict[NodeId, int], places: tuple[Place, ...], above: Path
) -> Iterator[Finding]:
    for n, place in enumerate(places):
        here = (*above, n)
        kinds = {stretch[node.id]: node.id for node in reversed(place.nodes)}
        if place.together is Together.UNISON and len(kinds) > 1:
            yield from _apart(outlook, kinds, here)
        yield from _unison(outlook, stretch, place.places, (*here, "places"))


def _apart(outlook: Outlook, kinds: dict[int, NodeId], place: Path) -> Iterator[Finding]:
    """Yield the programmes whose pieces differ between stretches of one place."""
    first: dict[int, tuple[NodeId, list[Piece]]] = {}
    told: set[int] = set()
    for k, node in reversed(kinds.items()):
        _, mine, rules = outlook.stretches[k]
        for index in mine:
            pieces = outlook.pieces(index, mine, rules)
            other, before = first.setdefault(index, (node, pieces))
            if pieces != before and index not in told:
                told.add(index)
                programme = outlook.town.programmes[index].id
                yield Finding(
                    (*place, "nodes", node),
                    f"'{other}' 与 '{node}' 应当齐播，但节目 '{programme}' 的时段不同",
                    f"'{other}' and '{node}' are in unison, but programme '{programme}' "
                    "has different windows there",
                    warning=True,
                )
