"""Keep the stream in step with the clock: how many samples to skip or repeat.

The *error* of a block is how much later its first sample sounds than the
timeline wants. One reading is noisy (the thread may be put aside between
two of them), so the median of the last half second counts. In silence the
whole error is made good at once; inside an item one sample at a time, far
below what can be heard; beyond 10 ms it takes a jump.

Some cards tell how far they have come in steps (10 ms on the Pi's own jack):
each report is late by anything up to a step, so the lowest of many errors
comes nearest to the truth, and is still above it.
"""

from collections import deque
from dataclasses import dataclass
from itertools import islice, pairwise

MEMORY = 25
"""How many errors the median is taken of: half a second of 20 ms blocks."""
DEAD_BAND = 4
"""Samples (83 µs) inside which nothing is done."""
JUMP = 480
"""Samples (10 ms) beyond which stepping would take too long."""
COARSE = 96
"""Samples (2 ms) over which errors spread only if the card reports in steps."""
COARSE_MEMORY = 100
"""How many errors the lower edge is looked for in: two seconds, for phases of every kind."""
_COARSE_BAND = 24
_WIDEST = 240
_SURE = 15
_HASTY = 5


@dataclass(frozen=True, slots=True)
class Correction:
    """Samples of the timeline to skip (above 0) or repeat (below); `jump` asks for a fade."""

    by: int = 0
    jump: bool = False


NONE = Correction()


class Servo:
    """The errors seen lately, and what to do about them."""

    def __init__(self) -> None:
        self._errors: deque[int] = deque(maxlen=COARSE_MEMORY)
        self._rest = 0

    def note(self, error: int) -> None:
        """Take in the error of one block, in samples; above 0 is late."""
        self._errors.append(error)
        self._rest = max(0, self._rest - 1)

    def forget(self) -> None:
        """Begin anew, as after an underrun."""
        self._errors.clear()
        self._rest = 0

    @property
    def error(self) -> int:
        """The median of the latest errors, or their lower edge if they come in steps; 0 if none."""
        return self._judged()[0]

    def _judged(self) -> tuple[int, int]:
        """Return the error, and how much of it may be nothing."""
        latest = sorted(islice(reversed(self._errors), MEMORY))
        if not latest:
            return 0, DEAD_BAND
        if len(latest) == MEMORY and latest[-3] - latest[1] >= COARSE:
            return _edge(sorted(self._errors)), _COARSE_BAND
        return latest[len(latest) // 2], DEAD_BAND

    def correction(self, sounding: bool) -> Correction:
        """Return what to do before the next block, and count on its being done."""
        seen, (error, band) = len(self._errors), self._judged()
        if seen < _HASTY or abs(error) <= band:
            return NONE
        if not sounding:
            return self._do(Correction(error))
        if abs(error) > JUMP:
            return self._do(Correction(error, jump=True))
        if seen < _SURE or self._rest:
            return NONE
        self._rest = 2  # every second block: at most 25 samples a second
        return self._do(Correction(1 if error > 0 else -1))

    def _do(self, correction: Correction) -> Correction:
        self._errors = deque((e - correction.by for e in self._errors), COARSE_MEMORY)
        return correction


def _edge(seen: list[int]) -> int:
    """Return the lower edge of errors that come in steps: half of the widest gap below the lowest.

    The lowest and the two highest are left out, as the thread may have been put aside.
    """
    widest = max(later - earlier for earlier, later in pairwise(seen[1:-2]))
    return seen[1] - min(widest, _WIDEST) // 2
