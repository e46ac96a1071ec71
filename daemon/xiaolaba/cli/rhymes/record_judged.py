"""A recording judged before it is taken in: can it be read, is it whole, does somebody speak."""

import sys
from pathlib import Path

from xiaolaba.adapters.cut_short import is_cut_short
from xiaolaba.adapters.flac import seconds, speech
from xiaolaba.adapters.recording_check import Fault, faults
from xiaolaba.core.errors import ClipError
from xiaolaba.core.refusal import refusal
from xiaolaba.core.rhyme import Reading
from xiaolaba.core.speech.text import MARKS, normalise
from xiaolaba.ports.voice import Speech

MOST_BYTES = 500 * 1024 * 1024
MOST_SECONDS = 600.0

CUT_SHORT = Fault(
    "cut-short",
    "文件不完整，后面的声音丢了：重新拷贝或录制",
    "the file is cut short: copy it again, or record again",
    grave=True,
)


class UnusableError(Exception):
    """A file that is no recording; says why."""


def heard(path: Path, reading: Reading, anyway: bool) -> Speech:
    """Return a file's sound, of whatever format and length is bearable; tells its faults.

    Raises:
        UnusableError: if there is none, or if a fault is grave and not put up with.
    """
    data = _read(path)
    found = _speech(data)
    wrong = [CUT_SHORT] if is_cut_short(data) else []
    wrong += faults(found, _syllables(reading))
    for fault in wrong:
        kind = "不能用" if fault.grave else "提醒"
        print(f"{path}：{kind}：{fault}", file=sys.stderr)
    if any(fault.grave for fault in wrong) and not anyway:
        raise UnusableError("没有导入；确实要用请加 --anyway / not imported; --anyway does")
    return found


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if not size:
            raise UnusableError(
                "文件是空的（0 字节）：重新录制或拷贝 / empty (0 bytes): copy it again"
            )
        if size > MOST_BYTES:
            raise UnusableError("文件太大，上限 500 MB / too large, the limit is 500 MB")
        _require_short(seconds(path))
        return path.read_bytes()
    except OSError as error:
        raise UnusableError(f"读不了：{refusal(error)} / cannot be read") from error
    except ClipError as error:
        raise _unknown(error) from error


def _require_short(long: float) -> None:
    if long > MOST_SECONDS:
        raise UnusableError(
            f"有 {long / 60:.0f} 分钟，上限 10 分钟：请剪出这一条再导入 / "
            f"{long / 60:.0f} min, the limit is 10: cut out this one rhyme"
        )


def _speech(data: bytes) -> Speech:
    try:
        return speech(data)
    except ClipError as error:
        raise _unknown(error) from error


def _unknown(error: ClipError) -> UnusableError:
    return UnusableError(
        "不认识的格式，或文件不完整：重新拷贝，或转成 WAV、FLAC、MP3 / "
        f"unknown format, or cut short: copy it again, or convert it to WAV: {error}"
    )


def _syllables(reading: Reading) -> int:
    said = normalise(reading.text, reading.language)
    return sum(character not in MARKS for character in said)
