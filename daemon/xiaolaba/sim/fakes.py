"""Stand-ins for every port of the node, in memory and in virtual time.

They keep the contracts of the real adapters (the same tests hold both) and
are what the town simulation and the tests of the programs run on.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from xiaolaba.core.errors import ClipError, DeviceError
from xiaolaba.core.ledger import GENESIS, Play, Record, link
from xiaolaba.core.units import RATE, ClipHash, Instant, NodeId, Samples, Seconds
from xiaolaba.ports.bus import Inbound
from xiaolaba.ports.clock import ClockReport, Trust
from xiaolaba.ports.store import Batch, Counted, Publication


class FakeClock:
    """A `Clock` that moves only when told to; `standing` is what it reports."""

    def __init__(self, at: Instant) -> None:
        self.at = at
        self.elapsed = 0
        self.standing = ClockReport(Trust.TRUSTED, Seconds(0.0), "fake")

    def now(self) -> Instant:
        """Return the wall time."""
        return self.at

    def monotonic(self) -> Seconds:
        """Return the seconds that have passed."""
        return Seconds(self.elapsed / RATE)

    def report(self) -> ClockReport:
        """Return `standing`."""
        return self.standing

    def advance(self, by: int) -> None:
        """Let `by` samples of time pass."""
        self.at = Instant(self.at + by)
        self.elapsed += by

    def step(self, by: int) -> None:
        """Correct the wall time by `by` samples, as a time server may."""
        self.at = Instant(self.at + by)


class FakeSink:
    """A `Sink` that lets the fake clock pass while it is full, and keeps what sounded.

    `heard` is the sequence of sounded samples as bytes, the first of them at
    `began` on the clock's elapsed count.
    `fast` is how many samples it plays in a million more than it should.
    """

    buffer = RATE // 2

    def __init__(self, clock: FakeClock, fast: int = 0) -> None:
        self._clock, self._fast = clock, fast
        self._ahead = bytearray()
        self._sounded = 0
        self.began = clock.elapsed
        self.heard = bytearray()
        self.unplugged = False
        self.closed = False
        self._ran_dry = self._fed = False

    def delay(self) -> Samples:
        """Return how many samples wait."""
        self._require_plugged()
        self._advance()
        return Samples(len(self._ahead) // 2)

    def write(self, block: bytes | memoryview) -> bool:
        """Take samples, passing time until there is room."""
        self._require_plugged()
        self._advance()
        if self._ran_dry:
            self._ran_dry = self._fed = False
            return False
        missing = len(self._ahead) // 2 + len(block) // 2 - self.buffer
        if missing > 0:
            self._clock.advance(missing)
            self._advance()
        self._ahead += block
        self._fed = True
        return True

    def drop(self) -> None:
        """Forget what waits."""
        self._advance()
        self._ahead.clear()
        self._fed = False

    def close(self) -> None:
        """Let go."""
        self.closed = True

    def _require_plugged(self) -> None:
        if self.unplugged:
            raise DeviceError("fake: no such device")

    def _advance(self) -> None:
        elapsed = self._clock.elapsed - self.began
        due = elapsed + elapsed * self._fast // 1_000_000 - self._sounded
        sounded = self._ahead[: 2 * due]
        del self._ahead[: 2 * due]
        self._ran_dry |= self._fed and len(sounded) < 2 * due
        self.heard += sounded + bytes(2 * due - len(sounded))
        self._sounded += due


class FakeBus:
    """A `Bus` without a broker: `published` holds what went out, `deliver` brings in."""

    def __init__(self) -> None:
        self.published: list[tuple[str, bytes, bool]] = []
        self.patterns: set[str] = set()
        self.connected = False
        self._on_message: Callable[[Inbound], None] = lambda message: None
        self._on_connection: Callable[[bool], None] = lambda connected: None

    def start(
        self, on_message: Callable[[Inbound], None], on_connection: Callable[[bool], None]
    ) -> None:
        """Remember who listens; nothing is connected yet."""
        self._on_message, self._on_connection = on_message, on_connection

    def subscribe(self, *patterns: str) -> None:
        """Add subscriptions."""
        self.patterns.update(patterns)

    def unsubscribe(self, *patterns: str) -> None:
        """Take subscriptions away."""
        self.patterns.difference_update(patterns)

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool:
        """Keep a message if connected."""
        if self.connected:
            self.published.append((topic, payload, retain))
        return self.connected

    def stop(self) -> None:
        """Disconnect."""
        self.connected = False

    def connect(self, connected: bool = True) -> None:
        """Let the connection come or go."""
        self.connected = connected
        self._on_connection(connected)

    def deliver(self, topic: str, payload: bytes, retained: bool = False) -> None:
        """Bring a message in, if somebody asked for its topic."""
        if any(matches(pattern, topic) for pattern in self.patterns):
            self._on_message(Inbound(topic, payload, retained))


class FakeLedger:
    """A `Ledger` in memory; `reboot` begins another epoch, `power_cut` forgets what is not flushed.

    `records` are those of this epoch.
    """

    def __init__(self, epoch: str = "epoch-1") -> None:
        self.epoch = epoch
        self.epochs: dict[str, list[Record]] = {epoch: []}
        self._kept: dict[str, int] = {epoch: 0}
        self._flushed: dict[str, int] = {}

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
        self._flushed = {epoch: len(records) for epoch, records in self.epochs.items()}


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

    def keep(self, publications: Sequence[Publication], bodies: Mapping[str, bytes]) -> None:
        """Keep publications and bodies."""
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


class FakeCache:
    """A `ClipCache` over a dict of clips that a server would have."""

    def __init__(self, folder: Path, server: dict[ClipHash, bytes]) -> None:
        self._folder, self._server = folder, server
        self.received = 0

    def pcm(self, clip: ClipHash) -> Path | None:
        """Return the clip's file once it was fetched."""
        path = self._folder / f"{clip}.pcm"
        return path if path.exists() else None

    def fetch(self, clip: ClipHash, url: str) -> None:
        """Copy a clip from the server."""
        if clip not in self._server:
            raise ClipError(f"{clip}: the server does not have it")
        (self._folder / f"{clip}.pcm").write_bytes(self._server[clip])
        self.received += len(self._server[clip])

    def retain(self, clips: frozenset[ClipHash], soon: frozenset[ClipHash]) -> None:
        """Keep everything."""


class FakeSaved:
    """A `Saved` in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def load(self, name: str) -> bytes | None:
        """Return what was saved."""
        return self.files.get(name)

    def save(self, name: str, content: bytes) -> None:
        """Keep it."""
        self.files[name] = content


def matches(pattern: str, topic: str) -> bool:
    """Return whether a subscription with `+` in place of whole levels covers a topic."""
    wanted, levels = pattern.split("/"), topic.split("/")
    return len(wanted) == len(levels) and all(
        level in ("+", own) for level, own in zip(wanted, levels, strict=True)
    )
