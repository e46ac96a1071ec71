"""A node's own copies of clips: downloaded once, checked, decoded once, whole or not there.

A clip comes in as `<hash>.part`, which a cut download leaves to go on with;
once its SHA-256 is its name it is decoded by a process of its own and put in
place in one step as `<hash>.<digest of the PCM>.pcm`. The name carries what
the disk must give back, so that rot is noticed.

HTTP is imported when something is downloaded: a node that starts with every
clip in its place sounds sooner without it.
"""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from xiaolaba.core.errors import ClipError, StoreError
from xiaolaba.core.units import ClipHash

if TYPE_CHECKING:
    import http.client

LARGEST = 32_000_000
"""Bytes that a clip's file may have; ten minutes of FLAC are about 20 MB."""
PATIENCE = 20.0
"""Seconds that a server may say nothing."""
_CHUNK = 1 << 16
_NAME = re.compile(r"([0-9a-f]{64})\.([0-9a-f]{16})\.pcm")


class DiskClipCache:
    """A `ClipCache` in `folder` of at most `budget` bytes.

    One thread fetches; any thread may ask for files.
    """

    def __init__(self, folder: Path, budget: int) -> None:
        """Take stock of the folder; leftovers of a killed process are removed.

        Raises:
            StoreError: if the folder cannot be used.
        """
        self._folder, self._budget = folder, budget
        self._needed: frozenset[ClipHash] = frozenset()
        self._soon: frozenset[ClipHash] = frozenset()
        self._checked: dict[ClipHash, tuple[int, int]] = {}
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

    def retain(self, clips: frozenset[ClipHash], soon: frozenset[ClipHash]) -> None:
        """Say what is needed, and what of it soon; see `_make_room` for what may go."""
        self._needed, self._soon = clips, soon

    def fetch(self, clip: ClipHash, url: str) -> None:
        """Have the clip here, checked: what is there is read once a start, else downloaded.

        Raises:
            ClipError: if the bytes are not the clip, or the server does not have it.
            StoreError: if the folder cannot take it.
        """
        if clip in self._files and self._is_sane(clip):
            return
        part = self._folder / f"{clip}.part"
        self._download(clip, url, part)
        self._require_whole(clip, part)
        with _disk(part):
            self._make_room(8 * part.stat().st_size, clip)
            self._decode(clip, part)
            part.unlink()

    def _take_stock(self) -> Iterator[tuple[ClipHash, Path]]:
        for path in self._folder.iterdir():
            if found := _NAME.fullmatch(path.name):
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
        from http.client import HTTPException

        have = part.stat().st_size if part.exists() else 0
        connection, target = _connect(clip, url)
        try:
            connection.request("GET", target, headers={"Range": f"bytes={have}-"} if have else {})
            self._receive(clip, connection.getresponse(), part, have)
        except (OSError, HTTPException) as error:
            raise ClipError(f"{clip}: {type(error).__name__}: {error}") from error
        finally:
            connection.close()

    def _receive(
        self, clip: ClipHash, answer: "http.client.HTTPResponse", part: Path, have: int
    ) -> None:
        if answer.status == 416 and have:  # nothing is missing; its hash will be judged
            return
        if answer.status not in (200, 206):
            raise ClipError(f"{clip}: the server answers {answer.status}")
        have = have if answer.status == 206 else 0
        with _disk(part), part.open("ab" if have else "wb") as file:
            while chunk := answer.read(_CHUNK):
                have += len(chunk)
                self.received += len(chunk)
                if have > LARGEST:
                    raise ClipError(f"{clip}: more than {LARGEST} bytes")
                file.write(chunk)
        if answer.length:
            raise ClipError(f"{clip}: cut off, {answer.length} bytes are missing")

    def _require_whole(self, clip: ClipHash, part: Path) -> None:
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != clip:
            part.unlink()
            raise ClipError(f"{clip}: the server's bytes have SHA-256 {digest}")

    def _make_room(self, wanted: int, clip: ClipHash) -> None:
        """Remove clips until `wanted` bytes fit the budget; what nothing needs goes first.

        For a clip that is needed soon those that are needed later go too, the oldest first.
        """
        used = {clip: path.stat() for clip, path in self._files.items()}
        excess = sum(stat.st_size for stat in used.values()) + wanted - self._budget
        for other in self._dispensable(clip, used):
            if excess <= 0:
                return
            excess -= used[other].st_size
            self._files.pop(other).unlink()
        if excess > 0:
            raise StoreError(f"{self._folder}: {excess} bytes over the cache's budget")

    def _dispensable(
        self, clip: ClipHash, used: Mapping[ClipHash, os.stat_result]
    ) -> list[ClipHash]:
        kept = self._soon if clip in self._soon else self._needed
        return sorted(
            used.keys() - kept,
            key=lambda other: (other in self._needed, used[other].st_mtime),
        )

    def _decode(self, clip: ClipHash, part: Path) -> None:
        """Decode in a process of its own, and put the result in place in one step."""
        fresh = part.with_suffix(".new")
        command = [sys.executable, "-m", "xiaolaba.adapters.decode", str(part), str(fresh)]
        try:
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
def _disk(path: Path) -> Iterator[None]:
    """Turn what goes wrong with the disk into a StoreError, leaving nothing half-written."""
    try:
        yield
    except OSError as error:
        if isinstance(error, ConnectionError | TimeoutError):
            raise
        path.unlink(missing_ok=True)
        raise StoreError(f"{path.name}: {error.strerror or error}") from error


def _connect(clip: ClipHash, url: str) -> "tuple[http.client.HTTPConnection, str]":
    """Return a connection to the URL's server, and what to ask it for."""
    from http.client import HTTPConnection, HTTPSConnection

    parts = urlsplit(url)
    kinds = {"http": HTTPConnection, "https": HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        raise ClipError(f"{clip}: {url[:200]!r} is no http address")
    return kinds[parts.scheme](parts.hostname, parts.port, timeout=PATIENCE), parts.path


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
