"""Random loops and windows."""

from datetime import date

from hypothesis import strategies as st

from xiaolaba.core.timetable.score import Item, Loop, Score, Stagger, Window
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    Instant,
    Language,
    NodeId,
    ProgrammeId,
    RhymeId,
    Samples,
)

DAYS = [date(2026, 11, n) for n in (20, 21, 22)]
START = 1_795_000_000 * RATE


@st.composite
def loops(draw) -> Loop:
    """Draw a loop whose items are not longer than `every`."""
    sizes = draw(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 9)), min_size=1, max_size=7))
    every = draw(st.none() | st.integers(max(a + b for a, b in sizes), 600))
    round_ = None if every is None else draw(st.none() | st.integers(1, every))
    items = tuple(
        Item(
            RhymeId(f"r{k}"),
            Language("cmn"),
            ClipHash("0" * 64) if draw(st.booleans()) else None,
            Samples(sound * 1000),
            Samples(gap * 1000),
            draw(st.none() | st.sampled_from(DAYS)),
        )
        for k, (sound, gap) in enumerate(sizes)
    )
    return Loop(
        ProgrammeId("p"),
        items,
        None if every is None else Samples(every * 1000),
        None if round_ is None else Samples(round_ * 1000),
    )


@st.composite
def scores(draw) -> Score:
    """Draw a score of a few windows, maybe of a node that takes turns."""
    held, at, windows = draw(st.lists(loops(), min_size=1, max_size=3)), START, []
    for _ in range(draw(st.integers(1, 4))):
        at += draw(st.integers(0, 500)) * 1000
        end = at + draw(st.integers(1, 900)) * 1000
        loop, turn = draw(st.integers(0, len(held) - 1)), draw(st.integers(0, 20))
        windows.append(Window(Instant(at), Instant(end), loop, turn, draw(st.sampled_from(DAYS))))
        at = end
    nodes = (NodeId("a"), NodeId("b"), NodeId("c"))
    stagger = draw(st.none() | st.integers(0, 2).map(lambda me: Stagger(nodes, me)))
    return Score(tuple(held), tuple(windows), Instant(at + 10_000), stagger)
