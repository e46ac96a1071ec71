"""What a node needs from its machine: a loudspeaker, and folders that outlive a power cut."""

from pathlib import Path
from typing import Protocol

from xiaolaba.core.ledger import Play, Record
from xiaolaba.core.units import ClipHash, Samples


class Sink(Protocol):
    """One open stream to a loudspeaker: 48 kHz, mono, signed 16 bit little-endian."""

    def delay(self) -> Samples:
        """Return how long the next sample written will take until it sounds.

        Raises:
            DeviceError: if the device is gone, or has lost what it held.
        """
        ...

    def write(self, block: bytes | memoryview) -> bool:
        """Hand over samples, blocking until the buffer takes them.

        Returns False after an underrun: the stream has been prepared anew and
        positions must be derived again.

        Raises:
            DeviceError: if the device is gone, or has lost what it held.
        """
        ...

    def drop(self) -> None:
        """Fall silent at once, forgetting what was written and has not sounded."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


class Ledger(Protocol):
    """The node's append-only record of what sounded."""

    @property
    def epoch(self) -> str:
        """The epoch of this boot and database."""
        ...

    def append(self, play: Play) -> Record:
        """Write one play down, in memory while the disk takes none, and return its record."""
        ...

    def unacknowledged(self, most: int) -> tuple[str, str, list[Record]]:
        """Return epoch, the link before, and the oldest records not acknowledged, of one epoch."""
        ...

    def acknowledge(self, epoch: str, upto: int) -> None:
        """Mark an epoch's records up to `upto` as kept by the daemon."""
        ...

    def waiting(self) -> int:
        """Return how many records are not acknowledged."""
        ...

    def flush(self) -> None:
        """Have everything on the disk, so that a power cut takes nothing."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class ClipCache(Protocol):
    """The node's own copies of clips, whole and checked or not there at all."""

    def pcm(self, clip: ClipHash) -> Path | None:
        """Return the decoded clip's file (raw 48 kHz s16 mono), or None while it is not ready."""
        ...

    def here(self) -> frozenset[ClipHash]:
        """Return which clips are ready."""
        ...

    @property
    def received(self) -> int:
        """How many bytes were downloaded since the start."""
        ...

    def retain(self, clips: frozenset[ClipHash], soon: frozenset[ClipHash]) -> None:
        """Say which clips are needed, and which of them soon.

        To make room for one that is needed soon, any that is not may be
        removed; for others only what is not needed at all.
        """
        ...

    def fetch(self, clip: ClipHash, url: str) -> None:
        """Have a clip here, checked and decoded, downloading it if need be; blocking.

        Raises:
            ClipError: if the bytes are not the clip, or the server does not have it.
            StoreError: if the folder cannot take it (full disk).
        """
        ...


class Saved(Protocol):
    """Small things that outlive a power cut, by name."""

    @property
    def damaged(self) -> frozenset[str]:
        """The names of which `load` found the latest copy damaged or gone."""
        ...

    def load(self, name: str) -> bytes | None:
        """Return what was saved last and is whole, or None."""
        ...

    def save(self, name: str, content: bytes) -> None:
        """Replace what is saved, in one step.

        Raises:
            StoreError: if it cannot be written; what was there stays.
        """
        ...
