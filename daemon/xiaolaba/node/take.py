"""One clip while it is played: read block by block, faded at ragged ends, softened.

A take never holds more of a clip than the block that is asked for.
"""

import os
from array import array
from pathlib import Path

from xiaolaba.core.errors import ClipError
from xiaolaba.core.timetable.score import Playing
from xiaolaba.core.units import RATE, Decibels, Instant

FADE = RATE // 50
"""Length of a fade in samples: 20 ms."""
_UNITY = 1 << 15


class Take:
    """A clip's samples on the timeline, from `begin` until `end`; `whole` is the clip's own end.

    A take that begins after the item's start fades in; one that ends before
    the clip does fades out.
    """

    def __init__(self, path: Path, playing: Playing, begin: Instant) -> None:
        """Open the clip's PCM file.

        Raises:
            ClipError: if it cannot be read or has another length than the item.
        """
        self.playing, self.begin, self.end = playing, begin, playing.until
        self.whole = Instant(playing.start + playing.item.sound)
        self._gain = self._wanted = _factor(playing.level)
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise ClipError(f"{path.name}: {error.strerror}") from error
        if (size := os.fstat(self._file).st_size) != 2 * playing.item.sound:
            self.close()
            raise ClipError(f"{path.name}: {size} bytes, expected {2 * playing.item.sound}")

    def read(self, at: Instant, out: memoryview) -> None:
        """Fill `out` with the samples from `at` on.

        Raises:
            ClipError: if the disk does not give them; `out` is silent then.
        """
        try:
            got = os.preadv(self._file, [out], 2 * (at - self.playing.start))
        except OSError as error:
            out[:] = bytes(len(out))
            raise ClipError(f"{self.playing.item.clip}: {error.strerror}") from error
        if got != len(out):
            out[got:] = bytes(len(out) - got)
            raise ClipError(f"{self.playing.item.clip}: the file is cut short")
        size = len(out) // 2
        if self._gain != self._wanted or self._fading_in(at) or self._fading_out(at + size):
            self._shape(at, out)
        elif self._gain != _UNITY:
            gain = self._gain
            out[:] = array("h", [s * gain >> 15 for s in out.cast("h")]).tobytes()

    def soften(self, level: Decibels) -> None:
        """Go on at another level, reached within the next block that is read."""
        self._wanted = _factor(level)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _fading_in(self, at: int) -> bool:
        return self.begin > self.playing.start and at < self.begin + FADE

    def _fading_out(self, until: int) -> bool:
        return self.end < self.whole and until > self.end - FADE

    def _shape(self, at: Instant, out: memoryview) -> None:
        """Apply gain and fades sample by sample."""
        shaped, size = array("h"), len(out) // 2
        for t, sample in enumerate(out.cast("h"), start=at):
            gain = self._gain + (self._wanted - self._gain) * (t - at) // size
            if self._fading_in(t):
                gain = gain * (t - self.begin) // FADE
            if self._fading_out(t + 1):
                gain = gain * max(0, self.end - t - 1) // FADE
            shaped.append(sample * gain >> 15)
        out[:] = shaped.tobytes()
        self._gain = self._wanted


def _factor(level: Decibels) -> int:
    """Return what samples are multiplied by at `level`, in units of 1 / `_UNITY`."""
    return round(_UNITY * 10 ** (min(level, 0.0) / 20))
