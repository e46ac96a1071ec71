"""Keep the stream in step with the clock: how many samples to skip or repeat.

The *error* of a block is how much later its first sample sounds than the
timeline wants. One reading is noisy (the thread may be put aside between
two of them), so the median of the last half second counts. In silence the
whole error is made good at once; inside an item one sample at a time, far
below what can be heard; beyond 10 ms it takes a jump.
"""

from collections import deque
from dataclasses import dataclass

MEMORY = 25
"""How many errors the median is taken of: half a second of 20 ms blocks."""
DEAD_BAND = 4
"""Samples (83 µs) inside which nothing is done."""
JUMP = 480
"""Samples (10 ms) beyond which stepping would take too long."""
COARSE = 96
"""Samples (2 ms) over which errors spread only if the card reports in steps."""
_COARSE_BAND = 24
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
        self._errors: deque[int] = deque(maxlen=MEMORY)
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
        """The median of the errors kept, or their lower edge if they come in steps; 0 if none."""
        seen = sorted(self._errors)
        if not seen:
            return 0
        return seen[1] if self._coarse(seen) else seen[len(seen) // 2]

    @staticmethod
    def _coarse(seen: list[int]) -> bool:
        """Return whether the errors, in order, spread as no fine report would."""
        return len(seen) == MEMORY and seen[-3] - seen[1] >= COARSE

    def correction(self, sounding: bool) -> Correction:
        """Return what to do before the next block, and count on its being done."""
        seen, error = len(self._errors), self.error
        coarse = self._coarse(sorted(self._errors))
        if seen < _HASTY or abs(error) <= (_COARSE_BAND if coarse else DEAD_BAND):
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
        self._errors = deque((e - correction.by for e in self._errors), MEMORY)
        return correction
