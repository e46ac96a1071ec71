"""A horn on a pole with a street around it, so that clips can be heard as residents hear them.

    clip -> amplifier at its limit -> horn, 350-5000 Hz -> echo of two walls, reverberation -> noise

The noise is pink and set against the clip's loudness *before* the horn: SNR
10 dB means noise 10 LU below the clip as it leaves the amplifier. Energy that
a voice spends where the horn is deaf is lost then, as it is outdoors; noise
set against what leaves the horn would hide that, and with it what the
equaliser is for.
"""

import zlib

import numpy as np
import numpy.typing as npt

from xiaolaba.adapters.meter import loudness
from xiaolaba.core.units import RATE

Wave = npt.NDArray[np.float64]

BAND_HZ = (350, 5000)
WALLS = ((0.055, 0.35), (0.140, 0.22))
"""The echoes: (seconds later, share of the direct sound): walls 9 m and 24 m behind."""
DECAY_S = 0.5
"""Reverberation time (60 dB) of a yard between houses."""
REVERBERANT = 0.15
"""Energy of the reverberation as a share of the direct sound's."""
DRIVE = 1.5
"""How far the amplifier is driven into its soft limit at full scale."""


def heard(wave: Wave, snr: float, name: str) -> Wave:
    """Return what reaches a resident; `name` seeds the noise, so that a clip keeps its own."""
    dice = np.random.default_rng(zlib.crc32(name.encode()))
    driven = np.tanh(DRIVE * np.pad(wave, (0, int(DECAY_S * RATE)))) / DRIVE
    sounding = _sounding(driven, _yard(dice))
    noise = pink(len(driven), dice)
    gain = 10 ** ((loudness(wave) - snr - loudness(noise)) / 20)
    return np.asarray(sounding + gain * noise)


def pink(count: int, dice: np.random.Generator) -> Wave:
    """Return pink noise (equal power in each octave) above 20 Hz."""
    spectrum = np.fft.rfft(dice.standard_normal(count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20.0)
    noise = np.fft.irfft(spectrum / np.sqrt(frequency), count)
    return np.asarray(noise / np.abs(noise).max())


def _sounding(driven: Wave, yard: Wave) -> Wave:
    """Return what the horn makes of it (fourth-order slopes at both ends) in the yard."""
    size = len(driven) + len(yard)
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1.0)
    low, high = BAND_HZ
    horn = 1 / np.sqrt((1 + (low / hertz) ** 8) * (1 + (hertz / high) ** 8))
    spectrum = np.fft.rfft(driven, size) * horn * np.fft.rfft(yard, size)
    return np.asarray(np.fft.irfft(spectrum, size)[: len(driven)])


def _yard(dice: np.random.Generator) -> Wave:
    """Return the impulse response: the direct sound, two walls and a decaying tail."""
    count = int(DECAY_S * RATE)
    time = np.arange(count) / RATE
    tail = dice.standard_normal(count) * 10 ** (-3 * time / DECAY_S)
    tail[: int(0.02 * RATE)] = 0
    response = tail * np.sqrt(REVERBERANT / (tail**2).sum())
    response[0] = 1.0
    for later, share in WALLS:
        response[int(later * RATE)] += share
    return np.asarray(response)
