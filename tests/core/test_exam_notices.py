"""Three notices that police and district offices really published before exams, as policies.

Hefei's police, 2025: nights 22-06 and noons 12-14, and at exam sites 08-12
and 14-18:30. A district of Shiyan, 2025: 21:30-07:00 and 12-14 on three runs of
days, whole exam days, and 4 July 07:30 to 6 July 17:30. Dongtai, 2025:
20:00-06:00 from 1 to 18 June.
"""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from tests.core.builders import CONTINUOUS, GATE, JINXIU, PLACES, at, programme, town
from xiaolaba.core.library import Library
from xiaolaba.core.schedule import BlackoutRule, PolicyRules, QuietRule, Where
from xiaolaba.core.sounding.audible import audible
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.timetable.compile import score_of
from xiaolaba.core.timetable.score import Silent
from xiaolaba.core.units import Instant
from xiaolaba.core.where import site

DAY = timedelta(days=1)
SITES = Where(tags=frozenset({"exam-site"}))


def june(day):
    return date(2025, 6, day)


def july(day):
    return date(2025, 7, day)


def daily(first, last, hours, where=SITES):
    """Return one blackout for each day from `first` to `last`."""
    (span,) = at(hours)
    count = (last - first).days + 1
    starts = [first + n * DAY for n in range(count)]
    later, minutes = divmod(span.end, 1440)
    return tuple(
        BlackoutRule(hours, (day, span.start), (day + later * DAY, minutes), where)
        for day in starts
    )


def loud(rules, first, days):
    """Return the hours of each day in which an exam site would sound if it could."""
    place = replace(PLACES[0], places=(replace(JINXIU, tags=SITES.tags),))
    built = town(programme("p", "00:00-24:00", **CONTINUOUS), places=(place,), policy=rules)
    score = score_of(built, Library(), site(built.places, GATE), first, days)
    found: dict[date, list[str]] = {first + n * DAY: [] for n in range(days)}
    for window in score.windows:
        start, end = (built.zone.local(t) for t in (window.start, window.end))
        found[window.day].append(f"{start:%H:%M}-{end:%H:%M}")
    policy = node_policy(built, GATE, first, days)
    for before, after in pairwise(score.windows):
        middle = Instant((before.end + after.start) // 2)
        assert before.end == after.start or isinstance(audible(score, policy, middle), Silent)
    return [" ".join(hours) for hours in found.values()]


def test_hefei_keeps_nights_and_noons_and_at_exam_sites_the_exam_hours():
    (night,), (noon,) = at("22:00-06:00"), at("12:00-14:00")
    exams = daily(june(7), june(8), "08:00-12:00") + daily(june(7), june(8), "14:00-18:30")
    rules = PolicyRules((QuietRule("夜间", night), QuietRule("午间", noon)), exams)

    assert loud(rules, june(6), 4) == [
        "06:00-12:00 14:00-22:00",
        "06:00-08:00 18:30-22:00",
        "06:00-08:00 18:30-22:00",
        "06:00-12:00 14:00-22:00",
    ]


def test_a_district_keeps_nights_noons_and_whole_exam_days():
    rules = PolicyRules(
        blackouts=(
            *daily(june(1), june(6), "21:30-07:00"),
            *daily(june(1), june(6), "12:00-14:00"),
            BlackoutRule("高考", (june(7), 0), (june(10), 0), SITES),
            *daily(july(1), july(3), "21:30-07:00"),
            *daily(july(1), july(3), "12:00-14:00"),
            BlackoutRule("中考", (july(4), 450), (july(6), 1050), SITES),
        )
    )

    assert loud(rules, june(5), 6) == [
        "07:00-12:00 14:00-21:30",
        "07:00-12:00 14:00-21:30",
        "",
        "",
        "",
        "00:00-00:00",
    ]
    assert loud(rules, july(3), 4) == ["07:00-12:00 14:00-21:30", "07:00-07:30", "", "17:30-00:00"]


def test_dongtai_keeps_its_nights_from_the_first_to_the_eighteenth():
    rules = PolicyRules(blackouts=daily(june(1), june(18), "20:00-06:00"))

    assert loud(rules, june(17), 3) == ["06:00-20:00", "06:00-20:00", "06:00-00:00"]
