"""Offline neural Mandarin: the Kokoro-82M model (int8) on `onnxruntime`.

The same phonemes give the same samples on one machine. One thread a
process: two processes are faster than two threads.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from xiaolaba.adapters import kokoro_alphabet, kokoro_files
from xiaolaba.adapters.kokoro_alphabet import phonemes
from xiaolaba.adapters.kokoro_files import MODEL_SHA256
from xiaolaba.core.errors import VoiceError
from xiaolaba.core.speech.sounds import clauses
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.units import Language
from xiaolaba.ports.voice import Capability, Speech, Utterance

RATE = 24_000
MAX_TOKENS = 400
"""Most symbols at once; the model refuses more than 509."""


class Kokoro:
    """One voice of the model; loaded with the first utterance and kept."""

    def __init__(self, voice: str = "zf_xiaobei", parts: Sequence[Path] | None = None) -> None:
        self._voice = voice
        self._parts = parts

    @cached_property
    def capability(self) -> Capability:
        """What the engine is and can; its version is that of the model and of the alphabet."""
        return Capability(
            "kokoro", self._voice, _version(), frozenset({Language("cmn")}), offline=True
        )

    def probe(self) -> str | None:
        """Return why the engine cannot be used now, or None; looks at names only."""
        return kokoro_files.trouble(self._voice, self._paths())

    def synthesize(self, utterance: Utterance) -> Speech:
        """Say it.

        Raises:
            VoiceError: if the model cannot be had or fails.
        """
        import numpy as np

        said = [self._infer(part, utterance.rate) for part in pieces(utterance.phonemes)]
        return Speech(RATE, np.concatenate(said).astype("<f4").tobytes())

    def _infer(self, symbols: str, rate: float) -> Any:
        import numpy as np

        session, styles, vocabulary = self._loaded
        tokens = [vocabulary[symbol] for symbol in symbols]
        feed = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": styles[len(tokens) - 1],
            "speed": np.array([rate], np.float32),
        }
        try:
            return session.run(None, feed)[0].ravel()
        except Exception as error:
            raise VoiceError(f"Kokoro 合成失败 / Kokoro failed: {error}") from error

    @cached_property
    def _loaded(self) -> tuple[Any, Any, dict[str, int]]:
        """Return session, style table and vocabulary, each checked."""
        import numpy as np
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        paths = self._paths()
        pieces = map(kokoro_files.read, paths)
        with kokoro_files.in_memory(pieces, MODEL_SHA256, paths) as model:
            session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        styles = np.frombuffer(kokoro_files.style(self._voice), "<f4").reshape(-1, 1, 256)
        return session, styles, kokoro_files.vocabulary()

    def _paths(self) -> Sequence[Path]:
        return self._parts if self._parts is not None else kokoro_files.parts()


def _version() -> str:
    told = f"{MODEL_SHA256} {kokoro_alphabet.version()}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def pieces(sounds: Sequence[str]) -> list[str]:
    """Return the phonemes in as few pieces as the model takes, cut after sentences if possible."""
    found: list[str] = []
    for sentence in clauses(sounds):
        whole = phonemes(sentence)
        for piece in [whole] if len(whole) <= MAX_TOKENS else _cut(sentence):
            if found and len(found[-1]) + len(piece) < MAX_TOKENS:
                found[-1] += " " + piece
            else:
                found.append(piece)
    return found


def _cut(sentence: list[str]) -> list[str]:
    """Return a sentence that is too long in clauses, each again in stretches of 40 syllables."""
    return [
        phonemes(clause[start : start + 40])
        for clause in clauses(sentence, MARKS)
        for start in range(0, len(clause), 40)
    ]
