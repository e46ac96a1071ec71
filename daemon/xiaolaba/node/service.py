"""The node's body: one queue, drained by one thread, carrying out what the mind decides.

Beside it run the sound thread and a downloader, and the bus has a thread of
its own; all they do is put events on the queue.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Final

from xiaolaba.node import mind as thinking
from xiaolaba.node.events import Event, Fetch, Instruct, Measured, Now, Tick, Trouble
from xiaolaba.node.hands import Hands, World
from xiaolaba.node.player import Player
from xiaolaba.node.stage import Stage
from xiaolaba.node.state import Identity

log = logging.getLogger(__name__)

TICK = 1.0
FLUSH_EVERY = 60
"""Ticks between two flushes of the ledger: what a power cut may take."""
_FAREWELL = 3.0


class _Stop:
    """Put on a queue to end its thread."""


_STOP: Final = _Stop()


class NodeService:
    """A node at work: `run` returns after `stop`, which any thread or signal may call."""

    def __init__(self, identity: Identity, world: World) -> None:
        self._identity, self._world = identity, world
        self._events: SimpleQueue[Event | _Stop] = SimpleQueue()
        self._fetches: SimpleQueue[Fetch | _Stop] = SimpleQueue()
        self._ticks = 0
        self._ticked = False
        self._heard = 0
        self._next_tick = 0.0
        self.failed = False
        self.player = Player(
            Stage(world.cache.pcm),
            world.clock,
            world.open_sink,
            self._events.put,
            wake=world.wake,
        )

    def run(self) -> None:
        """Play and report until stopped.

        Sound comes first: it needs what was saved, and waits neither for the
        ledger to be opened, which may be large, nor for the bus.
        """
        saved, now = self._world.saved, self._now()
        loaded = {name: saved.load(name) for name in thinking.SAVED}
        self._mind, actions = thinking.wake(self._identity, loaded, now)
        for action in actions:
            if isinstance(action, Instruct):
                self.player.order(action.order)
        sound = self._start("sound", self.player.run)
        if saved.damaged:
            names = ", ".join(sorted(saved.damaged))
            self._events.put(Trouble("saved-damaged", f"{names}: what was saved before is used"))
        self._hands = Hands(
            self._identity.node, self._world, self._events.put, self.player.order, self._fetches.put
        )
        self._hands.carry_out(a for a in actions if not isinstance(a, Instruct))
        self._take(self._hands.waiting())
        self._start("fetch", self._fetch_all)
        self._hands.listen()
        try:
            self._drain()
        finally:
            self._leave(sound)

    def stop(self) -> None:
        """Have `run` fade out, say goodbye and return."""
        self._events.put(_STOP)

    def _drain(self) -> None:
        self._next_tick = self._world.clock.monotonic()
        while not isinstance(event := self._next(), _Stop):
            self._take(event)

    def _next(self) -> Event | _Stop:
        """Return a tick if one is due, but never two while something else waits."""
        left = max(0.0, self._next_tick - self._world.clock.monotonic())
        if left or self._ticked:
            with suppress(Empty):
                event = self._events.get(timeout=left)
                self._ticked = False
                return event
        self._ticked = True
        return self._tick()

    def _take(self, event: Event) -> None:
        self._mind, actions = thinking.step(self._mind, event, self._now())
        self._hands.carry_out(actions)

    def _leave(self, sound: threading.Thread) -> None:
        """Fade out, write down what was cut, say goodbye."""
        self.player.stop()
        self._fetches.put(_STOP)
        sound.join(_FAREWELL)
        while not self._events.empty():
            event = self._events.get()
            if not isinstance(event, _Stop):
                self._take(event)
        self._hands.carry_out(thinking.farewell(self._mind, self._now()))
        self._hands.close()

    def _tick(self) -> Tick:
        """Do what is done now and then, and measure."""
        self._next_tick = max(self._next_tick + TICK, self._world.clock.monotonic())
        self._ticks += 1
        self._beat()
        if self._ticks % FLUSH_EVERY == 0:
            self._hands.flush()
        self._hands.catch_up()
        received = self._world.cache.received + self._hands.received
        found = Measured(self.player.error_ms, self.player.underruns)
        found = replace(found, received_bytes=received, sent_bytes=self._hands.sent)
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

    def _fetch_all(self) -> None:
        """Fetch one clip after the other, as the mind asks."""
        while not isinstance(wanted := self._fetches.get(), _Stop):
            self._events.put(self._hands.fetch(wanted.clip, wanted.url))

    def _start(self, name: str, run: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=self._guard(run), name=name, daemon=True)
        thread.start()
        return thread

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
