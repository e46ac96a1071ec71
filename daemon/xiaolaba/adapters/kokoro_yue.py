"""Experimental offline Cantonese: the Kokoro model with Cantonese tones laid over its pitch.

    sounds -> symbols -> [melody] -> durations, pitch -> tones bent in -> [sound]

The model was never taught Cantonese and speaks it with an accent; a local
listener has to approve what goes on air. Its graph was cut in two
beforehand (`kokoro_cut`); here the parts are put together by the shipped
recipe, each checked against its SHA-256. The same phonemes give the same
samples on one machine.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from xiaolaba.adapters import kokoro_files, kokoro_yue_alphabet, kokoro_yue_tones
from xiaolaba.adapters.kokoro_cut import DURATIONS, PITCH, RECIPE
from xiaolaba.adapters.kokoro_yue_alphabet import Spelling, spelling
from xiaolaba.adapters.kokoro_yue_tones import sung
from xiaolaba.core.errors import VoiceError
from xiaolaba.core.speech.sounds import clauses
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.units import Language
from xiaolaba.ports.voice import Capability, Speech, Utterance

RATE = 24_000
MOST_SYLLABLES = 45
"""Most syllables at once; one takes up to eight symbols, and the model refuses more than 509."""

YUE = frozenset({Language("yue")})


@dataclass(frozen=True, slots=True)
class Sung:
    """One piece of speech: 32-bit floats, and how many frames of 25 ms each symbol has.

    The model has a silent symbol of its own at either end.
    """

    wave: Any
    frames: Any


class KokoroYue:
    """One voice of the model, singing Cantonese; loaded with the first utterance and kept."""

    def __init__(self, voice: str = "zf_xiaobei", parts: Sequence[Path] | None = None) -> None:
        self._voice = voice
        self._parts = parts

    @property
    def capability(self) -> Capability:
        """What the engine is and can."""
        return Capability("kokoro-yue", self._voice, _version(), YUE, YUE, offline=True)

    def probe(self) -> str | None:
        """Return why the engine cannot be used now, or None; looks at names only."""
        return kokoro_files.trouble(self._voice, self._paths())

    def synthesize(self, utterance: Utterance) -> Speech:
        """Say it.

        Raises:
            VoiceError: if the model cannot be had or fails.
        """
        import numpy as np

        pieces = map(spelling, _pieces(utterance.phonemes))
        said = [self.sing(piece, utterance.rate).wave for piece in pieces]
        return Speech(RATE, np.concatenate(said).astype("<f4").tobytes())

    def sing(self, spelt: Spelling, rate: float) -> Sung:
        """Return one piece as sound, with the duration of each symbol.

        Raises:
            VoiceError: if the model cannot be had or fails.
        """
        import numpy as np

        parts, styles, vocabulary = self._loaded
        tokens = [vocabulary[symbol] for symbol in spelt.symbols]
        feed = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": styles[len(tokens) - 1],
            "speed": np.array([rate], np.float32),
        }
        frames, pitch = _run(parts["melody"], feed)
        bent = sung(pitch.ravel(), frames, spelt.clauses)[np.newaxis]
        (wave,) = _run(parts["sound"], {**feed, DURATIONS: frames, PITCH: bent})
        return Sung(wave.ravel(), frames)

    @cached_property
    def _loaded(self) -> tuple[Mapping[str, Any], Any, dict[str, int]]:
        """Return the parts, the style table and the vocabulary, each checked."""
        import numpy as np
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        paths = self._paths()
        model = memoryview(b"".join(map(kokoro_files.read, paths)))
        sessions = {}
        for name, part in _recipe()["parts"].items():
            with kokoro_files.in_memory(_cut(model, part), part["sha256"], paths) as path:
                sessions[name] = onnxruntime.InferenceSession(
                    path, options, providers=["CPUExecutionProvider"]
                )
        styles = np.frombuffer(kokoro_files.style(self._voice), "<f4").reshape(-1, 1, 256)
        return sessions, styles, kokoro_files.vocabulary()

    def _paths(self) -> Sequence[Path]:
        return self._parts if self._parts is not None else kokoro_files.parts()


def _run(session: Any, feed: Mapping[str, Any]) -> Any:
    """Return a part's outputs; of the feed it takes what it declares."""
    declared = [value.name for value in session.get_inputs()]
    try:
        return session.run(None, {name: feed[name] for name in declared})
    except Exception as error:
        raise VoiceError(f"Kokoro 合成失败 / Kokoro failed: {error}") from error


def _recipe() -> Any:
    return json.loads(RECIPE.read_text(encoding="utf-8"))


def _cut(model: memoryview, part: Mapping[str, Any]) -> Iterator[bytes | memoryview]:
    """Yield the bytes of one part of the model."""
    for piece in part["pieces"]:
        yield bytes.fromhex(piece) if isinstance(piece, str) else model[piece[0] : piece[1]]


def _version() -> str:
    """Return a short name of the model and of all tables that shape its Cantonese."""
    told = repr((kokoro_files.MODEL_SHA256, kokoro_yue_alphabet.TABLES, kokoro_yue_tones.SHAPE))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _pieces(sounds: Sequence[str]) -> list[list[str]]:
    """Return the sounds in as few pieces as the model takes, cut after sentences if possible."""
    pieces: list[list[str]] = []
    for sentence in clauses(sounds):
        for piece in [sentence] if len(sentence) <= MOST_SYLLABLES else _shorter(sentence):
            if pieces and len(pieces[-1]) + len(piece) <= MOST_SYLLABLES:
                pieces[-1] += piece
            else:
                pieces.append(piece)
    return pieces


def _shorter(sentence: list[str]) -> list[list[str]]:
    """Return a sentence that is too long in clauses, each again in stretches."""
    return [
        clause[start : start + MOST_SYLLABLES]
        for clause in clauses(sentence, MARKS)
        for start in range(0, len(clause), MOST_SYLLABLES)
    ]
