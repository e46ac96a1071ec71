"""A broker and the roads to it: messages are lost, late, doubled and overtaken, all from a seed."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from xiaolaba.node.hands import OVERHEAD
from xiaolaba.ports.bus import Inbound
from xiaolaba.sim.fakes import matches
from xiaolaba.sim.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad a road is: shares of messages lost and doubled, and how late one may be (s)."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.1


FINE = Weather()
STORM = Weather(lost=0.2, doubled=0.2, late=40.0)


class Network:
    """A broker that retains; every road to and from it has the same weather."""

    def __init__(self, timeline: Timeline, chance: random.Random, weather: Weather = FINE) -> None:
        self._timeline, self._chance, self.weather = timeline, chance, weather
        self.retained: dict[str, bytes] = {}
        self._roads: list[Road] = []

    def road(self) -> "Road":
        """Return another client's road to the broker; it is closed at first."""
        self._roads.append(Road(self))
        return self._roads[-1]

    def carry(self, deliver: Callable[[], None]) -> None:
        """Have something arrive, as the weather lets it."""
        if self._chance.random() < self.weather.lost:
            return
        for _ in range(2 if self._chance.random() < self.weather.doubled else 1):
            self._timeline.after(0.005 + self._chance.random() * self.weather.late, deliver)

    def take(self, topic: str, payload: bytes, retain: bool) -> None:
        """Let the broker have a message: keep it if asked to, and pass it on."""
        if retain and payload:
            self.retained[topic] = payload
        elif retain:
            self.retained.pop(topic, None)
        for road in self._roads:
            road.bring(Inbound(topic, payload))


class Road:
    """A `Bus`: one client's connection, opened and shut by whoever runs the simulation."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._patterns: set[str] = set()
        self._trip = 0
        self.up = False
        self.used = 0
        """Bytes that the client's messages took, both ways."""
        self._on_message: Callable[[Inbound], None] = lambda message: None
        self._on_connection: Callable[[bool], None] = lambda connected: None

    def start(
        self, on_message: Callable[[Inbound], None], on_connection: Callable[[bool], None]
    ) -> None:
        """Remember who listens."""
        self._on_message, self._on_connection = on_message, on_connection

    def subscribe(self, *patterns: str) -> None:
        """Subscribe, and get what is retained."""
        self._patterns.update(patterns)
        if self.up:
            self._catch_up(patterns)

    def unsubscribe(self, *patterns: str) -> None:
        """Give up subscriptions."""
        self._patterns.difference_update(patterns)

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool:
        """Send a message on its way."""
        if self.up:
            self._count(topic, payload)
            self._network.carry(lambda: self._network.take(topic, payload, retain))
        return self.up

    def stop(self) -> None:
        """Hang up."""
        self.open(False)

    def open(self, up: bool = True) -> None:
        """Let the connection come or go; what is under way to a client that is gone is lost."""
        if up == self.up:
            return
        self.up = up
        self._trip += 1
        self._on_connection(up)
        if up:
            self._catch_up(self._patterns)

    def bring(self, message: Inbound) -> None:
        """Send a message to the client, if it asked for its topic."""
        if self.up and any(matches(pattern, message.topic) for pattern in self._patterns):
            trip = self._trip
            self._network.carry(lambda: self._arrive(message, trip))

    def _arrive(self, message: Inbound, trip: int) -> None:
        if trip == self._trip:
            self._count(message.topic, message.payload)
            self._on_message(message)

    def _catch_up(self, patterns: "set[str] | tuple[str, ...]") -> None:
        for topic, payload in self._network.retained.items():
            if any(matches(pattern, topic) for pattern in patterns):
                self.bring(Inbound(topic, payload, True))

    def _count(self, topic: str, payload: bytes) -> None:
        self.used += OVERHEAD + len(topic) + len(payload)
