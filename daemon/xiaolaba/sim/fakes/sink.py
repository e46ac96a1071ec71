"""A loudspeaker that lets virtual time pass."""

from xiaolaba.core.errors import DeviceError
from xiaolaba.core.units import RATE, Samples
from xiaolaba.sim.fakes.clock import FakeClock


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
