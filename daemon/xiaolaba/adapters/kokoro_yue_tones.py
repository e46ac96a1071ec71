"""Cantonese tones as pitch: the model's own melody exchanged for Chao's, clause by clause.

Chao's levels run from 1, the lowest, to 5; here one level is `STEP`
semitones and level 3 is the voice's own middle. A tone's levels stand evenly
over its rime; over an onset the pitch goes straight from one rime to the
next. A clause sinks by `DECLINATION` from its first syllable to its last and
the next one begins anew, as people breathe. Where the model makes no voice,
there is none to bend.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xiaolaba.adapters.kokoro_yue_alphabet import Syllable

if TYPE_CHECKING:  # numpy is loaded with the model: the tables are asked for without it
    import numpy as np
    import numpy.typing as npt

    Pitch = npt.NDArray[np.float32]
    Frames = npt.NDArray[np.int64]

LEVELS = {1: (5, 5), 2: (2.2, 4.6), 3: (3.3, 3.3), 4: (1.8, 1), 5: (1.8, 3.2), 6: (2.2, 2.1)}
"""Matthews and Yip, Cantonese (2011): 55, 25, 33, 21, 23, 22; drawn in a little at the ends."""
STEP = 2.4
DECLINATION = 1.0
"""In semitones."""
SHAPE = (LEVELS, STEP, DECLINATION)
VOICED_HZ = 40.0
"""Below this the model means no voice."""

PITCH_A_FRAME = 2
"""The model counts durations in frames of 25 ms and pitch in half frames."""


def sung(pitch: "Pitch", frames: "Frames", clauses: Sequence[Sequence[Syllable]]) -> "Pitch":
    """Return the model's pitch (Hz) with the tones of `clauses` laid over it.

    `frames` holds the duration of each symbol, with the silent ones that the
    model has at either end.
    """
    import numpy as np

    voiced = pitch > VOICED_HZ
    if not voiced.any():
        return pitch
    middle = np.exp(np.log(pitch[voiced]).mean())
    begins = np.concatenate([[0], np.cumsum(frames)])[1:] * PITCH_A_FRAME
    bent = pitch.copy()
    for clause in clauses:
        here = slice(begins[clause[0].start], begins[clause[-1].end])
        height = np.interp(np.arange(here.start, here.stop) + 0.5, *_targets(clause, begins))
        bent[here] = np.where(voiced[here], middle * 2 ** (height / 12), pitch[here])
    return bent


def _targets(clause: Sequence[Syllable], begins: "Frames") -> tuple[list[float], list[float]]:
    """Return when and how high, in semitones from the middle, the clause has to be."""
    import numpy as np

    times: list[float] = []
    heights: list[float] = []
    for place, syllable in enumerate(clause):
        levels = LEVELS[syllable.tone]
        times += np.linspace(begins[syllable.rime], begins[syllable.end], len(levels)).tolist()
        sunk = DECLINATION * place / len(clause)
        heights += [(level - 3) * STEP - sunk for level in levels]
    return times, heights
