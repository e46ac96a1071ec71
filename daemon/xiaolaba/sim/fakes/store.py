"""The daemon's record, in memory."""

from collections.abc import Mapping, Sequence

from xiaolaba.core.ledger import Record
from xiaolaba.core.units import NodeId
from xiaolaba.ports.store import Batch, Counted, Publication


class FakeStore:
    """A `Store` in memory; `records` has every play that was counted, `notes` what was reported."""

    def __init__(self) -> None:
        self._publications: dict[NodeId, Publication] = {}
        self._bodies: dict[str, bytes] = {}
        self.records: dict[tuple[NodeId, str], dict[int, Record]] = {}
        self.counted = 0
        self.notes: list[tuple[object, int]] = []

    def generation(self) -> int:
        """Return the generation of everything published."""
        return 1

    def publications(self) -> tuple[Publication, ...]:
        """Return the last publication of every node."""
        return tuple(self._publications.values())

    def bodies(self) -> dict[str, bytes]:
        """Return the shared bodies."""
        return dict(self._bodies)

    def keep(
        self,
        publications: Sequence[Publication],
        bodies: Mapping[str, bytes],
        gone: Sequence[NodeId] = (),
    ) -> None:
        """Keep publications and bodies; forget the nodes that are gone."""
        for node in gone:
            self._publications.pop(node, None)
        self._publications |= {publication.node: publication for publication in publications}
        self._bodies |= bodies

    def count(self, batches: Sequence[Batch]) -> list[Counted]:
        """Count every record exactly once."""
        return [self._count(batch) for batch in batches]

    def report(self, reports: Sequence[tuple[object, int]]) -> None:
        """Keep what nodes said."""
        self.notes += reports

    def tidy(self, now: int) -> None:
        """Keep everything."""

    def _count(self, batch: Batch) -> Counted:
        known = self.records.setdefault((batch.node, batch.epoch), {})
        upto = batch.records[-1].seq
        for record in batch.records:
            if known.get(record.seq, record) != record:
                return Counted(batch.node, batch.epoch, upto, broken=record.seq)
        fresh = {record.seq: record for record in batch.records if record.seq not in known}
        known |= fresh
        self.counted += len(fresh)
        return Counted(batch.node, batch.epoch, upto, len(fresh))
