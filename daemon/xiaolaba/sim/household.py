"""One node of a simulated town: its real mind and hands, on a machine that fails as told.

The machine has a clock that may be wrong, a disk that outlives power cuts, a
road to the broker, and a horn of which only the changes are kept.
"""

import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xiaolaba.adapters.clock import SystemClock
from xiaolaba.core.errors import ClipError, DeviceError
from xiaolaba.core.message.seal import Sign
from xiaolaba.core.units import RATE, ClipHash, Instant, Seconds
from xiaolaba.node import mind as thinking
from xiaolaba.node.events import Event, Fetch, Measured, Now, Tick
from xiaolaba.node.hands import Hands, World
from xiaolaba.node.player import STEP, ClockStepped
from xiaolaba.node.stage import Stage
from xiaolaba.node.state import Identity, Mind
from xiaolaba.ports.clock import ClockReport
from xiaolaba.ports.node import Sink
from xiaolaba.sim.fakes import FakeLedger, FakeSaved
from xiaolaba.sim.network import Road
from xiaolaba.sim.performer import Performer, Stretch
from xiaolaba.sim.timeline import Timeline

TICK = 60.0
"""Seconds between two ticks, if nothing else is said; a real node has one each second."""
TIME_SERVER = 20.0
"""Seconds after which a machine with a network has the right time."""


class WrongClock:
    """A `Clock` that is `ahead` of the truth by so many samples, judged as a real one is."""

    def __init__(self, timeline: Timeline, rtc: bool, ahead: int) -> None:
        self._timeline, self.ahead = timeline, ahead
        self.synchronised = False
        self._booted = timeline.now
        self._judge = SystemClock(
            "rtc" if rtc else "kernel",
            lambda: 0.01 if self.synchronised else None,
            lambda: timeline.now / RATE if rtc else None,
            lambda: False,
            self.monotonic,
            lambda: self.now() / RATE,
        )

    def now(self) -> Instant:
        """Return what the clock shows."""
        return Instant(self._timeline.now + self.ahead)

    def monotonic(self) -> Seconds:
        """Return the seconds since the machine was switched on."""
        return Seconds((self._timeline.now - self._booted) / RATE)

    def report(self) -> ClockReport:
        """Return how far the clock may be trusted."""
        return self._judge.report()


class SharedCache:
    """A `ClipCache` over files that exist once for the whole town, with no room to spare."""

    def __init__(self, files: Mapping[ClipHash, Path], road: Road) -> None:
        self._files, self._road = files, road
        self._here: frozenset[ClipHash] = frozenset()
        self._needed: frozenset[ClipHash] = frozenset()
        self.received = 0

    def pcm(self, clip: ClipHash) -> Path | None:
        """Return the clip's file once it was fetched."""
        return self._files[clip] if clip in self._here else None

    def here(self) -> frozenset[ClipHash]:
        """Return which clips were fetched."""
        return self._here

    def retain(self, clips: frozenset[ClipHash], soon: frozenset[ClipHash]) -> None:
        """Say what is needed."""
        self._needed = clips

    def fetch(self, clip: ClipHash, url: str) -> None:
        """Have the clip, if the road is open; every other goes that nothing needs."""
        if clip in self._here:
            return
        if not self._road.up:
            raise ClipError(f"{clip}: no road to the server")
        self._here = self._here & self._needed | {clip}


@dataclass(frozen=True, slots=True)
class Machine:
    """What a node is installed on: its identity, what it signs with, whether it has an RTC."""

    identity: Identity
    kid: str
    sign: Sign
    rtc: bool = True


class Household:
    """A node that can be switched on and off, cut off, and shown a wrong time."""

    def __init__(
        self,
        timeline: Timeline,
        chance: random.Random,
        machine: Machine,
        road: Road,
        files: Mapping[ClipHash, Path],
        tick: float = TICK,
    ) -> None:
        self._tick_every = tick
        self._timeline, self._chance, self._machine, self.road = timeline, chance, machine, road
        self._cache = SharedCache(files, road)
        self._saved = FakeSaved()
        self.ledger = FakeLedger("boot-0")
        self.clock = WrongClock(timeline, machine.rtc, 0)
        self.sounded: list[Stretch] = []
        self.network = True
        self._boots = 0
        self._on = False

    @property
    def name(self) -> str:
        """The node's id."""
        return self._machine.identity.node

    def switch_on(self, ahead: int = 0) -> None:
        """Let the machine start, with a clock that shows the truth and `ahead`."""
        self._boots, self._on = self._boots + 1, True
        self.clock = WrongClock(self._timeline, self._machine.rtc, ahead)
        self.ledger.reboot(f"boot-{self._boots}")
        self._events: deque[Event] = deque()
        self._mind: Mind | None = None
        self._performer = Performer(
            self._timeline, Stage(self._cache.pcm), self.clock, self._put, self.sounded
        )
        self._hands = Hands(
            self._machine.identity.node, self._world(), self._put, self._performer.order, self._ask
        )
        self._wake()
        self._tick(self._boots)
        if self.network:
            self.connect()

    def cut_power(self) -> None:
        """Let the machine stop within an instant; what was not on the disk is gone."""
        self._performer.end()
        self.ledger.power_cut()
        self._on = False
        self.road.open(False)

    def connect(self) -> None:
        """Give the machine its network: soon the broker, and the right time."""
        self.network = True
        boot = self._boots
        self._timeline.after(self._chance.uniform(1, 10), lambda: self._reach(boot))
        self._timeline.after(TIME_SERVER, lambda: self._learn_the_time(boot))

    def cut_off(self) -> None:
        """Take the network away; the clock coasts."""
        self.network = self.clock.synchronised = False
        self.road.open(False)

    def fill_disk(self, full: bool = True) -> None:
        """Have the disk take nothing more, or give it room again."""
        self._saved.full = self.ledger.full = full

    def befall(self, event: Event) -> None:
        """Let something happen to the machine that the simulation knows nothing of."""
        self._put(event)

    def set_clock(self, ahead: int) -> None:
        """Have the clock show the truth and `ahead`."""
        by = ahead - self.clock.ahead
        self._performer.look()
        self.clock.ahead = ahead
        if abs(by) >= STEP:
            self._performer.stepped()
            self._put(ClockStepped(Seconds(by / RATE)))

    def _reach(self, boot: int) -> None:
        if self._on and self.network and boot == self._boots:
            self.road.open()

    def _learn_the_time(self, boot: int) -> None:
        if self._on and self.network and boot == self._boots:
            self.set_clock(0)
            self.clock.synchronised = True
            self._performer.look()

    def _wake(self) -> None:
        saved = {name: self._saved.load(name) for name in thinking.SAVED}
        self._mind, actions = thinking.wake(self._machine.identity, saved, self._now())
        self._hands.carry_out(actions)
        self._put(self._hands.waiting())
        self._hands.listen()
        self._drain()

    def _put(self, event: Event) -> None:
        """Take an event, after those that are being taken."""
        self._events.append(event)
        if len(self._events) == 1 and self._mind is not None:
            self._drain()

    def _drain(self) -> None:
        while self._events and self._mind is not None:
            self._mind, actions = thinking.step(self._mind, self._events[0], self._now())
            self._hands.carry_out(actions)
            self._events.popleft()

    def _tick(self, boot: int) -> None:
        """Do what is done each minute, for as long as this boot lasts."""
        if not self._on or boot != self._boots:
            return
        self._performer.look()
        self._hands.flush()
        self._put(Tick(Measured(sent_bytes=self._hands.sent, received_bytes=self._hands.received)))
        self._timeline.after(self._tick_every, lambda: self._tick(boot))

    def _ask(self, wanted: Fetch) -> None:
        """Fetch a clip; that takes a while."""
        boot = self._boots
        self._timeline.after(
            self._chance.uniform(0.5, 20),
            lambda: self._fetched(wanted, boot),
        )

    def _fetched(self, wanted: Fetch, boot: int) -> None:
        if self._on and boot == self._boots:
            self._put(self._hands.fetch(wanted.clip, wanted.url))

    def _now(self) -> Now:
        return Now(self.clock.now(), self.clock.monotonic(), self.clock.report())

    def _world(self) -> World:
        return World(
            self.clock,
            self._cache,
            self._saved,
            _no_sink,
            lambda tell: self.ledger,
            lambda: self.road,
            lambda measured: measured,
            self._machine.kid,
            self._machine.sign,
        )


def _no_sink() -> Sink:
    raise DeviceError("a performer needs no sink")
