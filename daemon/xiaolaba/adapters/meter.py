"""How loud a sound is, by ITU-R BS.1770-4: gated loudness and true peak; the numpy family.

Filters are applied in the frequency domain: as exact as section by section
in time, and faster than numpy can do that. All filters here ring for less
than the half second that is put behind the sound for it.
"""

import cmath
import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

from xiaolaba.core.units import RATE

Wave = npt.NDArray[np.float64]
Section = tuple[tuple[float, float, float], tuple[float, float, float]]
"""One biquad: numerator and denominator in falling powers of z."""

K_WEIGHTING: tuple[Section, ...] = (
    (
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (1.0, -1.69065929318241, 0.73248077421585),
    ),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)
"""The standard's head and high-pass filters at 48 kHz (tables 1 and 2)."""

BLOCK_S, STEP_S = 0.4, 0.1
SILENCE_LUFS = -70.0
GATE_LU = -10.0
QUIETEST_DB = -180.0


def filtered(wave: Wave, sections: tuple[Section, ...]) -> Wave:
    """Return the wave after the sections, as long as it was."""
    grid = RATE // 2
    count = (len(wave) // grid + 2) * grid
    spectrum = np.fft.rfft(wave, count) * _response(sections, count)
    found: Wave = np.fft.irfft(spectrum, count)[: len(wave)]
    return found


def loudness(wave: Wave) -> float:
    """Return the integrated loudness in LUFS; one block where it is shorter than 0.4 s."""
    energy = np.concatenate([[0.0], np.cumsum(filtered(wave, K_WEIGHTING) ** 2)])
    block = min(round(BLOCK_S * RATE), len(wave))
    starts = np.arange(0, len(wave) - block + 1, round(STEP_S * RATE))
    power = (energy[starts + block] - energy[starts]) / max(block, 1)
    power = power[_lufs(power) > SILENCE_LUFS]
    if not len(power):
        return QUIETEST_DB
    gate = _lufs(power.mean()) + GATE_LU
    return float(_lufs(power[_lufs(power) > gate].mean()))


def true_peak(wave: Wave) -> float:
    """Return the true peak in dBTP."""
    return 20 * math.log10(max(float(peaks(wave).max(initial=0.0)), 1e-9))


def peaks(wave: Wave) -> Wave:
    """Return the highest of the four oversampled values of each sample."""
    four = np.abs(soxr.resample(wave.astype(np.float32), RATE, 4 * RATE, quality="HQ"))
    highest: Wave = np.maximum.reduce(
        [four[place : 4 * len(wave) : 4] for place in range(4)], dtype=np.float64
    )
    return highest


def _lufs(power: Any) -> Any:
    return -0.691 + 10 * np.log10(np.maximum(power, 1e-18))


@lru_cache(maxsize=64)
def _response(sections: tuple[Section, ...], count: int) -> npt.NDArray[np.complex128]:
    """Return what the sections do to each frequency of a transform of `count` samples."""
    z = np.exp(-2j * cmath.pi * np.arange(count // 2 + 1) / count)
    answer: npt.NDArray[np.complex128] = np.ones_like(z)
    for above, below in sections:
        answer *= np.polyval(above[::-1], z) / np.polyval(below[::-1], z)
    return answer
