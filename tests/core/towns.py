"""Random small towns whose written times are multiples of a step, and what they are made of."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from xiaolaba.core.calendar import Calendar, DayClass, Days
from xiaolaba.core.library import Clip, Library, library
from xiaolaba.core.policy import Caps
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.schedule import (
    EVERYWHERE,
    BlackoutRule,
    Dates,
    Hours,
    Node,
    Place,
    PolicyRules,
    Priority,
    Programme,
    QuietRule,
    Selection,
    Silence,
    Together,
    Town,
    Where,
)
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    Decibels,
    Language,
    NodeId,
    PlaceId,
    ProgrammeId,
    RhymeId,
    Samples,
    Seconds,
)
from xiaolaba.core.zone import Zone, zone

CMN, YUE, HAK = Language("cmn"), Language("yue"), Language("hak")
NODES = ("a1", "a2", "a3", "b1", "c1")
NAMES = ("town", "a", "b", "c", *NODES)
TAGS = ("school", "market")
DAY = timedelta(days=1)

EDGES = (
    ("Asia/Shanghai", date(2026, 11, 21)),
    ("Asia/Shanghai", date(2028, 2, 28)),
    ("Asia/Shanghai", date(2026, 12, 30)),
    ("Asia/Shanghai", date(2026, 10, 3)),
    ("Europe/Berlin", date(2026, 3, 28)),
    ("Europe/Berlin", date(2026, 10, 24)),
    ("Europe/Berlin", date(2026, 11, 1)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 4)),
    ("America/Havana", date(2026, 11, 1)),
    ("Africa/Cairo", date(2026, 10, 29)),
)
"""Zones and days where something happens: month, year and summer time ends, 29 February."""


@dataclass(frozen=True)
class Case:
    """A town, its clips, and what is asked about it."""

    town: Town
    library: Library
    node: NodeId
    first: date
    days: int
    step: int


def table(name: str) -> Zone:
    """Return the offsets of a zone from 2025 to 2029."""
    return zone(name, ZoneInfo(name), date(2025, 1, 1), date(2029, 1, 1))


TABLES = {name: table(name) for name, _ in EDGES}


def clip(rhyme: str, language: Language, samples: int) -> Clip:
    """Return a clip of an exact length, named after its reading."""
    name = ClipHash((f"{rhyme}-{language}".encode().hex() + "0" * 64)[:64])
    key = f"{rhyme}/{language}"
    length = Samples(samples)
    return Clip(RhymeId(rhyme), language, name, length, "test", "v", key, False, -16.0, -1.0)


def rhyme(name: str, *languages: Language, expires: date | None = None) -> Rhyme:
    """Return a rhyme for everyone with readings in these languages."""
    readings = tuple(Reading(language, "天上不会掉馅饼") for language in languages)
    return Rhyme(RhymeId(name), "topic", frozenset({Audience.ALL}), readings, expires)


def rhymes_of(draw: st.DrawFn, first: date) -> tuple[dict[RhymeId, Rhyme], Library]:
    """Draw rhymes with their clips, some of which are not made yet."""
    found, clips = {}, []
    lengths = st.one_of(
        st.integers(8 * RATE, 50 * RATE),
        st.sampled_from([10 * RATE, 27 * RATE, 57 * RATE]),
        st.sampled_from([6 * 60 * RATE, 20 * 60 * RATE]) if draw(st.booleans()) else st.nothing(),
    )
    for k in range(draw(st.integers(1, 5))):
        languages = draw(st.sets(st.sampled_from([CMN, YUE]), min_size=1))
        expires = draw(st.none() | st.integers(-3, 3).map(lambda n: first + n * DAY))
        audience = frozenset({draw(st.sampled_from([Audience.ALL, Audience.ELDERLY]))})
        name = RhymeId(f"r{k}")
        readings = tuple(Reading(language, "天上不会掉馅饼" * k) for language in sorted(languages))
        found[name] = Rhyme(name, draw(st.sampled_from("xy")), audience, readings, expires)
        for language in sorted(languages):
            if draw(st.integers(0, 5)):
                clips.append(clip(name, language, draw(lengths)))
    return found, library(clips)


def wheres(everywhere: bool) -> st.SearchStrategy[Where]:
    """Return random choices of nodes, mostly generous."""
    names = st.frozensets(st.sampled_from(NAMES), max_size=2)
    tags = st.frozensets(st.sampled_from(TAGS), max_size=1)
    some = st.builds(Where, names, tags, st.frozensets(st.sampled_from(NAMES[1:]), max_size=1))
    generous = st.just(EVERYWHERE if everywhere else Where(frozenset({"town"})))
    return generous | some if everywhere else generous | some.filter(lambda w: w.ids or w.tags)


def days_of() -> st.SearchStrategy[Days]:
    """Return classes of days and sets of weekdays."""
    week = st.frozensets(st.integers(0, 6), min_size=1)
    return st.just(DayClass.EVERYDAY) | st.sampled_from(DayClass) | week


def hours_of(draw: st.DrawFn, step: int, most: int) -> tuple[Hours, ...]:
    """Draw ranges of a day that do not overlap, the last one maybe past midnight."""
    ticks = st.integers(0, 1440 // step - 1)
    marks = sorted(draw(st.sets(ticks, min_size=2, max_size=2 * most)))
    if len(marks) % 2:
        marks.pop()
    found = [Hours(a * step, b * step) for a, b in zip(marks[::2], marks[1::2], strict=True)]
    if draw(st.booleans()):
        late = found[-1].end + step * draw(st.integers(0, 4))
        until = min(1440 + found[0].start, late + step * draw(st.integers(1, 40)))
        if late < min(1440, until):
            found.append(Hours(late, until))
    return tuple(found)


def places_of(draw: st.DrawFn) -> tuple[Place, ...]:
    """Draw a town of three places and five nodes."""
    shares = st.none() | st.sampled_from(
        [((CMN, 50), (YUE, 50)), ((YUE, 75), (CMN, 25)), ((CMN, 2), (YUE, 3)), ((YUE, 100),)]
    )
    tags = st.frozensets(st.sampled_from(TAGS), max_size=1)

    def place(name: str, nodes: tuple[str, ...], *below: Place) -> Place:
        own = tuple(Node(NodeId(node), node) for node in nodes)
        together = draw(st.sampled_from(Together))
        return Place(PlaceId(name), name, below, own, None, draw(shares), draw(tags), together)

    a = place("a", ("a1", "a2", "a3"))
    return (place("town", (), a, place("b", ("b1",), place("c", ("c1",)))),)


def programme_of(draw: st.DrawFn, k: int, first: date, step: int) -> Programme:
    """Draw a programme; each number has mostly its own priority."""
    every = draw(st.none() | st.sampled_from([300, 420, 900, 1800, 3600]))
    round_ = None
    if every is not None:
        round_ = draw(st.none() | st.sampled_from([10, 60, 100, 119.5, 300]))
    last = first + draw(st.integers(0, 3)) * DAY
    spans = st.none() | st.integers(0, 4).map(lambda n: Dates(last - n * DAY, last))
    exceptions = st.frozensets(st.integers(-1, 2).map(lambda n: first + n * DAY), max_size=1)
    return Programme(
        ProgrammeId(f"p{k}"),
        f"节目{k}",
        draw(wheres(everywhere=False)),
        hours_of(draw, step, 2),
        draw(st.sampled_from(["some", "named"])),
        draw(days_of()),
        draw(spans),
        draw(exceptions),
        None if every is None else Seconds(every),
        None if round_ is None else Seconds(min(round_, every or round_)),
        Decibels(draw(st.sampled_from([0.0, -6.0]))),
        Priority(draw(st.sampled_from([k, k, k, 1]))),
    )


def policy_of(draw: st.DrawFn, first: date, step: int) -> PolicyRules:
    """Draw quiet hours, blackouts and caps."""
    quiet = tuple(
        QuietRule(
            f"q{k}",
            hours_of(draw, step, 1)[-1],
            draw(days_of()),
            draw(wheres(True)),
            draw(
                st.none()
                | st.none()
                | st.integers(-2, 2).map(
                    lambda n: (
                        Dates(first, first + n * DAY) if n >= 0 else Dates(first + n * DAY, first)
                    )
                )
            ),
        )
        for k in range(draw(st.integers(0, 2)))
    )
    blackouts = []
    for k in range(draw(st.integers(0, 2))):
        begin = first + draw(st.integers(-2, 2)) * DAY
        start = step * draw(st.integers(0, 1440 // step - 1))
        length = step * draw(st.integers(1, 3000 // step))
        end = begin + (start + length) // 1440 * DAY
        rule = (begin, start), (end, (start + length) % 1440)
        blackouts.append(BlackoutRule(f"b{k}", *rule, draw(wheres(True))))
    daily = draw(st.none() | st.sampled_from([60, 300, 1800.5, 7200]).map(Seconds))
    level = draw(st.none() | st.just(Decibels(-3.0)))
    return PolicyRules(quiet, tuple(blackouts), Caps(level, daily))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a whole case; equal priorities may overlap, which a schedule must not."""
    name, edge = draw(st.sampled_from(EDGES))
    first = edge + draw(st.integers(-1, 3)) * DAY
    step = draw(st.sampled_from([15, 30, 30]))
    rhymes, clips = rhymes_of(draw, first)
    named = draw(st.lists(st.sampled_from(sorted(rhymes)), min_size=1, max_size=3, unique=True))
    topics = draw(st.none() | st.just(frozenset("x")))
    wanted = draw(st.none() | st.just(frozenset({Audience.STUDENT})))
    shares = draw(st.none() | st.just(((CMN, 60), (YUE, 40))))
    selections = {
        "some": Selection(
            "some", (), topics, wanted, shares, Seconds(draw(st.sampled_from([0, 3.0])))
        ),
        "named": Selection("named", tuple(named)),
    }
    years = draw(st.frozensets(st.sampled_from([2026, 2027, 2028])))
    off = draw(st.frozensets(st.integers(-2, 3).map(lambda n: first + n * DAY)))
    work = draw(st.frozensets(st.integers(-2, 3).map(lambda n: first + n * DAY))) - off
    silences: tuple[Silence, ...] = ()
    if draw(st.integers(0, 3)) == 0:
        begin = first + draw(st.integers(-2, 2)) * DAY
        silences = (Silence("考点", Dates(begin, begin + DAY), draw(wheres(True))),)
    town = Town(
        TABLES[name],
        places_of(draw),
        tuple(programme_of(draw, k, first, step) for k in range(draw(st.integers(1, 4)))),
        selections,
        silences,
        policy_of(draw, first, step),
        Calendar(years, off, work),
        rhymes,
    )
    node = NodeId(draw(st.sampled_from(NODES)))
    return Case(town, clips, node, first, draw(st.integers(1, 3)), step)
