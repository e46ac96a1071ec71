"""What sounds is a pure function of time."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.core.scores import DAYS, START, loops, scores
from xiaolaba.core.reason import Reason
from xiaolaba.core.timetable.score import (
    FOREVER,
    Item,
    Loop,
    Playing,
    Score,
    Silent,
    Window,
    between_items,
    segments,
    sound,
)
from xiaolaba.core.timetable.turns import Counter
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    Instant,
    Language,
    ProgrammeId,
    RhymeId,
    Samples,
)


def window(length, turn, day):
    return Window(Instant(START), Instant(START + length), 0, turn, day)


windows = st.builds(
    window, st.integers(1, 3000).map(lambda n: n * 500), st.integers(0, 30), st.sampled_from(DAYS)
)


@given(loops(), windows)
def test_a_window_holds_whole_items_in_order_and_without_holes(loop, window):
    held = list(segments(loop, window))
    ends = [segment.start for segment in held[1:]] + [window.end]

    assert held[0].start == window.start
    for segment, end in zip(held, ends, strict=True):
        assert segment.start < end
        assert (segment.item is None) == (segment.reason is not None)
        if segment.item is not None:
            assert end - segment.start == segment.item.length
            assert segment.item.last_day is None or window.day <= segment.item.last_day


@given(loops(), windows)
def test_items_come_in_turn_and_only_those_that_cannot_sound_are_passed_over(loop, window):
    played = [segment for segment in segments(loop, window) if segment.item is not None]
    fits = [
        item.length <= window.end - window.start
        and (item.last_day is None or window.day <= item.last_day)
        for item in loop.items
    ]

    due = window.turn
    for segment in played:
        assert loop.items[segment.turn % len(fits)] == segment.item
        assert not any(fits[turn % len(fits)] for turn in range(due, segment.turn))
        due = segment.turn + 1


@given(loops(), windows)
def test_a_round_begins_on_the_beat_and_plays_no_longer_than_it_may(loop, window):
    played = [(s.start, s.item.length) for s in segments(loop, window) if s.item is not None]
    if loop.every is None:
        assert all(
            start + length == following for (start, length), (following, _) in pairwise(played)
        )
        return
    before, ends = window.start - 1, window.start
    for start, length in played:
        beat = window.start + (start - window.start) // loop.every * loop.every
        first = before < beat
        assert start == (beat if first else ends)
        assert first or start + length <= beat + (loop.round or loop.every)
        before, ends = start, start + length


@given(loops(), windows)
def test_sums_over_a_loop_count_the_same_turns_as_walking_it(loop, window):
    played = [segment.turn for segment in segments(loop, window) if segment.item is not None]
    after = played[-1] + 1 if played else window.turn

    assert Counter(loop).after(window.end - window.start, window.day, window.turn) == after


@given(scores())
def test_sound_at_any_instant_equals_playing_from_the_window_s_start(score):
    t, seen = Instant(START - 1), []
    while t < score.horizon:
        state = sound(score, t)
        assert state.until > t
        for probe in (t, (t + state.until) // 2, state.until - 1):
            assert sound(score, Instant(probe)) == state
        if isinstance(state, Playing):
            seen.append((state.start, state.turn))
            assert t == state.start
        t = state.until

    everything = [
        (segment.start, segment.turn)
        for index, held in enumerate(score.windows)
        for segment in score.segments(index)
        if segment.item is not None
        and segment.item.clip is not None
        and (
            score.stagger is None
            or score.stagger.mine(segment.turn, len(score.loops[held.loop].items))
        )
    ]
    assert seen == everything
    assert sound(score, score.horizon) == Silent(Reason.HORIZON, FOREVER)


@given(scores())
def test_in_a_staggered_place_exactly_one_neighbour_sounds_each_turn(score):
    if score.stagger is None:
        return
    loop = score.loops[0]

    for turn in range(40):
        whose = [
            me
            for me in range(3)
            if type(score.stagger)(score.stagger.nodes, me).mine(turn, len(loop.items))
        ]
        i, q = turn % len(loop.items), turn // len(loop.items)
        assert whose == [(i + q) % 3]


@given(scores(), st.integers(0, 2_000_000))
def test_a_score_may_be_left_only_between_items(score, offset):
    t = Instant(START + offset)
    left = between_items(score, t)

    assert left >= t
    index = score.window_at(left)
    if index is not None:
        for segment in score.segments(index):
            if segment.item is not None:
                assert not segment.start < left < segment.start + segment.item.length
    assert between_items(score, left) == left


def item(name, seconds, gap=0):
    made = ClipHash("0" * 64)
    return Item(RhymeId(name), Language("cmn"), made, Samples(seconds * RATE), Samples(gap * RATE))


def told(loop, seconds):
    """Return what a window holds as `second:what`."""
    held = segments(loop, window(seconds * RATE, 0, date(2026, 11, 21)))
    return " ".join(
        f"{(s.start - START) // RATE}:{s.item.rhyme if s.item else s.reason}" for s in held
    )


def loop(*items, every=None, round_=None):
    beat = None if every is None else Samples(every * RATE)
    longest = None if round_ is None else Samples(round_ * RATE)
    return Loop(ProgrammeId("p"), items, beat, longest)


A, B, LONG = item("a", 20, 5), item("b", 30, 5), item("long", 55, 5)


def test_a_round_ends_before_the_item_that_would_pass_it():
    assert told(loop(A, B, every=100, round_=60), 200) == (
        "0:a 25:b 60:between-rounds 100:a 125:b 160:between-rounds"
    )


def test_a_round_plays_one_item_even_if_it_is_longer():
    assert (
        told(loop(A, every=100, round_=10), 150) == "0:a 25:between-rounds 100:a 125:between-rounds"
    )


def test_the_next_round_goes_on_with_the_item_after_the_last_one_played():
    assert told(loop(A, B, every=50, round_=30), 100) == (
        "0:a 25:between-rounds 50:b 85:between-rounds"
    )


def test_what_does_not_fit_into_the_window_is_a_tail_and_a_shorter_later_one_is_not_tried():
    assert told(loop(B, A), 62) == "0:b 35:a 60:tail"
    assert told(loop(A, LONG, B), 80) == "0:a 25:tail"


def test_an_item_longer_than_the_whole_window_is_passed_over():
    assert told(loop(LONG, A), 50) == "0:a 25:a"


def test_a_last_round_cut_short_ends_in_a_tail_only_if_an_item_was_due():
    assert told(loop(A, B, every=100, round_=60), 140) == (
        "0:a 25:b 60:between-rounds 100:a 125:tail"
    )
    assert told(loop(A, B, every=100, round_=30), 140) == (
        "0:a 25:between-rounds 100:b 135:between-rounds"
    )


def test_an_item_may_end_exactly_with_round_and_window():
    assert told(loop(A, B, every=100, round_=60), 60) == "0:a 25:b"


def test_thousands_of_expired_items_are_passed_over_once_and_not_at_every_turn():
    old = replace(item("old", 1), last_day=date(2026, 1, 1))
    held = list(segments(loop(item("new", 1), *[old] * 50_000), window(50_000 * RATE, 7, DAYS[1])))

    assert [held[0].turn, held[1].turn, held[-1].turn] == [50_001, 100_002, 50_001 * 50_000]


def test_a_window_into_which_nothing_fits_is_all_tail():
    assert told(loop(LONG), 30) == "0:tail"


def test_between_windows_and_past_the_horizon_there_is_silence():
    score = Score((loop(A),), (window(RATE * 30, 0, DAYS[0]),), Instant(START + 99 * RATE))

    assert sound(score, Instant(START - 5)) == Silent(Reason.NO_WINDOW, Instant(START))
    assert sound(score, Instant(START + 30 * RATE)) == Silent(Reason.NO_WINDOW, score.horizon)
    assert sound(score, score.horizon) == Silent(Reason.HORIZON, FOREVER)
