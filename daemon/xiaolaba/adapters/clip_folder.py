"""The folder of finished clips: <sha256>.flac files and manifest.json, each written all or nothing.

What is written goes to a `.part` file first, is flushed to disk and then
renamed, so that a file under its final name is whole whatever happens. One
batch at a time may write: it holds the lock file, and sweeps up what a
killed one left behind.
"""

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xiaolaba.core.errors import ClipError, StoreError
from xiaolaba.core.library import Clip, Library, from_json, to_json
from xiaolaba.core.refusal import refusal
from xiaolaba.core.units import ClipHash, Language, RhymeId

MANIFEST = "manifest.json"
RETIRED = "retired.json"
KEPT_S = 40 * 86_400
"""How long a replaced clip stays: longer than any playlist that may still name it."""
PHONEMES = "phonemes.json"
_PART = ".part"


class ClipFolder:
    """One folder of clips."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, clip: ClipHash) -> Path:
        """Return where a clip's file is, or would be."""
        return self.folder / f"{clip}.flac"

    def library(self) -> tuple[Library, str]:
        """Return what the manifest lists, and what is wrong with it ("" if nothing)."""
        path = self.folder / MANIFEST
        try:
            return from_json(path.read_text(encoding="utf-8")), ""
        except FileNotFoundError:
            return Library(), ""
        except (ClipError, UnicodeDecodeError) as error:
            return Library(), f"{path}: 清单损坏，重新合成 / damaged, made again: {error}"
        except OSError as error:
            raise _store_error(path, error) from error

    def is_whole(self, clip: Clip) -> bool:
        """Return whether a clip's file is there and is what its name says."""
        try:
            data = self.path(clip.hash).read_bytes()
        except OSError:
            return False
        return hashlib.sha256(data).hexdigest() == clip.hash

    def put(self, data: bytes) -> ClipHash:
        """Keep a clip's bytes under their hash, all or nothing."""
        clip = ClipHash(hashlib.sha256(data).hexdigest())
        self._write(self.path(clip), data)
        return clip

    def save(self, lib: Library) -> None:
        """Replace the manifest, all or nothing."""
        self._write(self.folder / MANIFEST, to_json(lib).encode())

    def phonemes(self) -> dict[str, str]:
        """Return the remembered readings: how a text (by its key) is pronounced."""
        return self._json(PHONEMES)

    def remember(self, phonemes: Mapping[str, str]) -> None:
        """Replace the remembered readings."""
        text = json.dumps(phonemes, ensure_ascii=False, indent=0, sort_keys=True)
        self._write(self.folder / PHONEMES, text.encode())

    def tidy(self, now: int, readings: frozenset[tuple[RhymeId, Language]] | None = None) -> int:
        """Remove clips that have been out of the manifest for 40 days and return how many.

        With `readings` the manifest forgets every other reading first. `now`
        is a Unix second.
        """
        with self.writing():
            lib, damage = self.library()
            if readings is not None and not readings >= lib.clips.keys():
                lib = Library({name: own for name, own in lib.clips.items() if name in readings})
                self.save(lib)
            return 0 if damage else self._sweep(frozenset(c.hash for c in lib.clips.values()), now)

    def _sweep(self, used: frozenset[ClipHash], now: int) -> int:
        known = self._json(RETIRED)
        idle = {path.stem for path in self.folder.glob("*.flac")} - used
        since = {name: min(int(known.get(name, now)), now) for name in sorted(idle)}
        gone = [name for name, left in since.items() if left <= now - KEPT_S]
        for name in gone:
            self.path(ClipHash(name)).unlink(missing_ok=True)
            del since[name]
        if since != known:
            self._write(self.folder / RETIRED, json.dumps(since, indent=0).encode())
        return len(gone)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder for one batch, created if need be and swept of half-written files.

        Raises:
            StoreError: if it cannot be written, or another batch holds it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _store_error(self.folder, error) from error
        try:
            self._take(lock)
            yield
        finally:
            os.close(lock)

    def _json(self, name: str) -> dict[str, Any]:
        """Return an object that was written here, empty if there is none that can be read."""
        try:
            found = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _take(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            zh, en = "另一个合成正在进行", "another batch is at work"
            raise StoreError(f"{self.folder}: {zh} / {en}") from error
        for part in self.folder.glob(f"*{_PART}"):
            part.unlink(missing_ok=True)

    def _write(self, path: Path, data: bytes) -> None:
        part = ""
        try:
            handle, part = tempfile.mkstemp(suffix=_PART, dir=self.folder)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(handle, 0o644)
                os.fsync(handle)
            Path(part).replace(path)
        except OSError as error:
            if part:
                Path(part).unlink(missing_ok=True)
            raise _store_error(path, error) from error


def _store_error(path: Path, error: OSError) -> StoreError:
    reason = error.strerror or str(error)
    return StoreError(f"{path}：不能读写，{refusal(error)} / cannot be read or written: {reason}")
