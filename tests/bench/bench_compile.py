"""How long a town of many nodes takes to compile for 30 days, and one moment to explain."""

from dataclasses import replace
from datetime import UTC, date
from time import perf_counter

from tests.bench.figures import Figure, peak_rss_mb
from xiaolaba.core.calendar import Calendar, DayClass
from xiaolaba.core.library import Clip, Library, estimated_length, library
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.schedule import (
    Hours,
    Node,
    Place,
    PolicyRules,
    Priority,
    Programme,
    QuietRule,
    Selection,
    Town,
    Where,
)
from xiaolaba.core.telling.explain import explain
from xiaolaba.core.timetable.compile import Memory, groups
from xiaolaba.core.units import ClipHash, Language, NodeId, PlaceId, ProgrammeId, RhymeId, Seconds
from xiaolaba.core.zone import zone

FIRST = date(2026, 11, 21)
CMN, YUE = Language("cmn"), Language("yue")


def town(nodes: int, groups: int, each: int) -> Town:
    """Return a town of `groups` places, each with its share of nodes and its own programmes."""
    places = tuple(_place(group, nodes // groups) for group in range(groups))
    return Town(
        zone("Asia/Shanghai", UTC, date(2026, 1, 1), date(2027, 12, 31)),
        (Place(PlaceId("town"), "镇", places),),
        tuple(_programme(group, k) for group in range(groups) for k in range(each)),
        {"all": Selection("all", topics=None)},
        policy=PolicyRules(
            (QuietRule("夜间", Hours(1290, 1890)), QuietRule("午休", Hours(720, 870)))
        ),
        calendar=Calendar(frozenset({2026})),
        rhymes={own.id: own for own in map(rhyme, range(24))},
    )


def _place(group: int, nodes: int) -> Place:
    return Place(
        PlaceId(f"p{group}"),
        f"小区{group}",
        nodes=tuple(Node(NodeId(f"p{group}-{k}"), "门") for k in range(nodes)),
        languages=((CMN, 50), (YUE, 50)) if group % 2 else None,
    )


def _programme(group: int, k: int) -> Programme:
    start = 420 + 120 * k + group % 60
    return Programme(
        ProgrammeId(f"g{group}-{k}"),
        "节目",
        Where(frozenset({f"p{group}"})),
        (Hours(start, start + 90),),
        "all",
        DayClass.WORKDAY if k % 3 == 1 else DayClass.EVERYDAY,
        every=Seconds(600.0 + 60 * (k % 4)),
        priority=Priority(k % 4),
    )


def rhyme(k: int) -> Rhyme:
    """Return the rhyme of a number, in two languages."""
    text = "天上不会掉馅饼" * (3 + k % 4)
    readings = (Reading(CMN, text), Reading(YUE, text))
    return Rhyme(RhymeId(f"r{k:02}"), "刷单返利", frozenset({Audience.ALL}), readings)


def library_of(built: Town) -> Library:
    """Return a library in which every reading is made."""
    return library(
        Clip(r.id, x.language, ClipHash("0" * 64), estimated_length(x), "e", "v", "k", False, 0, 0)
        for r in built.rhymes.values()
        for x in r.readings
    )


def compiled(nodes: int, count: int, each: int) -> tuple[float, int]:
    """Return the best seconds of three that a town takes to compile, and its windows."""
    built, times = town(nodes, count, each), []
    clips = library_of(built)
    for _ in range(3):
        begin = perf_counter()
        found = groups(built, clips, FIRST, 30)
        times.append(perf_counter() - begin)
    return min(times), sum(len(group.score.windows) for group in found)


def changed(nodes: int, count: int, each: int) -> float:
    """Return what one changed programme costs, as a part of compiling the whole town."""
    built = town(nodes, count, each)
    clips, memory = library_of(built), Memory()
    whole, parts = [], []
    for n in range(3):
        begin = perf_counter()
        groups(built, clips, FIRST, 30)
        whole.append(perf_counter() - begin)
        groups(built, clips, FIRST, 30, memory)
        other = replace(built.programmes[n], at=(Hours(500, 600),))
        programmes = tuple(other if k == n else own for k, own in enumerate(built.programmes))
        begin = perf_counter()
        groups(replace(built, programmes=programmes), clips, FIRST, 30, memory)
        parts.append(perf_counter() - begin)
    return min(parts) / min(whole)


def explained(nodes: int, count: int, each: int) -> float:
    """Return the median milliseconds that an explanation takes, over a day at the last place."""
    built, times = town(nodes, count, each), []
    clips = library_of(built)
    for minute in range(0, 1440, 15):
        at = built.zone.instant(FIRST, minute)
        begin = perf_counter()
        explain(built, clips, NodeId(f"p{count - 1}-0"), at)
        times.append(perf_counter() - begin)
    return sorted(times)[len(times) // 2] * 1000


def measure() -> list[Figure]:
    """Return how compiling and explaining grow with a town."""
    found = []
    for nodes, count, most in ((100, 20, None), (1000, 200, None), (10_000, 200, 1.0)):
        seconds, windows = compiled(nodes, count, 6)
        what = f"{nodes:,} nodes, {count} groups, {windows:,} windows"
        found.append(Figure(what, seconds, "s", most=most))
    seconds, windows = compiled(100_000, 200, 6)
    found.append(Figure(f"100,000 nodes, 200 groups, {windows:,} windows", seconds, "s"))
    found.append(Figure("peak memory", peak_rss_mb(), "MB"))
    part = changed(10_000, 200, 6)
    found.append(Figure("one changed programme, of 10,000 nodes", part, "of the whole", most=0.05))
    found.append(Figure("explain, of 10,000 nodes", explained(10_000, 200, 6), "ms", most=5.0))
    return found
