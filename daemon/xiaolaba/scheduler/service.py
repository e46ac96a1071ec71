"""The daemon's body: one queue, one thread, and the mind's actions carried out.

The bus, the alarms and signals only put things on the queue. What comes in
together is written down together: one commit for many batches of plays, and
only after it the acknowledgements.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from xiaolaba.core.errors import DamagedError, StoreError
from xiaolaba.core.message import DAEMON_STATE, ROOT, node_topic
from xiaolaba.core.units import RATE, NodeId
from xiaolaba.ports.bus import Bus, Inbound
from xiaolaba.ports.clock import Clock, Trust
from xiaolaba.ports.store import Batch, Store, Unpublished
from xiaolaba.scheduler.clocks import confirmed
from xiaolaba.scheduler.events import (
    Action,
    Connected,
    Count,
    Event,
    Keep,
    NodeSaid,
    Note,
    PlaysCounted,
    Publish,
    Swept,
    Ticked,
)
from xiaolaba.scheduler.hearing import REPORTS
from xiaolaba.scheduler.mind import state_message, step
from xiaolaba.scheduler.retained import SWEPT, digest
from xiaolaba.scheduler.state import Mind
from xiaolaba.scheduler.unwritten import shortened

WAITING = 10_000
"""Messages that may wait for the thread; more wait at the broker."""
TOGETHER = 500
"""Most things taken from the queue before what they caused is written down."""
HELD_S = 5
"""How long nothing is compiled after a publication that could not be written down."""
FAILED_S = 60
"""How long nothing is compiled after it failed for a reason that nobody thought of."""
NODE_TOPICS = tuple(node_topic("+", leaf) for leaf in REPORTS)

Look = Callable[[int], Iterable[Event]]
"""Returns what changed on disk since the last look, given the Unix time."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm rang: `look`, `tidy`, or any other, which is a tick."""

    name: str


class Stop:
    """The end was asked for."""


class Service:
    """Runs the mind until it is stopped, or its record is damaged, which a new start mends.

    `beat` is called after alarms have rung and what waited has been dealt with.
    """

    def __init__(
        self,
        mind: Mind,
        bus: Bus,
        store: Store,
        clock: Clock,
        look: Look,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._mind, self._bus, self._store, self._clock, self._look = mind, bus, store, clock, look
        self._beat, self._rung = beat, threading.Event()
        self._queue: queue.SimpleQueue[Inbound | bool | Alarm | Stop] = queue.SimpleQueue()
        self._room = threading.BoundedSemaphore(WAITING)
        self._stopping = False
        self._outbox: deque[Publish] = deque()
        self._counts: list[Count] = []
        self._notes: list[Note] = []
        self._sweep: dict[str, str] | None = None
        self._refusal = ""

    def ring(self, name: str) -> None:
        """Put an alarm on the queue; from any thread."""
        self._rung.set()
        self._queue.put(Alarm(name))

    def stop(self) -> None:
        """Ask for the end; safe in a signal handler."""
        self._queue.put(Stop())

    def run(self) -> None:
        """Connect, look around, and do what comes until `stop`."""
        self._tick()
        self._bus.subscribe(*NODE_TOPICS)
        self._bus.start(self._receive, self._queue.put)  # what comes from now on waits
        self._see()
        while not self._stopping:
            self._drain()
            self._write_down()
            self._send()
            if self._rung.is_set():
                self._rung.clear()
                self._beat()
        self._say_goodbye()

    def _receive(self, message: Inbound) -> None:
        """Queue a message, on the bus's thread, which waits while there is no room."""
        while not self._room.acquire(timeout=0.5):
            if self._stopping:
                return
        self._queue.put(message)

    def _drain(self) -> None:
        """Handle what waits, after waiting for the first of it."""
        try:
            self._handle(self._queue.get(timeout=0.05 if self._outbox else None))
            for _ in range(TOGETHER):
                self._handle(self._queue.get_nowait())
        except queue.Empty:
            return

    def _handle(self, what: Inbound | bool | Alarm | Stop) -> None:
        match what:
            case Inbound():
                self._room.release()
                self._inbound(what)
            case bool():
                self._connection(what)
            case Alarm():
                self._alarm(what.name)
            case Stop():
                self._stopping = True

    def _alarm(self, name: str) -> None:
        if name == "look":
            self._see()
            if self._mind.due is not None:
                self._tick()
        elif name == "tidy":
            self._tidy()
        else:
            self._tick()

    def _tidy(self) -> None:
        """Forget what is old, if nodes confirm the time: a wrong clock takes all for old."""
        self._tick()
        if not confirmed(self._mind):
            return
        try:
            self._store.tidy(self._now())
        except StoreError as error:
            self._refused(error)

    def _tick(self) -> None:
        report, before = self._clock.report(), self._mind.clock
        trusted = report.trust is not Trust.UNTRUSTED
        self._step(Ticked(self._now(), trusted, report.trust.value))
        if self._mind.clock != before:
            log.warning("clock.stands clock=%s", self._mind.clock)

    def _see(self) -> None:
        for event in self._look(self._now()):
            self._step(event)

    def _connection(self, up: bool) -> None:
        """Ask what the broker retains of ours; the echo of our own state ends the answer."""
        self._outbox.clear()
        self._sweep = {} if up else None
        if up:
            self._bus.subscribe(*SWEPT, DAEMON_STATE)
        self._step(Connected(self._now(), up))

    def _inbound(self, message: Inbound) -> None:
        parts = message.topic.removeprefix(f"{ROOT}/nodes/").split("/")
        if message.topic == DAEMON_STATE:
            self._swept(message)
        elif len(parts) == 2 and parts[1] in REPORTS:
            self._hear(NodeId(parts[0]), parts[1], message)
        elif self._sweep is not None and message.retained:
            self._sweep[message.topic] = digest(message.payload)

    def _hear(self, node: NodeId, leaf: str, message: Inbound) -> None:
        """Let the mind hear a node; whatever it sent, the daemon lives on without it."""
        try:
            self._step(NodeSaid(self._now(), node, leaf, message.payload, message.retained))
        except DamagedError:
            raise
        except Exception:
            log.exception("node.unheard node=%s leaf=%s", node, leaf)

    def _swept(self, message: Inbound) -> None:
        if self._sweep is None or message.retained:
            return
        self._bus.unsubscribe(*SWEPT, DAEMON_STATE)
        retained, self._sweep = self._sweep, None
        self._step(Swept(self._now(), retained))

    def _step(self, event: Event) -> None:
        """Let the mind take a step; if it cannot compile, or not keep that, one without it."""
        event = replace(event, now=self._now(), since=self._clock.monotonic())
        try:
            mind, actions = step(self._mind, event)
            self._keep(actions)
        except StoreError as error:
            self._refused(error)
            mind, actions = self._held(event, HELD_S)
        except DamagedError:
            raise
        except Exception:
            log.exception("daemon.failed event=%s", type(event).__name__)
            mind, actions = self._held(event, FAILED_S)
        self._mind = mind
        self._sort(actions)

    def _held(self, event: Event, seconds: float) -> tuple[Mind, tuple[Action, ...]]:
        """Let the mind take a step and compile nothing for a while."""
        return step(replace(self._mind, held_until=event.since + seconds), event)

    def _keep(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, Keep):
                self._store.keep(action.publications, action.bodies, action.gone)
                kept, gone = len(action.publications), len(action.gone)
                log.info("playlists.kept nodes=%d gone=%d", kept, gone)

    def _sort(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Publish():
                    self._outbox.append(action)
                case Count():
                    self._counts.append(action)
                case Note(Unpublished(years=[_, *_] as years)):
                    log.warning("calendar.unpublished years=%s", ",".join(map(str, years)))
                    self._notes.append(action)
                case Note():
                    self._notes.append(action)

    def _write_down(self) -> None:
        """Commit what nodes said.

        Plays that cannot be written are not acknowledged and come again; the
        rest was said once and waits here.
        """
        counts, self._counts = self._counts, []
        if not self._notes and not counts:
            return
        try:
            self._commit([count.batch for count in counts])
            self._refusal = ""
        except StoreError as error:
            self._notes = shortened(self._notes)
            self._refused(error)

    def _commit(self, batches: list[Batch]) -> None:
        if self._notes:
            self._store.report([(note.report, note.now) for note in self._notes])
            self._notes = []
        if batches:
            self._step(PlaysCounted(self._now(), tuple(self._store.count(batches))))

    def _refused(self, error: StoreError) -> None:
        """Say that the record cannot be written, once for all that meets the same refusal."""
        if str(error) != self._refusal:
            log.error("store.failed error=%s", error)
        self._refusal = str(error)

    def _send(self) -> None:
        """Hand over as much as the bus takes, in order."""
        while self._outbox:
            message = self._outbox[0]
            if not self._bus.publish(message.topic, message.payload, 1, message.retain):
                return
            self._outbox.popleft()

    def _say_goodbye(self) -> None:
        offline = state_message(self._mind.terms, False, self._now(), self._mind.clock)
        self._bus.publish(DAEMON_STATE, offline, 1, True)
        self._bus.stop()

    def _now(self) -> int:
        return self._clock.now() // RATE
