"""Virtual time: what happens, in order, as fast as the machine can."""

import heapq
from collections.abc import Callable
from itertools import count

from xiaolaba.core.units import RATE, Instant


class Timeline:
    """True time, in samples, and what is due; equal moments keep the order of their asking."""

    def __init__(self, start: Instant) -> None:
        self.now = start
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, moment: int, act: Callable[[], None]) -> None:
        """Have something done at a moment, or now if that is over."""
        heapq.heappush(self._due, (max(moment, self.now), next(self._order), act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Have something done in so many seconds."""
        self.at(self.now + int(seconds * RATE), act)

    def every(self, seconds: float, act: Callable[[], None]) -> None:
        """Have something done again and again, the first time after `seconds`."""

        def again() -> None:
            act()
            self.after(seconds, again)

        self.after(seconds, again)

    def run(self, until: Instant) -> None:
        """Let everything happen that is due before `until`."""
        while self._due and self._due[0][0] < until:
            moment, _, act = heapq.heappop(self._due)
            self.now = Instant(moment)
            act()
        self.now = until
