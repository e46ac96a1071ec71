"""What the daemon keeps for good: what it published to each node, and the plays it counted."""

from dataclasses import dataclass

from xiaolaba.core.ledger import Record
from xiaolaba.core.message import Manifest
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
    the records before it that never came, both ends included; `broken` the
    seq that contradicts what was counted before: then nothing was counted.
    """

    node: NodeId
    epoch: str
    upto: int
    fresh: int = 0
    gap: tuple[int, int] | None = None
    broken: int | None = None
