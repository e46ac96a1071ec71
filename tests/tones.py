"""How well the melody of Cantonese speech follows its tones, measured in the sound itself."""

import numpy as np

from xiaolaba.adapters.kokoro_yue import Sung
from xiaolaba.adapters.kokoro_yue_alphabet import Spelling
from xiaolaba.adapters.kokoro_yue_tones import PITCH_A_FRAME

CHAO = {1: (5, 5), 2: (2, 5), 3: (3, 3), 4: (2, 1), 5: (2, 3), 6: (2, 2)}
"""Chao's levels at the beginning and the end of each tone."""
RATE = 24_000
"""Samples a second of what the model says."""


def likeness(heard: Sung, spelt: Spelling) -> float:
    """Return the correlation of the sound's pitch with Chao's levels, over all rimes."""
    begins = np.concatenate([[0], np.cumsum(heard.frames)])[1:] * PITCH_A_FRAME
    track = _pitch(heard.wave)
    found, wanted = [], []
    for syllable in (one for clause in spelt.clauses for one in clause):
        here = np.arange(begins[syllable.rime], min(begins[syllable.end], len(track)))
        through = (here - here[0] + 0.5) / len(here)
        for at, part in zip(here, through, strict=True):
            if track[at] and 0.15 < part < 0.95:
                found.append(np.log(track[at]))
                wanted.append(np.interp(part, [0, 1], CHAO[syllable.tone]))
    return float(np.corrcoef(found, wanted)[0, 1])


def _pitch(wave: np.ndarray) -> np.ndarray:
    """Return the pitch every 12.5 ms by autocorrelation, 0 where there is none; 120 to 420 Hz."""
    hop, size = RATE // 80, RATE // 25
    lags = np.arange(RATE // 420, RATE // 120)
    padded = np.pad(wave.astype(float), (size // 2, size + lags[-1]))
    track = np.zeros(len(wave) // hop)
    for n in range(len(track)):
        stretch = padded[n * hop : n * hop + size]
        later = np.array([padded[n * hop + lag : n * hop + lag + size] for lag in lags])
        power = (stretch**2).sum() * (later**2).sum(axis=1)
        match = later @ stretch / np.sqrt(power + 1e-12)
        if stretch.std() > 0.01 and match.max() > 0.5:
            track[n] = RATE / lags[np.argmax(match > 0.93 * match.max())]
    return track
