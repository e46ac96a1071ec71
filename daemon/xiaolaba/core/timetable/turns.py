"""How many turns a window takes, without walking through it item by item.

The month is counted from its first day, so a compiler must know what windows
took in which nobody is interested any more. Sums over the items answer that:
`Counter.after` equals walking `core.score.segments`, and a test holds it to it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from xiaolaba.core.timetable.score import Loop


class Counter:
    """Counts the turns of one loop; answers are kept while it lives."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._lengths = [item.length for item in loop.items]
        self._longest = max(self._lengths)
        last_days = [item.last_day for item in loop.items if item.last_day is not None]
        self._first_expiry = min(last_days, default=date.max)
        self._reels: dict[tuple[int, ...], _Reel] = {}
        self._taken: dict[tuple[_Reel, int, int], int] = {}

    def after(self, length: int, day: date, turn: int) -> int:
        """Return the turn due after a window of `length` written on `day` that begins at `turn`."""
        reel = self._reel(length, day)
        passes, place = divmod(turn, len(self._lengths))
        key = (reel, length, place)
        if key not in self._taken:
            self._taken[key] = _walk(self._loop, reel, length, place)
        return passes * len(self._lengths) + self._taken[key]

    def _reel(self, length: int, day: date) -> "_Reel":
        every = self._loop.every or length
        if self._longest <= min(length, every) and day <= self._first_expiry:
            fit: tuple[int, ...] = tuple(range(len(self._lengths)))
        else:
            fit = tuple(
                index
                for index, item in enumerate(self._loop.items)
                if item.length <= min(length, every)
                and (item.last_day is None or day <= item.last_day)
            )
        if fit not in self._reels:
            self._reels[fit] = _Reel(fit, self._lengths)
        return self._reels[fit]


class _Reel:
    """The items of a loop that fit, one after the other; *rank* counts them over its passes."""

    def __init__(self, fit: tuple[int, ...], lengths: Sequence[int]) -> None:
        self.fit = fit
        self.whole = len(lengths)
        own = [lengths[index] for index in fit]
        self.sums = [0, *accumulate(own + own)]
        self.total = sum(own)
        self.rounds: dict[int, int] = {}

    def rank(self, turn: int) -> int:
        """Return the rank of the first item from `turn` of the first pass on that fits."""
        return bisect_left(self.fit, turn)

    def turn_after(self, rank: int) -> int:
        """Return the turn that follows the item before `rank`."""
        passes, place = divmod(rank - 1, len(self.fit))
        return passes * self.whole + self.fit[place] + 1

    def count(self, rank: int, room: int) -> int:
        """Return how many whole items from `rank` on fit into `room`."""
        begin = rank % len(self.fit)
        passes, rest = divmod(room, self.total)
        there = bisect_right(self.sums, self.sums[begin] + rest) - 1
        return passes * len(self.fit) + there - begin

    def length(self, rank: int) -> int:
        """Return the length of the item at `rank`."""
        place = rank % len(self.fit)
        return self.sums[place + 1] - self.sums[place]


def _walk(loop: Loop, reel: _Reel, length: int, turn: int) -> int:
    """Return the turn due after a window of `length` that begins at `turn` of the first pass."""
    if not reel.fit:
        return turn
    begin = rank = reel.rank(turn)
    if loop.every is None:
        rank += reel.count(rank, length)
    else:
        rank = _rounds(loop.every, min(loop.round or loop.every, loop.every), reel, length, rank)
    return reel.turn_after(rank) if rank > begin else turn


def _rounds(every: int, longest: int, reel: _Reel, length: int, rank: int) -> int:
    """Return the rank due after all rounds of a window."""
    items = len(reel.fit)
    for room in range(length, 0, -every):
        if room >= every:
            place = rank % items
            if place not in reel.rounds:
                reel.rounds[place] = max(1, reel.count(place, longest))
            rank += reel.rounds[place]
        elif reel.length(rank) <= room:
            rank += max(1, reel.count(rank, min(longest, room)))
    return rank
