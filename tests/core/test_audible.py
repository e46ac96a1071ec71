"""What one node lets sound: interlock, hold, playlist, daily cap and level together."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import (
    CONTINUOUS,
    GATE,
    JINXIU,
    SATURDAY,
    YARD,
    local,
    programme,
    score,
    town,
)
from tests.core.scores import START, scores
from xiaolaba.core.policy import Caps
from xiaolaba.core.reason import Reason
from xiaolaba.core.schedule import Hours, PolicyRules, QuietRule, Together
from xiaolaba.core.sounding.audible import Hold, audible
from xiaolaba.core.sounding.cap import cap_cut
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.timetable.score import Playing, Silent, Stagger
from xiaolaba.core.units import RATE, Decibels, Instant, NodeId, Seconds

SUNDAY = SATURDAY + timedelta(days=1)


def asked(clock, caps=Caps(), day=SATURDAY, hours="08:00-09:00", **more):
    """Return what the gate lets sound with one continuous programme at -6 dB."""
    own = programme("p", hours, level=Decibels(-6.0), **CONTINUOUS)
    built = town(own, policy=PolicyRules(caps=caps))
    policy = node_policy(built, GATE, SATURDAY)
    return audible(score(built), policy, local(day, clock), **more)


@pytest.mark.parametrize(
    ("node", "hold", "cap", "level"),
    [
        (0.0, None, None, -6.0),
        (-2.0, None, None, -8.0),
        (-2.0, -10.0, None, -18.0),
        (0.0, None, -3.0, -6.0),
        (0.0, None, -9.0, -9.0),
        (9.0, None, None, 0.0),
    ],
    ids=["programme", "plus node", "plus hold", "under the cap", "capped", "never above full"],
)
def test_the_level_on_air_is_programme_plus_node_plus_hold_at_most_the_cap(node, hold, cap, level):
    order = None if hold is None else Hold(local(SATURDAY, "12:00"), Decibels(hold))
    found = asked("08:00:05", Caps(level=cap), level=Decibels(node), hold=order)

    assert isinstance(found, Playing)
    assert found.level == level


def test_a_hold_silences_until_its_time():
    hold = Hold(local(SATURDAY, "08:30:05"))

    assert asked("08:30", hold=hold) == Silent(Reason.HOLD, hold.until)
    assert asked("08:30:05", hold=hold) == asked("08:30:05")


def test_an_item_is_announced_to_change_where_a_hold_ends():
    softer = Hold(local(SATURDAY, "08:00:05"), Decibels(-3.0))

    assert asked("08:00", hold=softer).until == softer.until
    assert asked("08:00").until == local(SATURDAY, "08:00:10")


def test_without_policy_or_playlist_there_is_silence():
    built = town(programme("p", "08:00-09:00"))
    policy = node_policy(built, GATE, SATURDAY)

    t = local(SATURDAY, "08:00")
    found = (audible(score(built), None, t), audible(None, policy, t))

    assert [state.reason for state in found if isinstance(state, Silent)] == [
        Reason.NO_POLICY,
        Reason.NO_PLAYLIST,
    ]


def test_a_validly_signed_playlist_at_midnight_makes_no_sound():
    built = town(programme("p", "23:00-02:00", **CONTINUOUS))
    quiet = PolicyRules((QuietRule("夜间", Hours(21 * 60 + 30, 31 * 60 + 30)),))
    policy = node_policy(replace(built, policy=quiet), GATE, SATURDAY)
    held, t = score(built), local(SATURDAY, "22:59")

    while t < local(SUNDAY, "03:00"):
        state = audible(held, policy, t)
        assert isinstance(state, Silent)
        assert state.reason is Reason.QUIET
        t = state.until


def test_from_the_first_item_that_would_pass_the_daily_cap_there_is_silence_until_midnight():
    caps = Caps(daily=Seconds(35.0))

    assert isinstance(asked("08:00:35", caps), Playing)
    assert asked("08:00:38", caps).reason is Reason.GAP
    assert asked("08:00:39", caps) == Silent(Reason.DAILY_CAP, local(SUNDAY, "00:00"))
    assert asked("20:00", caps) == Silent(Reason.DAILY_CAP, local(SUNDAY, "00:00"))
    assert isinstance(asked("08:00:05", caps, SUNDAY), Playing)


def test_a_cap_that_is_reached_exactly_takes_nothing():
    assert asked("08:00:39", Caps(daily=Seconds(40.0))).until == local(SATURDAY, "08:00:49")
    assert asked("08:00:52", Caps(daily=Seconds(40.0))).reason is Reason.DAILY_CAP


def test_the_rotation_does_not_notice_the_cap():
    caps = Caps(daily=Seconds(35.0))

    assert asked("08:00:05", caps, SUNDAY) == asked("08:00:05", day=SUNDAY)


def test_an_item_that_the_cap_took_before_midnight_does_not_appear_after_it():
    found = asked("00:00:01", Caps(daily=Seconds(15.0)), SUNDAY, "23:59-01:00")

    assert found.reason is Reason.DAILY_CAP
    assert found.until == local(SUNDAY, "00:00:02")


def test_a_node_that_takes_turns_counts_only_its_own():
    place = replace(JINXIU, together=Together.STAGGER)
    own = programme("p", "08:00-09:00", **CONTINUOUS)
    rules = PolicyRules(caps=Caps(daily=Seconds(25.0)))
    built = town(own, places=(place,), policy=rules)
    built = replace(built, programmes=(replace(own, where=type(own.where)(frozenset({"jinxiu"}))),))
    cuts = [
        cap_cut(score(built, node), node_policy(built, node, SATURDAY), SATURDAY)
        for node in (GATE, YARD)
    ]

    # Items take 13 s, three to a pass: gate has turns 0 2 4 6, yard 1 3 5 7.
    assert cuts == [local(SATURDAY, "08:00:52"), local(SATURDAY, "08:01:05")]


@given(scores(), st.integers(1, 400), st.sampled_from([None, Decibels(-4.0)]))
def test_a_day_s_sound_never_passes_the_cap_and_is_the_score_s_own(played, limit, level):
    zone = node_policy(town(), GATE, SATURDAY).zone
    policy = replace(
        node_policy(town(), GATE, SATURDAY), caps=Caps(level, Seconds(limit * 1000 / RATE))
    )
    sums: dict[object, int] = {}
    t = Instant(START - 1)
    while t < played.horizon:
        state = audible(played, policy, t)
        if isinstance(state, Playing):
            assert t == state.start
            day = zone.day(state.start)
            sums[day] = sums.get(day, 0) + state.until - state.start
        assert state.until > t
        t = state.until

    assert all(total <= limit * 1000 for total in sums.values())


def test_three_neighbours_share_every_turn():
    nodes = (NodeId("a"), NodeId("b"), NodeId("c"))

    assert [Stagger(nodes, 0).whose(turn, 2) for turn in range(6)] == [0, 1, 1, 2, 2, 0]
