"""A node's folders, in memory: its ledger, its clips, what it saved."""

from pathlib import Path

from xiaolaba.core.errors import ClipError, StoreError
from xiaolaba.core.ledger import GENESIS, Play, Record, link
from xiaolaba.core.units import ClipHash


class FakeLedger:
    """A `Ledger` in memory; `reboot` begins another epoch, `power_cut` forgets what is not flushed.

    `records` are those of this epoch. The disk may be `full`.
    """

    def __init__(self, epoch: str = "epoch-1") -> None:
        self.epoch = epoch
        self.epochs: dict[str, list[Record]] = {epoch: []}
        self._kept: dict[str, int] = {epoch: 0}
        self._flushed: dict[str, int] = {}
        self.full = False

    @property
    def records(self) -> list[Record]:
        """The records of this epoch."""
        return self.epochs[self.epoch]

    def reboot(self, epoch: str) -> None:
        """Begin the epoch of another boot."""
        self.epoch = epoch
        self.epochs[epoch], self._kept[epoch] = [], 0

    def power_cut(self) -> None:
        """Lose what was not flushed."""
        for epoch, records in self.epochs.items():
            del records[self._flushed.get(epoch, 0) :]
            self._kept[epoch] = min(self._kept[epoch], len(records))

    def append(self, play: Play) -> Record:
        """Write one play down."""
        self._require_room()
        before = self.records[-1].link if self.records else GENESIS
        seq = len(self.records) + 1
        self.records.append(Record(seq, play, link(before, self.epoch, seq, play)))
        return self.records[-1]

    def unacknowledged(self, most: int) -> tuple[str, str, list[Record]]:
        """Return epoch, link before, and the oldest records not acknowledged."""
        for epoch, records in self.epochs.items():
            kept = self._kept[epoch]
            if kept < len(records) or epoch == self.epoch:
                before = records[kept - 1].link if kept else GENESIS
                return epoch, before, records[kept : kept + most]
        raise AssertionError("this epoch is one of the epochs")

    def acknowledge(self, epoch: str, upto: int) -> None:
        """Mark records as kept by the daemon."""
        if epoch in self.epochs:
            self._kept[epoch] = max(self._kept[epoch], min(upto, len(self.epochs[epoch])))

    def waiting(self) -> int:
        """Return how many records are not acknowledged."""
        return sum(len(found) - self._kept[epoch] for epoch, found in self.epochs.items())

    def flush(self) -> None:
        """Keep what there is through a power cut."""
        self._require_room()
        self._flushed = {epoch: len(records) for epoch, records in self.epochs.items()}

    def close(self) -> None:
        """Keep what there is: memory is let go of with its last user."""

    def _require_room(self) -> None:
        if self.full:
            raise StoreError("ledger: no space left")


class FakeCache:
    """A `ClipCache` over a dict of clips that a server would have, with no room to spare.

    To make room for one clip, every other goes that nothing needs.
    """

    def __init__(self, folder: Path, server: dict[ClipHash, bytes]) -> None:
        self._folder, self._server = folder, server
        self._needed: frozenset[ClipHash] = frozenset()
        self.received = 0

    def pcm(self, clip: ClipHash) -> Path | None:
        """Return the clip's file once it was fetched."""
        path = self._folder / f"{clip}.pcm"
        return path if path.exists() else None

    def here(self) -> frozenset[ClipHash]:
        """Return which clips were fetched."""
        return frozenset(ClipHash(path.stem) for path in self._folder.glob("*.pcm"))

    def fetch(self, clip: ClipHash, url: str) -> None:
        """Copy a clip from the server."""
        if clip not in self._server:
            raise ClipError(f"{clip}: the server does not have it")
        for other in self.here() - self._needed:
            (self._folder / f"{other}.pcm").unlink()
        (self._folder / f"{clip}.pcm").write_bytes(self._server[clip])
        self.received += len(self._server[clip])

    def retain(self, clips: frozenset[ClipHash], soon: frozenset[ClipHash]) -> None:
        """Say what is needed."""
        self._needed = clips


class FakeSaved:
    """A `Saved` in memory, which may be `full`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.damaged: frozenset[str] = frozenset()
        self.full = False

    def load(self, name: str) -> bytes | None:
        """Return what was saved."""
        return self.files.get(name)

    def save(self, name: str, content: bytes) -> None:
        """Keep it."""
        if self.full:
            raise StoreError(f"{name}: no space left")
        self.files[name] = content
