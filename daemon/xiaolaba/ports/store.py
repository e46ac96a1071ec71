"""What the daemon keeps for good: what it published to each node, and the plays it counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from xiaolaba.core.ledger import Record
from xiaolaba.core.message import Manifest
from xiaolaba.core.message.report import Event, Health, NodeState
from xiaolaba.core.units import NodeId


@dataclass(frozen=True, slots=True)
class Publication:
    """The last playlist of one node; `sealed` are its exact bytes, which never change."""

    node: NodeId
    generation: int
    revision: int
    manifest: Manifest
    expires: int
    sealed: bytes

    @property
    def order(self) -> tuple[int, int]:
        """What only grows."""
        return self.generation, self.revision


@dataclass(frozen=True, slots=True)
class Standing:
    """The daemon's clock: trusted, coasting, untrusted, or that it `differs` from the nodes'."""

    clock: str


@dataclass(frozen=True, slots=True)
class Unpublished:
    """The years that playlists reach and depend on, whose days off nobody has read in."""

    years: tuple[int, ...]


Noted = NodeState | Health | Event | Standing | Unpublished
"""What is written down: what nodes said, and how things stand with the daemon."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one node and epoch, in order, with the link before the first."""

    node: NodeId
    epoch: str
    before: str
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of a batch.

    `upto` is its last record's seq; `fresh` how many records were new; `gap`
    the records before it that are missing, both ends included; `broken` the
    seq that contradicts what was counted before: then nothing was counted.
    """

    node: NodeId
    epoch: str
    upto: int
    fresh: int = 0
    gap: tuple[int, int] | None = None
    broken: int | None = None


class Store(Protocol):
    """The daemon's record.

    Every method raises StoreError if it cannot be read or written, and
    DamagedError if it is damaged: it was set aside, and is begun anew when it
    is opened again.
    """

    def generation(self) -> int:
        """Return the generation of everything published; it begins at 1."""
        ...

    def publications(self) -> tuple[Publication, ...]:
        """Return the last publication of every node."""
        ...

    def bodies(self) -> dict[str, bytes]:
        """Return the shared bodies that publications name, by digest."""
        ...

    def keep(
        self,
        publications: Sequence[Publication],
        bodies: Mapping[str, bytes],
        gone: Sequence[NodeId] = (),
    ) -> None:
        """Write down publications and the new bodies they name, all or nothing.

        Of the nodes that are `gone` nothing stays but their plays and events.
        """
        ...

    def count(self, batches: Sequence[Batch]) -> list[Counted]:
        """Count every record exactly once; on disk when this returns."""
        ...

    def report(self, reports: Sequence[tuple[Noted, int]]) -> None:
        """Write notes down, each with the Unix second at which it was made."""
        ...

    def tidy(self, now: int) -> None:
        """Forget what is too old to be asked for, a day's at a time."""
        ...
