"""What a new policy changes is told rule by rule, in the words of policy.yaml."""

from dataclasses import replace

import pytest

from tests.core.builders import FAR, GATE, SATURDAY, YARD, at, local, town
from xiaolaba.core.calendar import Calendar, DayClass
from xiaolaba.core.policy import Caps
from xiaolaba.core.schedule import BlackoutRule, Dates, PolicyRules, QuietRule, Where
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.telling.policy_change import PolicyChange, policy_changes
from xiaolaba.core.units import Decibels, Seconds

(NIGHT,) = (QuietRule("夜间", hours) for hours in at("21:30-07:30"))
(NOON,) = (QuietRule("午休", hours) for hours in at("12:00-14:30"))
EXAM = BlackoutRule("高考", (SATURDAY, 450), (SATURDAY, 1080))
ALL = (GATE, YARD, FAR)
RULES = PolicyRules((NIGHT,), (EXAM,), Caps(Decibels(-3.0), Seconds(7200.0), Seconds(90.0)))


def held(rules: PolicyRules, nodes=ALL, **changes):
    """Return what nodes hold of these rules."""
    built = town(policy=rules, **changes)
    return {node: node_policy(built, node, SATURDAY) for node in nodes}


def changes(before, after, clock: str = "00:00"):
    return policy_changes(before, after, local(SATURDAY, clock))


def everywhere(kind: str, name: str, before: tuple[str, ...], after: tuple[str, ...]):
    return PolicyChange(kind, name, before, after, ALL, everywhere=True)


def test_nothing_is_told_where_nothing_changes():
    assert changes(held(RULES), held(RULES)) == ()


@pytest.mark.parametrize(
    ("rules", "change"),
    [
        (
            replace(RULES, quiet=()),
            everywhere("quiet", "夜间", ("21:30-07:30",), ()),
        ),
        (
            replace(RULES, quiet=(NIGHT, replace(NOON, days=DayClass.RESTDAY))),
            everywhere("quiet", "午休", (), ("12:00-14:30 restday",)),
        ),
        (
            replace(RULES, quiet=(replace(NIGHT, days=frozenset({5, 6})),)),
            everywhere("quiet", "夜间", ("21:30-07:30",), ("21:30-07:30 [sat, sun]",)),
        ),
        (
            replace(RULES, blackouts=()),
            everywhere("blackouts", "高考", ("2026-11-21 07:30..2026-11-21 18:00",), ()),
        ),
        (
            replace(RULES, caps=replace(RULES.caps, level=None)),
            everywhere("level", "", ("-3dB",), ()),
        ),
        (
            replace(RULES, caps=replace(RULES.caps, daily=Seconds(9000.0))),
            everywhere("daily", "", ("120min",), ("150min",)),
        ),
        (
            replace(RULES, caps=replace(RULES.caps, announcement=Seconds(60.0))),
            everywhere("announcement", "", ("90s",), ("60s",)),
        ),
    ],
    ids=[
        "quiet hours that go",
        "quiet hours that come",
        "quiet hours on other days",
        "a blackout that goes",
        "no cap of the level",
        "a longer day",
        "shorter announcements",
    ],
)
def test_a_rule_is_told_with_what_it_said_and_says(rules, change):
    assert changes(held(RULES), held(rules)) == (change,)


def test_a_rule_that_means_fewer_nodes_is_told_for_those_it_left():
    here = replace(NIGHT, where=Where(frozenset({FAR})))

    (change,) = changes(held(RULES), held(replace(RULES, quiet=(here,))))

    assert (change.name, change.after, change.nodes) == ("夜间", (), (GATE, YARD))
    assert not change.everywhere


def test_a_node_that_held_nothing_is_told_all_it_gets():
    found = changes(held(RULES, (GATE,)), held(RULES))

    assert {change.nodes for change in found} == {(YARD, FAR)}
    assert [change.kind for change in found][:3] == ["quiet", "blackouts", "level"]


def test_a_blackout_that_is_over_is_not_missed():
    after = replace(RULES, blackouts=())

    assert changes(held(RULES), held(after), "17:59")
    assert changes(held(RULES), held(after), "18:00") == ()


def test_quiet_hours_on_some_dates_are_told_date_by_date():
    week = Dates(SATURDAY, SATURDAY.replace(day=23))
    shorter = replace(week, last=SATURDAY.replace(day=22))
    before, after = (
        replace(RULES, quiet=(NIGHT, replace(NOON, name="考前", dates=dates)))
        for dates in (week, shorter)
    )

    (change,) = changes(held(before), held(after))

    assert (change.kind, change.name) == ("blackouts", "考前")
    assert (change.before, change.after) == (("2026-11-23 12:00..2026-11-23 14:30",), ())


def test_a_day_off_that_moved_is_told_under_its_year():
    before, after = (
        Calendar(frozenset({2026}), frozenset({SATURDAY.replace(day=day)})) for day in (1, 2)
    )

    (change,) = changes(held(RULES, calendar=before), held(RULES, calendar=after))

    assert (change.kind, change.name) == ("holidays", "2026")
    assert (change.before, change.after) == (("off 2026-11-01",), ("off 2026-11-02",))
