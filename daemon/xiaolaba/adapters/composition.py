"""The parts of a clip put in a row, on the `pydub` library.

pydub warns while it is imported (regular expressions, `audioop`, a missing
ffmpeg that is not needed here); those warnings are about itself and are
kept from everyone else.
"""

import warnings
from collections.abc import Sequence

from xiaolaba.core.units import RATE, Samples

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pydub import AudioSegment


def joined(parts: Sequence[bytes | Samples]) -> bytes:
    """Return sounds (48 kHz s16 mono frames) and pauses (samples) one after the other."""
    segments = [_segment(part) for part in parts]
    row = sum(segments[1:], segments[0])
    return bytes(row.raw_data)


def _segment(part: bytes | int) -> AudioSegment:
    frames = part if isinstance(part, bytes) else bytes(2 * part)
    return AudioSegment(frames, sample_width=2, frame_rate=RATE, channels=1)
