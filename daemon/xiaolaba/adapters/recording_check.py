"""What is wrong with a recording, measured before it goes on air; the numpy family.

Each fault says what to do about it. A grave fault keeps the recording out;
the others are told and left to whoever listens.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xiaolaba.ports.voice import Speech

Wave = npt.NDArray[np.float64]

SILENT_DBFS = -50.0
"""A recording whose loudest tenth of a second stays below this has nobody in it."""
FULL_SCALE = 0.999
CLIPPED_RUN = 3
"""So many samples in a row at full scale were cut off, not merely loud."""
CLIPPED_A_SECOND = 5
"""More cut-off peaks a second than this are heard as a rattle."""
HUM_HZ = (50, 100, 150, 200)
HUM_DB = -35.0
"""Mains hum this far below the speech is heard in the pauses."""
HUM_ABOVE_DB = 15.0
"""How far a mains line must stand above its neighbours to be one."""
NOISE_DB = 15.0
"""Least distance of the speech from what is heard in its pauses."""
NO_VOICE_DB = 3.0
"""Nobody speaks so evenly: a tone, or a voice that is lost in the noise."""
SYLLABLE_S = (0.10, 0.60)
"""Fewest and most seconds a syllable that somebody who reads aloud takes."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong; `grave` keeps the recording out."""

    code: str
    zh: str
    en: str
    grave: bool = False

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


def faults(speech: Speech, syllables: int) -> list[Fault]:
    """Return what is wrong with a recording of so many syllables, the gravest first."""
    wave = np.frombuffer(speech.frames, "<f4").astype(np.float64)
    levels = _levels(wave, speech.rate)
    if not len(levels) or levels.max() < SILENT_DBFS:
        zh = "录音里没有声音：检查话筒是否接好、选对，再录一遍"
        return [Fault("silence", zh, "nothing is heard: check the microphone, record again", True)]
    found = [
        *_clipping(wave, speech.rate),
        *_length(levels, syllables),
        *_hum(wave, speech.rate, levels),
        *_noise(levels),
    ]
    return sorted(found, key=lambda fault: not fault.grave)


def _levels(wave: Wave, rate: int) -> Wave:
    """Return the level of each tenth of a second in dBFS."""
    step = rate // 10
    blocks = wave[: len(wave) // step * step].reshape(-1, step)
    found: Wave = 20 * np.log10(np.maximum(np.sqrt((blocks**2).mean(axis=1)), 1e-9))
    return found


def _clipping(wave: Wave, rate: int) -> list[Fault]:
    """Count runs of samples at full scale."""
    high = np.concatenate([[0], np.abs(wave) >= min(FULL_SCALE, np.abs(wave).max()), [0]])
    edges = np.flatnonzero(np.diff(high.astype(np.int8)))
    runs = int((edges[1::2] - edges[::2] >= CLIPPED_RUN).sum())
    if not runs:
        return []
    zh = f"有 {runs} 处削波（爆音）：把录音音量调低，离话筒一拳远，再录一遍"
    en = f"clipped in {runs} places: turn the recording level down and record again"
    return [Fault("clipping", zh, en, runs > CLIPPED_A_SECOND * len(wave) / rate)]


def _length(levels: Wave, syllables: int) -> list[Fault]:
    """Compare how long somebody speaks with how much there was to read."""
    heard = np.flatnonzero(levels > levels.max() - 35)
    seconds = (heard[-1] - heard[0] + 1) / 10
    least, most = (limit * syllables for limit in SYLLABLE_S)
    if least <= seconds <= most:
        return []
    found = (
        f"讲了 {seconds:.1f} 秒，{syllables} 个音节一般要 {least:.1f} 到 {most:.1f} 秒："
        "是不是录错了文字，或没有录完？"
    )
    en = (
        f"speaks for {seconds:.1f} s, {syllables} syllables take {least:.1f} to {most:.1f} s:"
        " another text, or cut off?"
    )
    return [Fault("length", found, en, grave=True)]


def _hum(wave: Wave, rate: int, levels: Wave) -> list[Fault]:
    """Look for mains lines that stand out of the spectrum."""
    count = min(len(wave), rate * 4)
    if count < rate:
        return []
    window = np.hanning(count)
    power = np.abs(np.fft.rfft(wave[:count] * window)) ** 2 / (window.sum() / 2) ** 2
    hertz = np.fft.rfftfreq(count, 1 / rate)
    lines = 0.0
    for line in HUM_HZ:
        near = power[np.abs(hertz - line) < 1.5].max()
        around = np.median(power[(np.abs(hertz - line) > 4) & (np.abs(hertz - line) < 20)])
        if near > around * 10 ** (HUM_ABOVE_DB / 10):
            lines += near / 2
    below = 10 * np.log10(max(lines, 1e-18)) - levels.max()
    if below < HUM_DB:
        return []
    zh = f"有 50 Hz 交流声（比人声低 {-below:.0f} dB）：离开电源和日光灯，换电池供电再录"
    en = f"mains hum, {-below:.0f} dB below the voice: move away from power supplies, use a battery"
    return [Fault("hum", zh, en)]


def _noise(levels: Wave) -> list[Fault]:
    """Compare the loud tenths with the quiet ones."""
    distance = float(np.percentile(levels, 90) - np.percentile(levels, 5))
    if len(levels) < 10 or distance >= NOISE_DB:
        return []
    if distance < NO_VOICE_DB:
        zh = "听来没有人声，或全被背景盖住（整段一样响）：检查话筒和文件，再录一遍"
        en = "no voice, or one lost in the noise: equally loud throughout; record again"
        return [Fault("no-voice", zh, en, grave=True)]
    zh = f"背景太吵（人声只比背景高 {distance:.0f} dB）：关上门窗，离话筒近一点再录"
    en = f"noisy: the voice is only {distance:.0f} dB above the background; find a quiet room"
    return [Fault("noise", zh, en)]
