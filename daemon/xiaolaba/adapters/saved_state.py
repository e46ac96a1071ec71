"""Small things that must outlive a power cut, one file each, with the copy before it.

A file begins with the SHA-256 of what follows, so that one that was cut or
has rotted is noticed; the last good copy is used then.
"""

import hashlib
import os
from pathlib import Path

from xiaolaba.core.errors import StoreError


class SavedState:
    """Named bytes in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, making it if need be.

        Raises:
            StoreError: if it cannot be made.
        """
        self._folder = folder
        self._damaged: set[str] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror}") from error

    @property
    def damaged(self) -> frozenset[str]:
        """The names of which `load` found the latest copy damaged or gone."""
        return frozenset(self._damaged)

    def load(self, name: str) -> bytes | None:
        """Return what was saved last, or before that if the file is damaged, or None."""
        latest, before = self._folder / name, self._folder / f"{name}.before"
        content = _read(latest)
        if content is not None:
            self._damaged.discard(name)
            return content
        if latest.exists() or before.exists():
            self._damaged.add(name)
        return _read(before)

    def save(self, name: str, content: bytes) -> None:
        """Replace what is saved, in one step and on the disk.

        Raises:
            StoreError: if it cannot be written; what was there stays.
        """
        path, fresh = self._folder / name, self._folder / f"{name}.new"
        try:
            with fresh.open("wb") as file:
                file.write(_digest(content) + content)
                file.flush()
                os.fsync(file.fileno())
            if _read(path) is not None:
                path.replace(self._folder / f"{name}.before")
            fresh.replace(path)
            self._flush_folder()
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise StoreError(f"{path}: {error.strerror}") from error

    def _flush_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _read(path: Path) -> bytes | None:
    """Return a file's content if it is whole."""
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    content = raw[64:]
    return content if raw[:64] == _digest(content) else None


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
