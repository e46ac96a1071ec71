"""The chain that makes every voice equally loud and clear on a horn; the numpy family.

    48 kHz -> trim silence -> 300-8000 Hz and presence -> -16 LUFS, peak <= -1 dBTP -> fades

A horn gives nothing below 300 Hz and consonants live around 2.8 kHz.
Loudness is gated by ITU-R BS.1770-4; the true peak is read after fourfold
oversampling, as that standard asks. pyloudnorm cannot measure less than a
block of 0.4 s, so a shorter sound is measured in a shorter block.
"""

import math
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyloudnorm
import soxr
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import bilinear, butter, resample_poly, sosfilt, tf2sos

from xiaolaba.core.errors import VoiceError
from xiaolaba.core.units import RATE
from xiaolaba.ports import Levelled, Speech

TARGET_LUFS = -16.0
TOLERANCE_LU = 0.2
CEILING_DBTP = -1.0
HEADROOM_DB = 0.15
"""Below the ceiling, for what rounding to 16 bits and fourfold reading miss."""
FLOOR_DB = -45.0
"""Quieter than the loudest 10 ms by this is silence at the edges."""
PAD_S = 0.04
FADE_S = 0.008

Wave = npt.NDArray[np.float64]


def level(speech: Speech) -> Levelled:
    """Return the speech at 48 kHz, trimmed, equalised and levelled.

    Raises:
        VoiceError: if it holds nothing but silence.
    """
    wave = np.frombuffer(speech.frames, "<f4").astype(np.float64)
    if not np.isfinite(wave).all() or not np.abs(wave).max(initial=0.0) > 1e-4:
        raise VoiceError("合成结果是静音 / the voice made silence")
    wave = sosfilt(_equaliser(), _trimmed(soxr.resample(wave, speech.rate, RATE, quality="HQ")))
    wave = _faded(_loud(wave))
    frames = np.round(wave * 32767).astype("<i2")
    rounded = frames / 32768
    return Levelled(frames.tobytes(), round(loudness(rounded), 2), round(true_peak(rounded), 2))


def loudness(wave: Wave) -> float:
    """Return the integrated loudness in LUFS."""
    block = min(0.4, len(wave) / RATE * 0.99)
    return float(pyloudnorm.Meter(RATE, block_size=block).integrated_loudness(wave))


def true_peak(wave: Wave) -> float:
    """Return the true peak in dBTP."""
    return 20 * math.log10(max(float(np.abs(resample_poly(wave, 4, 1)).max()), 1e-9))


def _trimmed(wave: Wave) -> Wave:
    """Return the wave without the silence at its ends, but for 40 ms."""
    step = RATE // 100
    blocks = wave[: len(wave) // step * step].reshape(-1, step)
    power = np.sqrt((blocks**2).mean(axis=1))
    heard = np.flatnonzero(power > power.max() * 10 ** (FLOOR_DB / 20))
    pad = int(PAD_S * RATE)
    return wave[max(0, heard[0] * step - pad) : (heard[-1] + 1) * step + pad]


@cache
def _equaliser() -> Any:
    """Return a 4th-order band-pass of 300-8000 Hz and +4 dB at 2.8 kHz, as sections."""
    band = butter(4, [300, 8000], "bandpass", fs=RATE, output="sos")
    return np.vstack([band, _presence(2800, 4.0, 0.8)])


def _presence(centre: float, gain: float, quality: float) -> Any:
    """Return a peaking section by the bilinear transform of its analogue prototype."""
    omega = 2 * RATE * math.tan(math.pi * centre / RATE)
    width, boost = omega / quality, 10 ** (gain / 40)
    return tf2sos(*bilinear([1, width * boost, omega**2], [1, width / boost, omega**2], fs=RATE))


def _loud(wave: Wave) -> Wave:
    """Return the wave at the target loudness with its peaks held, in a few rounds."""
    missing = TARGET_LUFS - loudness(wave)
    for _ in range(6):
        wave = _limited(wave * 10 ** (missing / 20))
        missing = TARGET_LUFS - loudness(wave)
        if abs(missing) <= TOLERANCE_LU:
            break
    return wave


def _limited(wave: Wave) -> Wave:
    """Return the wave with no true peak above the ceiling: 3 ms of looking ahead."""
    ceiling = 10 ** ((CEILING_DBTP - HEADROOM_DB) / 20)
    peaks = np.abs(resample_poly(wave, 4, 1))[: 4 * len(wave)].reshape(-1, 4).max(axis=1)
    if peaks.max() <= ceiling:
        return wave
    gain = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    ahead = int(0.003 * RATE)
    held: Wave = uniform_filter1d(minimum_filter1d(gain, 2 * ahead + 1), ahead)
    return wave * held


def _faded(wave: Wave) -> Wave:
    """Return the wave with 8 ms of rise and fall."""
    count = min(int(FADE_S * RATE), len(wave) // 2)
    rise = np.sin(np.linspace(0, math.pi / 2, count)) ** 2
    wave[:count] *= rise
    wave[len(wave) - count :] *= rise[::-1]
    return wave
