"""The node's body: one queue, drained by one thread, carrying out what the mind decides.

Beside it run the sound thread and a downloader, and the bus has a thread of
its own; all they do is put events on the queue.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Final

from xiaolaba.core.errors import ClipError, StoreError
from xiaolaba.core.ledger import Play
from xiaolaba.core.message import MAX_BATCH, batch_to_json, node_topic
from xiaolaba.core.seal import Envelope, Sign, seal
from xiaolaba.core.units import ClipHash
from xiaolaba.node import mind as thinking
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
    Now,
    Publish,
    Retain,
    Save,
    SendPlays,
    Subscribe,
    Tick,
    Trouble,
    Unsubscribe,
)
from xiaolaba.node.player import Player
from xiaolaba.node.stage import Stage
from xiaolaba.node.state import Identity
from xiaolaba.ports import Bus, ClipCache, Clock, Inbound, Ledger, Saved, Sink

log = logging.getLogger(__name__)

TICK = 1.0
FLUSH_EVERY = 60
"""Ticks between two flushes of the ledger: what a power cut may take."""
OVERHEAD = 180
"""Bytes that a small message takes besides topic and payload: MQTT, TCP/IP and both acks."""
_FAREWELL = 3.0
_NEVER = 2**52


@dataclass(frozen=True, slots=True)
class World:
    """Everything a node needs from the world; `measure` fills in what the machine knows.

    `beat` is called each second in which sound left the card; `problems` are
    what went wrong before the start.
    """

    clock: Clock
    bus: Bus
    cache: ClipCache
    ledger: Ledger
    saved: Saved
    open_sink: Callable[[], Sink]
    measure: Callable[[Measured], Measured]
    kid: str
    sign: Sign
    beat: Callable[[], None] = lambda: None
    problems: tuple[Trouble, ...] = ()


class _Stop:
    """Put on a queue to end its thread."""


_STOP: Final = _Stop()


class NodeService:
    """A node at work: `run` returns after `stop`, which any thread or signal may call."""

    def __init__(self, identity: Identity, world: World) -> None:
        self._identity, self._world = identity, world
        self._events: SimpleQueue[Event | _Stop] = SimpleQueue()
        self._fetches: SimpleQueue[Fetch | _Stop] = SimpleQueue()
        self._unwritten: deque[Play] = deque(maxlen=1000)
        self._ticks = 0
        self._sent = self._received = 0
        self._heard = 0
        self._next_tick = 0.0
        self.failed = False
        self.player = Player(Stage(world.cache.pcm), world.clock, world.open_sink, self._events.put)

    def run(self) -> None:
        """Play and report until stopped."""
        saved, now = self._world.saved, self._now()
        self._mind, actions = thinking.wake(
            self._identity,
            {name: saved.load(name) for name in thinking.SAVED},
            self._world.ledger.waiting(),
            now,
        )
        self._carry_out(actions)
        threads = [
            threading.Thread(target=self._guard(run), name=name, daemon=True)
            for name, run in (("sound", self.player.run), ("fetch", self._fetch_all))
        ]
        for thread in threads:
            thread.start()
        for problem in self._world.problems:
            self._events.put(problem)
        self._world.bus.start(self._receive, lambda up: self._events.put(Connection(up)))
        try:
            self._drain()
        finally:
            self._leave(threads)

    def stop(self) -> None:
        """Have `run` fade out, say goodbye and return."""
        self._events.put(_STOP)

    def _drain(self) -> None:
        self._next_tick = self._world.clock.monotonic()
        while True:
            left = self._next_tick - self._world.clock.monotonic()
            try:
                event = self._events.get(timeout=left) if left > 0 else self._tick()
            except Empty:
                event = self._tick()
            if isinstance(event, _Stop):
                return
            self._take(event)

    def _take(self, event: Event) -> None:
        self._mind, actions = thinking.step(self._mind, event, self._now())
        self._carry_out(actions)

    def _leave(self, threads: list[threading.Thread]) -> None:
        """Fade out, write down what was cut, say goodbye."""
        self.player.stop()
        self._fetches.put(_STOP)
        threads[0].join(_FAREWELL)
        while not self._events.empty():
            event = self._events.get()
            if not isinstance(event, _Stop):
                self._take(event)
        self._carry_out(thinking.farewell(self._mind, self._now()))
        self._world.bus.stop()
        self._world.ledger.flush()

    def _tick(self) -> Tick:
        """Do what is done now and then, and measure."""
        self._next_tick += TICK
        self._ticks += 1
        self._beat()
        if self._ticks % FLUSH_EVERY == 0:
            self._world.ledger.flush()
        while self._unwritten and self._append(self._unwritten.popleft()):
            pass
        player, received = self.player, self._world.cache.received + self._received
        found = Measured(player.error_ms, player.underruns)
        found = replace(found, received_bytes=received, sent_bytes=self._sent)
        return Tick(self._world.measure(found))

    def _beat(self) -> None:
        """Show that sound goes on, if it does; silence that is played is sound too."""
        heard = self.player.heard
        if heard != self._heard:
            self._world.beat()
        self._heard = heard

    def _now(self) -> Now:
        clock = self._world.clock
        return Now(clock.now(), clock.monotonic(), clock.report())

    def _carry_out(self, actions: list[Action]) -> None:
        for action in actions:
            try:
                self._do(action)
            except StoreError as error:
                log.warning("node.store error=%s", error)
                self._events.put(Trouble("store", str(error)))

    def _do(self, action: Action) -> None:
        match action:
            case Instruct(order):
                self.player.order(order)
            case Retain(clips, soon):
                self._world.cache.retain(clips, soon)
            case Fetch():
                self._fetches.put(action)
            case Save(name, content):
                self._world.saved.save(name, content)
            case Append(play):
                self._append(play)
            case Acknowledge(epoch, upto):
                self._world.ledger.acknowledge(epoch, upto)
                self._events.put(Kept(self._world.ledger.waiting()))
            case _:
                self._speak(action)

    def _speak(self, action: Subscribe | Unsubscribe | Publish | SendPlays) -> None:
        match action:
            case Subscribe(topics):
                self._world.bus.subscribe(*topics)
            case Unsubscribe(topics):
                self._world.bus.unsubscribe(*topics)
            case Publish(topic, payload, retain):
                self._publish(topic, payload, retain)
            case SendPlays():
                self._send_plays()

    def _append(self, play: Play) -> bool:
        """Write a play down; what cannot be written waits for the next tick."""
        try:
            self._world.ledger.append(play)
        except StoreError as error:
            self._unwritten.appendleft(play)
            self._events.put(Trouble("store", str(error)))
            return False
        return True

    def _send_plays(self) -> None:
        epoch, before, records = self._world.ledger.unacknowledged(MAX_BATCH)
        if records:
            node = self._identity.node
            envelope = Envelope("plays", node, 0, records[-1].seq, 0, _NEVER)
            body = batch_to_json(epoch, before, records)
            payload = seal(envelope, body, self._world.kid, self._world.sign)
            self._publish(node_topic(node, "plays"), payload)

    def _publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        if self._world.bus.publish(topic, payload, retain=retain):
            self._sent += OVERHEAD + len(topic) + len(payload)

    def _receive(self, message: Inbound) -> None:
        """Queue a message, on the bus's thread."""
        self._received += OVERHEAD + len(message.topic) + len(message.payload)
        self._events.put(message)

    def _fetch_all(self) -> None:
        """Fetch one clip after the other, as the mind asks."""
        while not isinstance(wanted := self._fetches.get(), _Stop):
            self._events.put(self._fetch(wanted.clip, wanted.url))

    def _fetch(self, clip: ClipHash, url: str) -> ClipReady | ClipFailed:
        try:
            self._world.cache.fetch(clip, url)
        except ClipError as error:
            return ClipFailed(clip, "clip", str(error))
        except StoreError as error:
            return ClipFailed(clip, "store", str(error))
        return ClipReady(clip)

    def _guard(self, run: Callable[[], None]) -> Callable[[], None]:
        """Return `run` as a thread whose failure ends the node, to be started anew."""

        def guarded() -> None:
            try:
                run()
            except Exception:
                log.exception("node.thread-failed")
                self.failed = True
                self._events.put(_STOP)

        return guarded
