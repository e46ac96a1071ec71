"""The chain that makes every voice equally loud and clear on a horn; the numpy family.

    48 kHz -> trim silence -> 300-8000 Hz and presence -> -16 LUFS, peak <= -1 dBTP -> fades

A horn gives nothing below 300 Hz and consonants live around 2.8 kHz. The
sections are those of R. Bristow-Johnson's Audio EQ Cookbook.
"""

import math
from functools import cache

import numpy as np
import soxr

from xiaolaba.adapters.meter import Section, Wave, filtered, loudness, peaks, true_peak
from xiaolaba.core.errors import VoiceError
from xiaolaba.core.units import RATE
from xiaolaba.ports.voice import Levelled, Speech

TARGET_LUFS = -16.0
TOLERANCE_LU = 0.2
CEILING_DBTP = -1.0
HEADROOM_DB = 0.15
"""Below the ceiling, for what rounding to 16 bits and fourfold reading miss."""
FLOOR_DB = -45.0
"""Quieter than the loudest 10 ms by this is silence at the edges."""
PAD_S = 0.04
FADE_S = 0.008
BUTTERWORTH = (0.541196, 1.306563)
"""The qualities of the two sections of a fourth-order Butterworth slope."""


def measured(frames: bytes) -> Levelled:
    """Return finished frames with their loudness and true peak."""
    wave = np.frombuffer(frames, "<i2") / 32768
    return Levelled(frames, round(loudness(wave), 2), round(true_peak(wave), 2))


def level(speech: Speech) -> Levelled:
    """Return the speech at 48 kHz, trimmed, equalised and levelled.

    Raises:
        VoiceError: if it holds nothing but silence.
    """
    wave = np.frombuffer(speech.frames, "<f4").astype(np.float64)
    if not np.isfinite(wave).all() or not np.abs(wave).max(initial=0.0) > 1e-4:
        raise VoiceError("合成结果是静音 / the voice made silence")
    wave = filtered(_trimmed(soxr.resample(wave, speech.rate, RATE, quality="HQ")), _equaliser())
    wave = _faded(_loud(wave))
    return measured(np.round(wave * 32767).astype("<i2").tobytes())


def _trimmed(wave: Wave) -> Wave:
    """Return the wave without the silence at its ends, but for 40 ms."""
    step = RATE // 100
    blocks = wave[: len(wave) // step * step].reshape(-1, step)
    power = np.sqrt((blocks**2).mean(axis=1))
    heard = np.flatnonzero(power > power.max() * 10 ** (FLOOR_DB / 20))
    pad = int(PAD_S * RATE)
    return wave[max(0, heard[0] * step - pad) : (heard[-1] + 1) * step + pad]


@cache
def _equaliser() -> tuple[Section, ...]:
    """Return fourth-order slopes at 300 and 8000 Hz and +4 dB at 2.8 kHz."""
    return (
        *(_section("high", 300, quality) for quality in BUTTERWORTH),
        *(_section("low", 8000, quality) for quality in BUTTERWORTH),
        _section("peak", 2800, 0.8, 4.0),
    )


def _section(kind: str, hertz: float, quality: float, gain: float = 0.0) -> Section:
    """Return a high-pass, low-pass or peaking biquad."""
    cosine = math.cos(2 * math.pi * hertz / RATE)
    alpha = math.sin(2 * math.pi * hertz / RATE) / (2 * quality)
    below = (1 + alpha, -2 * cosine, 1 - alpha)
    match kind:
        case "high":
            return ((1 + cosine) / 2, -1 - cosine, (1 + cosine) / 2), below
        case "low":
            return ((1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2), below
    boost = 10 ** (gain / 40)
    return (
        (1 + alpha * boost, -2 * cosine, 1 - alpha * boost),
        (1 + alpha / boost, -2 * cosine, 1 - alpha / boost),
    )


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
    high = peaks(wave)
    if high.max() <= ceiling:
        return wave
    ahead = int(0.003 * RATE)
    least = _lowest(np.minimum(1.0, ceiling / np.maximum(high, 1e-9)), ahead)
    return wave * _mean(least, ahead // 2)


def _lowest(gain: Wave, reach: int) -> Wave:
    """Return the lowest value within `reach` samples of each, by doubling the look."""
    found = np.pad(gain, reach, constant_values=1.0)
    width = 1
    while width < 2 * reach + 1:
        step = min(width, 2 * reach + 1 - width)
        found = np.minimum(found[: len(found) - step], found[step:])
        width += step
    return found


def _mean(gain: Wave, reach: int) -> Wave:
    """Return the mean of the values within `reach` samples of each."""
    total = np.cumsum(np.pad(gain, (reach + 1, reach), mode="edge"))
    return (total[2 * reach + 1 :] - total[: -2 * reach - 1]) / (2 * reach + 1)


def _faded(wave: Wave) -> Wave:
    """Return the wave with 8 ms of rise and fall."""
    count = min(int(FADE_S * RATE), len(wave) // 2)
    rise = np.sin(np.linspace(0, math.pi / 2, count)) ** 2
    wave[:count] *= rise
    wave[len(wave) - count :] *= rise[::-1]
    return wave
