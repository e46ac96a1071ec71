"""Windows over the next 400 days: clashes, quiet ones, and days whose kind is not known."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations

from xiaolaba.core.calendar import DayClass
from xiaolaba.core.checking.finding import Finding
from xiaolaba.core.checking.outlook import Outlook
from xiaolaba.core.checking.programmes import overlap, shown
from xiaolaba.core.schedule import Programme, QuietRule, Town
from xiaolaba.core.spans import Span, merge, subtract
from xiaolaba.core.units import Instant


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


def holidays(outlook: Outlook) -> Iterator[Finding]:
    """Yield years without published holidays on which a programme or quiet hours depend."""
    for year, names in undecided(outlook.town, [day.date for day in outlook.days[1:]]):
        zh = (
            f"{year} 年的放假安排还没有录入；“{names[0]}”等 {len(names)} 项"
            "暂按周一至周五为工作日、没有节假日计算"
        )
        en = (
            f"the holidays of {year} are unknown; {len(names)} entries such as"
            f" '{names[0]}' take Monday to Friday as workdays and no day as a holiday"
        )
        yield Finding(("years",), zh, en, warning=True)


def undecided(town: Town, days: Sequence[date]) -> Iterator[tuple[int, list[str]]]:
    """Yield each year of `days` that is not published, with the names of what depends on it."""
    programmes = [(p.name, p.days, p.dates) for p in town.programmes]
    rules = [(rule.name, rule.days, rule.dates) for rule in town.policy.quiet]
    classes = (DayClass.WORKDAY, DayClass.RESTDAY, DayClass.HOLIDAY)
    for year in sorted({day.year for day in days} - town.calendar.years):
        mine = [day for day in days if day.year == year]
        names = [
            name
            for name, kind, dates in (*programmes, *rules)
            if kind in classes and (dates is None or any(day in dates for day in mine))
        ]
        if names:
            yield year, names
