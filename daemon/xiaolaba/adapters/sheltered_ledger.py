"""A ledger that goes on in memory while the disk takes none, and home when it does again.

    on the disk  --refused-->  in memory, an epoch of its own
        ^                          |
        +------- taken over -------+   tried at each play and at each flush

Every play has its number at once and can be sent. The disk takes an epoch
over with its numbers, so that what was sent from memory counts once, and what
memory had to let go of is a gap that the daemon sees. What only memory held
when the node ended is lost.
"""

from collections.abc import Callable
from pathlib import Path

from xiaolaba.adapters.sqlite_ledger import SqliteLedger
from xiaolaba.core.errors import StoreError
from xiaolaba.core.ledger import Play, Record

MOST_SHELTERED = 20_000
"""Rows at most in memory, about 6 MB: three days of a play each 15 s."""


class ShelteredLedger:
    """A `Ledger` at `path`; `tell` is given the code and detail of what befalls it."""

    def __init__(
        self,
        path: Path,
        boot: str,
        now_ms: Callable[[], int],
        tell: Callable[[str, str], None],
        most_sheltered: int = MOST_SHELTERED,
    ) -> None:
        self._path, self._boot, self._now_ms, self._tell = path, boot, now_ms, tell
        self._most_sheltered = most_sheltered
        self._sheltered = self._checked = False
        try:
            self._ledger = self._on_disk()
        except StoreError as error:
            self._shelter(error)

    @property
    def epoch(self) -> str:
        """The epoch that is being written."""
        return self._ledger.epoch

    def append(self, play: Play) -> Record:
        """Write one play down and return its record."""
        self._go_home()
        try:
            return self._ledger.append(play)
        except StoreError as error:
            self._ledger.close()
            self._shelter(error)
            return self._ledger.append(play)

    def unacknowledged(self, most: int) -> tuple[str, str, list[Record]]:
        """Return what can be sent: while the disk is away, only what memory holds."""
        return self._ledger.unacknowledged(most)

    def acknowledge(self, epoch: str, upto: int) -> None:
        """Mark an epoch's records up to `upto` as kept by the daemon."""
        self._ledger.acknowledge(epoch, upto)

    def waiting(self) -> int:
        """Return how many records can be sent."""
        return self._ledger.waiting()

    def flush(self) -> None:
        """Have everything on the disk, if it takes it."""
        self._go_home()
        self._ledger.flush()

    def close(self) -> None:
        """Let go of the file, and of what only memory holds."""
        if self._sheltered and self.waiting():
            self._tell("plays-lost", f"{self.waiting()} that only memory held")
        self._ledger.close()

    def _on_disk(self) -> SqliteLedger:
        check = not self._checked
        ledger = SqliteLedger(self._path, self._boot, self._now_ms, check=check)
        self._checked = True
        if ledger.set_aside is not None:
            self._tell("ledger-damaged", f"set aside as {ledger.set_aside.name}")
        return ledger

    def _shelter(self, error: StoreError) -> None:
        """Go on in memory."""
        self._tell("store", f"{error}; plays are kept in memory")
        memory = Path(":memory:")
        self._ledger = SqliteLedger(memory, self._boot, self._now_ms, self._most_sheltered)
        self._sheltered = True

    def _go_home(self) -> None:
        """Have the disk take over what memory holds, if it does."""
        if not self._sheltered:
            return
        try:
            disk = self._on_disk()
        except StoreError:
            return
        try:
            disk.take_over(self._ledger)
        except StoreError:
            disk.close()
            return
        self._ledger.close()
        self._ledger, self._sheltered = disk, False
