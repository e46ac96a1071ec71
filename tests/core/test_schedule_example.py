"""A whole town as operators write it, from places to what is heard."""

from datetime import date, timedelta

import pytest

from tests.core.builders import SHANGHAI, at, heard, local, shown
from tests.core.towns import CMN, YUE, clip
from xiaolaba.core.calendar import Calendar, DayClass
from xiaolaba.core.library import library
from xiaolaba.core.policy import Caps
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.schedule import (
    BlackoutRule,
    Dates,
    Node,
    Place,
    PolicyRules,
    Programme,
    QuietRule,
    Selection,
    Silence,
    Town,
    Where,
)
from xiaolaba.core.sounding.audible import audible
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.timetable.compile import score_of, stagger_at
from xiaolaba.core.timetable.score import Playing
from xiaolaba.core.units import (
    RATE,
    Decibels,
    NodeId,
    PlaceId,
    ProgrammeId,
    RhymeId,
    Seconds,
)
from xiaolaba.core.where import site

GATE, YARD = NodeId("jinxiu-gate"), NodeId("jinxiu-yard")
DAY = timedelta(days=1)
SCHOOL = Where(tags=frozenset({"near-school"}))


def spoken(name, topic, audience):
    readings = (Reading(CMN, "天上不会掉馅饼"), Reading(YUE, "天上唔会跌馅饼"))
    return Rhyme(RhymeId(name), topic, frozenset({audience}), readings)


RHYMES = [
    spoken("health", "保健品", Audience.ELDERLY),
    spoken("service", "冒充客服", Audience.ALL),
    spoken("loan", "虚假贷款", Audience.ALL),
    spoken("game", "冒充客服", Audience.STUDENT),
]
CLIPS = library(clip(own.id, lang, 20 * RATE) for own in RHYMES for lang in (CMN, YUE))
JINXIU = Place(
    PlaceId("jinxiu"),
    "锦绣花园",
    nodes=(Node(GATE, "东门"), Node(YARD, "中庭")),
    households=860,
    languages=((CMN, 50), (YUE, 50)),
    tags=frozenset({"near-school"}),
)
MARKET = Programme(
    ProgrammeId("morning-market"),
    "早市提醒",
    Where(frozenset({"xideng"}), frozenset({"market"}), frozenset({"jinxiu-gate"})),
    at("07:30-08:30", "17:00-19:00"),
    "elderly",
    DayClass.WORKDAY,
    Dates(date(2026, 11, 21), date(2027, 2, 28)),
    frozenset({date(2027, 1, 1)}),
    level=Decibels(-6.0),
)
(NIGHT,), (NOON,), (LATE,) = at("21:30-07:30"), at("12:00-14:30"), at("07:30-09:00")
TOWN = Town(
    SHANGHAI,
    (Place(PlaceId("xideng"), "西登社区", (JINXIU,)),),
    (MARKET,),
    {
        "elderly": Selection(
            "elderly",
            topics=frozenset({"冒充客服", "保健品"}),
            audiences=frozenset({Audience.ELDERLY}),
        )
    },
    (Silence("中考考点", Dates(date(2027, 1, 20), date(2027, 1, 22)), SCHOOL),),
    PolicyRules(
        (
            QuietRule("夜间", NIGHT),
            QuietRule("午休", NOON),
            QuietRule("休息日早晨", LATE, DayClass.RESTDAY),
        ),
        (BlackoutRule("高考", (date(2026, 12, 7), 480), (date(2026, 12, 9), 1080), SCHOOL),),
        Caps(Decibels(-3.0), Seconds(7200.0), Seconds(90.0)),
    ),
    Calendar(
        frozenset({2026}),
        frozenset(date(2026, 1, n) for n in (1, 2, 3)),
        frozenset({date(2026, 1, 4)}),
    ),
    {own.id: own for own in RHYMES},
)


def windows(first, days=1, node=YARD):
    found = score_of(TOWN, CLIPS, site(TOWN.places, node), first, days)
    return [text.removesuffix(" morning-market") for text in shown(found)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 21), []),
        (date(2026, 11, 23), ["11-23 07:30-08:30", "11-23 17:00-19:00"]),
        (date(2026, 12, 7), ["12-07 07:30-08:00"]),
        (date(2026, 12, 8), []),
        (date(2026, 12, 9), ["12-09 18:00-19:00"]),
        (date(2027, 1, 1), []),
        (date(2027, 1, 4), ["01-04 07:30-08:30", "01-04 17:00-19:00"]),
        (date(2027, 1, 21), []),
        (date(2027, 3, 1), []),
    ],
    ids=[
        "a Saturday",
        "a Monday",
        "the exam begins",
        "the exam",
        "the exam ends",
        "excepted",
        "a Monday of a year that is not published",
        "a silence",
        "after the dates",
    ],
)
def test_the_windows_of_the_yard(day, expected):
    assert windows(day) == expected


def test_the_gate_is_excluded():
    assert windows(date(2026, 11, 23), 30, GATE) == []
    assert stagger_at(site(TOWN.places, GATE)) is None


def test_a_round_of_two_minutes_alternates_the_languages():
    found = score_of(TOWN, CLIPS, site(TOWN.places, YARD), date(2026, 12, 1), 1)

    assert [(i.rhyme, i.language) for i in found.loops[0].items] == [
        ("health", "cmn"), ("health", "yue"), ("service", "cmn"), ("service", "yue"),
    ]  # fmt: skip
    assert heard(found)[:6] == [
        "07:30:00 health", "07:30:23 health", "07:30:46 service", "07:31:09 service",
        "07:31:32 health", "07:45:00 health",
    ]  # fmt: skip


def test_an_item_is_on_air_at_the_programme_s_level_under_the_cap():
    monday = date(2026, 11, 23)
    found = score_of(TOWN, CLIPS, site(TOWN.places, YARD), monday, 1)
    state = audible(found, node_policy(TOWN, YARD, monday), local(monday, "07:30:05"))

    assert isinstance(state, Playing)
    assert state.level == -6.0


def test_a_year_compiled_month_by_month_misses_no_window_and_doubles_none():
    first = date(2026, 11, 21)
    whole = windows(first, 365)
    rolled = [text for n in range(0, 365, 5) for text in windows(first + n * DAY, 5)]

    assert rolled == whole
    assert len(set(whole)) == len(whole)
