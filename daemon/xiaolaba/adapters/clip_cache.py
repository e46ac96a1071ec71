"""A node's own copies of clips: downloaded once, checked, decoded once, whole or not there.

A clip comes in as `<hash>.part`, which a cut download leaves to go on with;
once its SHA-256 is its name it is decoded by a process of its own and put in
place in one step as `<hash>.<digest of the PCM>.pcm`. The name carries what
the disk must give back, so that rot is noticed. Every byte may be paid for:
there is room for a clip before its first one is asked for.

HTTP is imported when something is downloaded: a node that starts with every
clip in its place sounds sooner without it.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xiaolaba.core.errors import ClipError, StoreError
from xiaolaba.core.units import ClipHash

LARGEST = 32_000_000
"""Bytes that a clip's file may have; ten minutes of FLAC are about 20 MB."""
TURN = 300.0
"""Seconds that one download may take before it makes way for the next, to go on later."""
SWELLS = 8
"""How many times the size of its file a clip may need while it is decoded, the file included."""
_NAME = re.compile(r"([0-9a-f]{64})\.(?:[0-9a-f]{16}\.pcm|part)")


class DiskClipCache:
    """A `ClipCache` in `folder` of at most `budget` bytes; `turn` is in seconds.

    One thread fetches; any thread may ask for files.
    """

    def __init__(self, folder: Path, budget: int, turn: float = TURN) -> None:
        """Take stock of the folder; leftovers of a killed process are removed.

        Raises:
            StoreError: if the folder cannot be used.
        """
        self._folder, self._budget, self._turn = folder, budget, turn
        self._needed: frozenset[ClipHash] = frozenset()
        self._soon: frozenset[ClipHash] = frozenset()
        self._checked: dict[ClipHash, tuple[int, int]] = {}
        self._lengths: dict[ClipHash, int] = {}
        self.received = 0
        """Bytes downloaded since the start."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._files = dict(self._take_stock())
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror}") from error

    def pcm(self, clip: ClipHash) -> Path | None:
        """Return the decoded clip's file, or None while it is not ready."""
        return self._files.get(clip)

    def here(self) -> frozenset[ClipHash]:
        """Return which clips are ready."""
        return frozenset(self._files)

    def retain(self, clips: frozenset[ClipHash], soon: frozenset[ClipHash]) -> None:
        """Say what is needed, and what of it soon; see `_make_room` for what may go."""
        self._needed, self._soon = clips, soon

    def fetch(self, clip: ClipHash, url: str) -> None:
        """Have the clip here, checked: what is there is read once a start, else downloaded.

        Raises:
            ClipError: if the bytes are not the clip, or the server does not have it.
            StoreError: if the folder cannot take it.
        """
        with _disk(clip):
            if clip not in self._files or not self._is_sane(clip):
                self._bring(clip, url, self._folder / f"{clip}.part")

    def _bring(self, clip: ClipHash, url: str, part: Path) -> None:
        self._make_room(clip, self._lengths.get(clip, 0))
        self._download(clip, url, part)
        self._require_whole(clip, part)
        self._make_room(clip, _size(part))
        self._decode(clip, part)
        part.unlink()
        self._lengths.pop(clip, None)

    def _take_stock(self) -> Iterator[tuple[ClipHash, Path]]:
        for path in self._folder.iterdir():
            if path.suffix == ".pcm" and (found := _NAME.fullmatch(path.name)):
                yield ClipHash(found[1]), path
            elif path.suffix == ".new":
                path.unlink()

    def _is_sane(self, clip: ClipHash) -> bool:
        """Return whether the file is what its name says; read once a start, removed if not."""
        path = self._files[clip]
        stamp = _stamp(path)
        if stamp is not None and self._checked.get(clip) == stamp:
            return True
        if stamp is None or not _is_what_it_says(path):
            self._files.pop(clip)
            path.unlink(missing_ok=True)
            return False
        self._checked[clip] = stamp
        return True

    def _download(self, clip: ClipHash, url: str, part: Path) -> None:
        """Bring `part` to its full length, going on where the last attempt was cut."""
        from xiaolaba.adapters.download import arriving

        with arriving(clip, url, _size(part), self._turn) as found:
            if found is None:  # nothing is missing; its hash will be judged
                return
            self._expect(clip, found.length)
            with _disk(clip), part.open("ab" if found.begin else "wb") as file:
                for chunk in found.chunks():
                    file.write(chunk)
                    self.received += len(chunk)
                    _require_size(clip, file.tell())

    def _expect(self, clip: ClipHash, length: int) -> None:
        """Make room for a clip of this length; the server is not asked for it again in vain."""
        _require_size(clip, length)
        self._lengths[clip] = length
        self._make_room(clip, length)

    def _require_whole(self, clip: ClipHash, part: Path) -> None:
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != clip:
            part.unlink()
            raise ClipError(f"{clip}: the server's bytes have SHA-256 {digest}")

    def _make_room(self, clip: ClipHash, length: int) -> None:
        """Remove clips, whole or begun, until one with a file of this length fits budget and disk.

        What nothing needs goes first; for a clip that is needed soon those that
        are needed later go too, the oldest first.
        """
        excess = self._excess(clip, length)
        may_go = self._dispensable(clip) if excess > 0 else []
        lacking = excess - sum(map(_size, may_go))
        if excess > 0 and lacking > 0:
            raise StoreError(
                f"{clip}: no room, {lacking} bytes over the cache's budget or the disk"
            )
        for path in may_go:
            if excess > 0:
                excess -= self._remove(path)

    def _excess(self, clip: ClipHash, length: int) -> int:
        """Return how many bytes are lacking for a clip; what is here of it counts."""
        wanted = SWELLS * length - _size(self._folder / f"{clip}.part")
        used = sum(_size(path) for _, path in self._all())
        return wanted + max(used - self._budget, -shutil.disk_usage(self._folder).free)

    def _dispensable(self, clip: ClipHash) -> list[Path]:
        kept = {clip, *(self._soon if clip in self._soon else self._needed)}
        may_go = [
            (other in self._needed, path.stat().st_mtime, path)
            for other, path in self._all()
            if other not in kept
        ]
        return [path for *_, path in sorted(may_go)]

    def _all(self) -> Iterator[tuple[ClipHash, Path]]:
        """Yield what there is of clips, whole or begun."""
        for path in self._folder.iterdir():
            if found := _NAME.fullmatch(path.name):
                yield ClipHash(found[1]), path

    def _remove(self, path: Path) -> int:
        """Remove a clip's file and return how many bytes that gives back."""
        clip, size = ClipHash(path.name[:64]), _size(path)
        if self._files.get(clip) == path:
            del self._files[clip]
        path.unlink()
        return size

    def _decode(self, clip: ClipHash, part: Path) -> None:
        """Decode in a process of its own, and put the result in place in one step."""
        fresh = part.with_suffix(".new")
        decode = [sys.executable, "-P", "-m", "xiaolaba.adapters.decode"]
        try:
            command = [*decode, str(part), str(fresh)]
            done = subprocess.run(command, capture_output=True, timeout=60, check=False)
            if done.returncode:
                why = done.stderr.decode(errors="replace").strip()[-300:]
                raise (StoreError if done.returncode == 4 else ClipError)(f"{clip}: {why}")
            path = self._folder / f"{clip}.{_digest(fresh)}.pcm"
            fresh.rename(path)
            _flush_folder(self._folder)
        except subprocess.TimeoutExpired as error:
            raise ClipError(f"{clip}: decoding took more than a minute") from error
        finally:
            fresh.unlink(missing_ok=True)
        self._files[clip] = path


@contextmanager
def _disk(clip: ClipHash) -> Iterator[None]:
    """Turn what goes wrong with the disk into a StoreError; what was paid for stays."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{clip}: {error.strerror or error}") from error


def _require_size(clip: ClipHash, length: int) -> None:
    if length > LARGEST:
        raise ClipError(f"{clip}: more than {LARGEST} bytes")


def _size(path: Path) -> int:
    """Return how many bytes a file has; none if it is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file does, or None if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _is_what_it_says(path: Path) -> bool:
    """Return whether a PCM file has the digest that its name carries.

    Raises:
        StoreError: if that cannot be told now, as when no file can be opened.
    """
    try:
        return path.name.split(".")[1] == _digest(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(f"{path.name}: {error.strerror}") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _flush_folder(folder: Path) -> None:
    """Have a rename outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
