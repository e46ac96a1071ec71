"""The daemon's body, on a fake bus and a fake clock, with its real record."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.programs.test_daemon_mind import (
    BOOT,
    GATE,
    NOW,
    PROGRAMME,
    TERMS,
    TOWN,
    VERIFY,
    YARD,
    clips,
    plays,
    records,
    state,
)
from tests.waiting import PATIENCE, until
from xiaolaba.adapters.sqlite_status import read_status, read_unpublished
from xiaolaba.adapters.sqlite_store import SqliteStore
from xiaolaba.core.calendar import DayClass
from xiaolaba.core.errors import DamagedError, StoreError
from xiaolaba.core.library import Clip, Library
from xiaolaba.core.message import DAEMON_STATE, ack_from_json, from_bytes, node_topic, to_bytes
from xiaolaba.core.message.report import Event as Report
from xiaolaba.core.message.report import Health, NodeState, to_json
from xiaolaba.core.message.seal import unseal
from xiaolaba.core.units import RATE, Instant, NodeId, Seconds
from xiaolaba.ports.clock import ClockReport, Trust
from xiaolaba.ports.store import Standing
from xiaolaba.scheduler.events import (
    Applied,
    ClipsChanged,
    Event,
    HoldsChanged,
    NodeSaid,
    Note,
    SealedHold,
)
from xiaolaba.scheduler.service import FAILED_S, HELD_S, NODE_TOPICS, Service
from xiaolaba.scheduler.state import Mind
from xiaolaba.scheduler.unwritten import MOST_EVENTS, shortened
from xiaolaba.sim.fakes import FakeBus, FakeClock

ACK = node_topic(GATE, "plays/ack")
PLAYLIST = node_topic(GATE, "playlist")


class EchoingBus(FakeBus):
    """A bus whose broker sends back what is published, and first what it retains."""

    def __init__(self) -> None:
        super().__init__()
        self.retained: dict[str, bytes] = {}

    def subscribe(self, *patterns: str) -> None:
        """Subscribe and get what is retained."""
        super().subscribe(*patterns)
        for topic, payload in self.retained.items():
            self.deliver(topic, payload, retained=True)

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool:
        """Publish, retain and echo."""
        taken = super().publish(topic, payload, qos, retain)
        if taken and retain:
            self.retained[topic] = payload
        if taken:
            self.deliver(topic, payload)
        return taken

    def sent(self, topic: str) -> list[bytes]:
        """Return what was published on a topic."""
        return [payload for name, payload, _ in self.published if name == topic]


class FullStore(SqliteStore):
    """A record that cannot be written while `full`."""

    full = damaged = False

    @contextmanager
    def _transaction(self) -> Iterator[object]:  # type: ignore[override]  # same, and may refuse
        if self.full:
            raise StoreError("disk full")
        if self.damaged:
            raise DamagedError("one page is rotten")
        with super()._transaction() as db:
            yield db


class House:
    """A service that runs on a thread of its own."""

    def __init__(self, path: Path, mind: Mind | None = None) -> None:
        self.bus = EchoingBus()
        self.path = path
        self.events: list[Event] = list(BOOT)
        self.looks = self.beats = 0
        self.clock = FakeClock(Instant(NOW * RATE))
        self.full = threading.Event()
        self.raised: list[DamagedError] = []
        self._mind = mind or Mind(TERMS)
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.store = FullStore(self.path)
        self.store.full = self.full.is_set()
        self.service = Service(self._mind, self.bus, self.store, self.clock, self._look, self._beat)
        try:
            self.service.run()
        except DamagedError as error:
            self.raised.append(error)
        finally:
            self.store.close()

    def _beat(self) -> None:
        self.beats += 1

    def _look(self, _now: int) -> list[Event]:
        self.looks += 1
        found, self.events = self.events, []
        return found

    def __enter__(self) -> "House":
        self._thread.start()
        until(lambda: self.looks, "it has begun")
        return self

    def __exit__(self, *_: object) -> None:
        self.service.stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def ends(self) -> None:
        """Wait for the end that nobody asked for."""
        until(lambda: not self._thread.is_alive(), "it has ended")

    def say(self, *events: Event) -> None:
        """Let the service see something on the disk."""
        self.events = list(events)
        self.settles()

    def settles(self) -> None:
        """Wait until everything that was put on the queue so far is handled."""
        before = self.looks
        self.service.ring("look")
        until(lambda: self.looks > before, "it has looked")

    def hears(self, report: Report) -> None:
        """Let a node tell of something, and wait until it is written down."""
        self.bus.deliver(*said(report))
        until(lambda: report.code in self.codes(), "it is written down")

    def confirm(self, nodes: tuple[NodeId, ...]) -> None:
        """Let nodes say that it is as late as the daemon thinks."""
        now = self.clock.now() // RATE
        for node in nodes:
            health = Health(str(node), now, "gap", "trusted", 0, "fake", *(0,) * 9)
            self.bus.deliver(node_topic(node, "health"), to_bytes(to_json(health)))
        self.settles()

    def codes(self) -> list[str]:
        """Return the codes of the events that were written down."""
        with closing(sqlite3.connect(self.path)) as db:
            return [code for (code,) in db.execute("SELECT code FROM events")]

    def waits_for(self, topic: str, count: int = 1) -> list[bytes]:
        """Wait until so many messages were published on a topic."""
        until(lambda: len(self.bus.sent(topic)) >= count, f"{topic} was published")
        return self.bus.sent(topic)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "store.sqlite")


def test_on_connecting_it_looks_what_is_retained_and_then_publishes_what_is_missing(house: House):
    with house:
        house.bus.connect()
        house.waits_for(PLAYLIST)

        assert house.bus.published[0][0] == DAEMON_STATE
        assert house.bus.patterns == set(NODE_TOPICS)


def test_what_the_broker_still_has_is_not_sent_again(house: House, tmp_path: Path):
    with house:
        house.bus.connect()
        house.waits_for(PLAYLIST)
    store = SqliteStore(house.path)
    mind = Mind(
        TERMS,
        publications={p.node: p for p in store.publications()},
        bodies=store.bodies(),
    )
    store.close()

    again = House(house.path, mind)
    again.bus.retained = dict(house.bus.retained)
    with again:
        again.bus.connect()
        until(lambda: again.bus.patterns == set(NODE_TOPICS), "the sweep is over")
        deliver(again.bus, plays(records(1)))
        again.waits_for(ACK)

        assert {topic for topic, _, _ in again.bus.published} == {DAEMON_STATE, ACK}


def deliver(bus: FakeBus, event: NodeSaid) -> None:
    bus.deliver(node_topic(event.node, event.leaf), event.payload)


def said(report: Report) -> tuple[str, bytes]:
    """Return the topic and the payload of an event."""
    return node_topic(NodeId(report.node), "events"), to_bytes(to_json(report))


def test_plays_are_acknowledged_when_they_are_on_disk(house: House):
    with house:
        house.bus.connect()
        deliver(house.bus, plays(records(3)))
        (sealed,) = house.waits_for(ACK)

        other = SqliteStore(house.path)
        assert len(other._db.execute("SELECT * FROM plays").fetchall()) == 3
        assert ack_from_json(unseal(sealed, "ack", {"k": VERIFY})[1]) == ("e", 3)
        other.close()


def test_plays_that_cannot_be_written_are_not_acknowledged_and_count_when_they_come_again(
    house: House,
):
    with house:
        house.bus.connect()
        house.waits_for(PLAYLIST)
        house.store.full = True
        deliver(house.bus, plays(records(3)))
        deliver(house.bus, state())
        house.service.ring("tick")
        house.events = [BOOT[0]]
        house.service.ring("look")
        until(lambda: not house.events)
        assert house.bus.sent(ACK) == []

        house.store.full = False
        deliver(house.bus, plays(records(3)))

        assert len(house.waits_for(ACK)) == 1


def test_a_playlist_that_cannot_be_kept_is_not_published_until_it_can(house: House):
    house.full.set()
    with house:
        house.bus.connect()
        until(lambda: house.bus.sent(DAEMON_STATE))
        house.service.ring("tick")
        assert house.bus.sent(PLAYLIST) == []

        house.store.full = False
        house.clock.advance(HELD_S * RATE)
        house.service.ring("tick")
        house.waits_for(PLAYLIST)


def test_a_connection_that_broke_while_the_disk_was_full_is_not_broken_again_later(house: House):
    with house:
        house.bus.connect()
        house.waits_for(PLAYLIST)
        house.say(ClipsChanged(NOW + 1, clips(4)))
        house.store.full = True
        house.clock.advance(TERMS.settle * RATE)
        house.bus.connect(False)
        house.bus.connect()
        house.waits_for(DAEMON_STATE, 2)
        house.settles()
        house.store.full = False
        house.clock.advance(HELD_S * RATE)
        house.service.ring("tick")

        house.waits_for(PLAYLIST, 2)


OLD = 200 * 86_400 * RATE
"""Long enough for an event to be forgotten, in samples."""


@pytest.mark.parametrize(
    ("heard", "stepped", "kept"),
    [
        ((GATE, YARD), False, []),
        ((GATE,), False, []),
        ((), False, ["said"]),
        ((GATE, YARD), True, ["said"]),
    ],
    ids=[
        "all nodes confirm the time",
        "one of two nodes confirms the time",
        "no node has spoken",
        "the clock was set a moment ago",
    ],
)
def test_the_record_is_tidied_only_while_nodes_confirm_the_time(house: House, heard, stepped, kept):
    with house:
        house.bus.connect()
        house.hears(Report("gate", NOW, "said"))
        if stepped:
            house.confirm(heard)
            house.clock.step(OLD)
        else:
            house.clock.advance(OLD)
            house.service.ring("tick")
            house.settles()
            house.confirm(heard)
        house.service.ring("tidy")
        house.settles()

        assert house.codes() == kept


def test_the_record_is_not_tidied_by_a_clock_that_nobody_trusts(house: House):
    with house:
        house.bus.connect()
        house.hears(Report("gate", NOW, "said"))
        house.clock.advance(OLD)
        house.confirm((GATE, YARD))
        house.clock.standing = ClockReport(Trust.UNTRUSTED, Seconds(0.0), "fake")
        house.service.ring("tidy")
        house.settles()

        assert house.codes() == ["said"]


def test_what_nodes_said_while_the_disk_was_full_is_written_down_when_it_has_room(house: House):
    with house:
        house.bus.connect()
        house.waits_for(PLAYLIST)
        house.store.full = True
        deliver(house.bus, state(revision=None))
        deliver(house.bus, state())
        house.bus.deliver(*said(Report("gate", NOW, "device-lost")))
        house.settles()
        house.store.full = False
        house.settles()
        house.settles()

        (row,) = read_status(house.path, 0, NOW)[:1]
        assert (row.node, row.online, row.applied) == ("gate", True, 1)
        assert house.codes() == ["device-lost"]


def test_what_waits_for_a_full_disk_is_the_last_of_each_node_and_not_without_end():
    gate = [NodeState("gate", True, at=1), NodeState("gate", True, at=2), NodeState("gate", False)]
    yard = NodeState("yard", True, at=3)
    events = [Report("gate", number, "again") for number in range(MOST_EVENTS + 5)]
    reports: list[NodeState | Report | Standing] = [*gate, yard, Standing("a"), *events]

    kept = shortened([Note(report, NOW) for report in (*reports, Standing("b"))])

    assert [note.report for note in kept] == [*gate[1:], yard, *events[5:], Standing("b")]


def test_a_record_that_is_damaged_ends_the_run_so_that_a_new_one_is_begun(house: House):
    with house:
        house.bus.connect()
        house.waits_for(PLAYLIST)
        house.store.damaged = True
        house.say(ClipsChanged(NOW, clips(4)))
        house.clock.advance(TERMS.settle * RATE)
        deliver(house.bus, state())
        house.ends()

    assert [type(error) for error in house.raised] == [DamagedError]


def test_what_can_never_be_compiled_keeps_no_hold_from_its_node(house: House, caplog):
    nonsense = {
        key: Clip(**{**asdict(clip), "samples": None}) for key, clip in clips(4).clips.items()
    }
    with house:
        house.bus.connect()
        house.waits_for(PLAYLIST)
        house.clock.advance(TERMS.settle * RATE)
        house.say(ClipsChanged(NOW, Library(nonsense)))
        house.say(HoldsChanged(NOW, {GATE: SealedHold((1, 1), 2**33, b"hold")}))

        assert house.waits_for(node_topic(GATE, "hold")) == [b"hold"]
        assert "daemon.failed event=ClipsChanged" in caplog.text
        house.say(ClipsChanged(NOW, clips(5)))
        house.clock.advance(FAILED_S * RATE)
        house.service.ring("tick")
        house.waits_for(PLAYLIST, 2)


def test_the_watchdog_is_fed_only_while_alarms_ring_and_are_heeded(house: House):
    with house:
        house.bus.connect()
        house.hears(Report("gate", NOW, "unrung"))
        house.hears(Report("gate", NOW, "still"))
        assert house.beats == 0

        house.service.ring("look")
        until(lambda: house.beats == 1, "it was fed")


class Overheard(House):
    """A service to which a node speaks while it first reads the disk."""

    def _look(self, now: int) -> list[Event]:
        if self.looks == 0:
            self.bus.deliver(*said(Report("gate", NOW, "early")))
        return super()._look(now)


def test_what_nodes_say_while_the_disk_is_read_is_heard(tmp_path: Path):
    with Overheard(tmp_path / "store.sqlite") as house:
        until(lambda: house.codes() == ["early"], "it is written down")


def test_a_year_that_nobody_published_is_logged_and_kept_for_the_status(house: House, caplog):
    depends = replace(TOWN, programmes=(replace(PROGRAMME, days=DayClass.HOLIDAY),))
    with house:
        house.say(Applied(NOW, depends))
        until(lambda: read_unpublished(house.path), "it is written down")

    assert read_unpublished(house.path) == [2026]
    assert "calendar.unpublished years=2026" in caplog.text


def test_it_says_goodbye(house: House):
    with house:
        house.bus.connect()
        house.waits_for(DAEMON_STATE)

    assert from_bytes(house.bus.sent(DAEMON_STATE)[-1])["online"] is False


def test_a_bus_that_takes_only_a_few_messages_at_a_time_gets_all_of_them(tmp_path: Path):
    class Narrow(EchoingBus):
        turn = 0

        def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool:
            self.turn += 1
            return self.turn % 2 == 0 and super().publish(topic, payload, qos, retain)

    house = House(tmp_path / "store.sqlite")
    house.bus = Narrow()
    with house:
        house.bus.connect()
        house.waits_for(PLAYLIST)

        assert len(house.waits_for(node_topic("yard", "playlist"))) == 1
