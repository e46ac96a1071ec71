"""What sounds is a pure function of time: `sound(score, t)`.

A *score* is everything one node needs to know what to play for a month: its
*loops* (items in turn: a clip and the gap after it) and its *windows*
(uninterrupted stretches of one loop). In a window a *round* begins at the
start and then every `every`; a round plays whole items in turn until the
next would pass `round`, at least one, and an item is begun only if it ends
by the window's end. A continuous loop is one round as long as the window.

    |<------------------------ window ------------------------>|
    |item gap item gap|  between rounds  |item gap item gap|tail|
    |<----- round --->|                  |
    |<------------- every -------------->|

A *turn* counts items since the first of the month: turn n is item n mod L of
pass n div L. Each window carries the turn it begins with, so nobody needs to
remember what was played before.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from xiaolaba.core.reason import Reason
from xiaolaba.core.units import (
    ClipHash,
    Decibels,
    Instant,
    Language,
    NodeId,
    ProgrammeId,
    RhymeId,
    Samples,
)

FOREVER = Instant(2**62)
"""Later than any window; the `until` of a state that nothing planned will end."""


@dataclass(frozen=True, slots=True)
class Item:
    """A clip and the gap after it; `clip` is None while the reading is not made."""

    rhyme: RhymeId
    language: Language
    clip: ClipHash | None
    sound: Samples
    gap: Samples
    last_day: date | None = None

    @property
    def length(self) -> Samples:
        """How much of the timeline the item takes."""
        return Samples(self.sound + self.gap)


@dataclass(frozen=True, slots=True)
class Loop:
    """A programme's items in turn; `every` None means continuous."""

    programme: ProgrammeId
    items: tuple[Item, ...]
    every: Samples | None = None
    round: Samples | None = None
    level: Decibels = Decibels(0.0)


@dataclass(frozen=True, slots=True)
class Window:
    """One uninterrupted stretch `[start, end)` of a loop.

    `turn` is the first turn due in it; `day` the local day on which the
    window was written to start.
    """

    start: Instant
    end: Instant
    loop: int
    turn: int
    day: date


@dataclass(frozen=True, slots=True)
class Stagger:
    """A place whose nodes take turns: who they are, in order, and who is asked."""

    nodes: tuple[NodeId, ...]
    me: int

    def whose(self, turn: int, items: int) -> int:
        """Return the node that sounds at `turn` of a loop of `items` items."""
        return (turn % items + turn // items) % len(self.nodes)

    def mine(self, turn: int, items: int) -> bool:
        """Return whether the node asked sounds at `turn` of a loop of `items` items."""
        return self.whose(turn, items) == self.me


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a window from `start` on: an item's turn, or a silence with its reason."""

    start: Instant
    turn: int
    item: Item | None = None
    reason: Reason | None = None


def segments(loop: Loop, window: Window) -> Iterator[Segment]:
    """Yield what the window holds, in order and without holes.

    Items that may not sound on the window's day or are longer than the whole
    window or than `every` are passed over.
    """
    length = window.end - window.start
    every = loop.every or length
    room, items = min(length, every), loop.items
    fit = [
        index
        for index, item in enumerate(items)
        if item.length <= room and (item.last_day is None or window.day <= item.last_day)
    ]
    if not fit:
        yield Segment(window.start, window.turn, reason=Reason.TAIL)
        return
    longest = min(loop.round or every, every)
    turns = _turns(fit, len(items), window.turn)
    turn, due = window.turn, next(turns)
    for round_start in range(window.start, window.end, every):
        at = round_start
        round_end = window.end if loop.every is None else round_start + longest
        while True:
            item = items[due % len(items)]
            end = at + item.length
            if loop.every is not None and at > round_start and end > round_end:
                if at < min(round_start + every, window.end):
                    yield Segment(Instant(at), turn, reason=Reason.BETWEEN_ROUNDS)
                break
            if end > window.end:
                if at < window.end:
                    yield Segment(Instant(at), turn, reason=Reason.TAIL)
                return
            yield Segment(Instant(at), due, item=item)
            at, turn, due = end, due + 1, next(turns)


def _turns(fit: list[int], items: int, turn: int) -> Iterator[int]:
    """Yield the turns from `turn` on of the items at `fit`, in a loop of so many, for ever."""
    begin = bisect_left(fit, turn % items)
    for start in count(turn - turn % items, items):
        for index in fit[begin:]:
            yield start + index
        begin = 0


@dataclass(frozen=True)
class Score:
    """Everything one node plays until `horizon`; windows in order and disjoint."""

    loops: tuple[Loop, ...]
    windows: tuple[Window, ...]
    horizon: Instant
    stagger: Stagger | None = None
    _starts: list[Instant] = field(init=False, repr=False, compare=False)
    _expanded: dict[int, list[Segment]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _remembered: dict[Hashable, tuple[Instant | None]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", [window.start for window in self.windows])

    def window_at(self, t: Instant) -> int | None:
        """Return the index of the window that holds `t`, or None."""
        index = bisect_right(self._starts, t) - 1
        return index if index >= 0 and t < self.windows[index].end else None

    def next_start(self, t: Instant) -> Instant | None:
        """Return the start of the first window after `t`, or None."""
        index = bisect_right(self._starts, t)
        return self._starts[index] if index < len(self._starts) else None

    def segments(self, index: int) -> list[Segment]:
        """Return the segments of one window; the last few are kept."""
        held = self._expanded.get(index)
        if held is None:
            window = self.windows[index]
            held = list(segments(self.loops[window.loop], window))
            if len(self._expanded) >= 8:  # two threads may ask: forget all in one step
                self._expanded.clear()
            self._expanded[index] = held
        return held

    def remembered(self, key: Hashable, ask: Callable[[], Instant | None]) -> Instant | None:
        """Return the answer to a question about this score; the last few are kept."""
        held = self._remembered.get(key)
        if held is None:
            held = (ask(),)
            if len(self._remembered) >= 8:
                self._remembered.clear()
            self._remembered[key] = held
        return held[0]


@dataclass(frozen=True, slots=True)
class Playing:
    """An item sounds from `start` to `until` (its clip's end, before the gap) at `level`."""

    item: Item
    loop: Loop
    turn: int
    start: Instant
    until: Instant
    level: Decibels = Decibels(0.0)


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing sounds until `until`, and why.

    `whose` names the neighbour whose turn it is, `item` what would sound if it were made.
    """

    reason: Reason
    until: Instant
    whose: NodeId | None = None
    item: Item | None = None


Sound = Playing | Silent


def sound(score: Score, t: Instant) -> Sound:
    """Return what the score has sounding at `t`, and until when that holds."""
    index = score.window_at(t)
    if index is None:
        following = score.next_start(t)
        if following is not None:
            return Silent(Reason.NO_WINDOW, following)
        return (
            Silent(Reason.NO_WINDOW, score.horizon)
            if t < score.horizon
            else Silent(Reason.HORIZON, FOREVER)
        )
    held = score.segments(index)
    k = bisect_right(held, t, key=lambda segment: segment.start) - 1
    end = held[k + 1].start if k + 1 < len(held) else score.windows[index].end
    return _sound_of(score, score.loops[score.windows[index].loop], held[k], t, end)


def _sound_of(score: Score, loop: Loop, held: Segment, t: Instant, end: Instant) -> Sound:
    """Return what one segment, which ends at `end`, has sounding at `t`."""
    item = held.item
    if item is None:
        return Silent(held.reason or Reason.TAIL, end)
    until = Instant(held.start + item.sound)
    if t >= until:
        return Silent(Reason.GAP, end)
    turns = score.stagger
    if turns is not None and not turns.mine(held.turn, len(loop.items)):
        whose = turns.nodes[turns.whose(held.turn, len(loop.items))]
        return Silent(Reason.OTHERS_TURN, until, whose)
    if item.clip is None:
        return Silent(Reason.MISSING_CLIP, until, item=item)
    return Playing(item, loop, held.turn, held.start, until, loop.level)


def between_items(score: Score, t: Instant) -> Instant:
    """Return the first instant from `t` on at which no item is under way (a gap is its item's)."""
    index = score.window_at(t)
    if index is None:
        return t
    held = score.segments(index)
    k = bisect_right(held, t, key=lambda segment: segment.start) - 1
    if held[k].item is None or held[k].start == t:
        return t
    return Instant(held[k].start + held[k].item.length)  # type: ignore[union-attr]  # checked above
