"""How much sound is in WAV files: the evidence that a node without a sound card really played."""

import os
from pathlib import Path

from xiaolaba.core.units import RATE

BLOCK = RATE // 50 * 2
"""Bytes in 20 ms of mono 16 bit sound."""
_SILENCE = bytes(BLOCK)


def seconds_of_sound(path: Path, since: float) -> float:
    """Return the seconds that are not silent in a sink's files written after Unix time `since`."""
    files = [f for f in path.parent.glob(f"{path.stem}*.wav") if f.stat().st_mtime >= since]
    return sum(_blocks(file) for file in files) / 50


def _blocks(file: Path) -> int:
    """Return how many blocks of 20 ms hold a sample other than zero; holes are passed over."""
    found = 0
    with file.open("rb") as wav:
        end = os.fstat(wav.fileno()).st_size
        at = 0
        while at < end:
            try:
                at = os.lseek(wav.fileno(), at, os.SEEK_DATA)
            except OSError:  # nothing but a hole to the end
                break
            hole = os.lseek(wav.fileno(), at, os.SEEK_HOLE)
            wav.seek(at)
            while at < hole:
                block = wav.read(min(BLOCK, hole - at))
                found += len(block) == BLOCK and block != _SILENCE
                at += len(block) or hole - at
    return found
