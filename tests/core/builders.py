"""A small town to write examples with: two gates and a yard, three rhymes of ten seconds."""

from dataclasses import replace
from datetime import date
from typing import Any

from tests.core.towns import CMN, clip, rhyme, table
from xiaolaba.core.calendar import Calendar
from xiaolaba.core.library import Library, library
from xiaolaba.core.schedule import (
    Hours,
    Node,
    Place,
    Programme,
    Selection,
    Town,
    Where,
)
from xiaolaba.core.timetable.compile import score_of
from xiaolaba.core.timetable.score import Score
from xiaolaba.core.units import RATE, Instant, NodeId, PlaceId, ProgrammeId, RhymeId, Seconds
from xiaolaba.core.where import site
from xiaolaba.core.zone import Zone

SHANGHAI = table("Asia/Shanghai")
BERLIN = table("Europe/Berlin")
SATURDAY = date(2026, 11, 21)
GATE, YARD, FAR = NodeId("jinxiu-gate"), NodeId("jinxiu-yard"), NodeId("xincun-gate")
RHYMES = {RhymeId(name): rhyme(name, CMN) for name in ("r0", "r1", "r2")}
CLIPS = library(clip(name, CMN, 10 * RATE) for name in RHYMES)
"""Three items of thirteen seconds, gaps included."""

JINXIU = Place(PlaceId("jinxiu"), "锦绣花园", nodes=(Node(GATE, "东门"), Node(YARD, "中庭")))
XINCUN = Place(PlaceId("xincun"), "新村", nodes=(Node(FAR, "门口"),))
PLACES = (Place(PlaceId("xideng"), "西登社区", (JINXIU, XINCUN)),)


def at(*ranges: str) -> tuple[Hours, ...]:
    """Return ranges such as `07:30-08:30`; an end at or before the start is tomorrow's."""
    found = []
    for text in ranges:
        start, end = (60 * int(part[:2]) + int(part[3:]) for part in text.split("-"))
        found.append(Hours(start, end if end > start else end + 1440))
    return tuple(found)


def programme(name: str, *ranges: str, **changes: Any) -> Programme:
    """Return a programme everywhere, every fifteen minutes."""
    where = Where(frozenset({"xideng"}))
    return replace(Programme(ProgrammeId(name), name, where, at(*ranges), "all"), **changes)


def town(*programmes: Programme, **changes: Any) -> Town:
    """Return the small town with these programmes."""
    built = Town(
        SHANGHAI,
        PLACES,
        programmes,
        {"all": Selection("all")},
        calendar=Calendar(frozenset({2026})),
        rhymes=RHYMES,
    )
    return replace(built, **changes)


def score(
    built: Town, node: str = GATE, first: date = SATURDAY, days: int = 2, clips: Library = CLIPS
) -> Score:
    """Return a node's score."""
    return score_of(built, clips, site(built.places, node), first, days)


def local(day: date, clock: str, zone: Zone = SHANGHAI) -> Instant:
    """Return the instant at which the clock shows `HH:MM` or `HH:MM:SS` of a day."""
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    return Instant(zone.instant(day, 60 * hours + minutes) + sum(seconds) * RATE)


def shown(found: Score, zone: Zone = SHANGHAI) -> list[str]:
    """Return a score's windows as `MM-DD HH:MM-HH:MM programme`."""
    return [
        f"{zone.local(w.start):%m-%d %H:%M}-{zone.local(w.end):%H:%M}"
        f" {found.loops[w.loop].programme}"
        for w in found.windows
    ]


def heard(found: Score, zone: Zone = SHANGHAI) -> list[str]:
    """Return a score's items as `HH:MM:SS rhyme`."""
    return [
        f"{zone.local(segment.start):%H:%M:%S} {segment.item.rhyme}"
        for index in range(len(found.windows))
        for segment in found.segments(index)
        if segment.item is not None
    ]


CONTINUOUS: dict[str, Any] = {"every": None}
MINUTE_ROUNDS: dict[str, Any] = {"every": Seconds(600.0), "round": Seconds(30.0)}
