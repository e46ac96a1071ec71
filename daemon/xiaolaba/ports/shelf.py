"""The folder of finished clips."""

from contextlib import AbstractContextManager
from typing import Protocol

from xiaolaba.core.library import Clip, Library
from xiaolaba.core.units import ClipHash


class Shelf(Protocol):
    """The folder of finished clips: whole files named by their hash, and the manifest."""

    def writing(self) -> AbstractContextManager[None]:
        """Hold the folder for one batch; it is created if need be.

        Raises:
            StoreError: if it cannot be written, or another batch holds it.
        """
        ...

    def library(self) -> tuple[Library, str]:
        """Return what the manifest lists, and what is wrong with it ("" if nothing)."""
        ...

    def is_whole(self, clip: Clip) -> bool:
        """Return whether a clip's file is there and is what its name says."""
        ...

    def put(self, data: bytes) -> ClipHash:
        """Keep a clip's bytes under their hash, all or nothing.

        Raises:
            StoreError: if the folder cannot take it (full, read-only).
        """
        ...

    def save(self, lib: Library) -> None:
        """Replace the manifest, all or nothing.

        Raises:
            StoreError: if the folder cannot take it.
        """
        ...
