"""The MQTT broker as a program sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message that came in from the bus."""

    topic: str
    payload: bytes
    retained: bool = False


class Bus(Protocol):
    """The MQTT broker as a program sees it. Callbacks run on the bus's own thread."""

    def start(
        self,
        on_message: Callable[[Inbound], None],
        on_connection: Callable[[bool], None],
    ) -> None:
        """Connect in the background and go on trying for ever."""
        ...

    def subscribe(self, *patterns: str) -> None:
        """Subscribe at QoS 1, now and at every reconnection."""
        ...

    def unsubscribe(self, *patterns: str) -> None:
        """Give up subscriptions."""
        ...

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool:
        """Hand a message over; False if it cannot be taken now (not connected, or too many)."""
        ...

    def stop(self) -> None:
        """Say goodbye and disconnect."""
        ...
