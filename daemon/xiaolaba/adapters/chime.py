"""The chime before the speech: two struck bars, a falling third; the numpy family."""

import numpy as np
import numpy.typing as npt

from xiaolaba.core.units import RATE

TONES_HZ = (1318.5, 1046.5)
"""E6 and C6: well inside what a horn sounds."""
OVERTONES = ((1.0, 1.0), (2.76, 0.25), (5.4, 0.06))
"""Ratio and strength of a struck bar's first partials."""
APART_S, LENGTH_S, DECAY_S = 0.35, 1.1, 0.28
LEVEL = 0.6
"""Peak, of full scale: as loud as the speech that follows, so that the whole clip stays so."""


def chime() -> bytes:
    """Return the chime as 48 kHz s16 mono frames; always the same."""
    wave = np.zeros(round(RATE * LENGTH_S))
    for number, hertz in enumerate(TONES_HZ):
        start = round(RATE * APART_S * number)
        wave[start:] += _struck(hertz, len(wave) - start)
    fade = np.minimum(1.0, np.arange(len(wave), 0, -1) / (RATE * 0.1))
    loud = wave * fade * LEVEL / float(np.abs(wave).max())
    return bytes(np.round(loud * 32767).astype("<i2").tobytes())


def _struck(hertz: float, count: int) -> npt.NDArray[np.float64]:
    """Return one bar, struck softly: 3 ms of rise, higher partials fade sooner."""
    time = np.arange(count) / RATE
    rise = np.minimum(1.0, time / 0.003)
    partials = (
        strength * np.sin(2 * np.pi * hertz * ratio * time) * np.exp(-time * ratio / DECAY_S)
        for ratio, strength in OVERTONES
    )
    found: npt.NDArray[np.float64] = rise * np.sum(list(partials), axis=0)
    return found
