"""The sound thread: keep one stream open and in step with the clock.

For each block of 20 ms the player asks when its first sample will sound and
has the stage fill it with what belongs there. Nothing that goes wrong makes
it hurry: after an underrun, a lost device or a step of the clock the
position is derived anew, and what was missed stays missed.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from xiaolaba.core.errors import DeviceError
from xiaolaba.core.policy import Policy
from xiaolaba.core.reason import Reason
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.units import RATE, Instant, Samples, Seconds
from xiaolaba.node.servo import Servo
from xiaolaba.node.stage import Part, Report, Stage
from xiaolaba.ports.clock import Clock, Trust
from xiaolaba.ports.node import Sink

BLOCK = RATE // 50
"""Samples in a block: 20 ms."""
RETRY = 1.0
"""Seconds between two attempts to open a lost device."""
STEP = RATE
"""Samples beyond which a change of the clock is a step: what is buffered is thrown away."""
_TIGHT = Seconds(300e-6)
_LOOKS = 5
_LOOK_AT_CLOCK = 50
_NO_TIME = Samples(0)


@dataclass(frozen=True, slots=True)
class SetPart:
    """Play this from `effective_at` on."""

    part: Part
    effective_at: Instant


@dataclass(frozen=True, slots=True)
class SetPolicy:
    """Obey this from now on."""

    policy: Policy | None


@dataclass(frozen=True, slots=True)
class SetHolds:
    """Obey these holds from now on, and no others."""

    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class SetFloor:
    """Trust no clock that shows an earlier time than this."""

    floor: Instant


Order = SetPart | SetPolicy | SetHolds | SetFloor


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """There is no sound device, and why; told once until it is back."""

    detail: str


@dataclass(frozen=True, slots=True)
class DeviceBack:
    """The sound device plays again: a sample has left it since it was lost."""


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock jumped by so many seconds."""

    by: Seconds


Told = Report | DeviceLost | DeviceBack | ClockStepped


@dataclass(frozen=True, slots=True)
class _Reading:
    """When the next sample will sound, what the clock is off the monotonic one, how surely."""

    at: int
    delay: int
    offset: int
    took: float

    @property
    def tight(self) -> bool:
        """Whether it was taken at one go."""
        return self.took < _TIGHT


class Player:
    """Plays what it is ordered to, by `clock`, on the sink that `open_sink` gives.

    Each opening begins with `wake` samples of silence, in which an amplifier wakes up.
    """

    def __init__(
        self,
        stage: Stage,
        clock: Clock,
        open_sink: Callable[[], Sink],
        tell: Callable[[Told], None],
        stop: Event | None = None,
        wake: Samples = _NO_TIME,
    ) -> None:
        self._stage, self._clock, self._open_sink, self._tell = stage, clock, open_sink, tell
        self._orders: deque[Order] = deque()
        self._stop, self._wake = stop or Event(), wake
        self._servo = Servo()
        self._block = memoryview(bytearray(2 * BLOCK))
        self._position: int | None = None
        self._offset: int | None = None
        self._blocks = 0
        self._trusted = False
        self._awake_from = 0
        self._floor = Instant(0)
        self._lost, self._opened = False, 0
        self.underruns = 0
        self.heard = 0
        """Samples that have left the card since the start; stands still when the card does."""

    @property
    def error_ms(self) -> float:
        """How late the stream is against the clock, in milliseconds."""
        return round(self._servo.error * 1000 / RATE, 3)

    def order(self, order: Order) -> None:
        """Have the sound thread carry out an order at its next block."""
        self._orders.append(order)

    def stop(self) -> None:
        """Have the sound thread fade out and end."""
        self._stop.set()

    def run(self) -> None:
        """Play until stopped; the device may come and go."""
        while not self._stop.is_set():
            try:
                self._play(self._open_sink())
            except DeviceError as error:
                self._lose(error)
                self._stop.wait(RETRY)

    def _play(self, sink: Sink) -> None:
        """Feed one stream until stopped or until the device is lost."""
        self._position, self._opened = None, self._stage.written
        self._awake_from = self._opened + self._wake
        try:
            while self._feed(sink):
                pass
        finally:
            sink.close()

    def _lose(self, error: DeviceError) -> None:
        for report in self._stage.lost(self.heard):
            self._tell(report)
        if not self._lost:
            self._tell(DeviceLost(str(error)))
        self._lost = True

    def _feed(self, sink: Sink) -> bool:
        """Write one block; False when stopped and silent."""
        reading = self._read(sink)
        self.heard = self._stage.written - reading.delay
        for report in self._stage.heard(self.heard):
            self._tell(report)
        if self._lost and self.heard > self._opened:
            self._lost = False
            self._tell(DeviceBack())
        if self._stepped(reading):
            self._fall_silent(sink)
            return True
        at = self._place(reading)
        self._obey(sink, at)
        if self._stop.is_set() and not self._stage.sounding and not self._stage.unheard:
            return False
        if self._position is not None:  # else an order dropped the buffer, and `at` is void
            self._write(sink, at)
        return True

    def _read(self, sink: Sink) -> _Reading:
        """Return when the next sample will sound; look again if the thread was put aside.

        Where it was each time, the quickest look counts.
        """
        best = self._look(sink)
        for _ in range(_LOOKS - 1):
            if best.tight:
                break
            again = self._look(sink)
            if again.took < best.took or not again.delay:  # what nothing waits for sounds now
                best = again
        return best

    def _look(self, sink: Sink) -> _Reading:
        clock = self._clock
        before = clock.monotonic()
        now = clock.now()
        delay = sink.delay()
        took = clock.monotonic() - before
        return _Reading(now + delay + self._stage.delay, delay, now - int(before * RATE), took)

    def _stepped(self, reading: _Reading) -> bool:
        """Return whether the clock has jumped since the last reading, and say so."""
        if not reading.tight:
            return False
        last, self._offset = self._offset, reading.offset
        if last is None or abs(reading.offset - last) < STEP:
            return False
        self._tell(ClockStepped(Seconds((reading.offset - last) / RATE)))
        return True

    def _fall_silent(self, sink: Sink) -> None:
        """Throw away what is buffered, and derive the position anew."""
        sink.drop()
        for report in self._stage.lost(self.heard):
            self._tell(report)
        self._position = None

    def _place(self, reading: _Reading) -> Instant:
        """Return the moment on the timeline that the next block begins with."""
        if self._position is None:
            self._servo.forget()
            self._position = reading.at
            self._blocks = 0  # whether that clock is to be trusted is asked before anything sounds
            self._stage.leave(Instant(reading.at))
        if reading.tight:
            self._servo.note(reading.at - self._position)
        return Instant(self._position)

    def _obey(self, sink: Sink, at: Instant) -> None:
        """Carry out the orders that came in, and look at the clock's standing now and then."""
        while self._orders:
            self._carry_out(self._orders.popleft(), sink, at)
        if self._blocks % _LOOK_AT_CLOCK == 0:
            self._trusted = self._clock.report().trust is not Trust.UNTRUSTED
            self._trusted &= self._clock.now() >= self._floor
        self._blocks += 1
        self._stage.mute(self._muted(), at)

    def _muted(self) -> Reason | None:
        """Return why nothing may sound, whatever the score says."""
        if self._stop.is_set():
            return Reason.STOPPED
        if self._stage.written < self._awake_from:
            return Reason.DEVICE
        return None if self._trusted else Reason.CLOCK

    def _carry_out(self, order: Order, sink: Sink, at: Instant) -> None:
        """Obey at once; what is buffered and now forbidden is thrown away."""
        match order:
            case SetPart(part, effective_at):
                self._stage.set_part(part, effective_at, at)
            case SetPolicy(policy):
                self._stage.set_policy(policy, at)
            case SetHolds(holds):
                self._stage.set_holds(holds, at)
            case SetFloor(floor):
                self._floor = floor
        silencing = isinstance(order, SetPolicy | SetHolds)
        if silencing and self._stage.unheard and self._stage.forbidden(at):
            self._fall_silent(sink)

    def _write(self, sink: Sink, at: Instant) -> None:
        """Fill a block, corrected by what the servo asks for, and hand it over."""
        free = self._stage.settled(Instant(at + BLOCK + abs(self._servo.error)))
        correction = self._servo.correction(sounding=not free)
        if not correction.jump:
            at = Instant(at + correction.by)
        else:
            self._stage.fade_out(at)
        self._stage.fill(at, self._block)
        following = at + BLOCK
        if correction.jump:
            following += correction.by
            self._stage.leave(Instant(following))
        self._position = following
        if not sink.write(self._block):
            self.underruns += 1
            for report in self._stage.lost(self._stage.written - BLOCK):
                self._tell(report)
            self._position = None
