"""What a loop holds, and in which order."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import programme, town
from tests.core.towns import CMN, HAK, YUE, clip, rhyme
from xiaolaba.core.library import Library, estimated_length, library
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.schedule import Selection
from xiaolaba.core.timetable.loop import interleave, items, loop, picked
from xiaolaba.core.units import RATE, Language, RhymeId, Seconds

BOTH = {name: rhyme(name, CMN, YUE) for name in map(RhymeId, ("b", "a"))}


def spoken(selection, shares=((CMN, 50), (YUE, 50)), rhymes=BOTH):
    held = items(town(rhymes=rhymes), Library(), selection, shares)
    return " ".join(f"{item.rhyme}/{item.language}" for item in held)


@pytest.mark.parametrize(
    ("shares", "order"),
    [
        pytest.param(((CMN, 2), (YUE, 2)), "cmn yue cmn yue", id="a tie goes to the first written"),
        pytest.param(((YUE, 2), (CMN, 2)), "yue cmn yue cmn", id="in the order written"),
        pytest.param(((CMN, 3), (YUE, 1)), "cmn cmn yue cmn", id="three to one"),
        pytest.param(((CMN, 1), (YUE, 1), (HAK, 1)), "cmn yue hak", id="three languages"),
        pytest.param(((CMN, 2), (YUE, 0)), "cmn cmn", id="one of them has nothing"),
        pytest.param((), "", id="nothing at all"),
    ],
)
def test_languages_are_interleaved_by_largest_remainder(shares, order):
    assert " ".join(interleave(shares)) == order


@given(st.lists(st.integers(0, 12), min_size=1, max_size=4))
def test_every_language_comes_as_often_as_it_should_and_never_bunches(counts):
    names = [CMN, YUE, HAK, Language("nan")][: len(counts)]
    order = interleave(tuple(zip(names, counts, strict=True)))

    assert Counter(order) == Counter(dict(zip(names, counts, strict=True))) - Counter()
    for k in range(1, len(order) + 1):
        for name, count in zip(names, counts, strict=True):
            due = k * count / sum(counts)
            assert abs(order[:k].count(name) - due) < len(counts)


@pytest.mark.parametrize(
    ("shares", "loop_order"),
    [
        (((CMN, 50), (YUE, 50)), "a/cmn a/yue b/cmn b/yue"),
        (((CMN, 100),), "a/cmn b/cmn"),
        (((CMN, 75), (YUE, 25)), "a/cmn b/cmn a/yue a/cmn b/cmn a/cmn b/yue b/cmn"),
    ],
    ids=["equal shares: once per language", "one language", "three to one"],
)
def test_picked_rhymes_come_by_id_and_each_language_runs_by_itself(shares, loop_order):
    assert spoken(Selection("s"), shares) == loop_order


def test_named_rhymes_come_in_the_order_written():
    assert spoken(Selection("s", (RhymeId("b"), RhymeId("a"))), ((CMN, 1),)) == "b/cmn a/cmn"


def test_a_selection_s_own_shares_win_over_the_place_s():
    assert spoken(Selection("s", languages=((YUE, 100),))) == "a/yue b/yue"


def test_a_rhyme_without_a_reading_is_left_out_of_that_language_only():
    rhymes = {**BOTH, RhymeId("c"): rhyme("c", CMN)}

    assert spoken(Selection("s"), rhymes=rhymes) == "a/cmn a/yue b/cmn b/yue c/cmn"


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection("s", topics=frozenset({"贷款"})), ["r1", "r2"]),
        (Selection("s", audiences=frozenset({Audience.STUDENT})), ["r1", "r3"]),
        (
            Selection("s", topics=frozenset({"贷款"}), audiences=frozenset({Audience.ELDERLY})),
            ["r2"],
        ),
        (Selection("s", topics=frozenset({"无"})), []),
    ],
    ids=["by topic", "by audience, with those for everyone", "by both", "none"],
)
def test_rhymes_are_picked(selection, names):
    every = [
        ("r1", "贷款", Audience.STUDENT),
        ("r2", "贷款", Audience.ELDERLY),
        ("r3", "刷单", Audience.ALL),
    ]
    reading = (Reading(CMN, "天上不会掉馅饼"),)
    rhymes = {RhymeId(n): Rhyme(RhymeId(n), t, frozenset({a}), reading) for n, t, a in every}

    assert [own.id for own in picked(town(rhymes=rhymes), selection)] == names


def test_a_clip_that_is_not_made_has_an_estimated_length_and_no_name():
    rhymes = {RhymeId("a"): rhyme("a", CMN, YUE, expires=date(2026, 12, 31))}
    held = items(
        town(rhymes=rhymes),
        library([clip("a", CMN, 5 * RATE)]),
        Selection("s", gap=Seconds(1.5)),
        ((CMN, 1), (YUE, 1)),
    )

    made, planned = held
    assert (made.sound, made.clip is None) == (5 * RATE, False)
    assert planned.clip is None
    assert planned.sound == estimated_length(rhymes[RhymeId("a")].readings[1])
    assert {item.gap for item in held} == {RATE * 3 // 2}
    assert {item.last_day for item in held} == {date(2026, 12, 31)}


@pytest.mark.parametrize(
    ("every", "written", "expected"),
    [(900.0, None, 120), (60.0, None, 60), (900.0, 300.0, 300), (None, None, None)],
    ids=["two minutes", "or `every` if shorter", "as written", "continuous"],
)
def test_a_round_is(every, written, expected):
    made = loop(programme("p", "07:30-08:30", every=every, round=written), ())

    assert made.round == (None if expected is None else expected * RATE)
    assert made.every == (None if every is None else every * RATE)
