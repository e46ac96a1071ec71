"""How fast a town compiles: python tests/bench/bench_compile.py [NODES [GROUPS [PROGRAMMES]]]."""

import json
import resource
import sys
from datetime import UTC, date
from time import perf_counter

from xiaolaba.core.calendar import Calendar, DayClass
from xiaolaba.core.compile import groups, node_policy, score_of
from xiaolaba.core.library import Library
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
from xiaolaba.core.units import Language, NodeId, PlaceId, ProgrammeId, RhymeId, Seconds
from xiaolaba.core.where import site
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
        rhymes={rhyme.id: rhyme for rhyme in map(_rhyme, range(24))},
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


def _rhyme(k: int) -> Rhyme:
    text = "天上不会掉馅饼" * (3 + k % 4)
    readings = (Reading(CMN, text), Reading(YUE, text))
    return Rhyme(RhymeId(f"r{k:02}"), "刷单返利", frozenset({Audience.ALL}), readings)


def measure(nodes: int, count: int, each: int) -> dict[str, float | int]:
    """Return the figures of one size; times in seconds, the best of three."""
    built, times = town(nodes, count, each), []
    for _ in range(3):
        begin = perf_counter()
        found = groups(built, Library(), FIRST, 30)
        times.append(perf_counter() - begin)
    begin = perf_counter()
    asked = site(built.places, f"p{count - 1}-0")
    score_of(built, Library(), asked, FIRST, 30)
    one = perf_counter() - begin
    node_policy(built, asked.node.id, FIRST, 30)
    return {
        "nodes": nodes,
        "groups": len(found),
        "programmes": count * each,
        "windows": sum(len(group.score.windows) for group in found),
        "compile_s": round(min(times), 4),
        "one_node_s": round(one, 4),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]] + [10_000, 200, 6][len(sys.argv) - 1 :]
    json.dump(measure(*sizes), sys.stdout)
    print()
