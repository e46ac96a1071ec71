"""The node's hands: they carry out what its mind decides, on whatever world they are given.

No thread, no waiting: what an action brings back goes to `put` as an event.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from xiaolaba.core.errors import ClipError, StoreError
from xiaolaba.core.message import batch_to_json, node_topic
from xiaolaba.core.message.seal import Envelope, Sign, seal
from xiaolaba.core.units import ClipHash, NodeId, Samples
from xiaolaba.node.events import (
    Acknowledge,
    Action,
    Append,
    ClipFailed,
    ClipReady,
    Connection,
    Event,
    Fetch,
    Instruct,
    Kept,
    Measured,
    Publish,
    Retain,
    Save,
    SendPlays,
    Subscribe,
    Trouble,
    Unsubscribe,
)
from xiaolaba.node.player import Order
from xiaolaba.ports.bus import Bus, Inbound
from xiaolaba.ports.clock import Clock
from xiaolaba.ports.node import ClipCache, Ledger, Saved, Sink

log = logging.getLogger(__name__)

OVERHEAD = 180
"""Bytes that a small message takes besides topic and payload: MQTT, TCP/IP and both acks."""
_NEVER = 2**52
_AT_ONCE = Samples(0)


@dataclass(frozen=True, slots=True)
class World:
    """Everything a node needs from the world; `measure` fills in what the machine knows.

    `open_ledger` is given whom to tell what goes wrong. `beat` is called each
    second in which sound left the card. `wake` is how much silence each opening
    of the sink begins with.
    """

    clock: Clock
    cache: ClipCache
    saved: Saved
    open_sink: Callable[[], Sink]
    open_ledger: Callable[[Callable[[Trouble], None]], Ledger]
    open_bus: Callable[[], Bus]
    measure: Callable[[Measured], Measured]
    kid: str
    sign: Sign
    beat: Callable[[], None] = lambda: None
    wake: Samples = _AT_ONCE


class Hands:
    """Carries out one node's actions; `play` takes orders, `ask` has a clip fetched.

    It opens the ledger and the bus, and closes them.
    """

    def __init__(
        self,
        node: NodeId,
        world: World,
        put: Callable[[Event], None],
        play: Callable[[Order], None],
        ask: Callable[[Fetch], None],
    ) -> None:
        self._node, self._world = node, world
        self._put, self._play, self._ask = put, play, ask
        self._unsaved: dict[str, bytes] = {}
        self._told: Trouble | None = None
        self._ledger, self._bus = world.open_ledger(self._tell), world.open_bus()
        self.sent = self.received = 0
        """Bytes that messages took, both ways."""

    def listen(self) -> None:
        """Have the bus connect, and what it brings put among the events."""
        self._bus.start(self._receive, lambda up: self._put(Connection(up)))

    def waiting(self) -> Kept:
        """Return how many plays the ledger holds that the daemon has not."""
        return Kept(self._ledger.waiting())

    def carry_out(self, actions: Iterable[Action]) -> None:
        """Do one thing after the other; what the disk refuses is trouble, not the end."""
        for action in actions:
            with self._tells_of_refusal():
                self._do(action)

    def catch_up(self) -> None:
        """Save what could not be saved before; that it cannot be was told then."""
        for name in tuple(self._unsaved):
            with suppress(StoreError):
                self._save(name)

    def flush(self) -> None:
        """Have the ledger on the disk, if the disk takes it."""
        with self._tells_of_refusal():
            self._ledger.flush()

    def close(self) -> None:
        """Say goodbye and leave everything on the disk."""
        self._bus.stop()
        self.catch_up()
        self.flush()
        self._ledger.close()

    def fetch(self, clip: ClipHash, url: str) -> ClipReady | ClipFailed:
        """Have a clip here; blocking."""
        cache = self._world.cache
        before = cache.here()
        try:
            cache.fetch(clip, url)
        except ClipError as error:
            return ClipFailed(clip, "clip", str(error), before - cache.here())
        except StoreError as error:
            return ClipFailed(clip, "store", str(error), before - cache.here())
        return ClipReady(clip, before - cache.here())

    def _receive(self, message: Inbound) -> None:
        """Hand a message on; the bus calls this on its own thread."""
        self.received += OVERHEAD + len(message.topic) + len(message.payload)
        self._put(message)

    def _do(self, action: Action) -> None:
        match action:
            case Instruct(order):
                self._play(order)
            case Retain(clips, soon):
                self._world.cache.retain(clips, soon)
            case Fetch():
                self._ask(action)
            case Save(name, content):
                self._unsaved[name] = content
                self._save(name)
            case Append(play):
                self._ledger.append(play)
            case Acknowledge(epoch, upto):
                self._ledger.acknowledge(epoch, upto)
                self._put(self.waiting())
            case _:
                self._speak(action)

    def _speak(self, action: Subscribe | Unsubscribe | Publish | SendPlays) -> None:
        match action:
            case Subscribe(topics):
                self._bus.subscribe(*topics)
            case Unsubscribe(topics):
                self._bus.unsubscribe(*topics)
            case Publish(topic, payload, retain):
                self._publish(topic, payload, retain)
            case SendPlays(most):
                self._send_plays(most)

    def _save(self, name: str) -> None:
        """Save the latest of a name; it waits if that cannot be."""
        self._world.saved.save(name, self._unsaved[name])
        del self._unsaved[name]

    @contextmanager
    def _tells_of_refusal(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            self._tell(Trouble("store", str(error)))

    def _tell(self, trouble: Trouble) -> None:
        """Make an event of what went wrong; the log has it once."""
        if trouble != self._told:
            log.warning("node.%s error=%s", trouble.code, trouble.detail)
        self._told = trouble
        self._put(trouble)

    def _send_plays(self, most: int) -> None:
        epoch, before, records = self._ledger.unacknowledged(most)
        if records:
            envelope = Envelope("plays", self._node, 0, records[-1].seq, 0, _NEVER)
            body = batch_to_json(epoch, before, records)
            payload = seal(envelope, body, self._world.kid, self._world.sign)
            self._publish(node_topic(self._node, "plays"), payload)

    def _publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        if self._bus.publish(topic, payload, retain=retain):
            self.sent += OVERHEAD + len(topic) + len(payload)
