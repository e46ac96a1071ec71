"""The interlock forbids by the clock on the wall, whatever is scheduled."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.builders import BERLIN, SATURDAY, SHANGHAI, local
from tests.core.scores import START, scores
from tests.core.towns import TABLES, days_of
from xiaolaba.core.calendar import Calendar, DayClass
from xiaolaba.core.policy import Blackout, Policy, Quiet
from xiaolaba.core.reason import Reason
from xiaolaba.core.sounding.audible import audible
from xiaolaba.core.sounding.interlock import verdict
from xiaolaba.core.timetable.score import FOREVER, Playing
from xiaolaba.core.units import RATE, Instant, NodeId

NODE = NodeId("gate")
NIGHT = Quiet("夜间", 21 * 60 + 30, 31 * 60 + 30)


def policy(*quiet, blackouts=(), zone=SHANGHAI, calendar=Calendar()):  # noqa: B008  # frozen
    return Policy(NODE, zone, quiet, blackouts, calendar=calendar)


@pytest.mark.parametrize(
    ("clock", "reason"),
    [
        ("21:29:59", None),
        ("21:30", "quiet-hours"),
        ("23:59:59", "quiet-hours"),
        ("00:00", "quiet-hours"),
        ("07:29:59", "quiet-hours"),
        ("07:30", None),
    ],
)
def test_the_night_is_quiet_from_its_first_to_its_last_second(clock, reason):
    word = verdict(policy(NIGHT), local(SATURDAY, clock))

    assert (word.reason, word.name) == (reason, "夜间" if reason else "")


def test_without_a_policy_nothing_may_sound():
    assert verdict(None, Instant(START)).reason is Reason.NO_POLICY
    assert verdict(None, Instant(START)).until == FOREVER


def test_quiet_hours_past_midnight_belong_to_the_day_on_which_they_start():
    workdays = Quiet("夜间", 21 * 60 + 30, 31 * 60 + 30, DayClass.WORKDAY)
    known = policy(workdays, calendar=Calendar(frozenset({2026})))
    saturday, sunday, monday = (SATURDAY + timedelta(days=n) for n in range(3))

    assert verdict(known, local(saturday, "07:00")).reason is Reason.QUIET
    assert verdict(known, local(saturday, "22:00")).reason is None
    assert verdict(known, local(sunday, "07:00")).reason is None
    assert verdict(known, local(monday, "07:00")).reason is None
    assert verdict(known, local(monday, "22:00")).reason is Reason.QUIET


def test_in_autumn_an_hour_shown_twice_is_quiet_twice():
    quiet, day = policy(Quiet("q", 150, 180), zone=BERLIN), date(2026, 10, 25)
    first_pass = local(day, "02:30", BERLIN)

    forbidden = [
        verdict(quiet, Instant(first_pass + n * 900 * RATE)).reason is not None
        for n in range(-1, 8)
    ]
    assert forbidden == [False, True, True, False, False, True, True, False, False]


def test_a_blackout_holds_from_a_moment_to_a_moment():
    start, end = local(SATURDAY, "07:30"), local(SATURDAY + timedelta(days=2), "18:00")
    word = policy(blackouts=(Blackout("高考", start, end),))

    assert verdict(word, Instant(start - 1)).reason is None
    assert verdict(word, Instant(start - 1)).until == start
    assert verdict(word, start).reason is Reason.BLACKOUT
    assert verdict(word, Instant(end - 1)).reason is Reason.BLACKOUT
    assert verdict(word, end).reason is None


@st.composite
def policies(draw):
    """Draw a policy in any zone, its blackouts near the instants at which scores play."""
    quiet = []
    for k in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, 1439))
        quiet.append(Quiet(f"q{k}", start, start + draw(st.integers(1, 1440)), draw(days_of())))
    blackouts = []
    for k in range(draw(st.integers(0, 2))):
        start = START + draw(st.integers(-2000, 2000)) * 1000
        length = draw(st.integers(1, 2000)) * 1000
        blackouts.append(Blackout(f"b{k}", Instant(start), Instant(start + length)))
    off = draw(st.frozensets(st.integers(-3, 3).map(lambda n: date(2026, 11, 18 + n))))
    zone = TABLES[draw(st.sampled_from(sorted(TABLES)))]
    return Policy(
        NODE, zone, tuple(quiet), tuple(blackouts), calendar=Calendar(frozenset({2026}), off)
    )


def forbidden(policy, t):
    """Judge an instant the plain way: is it in a blackout, or in some day's quiet hours?"""
    if any(own.start <= t < own.end for own in policy.blackouts):
        return True
    shown = policy.zone.local(t)
    for day in (shown.date() - timedelta(days=n) for n in range(3)):
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # the clock shown
        for own in policy.quiet:
            begin, end = (midnight + timedelta(minutes=m) for m in (own.start, own.end))
            if begin <= shown < end and policy.calendar.matches(own.days, day):
                return True
    return False


instants = st.integers(-90_000, 40_000_000).map(lambda n: Instant(START + n * RATE + n % RATE))


@given(policies(), instants)
def test_the_interlock_says_what_the_clock_on_the_wall_says(policy, t):
    assert (verdict(policy, t).reason is not None) == forbidden(policy, t)


@given(policies(), instants, st.floats(0, 1, exclude_max=True))
def test_a_verdict_holds_until_it_says(policy, t, part):
    word = verdict(policy, t)
    later = verdict(policy, Instant(t + int((word.until - t) * part)))

    assert word.until > t
    assert (later.reason, later.name) == (word.reason, word.name)


@settings(max_examples=300)
@given(scores(), policies(), st.randoms(use_true_random=False))
def test_no_sample_sounds_in_a_forbidden_moment(score, policy, random):
    t = Instant(START - 1)
    while t < score.horizon:
        state = audible(score, policy, t)
        assert state.until > t
        if isinstance(state, Playing):
            within = [t, state.until - 1, *(random.randrange(t, state.until) for _ in range(4))]
            assert not any(forbidden(policy, Instant(probe)) for probe in within)
        t = state.until
