"""From an operator's schedule to every window of every node."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.builders import (
    BERLIN,
    CLIPS,
    CONTINUOUS,
    FAR,
    GATE,
    JINXIU,
    MINUTE_ROUNDS,
    PLACES,
    RHYMES,
    SATURDAY,
    XINCUN,
    YARD,
    at,
    heard,
    local,
    programme,
    score,
    shown,
    town,
)
from tests.core.towns import CMN, YUE, cases, clip, rhyme
from xiaolaba.core.calendar import Calendar, DayClass
from xiaolaba.core.library import Library, library
from xiaolaba.core.schedule import (
    BlackoutRule,
    Dates,
    PolicyRules,
    Priority,
    QuietRule,
    Selection,
    Silence,
    Together,
    Where,
)
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.timetable.compile import Memory, groups, score_of, stagger_at
from xiaolaba.core.timetable.score import Stagger
from xiaolaba.core.units import RATE, NodeId, RhymeId, Seconds
from xiaolaba.core.where import site

DAY = timedelta(days=1)
SUNDAY = SATURDAY + DAY


ELSEWHERE = Where(frozenset({"xincun"}))
EVE = Dates(SATURDAY - DAY, SATURDAY - DAY)


def quiet(*ranges, **fields):
    return PolicyRules(tuple(QuietRule("q", hours, **fields) for hours in at(*ranges)))


@pytest.mark.parametrize(
    ("ranges", "changes", "windows"),
    [
        pytest.param(
            ["07:30-08:30", "17:00-19:00"],
            {},
            ["11-21 07:30-08:30 p", "11-21 17:00-19:00 p"],
            id="several windows a day",
        ),
        pytest.param(
            ["22:00-02:00"],
            {},
            ["11-20 22:00-02:00 p", "11-21 22:00-02:00 p"],
            id="past midnight, begun the day before",
        ),
        pytest.param(
            ["08:00-09:00", "09:00-10:00"],
            {},
            ["11-21 08:00-09:00 p", "11-21 09:00-10:00 p"],
            id="touching ranges stay two windows",
        ),
        pytest.param(["20:00-24:00"], {}, ["11-21 20:00-00:00 p"], id="until midnight"),
        pytest.param(["08:00-09:00"], {"days": DayClass.WORKDAY}, [], id="not on a Saturday"),
        pytest.param(
            ["08:00-09:00"], {"days": frozenset({5})}, ["11-21 08:00-09:00 p"], id="a weekday"
        ),
        pytest.param(["08:00-09:00"], {"exceptions": frozenset({SATURDAY})}, [], id="an exception"),
        pytest.param(
            ["08:00-09:00"],
            {"dates": Dates(SATURDAY, SATURDAY)},
            ["11-21 08:00-09:00 p"],
            id="one day",
        ),
        pytest.param(
            ["22:00-02:00"], {"dates": EVE}, ["11-20 22:00-02:00 p"], id="dates name the start day"
        ),
    ],
)
def test_the_windows_of_a_saturday(ranges, changes, windows):
    assert shown(score(town(programme("p", *ranges, **changes)), days=1)) == windows


UNTIL_NOON = BlackoutRule("b", (SATURDAY - DAY, 450), (SATURDAY, 720))


@pytest.mark.parametrize(
    ("changes", "windows"),
    [
        pytest.param(
            {"policy": quiet("12:00-14:30")},
            ["11-21 11:00-12:00 p", "11-21 14:30-16:00 p"],
            id="quiet hours",
        ),
        pytest.param(
            {"policy": quiet("15:30-11:30")},
            ["11-21 11:30-15:30 p"],
            id="quiet past midnight, of yesterday too",
        ),
        pytest.param(
            {"policy": quiet("15:30-11:30", days=frozenset({4}))},
            ["11-21 11:30-16:00 p"],
            id="quiet with its start day",
        ),
        pytest.param(
            {"policy": quiet("12:00-13:00", where=ELSEWHERE)},
            ["11-21 11:00-16:00 p"],
            id="quiet elsewhere",
        ),
        pytest.param(
            {"silences": (Silence("考点", Dates(SATURDAY, SATURDAY)),)}, [], id="a silence"
        ),
        pytest.param(
            {"policy": PolicyRules((), (UNTIL_NOON,))},
            ["11-21 12:00-16:00 p"],
            id="a blackout until noon",
        ),
    ],
)
def test_what_cuts_leave_of_a_window(changes, windows):
    assert shown(score(town(programme("p", "11:00-16:00"), **changes), days=1)) == windows


def test_a_silence_cuts_a_night_window_at_midnight_by_the_clock():
    built = town(programme("p", "22:00-02:00"), silences=(Silence("s", Dates(SUNDAY, SUNDAY)),))

    assert shown(score(built)) == [
        "11-20 22:00-02:00 p",
        "11-21 22:00-00:00 p",
        "11-23 00:00-02:00 p",
    ]


def test_a_higher_priority_takes_its_whole_stretch_and_the_lower_goes_on_afterwards():
    low = programme("low", "08:00-12:00")
    high = programme("high", "09:00-10:00", priority=Priority.CAMPAIGN)

    assert shown(score(town(low, high), days=1)) == [
        "11-21 08:00-09:00 low",
        "11-21 09:00-10:00 high",
        "11-21 10:00-12:00 low",
    ]


def test_a_higher_priority_with_nothing_to_play_still_takes_its_stretch():
    low = programme("low", "08:00-12:00")
    high = programme("high", "09:00-10:00", priority=Priority.URGENT, selection="none")
    selections = {"all": Selection("all"), "none": Selection("none", topics=frozenset())}

    assert shown(score(town(low, high, selections=selections), days=1)) == [
        "11-21 08:00-09:00 low",
        "11-21 10:00-12:00 low",
    ]


def test_a_higher_priority_of_the_next_day_cuts_a_window_that_runs_into_it():
    low = programme("low", "22:00-02:00")
    high = programme("high", "00:30-01:00", priority=Priority.URGENT)

    assert shown(score(town(low, high), days=1))[-2:] == [
        "11-21 22:00-00:30 low",
        "11-22 01:00-02:00 low",
    ]


def test_a_round_goes_on_where_the_last_one_stopped_over_windows_and_days():
    built = town(programme("p", "08:00-08:20", **MINUTE_ROUNDS))

    assert heard(score(built, first=date(2026, 12, 1))) == [
        "08:00:00 r0", "08:00:13 r1", "08:10:00 r2", "08:10:13 r0",
        "08:00:00 r1", "08:00:13 r2", "08:10:00 r0", "08:10:13 r1",
    ]  # fmt: skip


def test_the_turns_are_counted_from_the_first_of_the_month():
    built = town(programme("p", "08:00-08:20", **MINUTE_ROUNDS))
    whole = score(built, first=date(2026, 12, 1), days=31)

    for n in range(31):
        one = score(built, first=date(2026, 12, 1) + n * DAY, days=1)
        assert one.windows == whole.windows[n : n + 1]


def test_a_month_starts_at_item_one_with_the_windows_written_in_it():
    built = town(programme("p", "23:50-00:10", every=Seconds(600.0), round=Seconds(10.0)))
    months_end = score(built, first=date(2026, 11, 30), days=3)

    assert [(window.day.isoformat(), window.turn) for window in months_end.windows] == [
        ("2026-11-29", 56),
        ("2026-11-30", 58),
        ("2026-12-01", 0),
        ("2026-12-02", 2),
    ]


def test_every_item_gets_its_turn_over_a_month_and_languages_keep_their_shares():
    rhymes = {RhymeId(name): rhyme(name, CMN, YUE) for name in "abcd"}
    clips = library(clip(n, lang, 10 * RATE) for n in rhymes for lang in (CMN, YUE))
    places = (replace(XINCUN, languages=((CMN, 75), (YUE, 25))),)
    own = programme("p", "08:00-11:00", where=ELSEWHERE)
    month = score(town(own, rhymes=rhymes, places=places), FAR, date(2026, 12, 1), 31, clips)
    played = Counter(
        (segment.item.rhyme, segment.item.language)
        for index in range(len(month.windows))
        for segment in month.segments(index)
        if segment.item is not None
    )

    for language, times in ((CMN, 3), (YUE, 1)):
        counts = [count for (_, own), count in played.items() if own == language]
        assert len(counts) == 4
        assert max(counts) - min(counts) <= times
    spoken = {lang: sum(n for (_, own), n in played.items() if own == lang) for lang in (CMN, YUE)}
    assert spoken[CMN] / spoken[YUE] == pytest.approx(3, rel=0.01)


def test_an_expired_rhyme_is_skipped_from_the_windows_of_the_next_day():
    rhymes = {**RHYMES, RhymeId("r1"): rhyme("r1", CMN, expires=SATURDAY)}
    built = town(programme("p", "23:58-00:02", **CONTINUOUS), rhymes=rhymes)
    found = score(built, days=2)
    after_midnight = [
        {segment.item.rhyme for segment in found.segments(k) if segment.item and segment.start > t}
        for k, t in enumerate(local(window.day + DAY, "00:00") for window in found.windows)
    ]

    assert [window.day for window in found.windows] == [SATURDAY - DAY, SATURDAY, SUNDAY]
    assert after_midnight == [{"r0", "r1", "r2"}, {"r0", "r1", "r2"}, {"r0", "r2"}]


def test_the_29th_of_february_is_a_day_like_any_other():
    built = town(programme("p", "08:00-09:00"))

    assert shown(score(built, first=date(2028, 2, 28), days=3)) == [
        "02-28 08:00-09:00 p",
        "02-29 08:00-09:00 p",
        "03-01 08:00-09:00 p",
    ]


def test_a_window_over_new_year_belongs_to_the_old_one():
    built = town(programme("p", "23:00-01:00", days=DayClass.WORKDAY))
    found = score(built, first=date(2027, 1, 1), days=1)

    assert [window.day for window in found.windows] == [date(2026, 12, 31), date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("day", "ranges", "windows"),
    [
        pytest.param(date(2026, 3, 29), ["01:00-04:00"], [(0, 2)], id="an hour shorter in spring"),
        pytest.param(date(2026, 3, 29), ["02:10-02:50"], [], id="leapt over in spring"),
        pytest.param(date(2026, 10, 25), ["01:00-04:00"], [(-1, 3)], id="an hour longer in autumn"),
        pytest.param(date(2026, 10, 25), ["02:00-03:00"], [(0, 2)], id="both passes in autumn"),
    ],
)
def test_a_window_at_the_change_of_clocks(day, ranges, windows):
    found = score(town(programme("p", *ranges), zone=BERLIN), first=day, days=1)
    utc = local(day, "08:00") // RATE // 86_400 * 86_400  # 00:00 UTC of that day

    hours = [((w.start // RATE - utc) / 3600, (w.end // RATE - utc) / 3600) for w in found.windows]
    assert hours == windows


def test_quiet_hours_hold_in_both_passes_of_an_hour_shown_twice():
    built = town(programme("p", "01:00-04:00"), zone=BERLIN, policy=quiet("02:00-02:30"))
    found = score(built, first=date(2026, 10, 25), days=1)

    assert shown(found, BERLIN) == [
        "10-25 01:00-02:00 p",
        "10-25 02:30-02:00 p",
        "10-25 02:30-04:00 p",
    ]


def test_nodes_with_equal_answers_share_a_group():
    special = programme("s", "09:00-10:00", where=ELSEWHERE)
    found = groups(town(programme("p", "08:00-09:00"), special), CLIPS, SATURDAY)

    assert [group.nodes for group in found] == [(GATE, YARD), (FAR,)]


def test_nodes_with_other_shares_are_another_group():
    xincun = replace(XINCUN, languages=((YUE, 100),))
    places = (replace(PLACES[0], places=(JINXIU, xincun)),)
    found = groups(town(programme("p", "08:00-09:00"), places=places), CLIPS, SATURDAY)

    assert [group.nodes for group in found] == [(GATE, YARD), (FAR,)]


def test_shares_that_no_programme_asks_for_tell_no_nodes_apart():
    xincun = replace(XINCUN, languages=((YUE, 100),))
    places = (replace(PLACES[0], places=(JINXIU, xincun)),)
    own = {"all": Selection("all", languages=((CMN, 100),))}
    found = groups(
        town(programme("p", "08:00-09:00"), places=places, selections=own), CLIPS, SATURDAY
    )

    assert [group.nodes for group in found] == [(GATE, YARD, FAR)]


def test_a_node_that_no_programme_means_has_an_empty_score():
    built = town(programme("p", "08:00-09:00", where=ELSEWHERE))

    assert (score(built).windows, score(built).loops) == ((), ())


def test_the_horizon_is_the_midnight_after_the_last_day():
    assert score(town(), days=30).horizon == local(SATURDAY + 30 * DAY, "00:00")


def test_neighbours_take_turns_in_the_order_written():
    places = (replace(PLACES[0], places=(replace(JINXIU, together=Together.STAGGER), XINCUN)),)
    built = town(programme("p", "08:00-09:00"), places=places)

    assert stagger_at(site(built.places, YARD)) == Stagger((GATE, YARD), 1)
    assert stagger_at(site(built.places, FAR)) is None
    assert score(built, YARD).stagger == Stagger((GATE, YARD), 1)


def test_a_node_s_policy_holds_its_own_rules_and_what_is_still_to_come():
    (noon,) = at("12:00-14:00")
    rules = PolicyRules(
        (
            QuietRule("here", noon),
            QuietRule("there", noon, where=ELSEWHERE),
        ),
        (
            BlackoutRule("past", (date(2026, 6, 7), 450), (date(2026, 6, 9), 1080)),
            BlackoutRule("next", (date(2027, 6, 7), 450), (date(2027, 6, 9), 1080)),
        ),
    )
    policy = node_policy(town(policy=rules), GATE, SATURDAY)

    assert [own.name for own in policy.quiet] == ["here"]
    assert [(own.name, own.start, own.end) for own in policy.blackouts] == [
        ("next", local(date(2027, 6, 7), "07:30"), local(date(2027, 6, 9), "18:00"))
    ]
    assert policy.calendar == Calendar(frozenset({2026}))
    with pytest.raises(KeyError):
        node_policy(town(), NodeId("nowhere"), SATURDAY)


def test_a_policy_carries_the_clock_changes_of_its_time_and_no_older_ones():
    found = node_policy(town(zone=BERLIN), GATE, SATURDAY).zone

    assert len(found.since) == 3  # the winter now, the summer and the winter to come
    for days in range(0, 400, 9):
        t = local(SATURDAY + days * DAY, "12:00", BERLIN)
        assert found.offset(t) == BERLIN.offset(t)


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(cases())
def test_windows_are_in_order_disjoint_and_never_in_quiet_hours(case):
    for group in groups(case.town, case.library, case.first, case.days):
        windows = group.score.windows
        assert all(window.start < window.end for window in windows)
        assert all(a.end <= b.start for a, b in pairwise(windows))
        policy = node_policy(case.town, group.nodes[0], case.first - 2 * DAY, 9)
        for window in windows:
            spans = [
                span
                for own in policy.quiet
                for n in range(-2, case.days + 2)
                if policy.calendar.matches(own.days, case.first + n * DAY)
                for span in policy.zone.showing(
                    (case.first + n * DAY, own.start), (case.first + n * DAY, own.end)
                )
            ]
            spans += [(own.start, own.end) for own in policy.blackouts]
            assert all(window.end <= start or end <= window.start for start, end in spans)


@quick
@given(cases(), st.integers(1, 4))
def test_any_two_compilers_agree_on_the_days_that_both_compile(case, later):
    node = site(case.town.places, case.node)
    early = score_of(case.town, case.library, node, case.first, case.days + later)
    late = score_of(case.town, case.library, node, case.first + later * DAY, case.days)
    begin = case.town.zone.instant(case.first + later * DAY)

    def told(found):
        return [
            (window.start, window.end, window.turn, window.day, found.loops[window.loop])
            for window in found.windows
            if window.end > begin
        ]

    assert told(early) == told(late)


@quick
@given(cases())
def test_every_node_is_in_exactly_one_group(case):
    found = groups(case.town, case.library, case.first, case.days)

    assert sorted(node for group in found for node in group.nodes) == ["a1", "a2", "a3", "b1", "c1"]


@quick
@given(cases(), st.data())
def test_a_memory_of_what_was_changes_no_answer(case, data):
    memory, town = Memory(), case.town
    groups(town, case.library, case.first, case.days, memory)
    few = dict(list(case.library.clips.items())[1:])
    changed, clips, first = data.draw(
        st.sampled_from(
            [
                (town, case.library, case.first),
                (town, case.library, case.first + DAY),
                (town, Library(few), case.first),
                (replace(town, programmes=town.programmes[1:]), case.library, case.first),
                (replace(town, silences=()), case.library, case.first),
                (replace(town, policy=PolicyRules()), case.library, case.first),
                (replace(town, calendar=Calendar()), case.library, case.first),
                (replace(town, places=town.places[0].places), case.library, case.first),
            ]
        )
    )

    again = groups(changed, clips, first, case.days, memory)
    assert again == groups(changed, clips, first, case.days)


def test_a_memory_keeps_only_the_scores_of_the_last_compilation():
    memory, built = Memory(), town(programme("p", "08:00-09:00"))
    for hour in range(9, 19):
        other = replace(built, programmes=(programme("p", f"{hour:02}:00-{hour:02}:30"),))
        groups(other, CLIPS, SATURDAY, 2, memory)

    assert len(memory.scores) == 1
