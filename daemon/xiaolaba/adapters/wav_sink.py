"""A loudspeaker that is a WAV file, with the timing of a sound card.

The file grows as a microphone before the horn would record it: a sample is
in it once its moment has passed, and never before. A killed process leaves
a readable file whose header is at most a second behind. Each opening starts a
new file (`horn.wav`, `horn-2.wav` ...); its `ICRD` tag says when the first
sample sounded. After an hour a new file is begun and the oldest of the last
few is removed. Silence is left as holes, which take no room on the disk.
"""

import os
import struct
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from xiaolaba.core.errors import DeviceError
from xiaolaba.core.units import RATE, Samples

BUFFER = RATE // 2
"""How many samples the sink takes ahead of the loudspeaker."""
_WAKE = RATE // 10
"""How much room a full buffer must have before a writer is woken."""
_LONGEST = 3600 * RATE
_KEPT = 4
_HEADER = 88


class WavSink:
    """A `Sink` into numbered WAV files beside `path`.

    `monotonic` gives seconds, `wait` sleeps for some, `today` gives the wall time.
    """

    def __init__(
        self,
        path: Path,
        monotonic: Callable[[], float],
        wait: Callable[[float], None],
        today: Callable[[], datetime],
    ) -> None:
        """Begin a new file.

        Raises:
            DeviceError: if the file cannot be written.
        """
        self._path, self._monotonic, self._wait, self._today = path, monotonic, wait, today
        self._number = max((_number(path, file) for file in _files(path)), default=0)
        self._file = -1
        self._ahead: deque[memoryview] = deque()
        self._began = monotonic()
        self._sounded = 0
        self._written = 0
        self._ran_dry = False
        self._begin_file()

    @property
    def file(self) -> Path:
        """The file that is being written."""
        return _numbered(self._path, self._number)

    def delay(self) -> Samples:
        """Return how long the next sample written will take until it sounds."""
        self._advance()
        return Samples(max(0, self._written - self._position()))

    def write(self, block: bytes | memoryview) -> bool:
        """Take samples, waiting for room; False after an underrun, and then they are not taken."""
        self._advance()
        if self._ran_dry:
            self._ran_dry = False
            return False
        size = len(block) // 2
        free = BUFFER - (self._written - self._position())
        if free < size:
            self._wait((max(size, _WAKE) - free) / RATE)
        self._ahead.append(memoryview(bytes(block)))
        self._written += size
        return True

    def drop(self) -> None:
        """Forget what has not sounded."""
        self._advance()
        self._ahead.clear()
        self._written = self._sounded

    def close(self) -> None:
        """Finish the file; may be called twice.

        Raises:
            DeviceError: if the end cannot be written; the file is closed all the same.
        """
        try:
            if self._file >= 0:
                self._advance()
        finally:
            if self._file >= 0:
                self._finish_file()

    def _position(self) -> int:
        """Return how many samples the loudspeaker has had time for."""
        return int((self._monotonic() - self._began) * RATE)

    def _advance(self) -> None:
        """Move what has sounded to the file, and silence where nothing was written in time."""
        position = self._position()
        while self._ahead and self._sounded < position:
            block = self._ahead.popleft()
            size = len(block) // 2
            now = min(size, position - self._sounded)
            if now < size:
                self._ahead.appendleft(block[2 * now :])
            self._record(block[: 2 * now], now)
        if position > self._sounded:
            self._record(None, position - self._sounded)
            self._ran_dry = self._written > 0
            self._written = self._sounded

    def _record(self, block: memoryview | None, size: int) -> None:
        """Append what sounded; None is silence."""
        with self._as_device_error():
            if block is not None and block.tobytes().count(0) != len(block):
                os.pwrite(self._file, block, _HEADER + 2 * self._frames)
            self._frames += size
            self._sounded += size
            if self._frames - self._in_header >= RATE:
                self._write_header()
        if self._frames >= _LONGEST:
            self._finish_file()
            self._begin_file()

    def _begin_file(self) -> None:
        self._number += 1
        self._frames = self._in_header = 0
        with self._as_device_error():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC)
            try:
                self._began_at = self._today()
                self._write_header()
                self._remove_oldest()
            except OSError:
                self._close_file()
                self.file.unlink()
                raise

    def _remove_oldest(self) -> None:
        for old in sorted(_files(self._path), key=lambda f: _number(self._path, f))[:-_KEPT]:
            old.unlink()

    def _finish_file(self) -> None:
        try:
            with self._as_device_error():
                self._write_header()
        finally:
            self._close_file()

    def _close_file(self) -> None:
        os.close(self._file)
        self._file = -1

    @contextmanager
    def _as_device_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DeviceError(f"{self.file}: {error.strerror}") from error

    def _write_header(self) -> None:
        os.ftruncate(self._file, _HEADER + 2 * self._frames)
        os.pwrite(self._file, _header(self._frames, self._began_at), 0)
        self._in_header = self._frames


def _header(frames: int, began: datetime) -> bytes:
    """Return a WAV header with the moment of the first sample in its `ICRD` tag."""
    stamp = began.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3].encode() + b"Z"
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    info = b"INFOICRD" + struct.pack("<I", len(stamp)) + stamp
    tags = struct.pack("<4sI", b"LIST", len(info)) + info
    data = struct.pack("<4sI", b"data", 2 * frames)
    rest = b"WAVE" + form + tags + data
    return struct.pack("<4sI", b"RIFF", len(rest) + 2 * frames) + rest


def _numbered(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_stem(f"{path.stem}-{number}")


def _number(path: Path, file: Path) -> int:
    """Return the number of one of a sink's files."""
    rest = file.stem.removeprefix(path.stem)
    return int(rest[1:]) if rest else 1


def _files(path: Path) -> list[Path]:
    """Return the files of earlier openings."""
    found = path.parent.glob(f"{path.stem}*{path.suffix}")
    return [file for file in found if _is_ours(path, file)]


def _is_ours(path: Path, file: Path) -> bool:
    rest = file.stem.removeprefix(path.stem)
    return not rest or (rest[0] == "-" and rest[1:].isdecimal())
