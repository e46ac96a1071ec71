"""Sound files that end before they should: cut while copied, or recorded until the battery died.

Only what a file says of its own length is asked: the data chunk of WAV and
AIFF, the last page of Ogg. FLAC refuses itself when it is decoded; MP3 says
nothing, and a recording of half the words is found by its length.
"""

from typing import Literal

OPEN = 0x7FFF0000
"""A writer into a pipe knows no length and promises two gigabytes or four."""

_CHUNKED: dict[bytes, tuple[Literal["little", "big"], bytes]] = {
    b"RIFF": ("little", b"data"),
    b"FORM": ("big", b"SSND"),
}
_OGG, _FLAGS, _LAST = b"OggS", 5, 4
"""Each page begins with this; its sixth byte carries the flag of the last page (RFC 3533)."""


def is_cut_short(data: bytes) -> bool:
    """Return whether a sound file lacks an end that it promises."""
    if data[:4] == _OGG:
        last = data.rfind(_OGG) + _FLAGS
        return not any(flags & _LAST for flags in data[last : last + 1])
    if data[:4] not in _CHUNKED:
        return False
    promised, there = _chunk(data, *_CHUNKED[data[:4]])
    return there < promised < OPEN


def _chunk(data: bytes, order: Literal["little", "big"], name: bytes) -> tuple[int, int]:
    """Return how many bytes a chunk promises, and how many are there; (0, 0) if it is missing."""
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], order)
        if data[at : at + 4] == name:
            return size, len(data) - at - 8
        at += 8 + size + size % 2
    return 0, 0
