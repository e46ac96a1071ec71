"""A broker that is not there."""

from collections.abc import Callable

from xiaolaba.ports.bus import Inbound


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


def matches(pattern: str, topic: str) -> bool:
    """Return whether a subscription with `+` in place of whole levels covers a topic."""
    wanted, levels = pattern.split("/"), topic.split("/")
    return len(wanted) == len(levels) and all(
        level in ("+", own) for level, own in zip(wanted, levels, strict=True)
    )
