"""A bus that remembers what it heard."""

from xiaolaba.adapters.mqtt import PahoBus
from xiaolaba.ports.bus import Inbound


class Listener:
    """A user of a broker: connects, subscribes, remembers."""

    def __init__(
        self,
        port: int,
        user: str,
        password: str,
        *patterns: str,
        client_id: str = "",
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self.heard: list[Inbound] = []
        self.connections: list[bool] = []
        self.bus = PahoBus(
            "127.0.0.1",
            port,
            client_id=client_id or user,
            user=user,
            password=password,
            will=will,
            back_off=(1, 1),
            advice="look at the password",
        )
        self.bus.subscribe(*patterns)

    def __enter__(self) -> "Listener":
        self.bus.start(self.heard.append, self.connections.append)
        return self

    def __exit__(self, *_: object) -> None:
        self.bus.stop()

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return bool(self.connections) and self.connections[-1]

    def topics(self) -> set[str]:
        """Return the topics heard so far."""
        return {message.topic for message in self.heard}
