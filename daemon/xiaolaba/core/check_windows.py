"""What would sound over the next 400 days: clashes, and silences that nobody meant."""

from collections.abc import Iterator
from itertools import combinations

from xiaolaba.core.calendar import DayClass
from xiaolaba.core.check_outlook import DAYS, Outlook
from xiaolaba.core.check_programmes import overlap, shown
from xiaolaba.core.finding import Finding, Path
from xiaolaba.core.library import Library
from xiaolaba.core.loop import items
from xiaolaba.core.schedule import Place, Programme, QuietRule, Together, Town
from xiaolaba.core.score import Item
from xiaolaba.core.spans import Span, merge, subtract
from xiaolaba.core.units import Instant, NodeId
from xiaolaba.core.windows import Piece


def clashes(outlook: Outlook) -> Iterator[Finding]:
    """Yield programmes of equal priority that overlap on a node, with the first clash."""
    seen: set[tuple[int, int]] = set()
    for (start, _), mine, _ in outlook.stretches:
        for one, other in combinations(mine, 2):
            if (one, other) not in seen:
                seen.add((one, other))
                found = _first_clash(outlook, one, other)
                if found is not None:
                    yield _clash(outlook, one, other, outlook.nodes.nodes[start], found)


def _first_clash(outlook: Outlook, one: int, other: int) -> Instant | None:
    """Return when two programmes of equal priority first want the same node, or None."""
    first, second = outlook.town.programmes[one], outlook.town.programmes[other]
    steady = len(outlook.town.zone.offsets) == 1
    if first.priority != second.priority or (steady and not _may_meet(first, second)):
        return None
    mine, theirs = outlook.written(one), outlook.written(other)
    i = k = 0
    while i < len(mine) and k < len(theirs):
        start, end = max(mine[i].start, theirs[k].start), min(mine[i].end, theirs[k].end)
        if start < end:
            return Instant(start)
        i, k = (i + 1, k) if mine[i].end <= theirs[k].end else (i, k + 1)
    return None


def _may_meet(one: Programme, other: Programme) -> bool:
    return any(overlap(mine, theirs) for mine in one.at for theirs in other.at)


def _clash(outlook: Outlook, one: int, other: int, node: str, at: Instant) -> Finding:
    first, second = outlook.town.programmes[one], outlook.town.programmes[other]
    when = f"{outlook.town.zone.local(at):%Y-%m-%d %H:%M}"
    return Finding(
        ("programmes", other, "at"),
        f"'{second.id}' 与 '{first.id}' 优先级相同，在同一喇叭 '{node}' 上重叠，最早在 {when}；"
        "请错开时间，或给一个更高的 priority",
        f"'{second.id}' and '{first.id}' have equal priority and overlap on '{node}', "
        f"first at {when}; move one or give it a higher priority",
    )


def quiet(outlook: Outlook) -> Iterator[Finding]:
    """Yield written ranges that lie wholly in quiet hours on all their days."""
    seen: set[tuple[int, int]] = set()
    for (start, _), mine, rules in outlook.stretches:
        hushed = [n for n in rules if isinstance(outlook.rules[n], QuietRule)]
        cuts = merge(span for n in hushed for span in outlook.spans(n))
        for index in mine:
            for k in _wholly_cut(outlook, index, cuts):
                if (index, k) not in seen:
                    seen.add((index, k))
                    yield _in_quiet(outlook, index, k, outlook.nodes.nodes[start])


def _wholly_cut(outlook: Outlook, index: int, cuts: list[Span]) -> list[int]:
    """Return which of a programme's ranges have windows, all of them within the cuts."""
    programme, zone = outlook.town.programmes[index], outlook.town.zone
    had, left, at = set[int](), set[int](), 0
    for piece in outlook.written(index):
        pieces, at = subtract((piece.start, piece.end), cuts, at)
        shows = zone.local(Instant(piece.start))
        minutes = shows.hour * 60 + shows.minute
        own = {k for k, hours in enumerate(programme.at) if hours.start == minutes}
        had |= own
        left |= own if pieces else set()
        if len(left) == len(programme.at):
            break
    return sorted(had - left)


def _in_quiet(outlook: Outlook, index: int, k: int, node: str) -> Finding:
    hours = shown(outlook.town.programmes[index].at[k])
    return Finding(
        ("programmes", index, "at", k),
        f"{hours} 在喇叭 '{node}' 上全在静音时段里，不会响",
        f"{hours} lies wholly in quiet hours at '{node}' and will not sound",
        warning=True,
    )


def silent(outlook: Outlook, library: Library) -> Iterator[Finding]:
    """Yield programmes and nodes that never sound, and items that some pieces cannot hold."""
    heard: set[int] = set()
    tight: dict[int, tuple[Item, Piece]] = {}
    deaf: list[str] = []
    for (start, end), mine, rules in outlook.stretches:
        sounding = False
        for index in mine:
            pieces = outlook.pieces(index, mine, rules)
            held = _items(outlook, library, index, start)
            if pieces and held:
                sounding |= _holds(held, pieces)
                heard |= {index} if _holds(held, pieces) else set()
                shortest = min(pieces, key=lambda piece: piece.end - piece.start)
                longest = max(held, key=lambda item: item.length)
                if longest.length > shortest.end - shortest.start:
                    tight.setdefault(index, (longest, shortest))
        deaf += [] if sounding else outlook.nodes.nodes[start:end]
    yield from _unheard(outlook.town, heard)
    yield from _deaf(outlook.town.places, frozenset(deaf), ("places",))
    for index, (item, piece) in tight.items():
        if index in heard:
            yield _skipped(outlook, index, item, piece)


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


def holidays(outlook: Outlook) -> Iterator[Finding]:
    """Yield years without published holidays on which a programme or quiet hours depend."""
    town = outlook.town
    programmes = [(p.name, p.days, p.dates) for p in town.programmes]
    rules = [(rule.name, rule.days, None) for rule in town.policy.quiet]
    classes = (DayClass.WORKDAY, DayClass.RESTDAY, DayClass.HOLIDAY)
    days = [day.date for day in outlook.days[1:]]
    for year in sorted({day.year for day in days} - town.calendar.years):
        mine = [day for day in days if day.year == year]
        names = [
            name
            for name, kind, dates in (*programmes, *rules)
            if kind in classes and (dates is None or any(day in dates for day in mine))
        ]
        if names:
            zh = (
                f"{year} 年的放假安排还没有录入；“{names[0]}”等 {len(names)} 项"
                "暂按周一至周五为工作日、没有节假日计算"
            )
            en = (
                f"the holidays of {year} are unknown; {len(names)} entries such as"
                f" '{names[0]}' take Monday to Friday as workdays and no day as a holiday"
            )
            yield Finding(("years",), zh, en, warning=True)
