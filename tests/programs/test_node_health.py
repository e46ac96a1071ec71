"""The way of a measurement: from a node's body through its mind into the health report."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.node_house import NODE, House, loop_score, noise
from xiaolaba.adapters import keys
from xiaolaba.adapters.clip_cache import DiskClipCache
from xiaolaba.core.message import node_topic
from xiaolaba.core.message.report import Health, health_from_json
from xiaolaba.core.units import RATE, ClipHash, Instant, Seconds
from xiaolaba.node.events import Measured, Now, Publish
from xiaolaba.node.hands import OVERHEAD, Hands, World
from xiaolaba.node.service import NodeService
from xiaolaba.node.state import Identity, Mind
from xiaolaba.node.telling import health
from xiaolaba.ports.bus import Inbound
from xiaolaba.ports.clock import ClockReport, Trust
from xiaolaba.sim.fakes import FakeBus, FakeCache, FakeClock, FakeLedger, FakeSaved, FakeSink

NOON = 1_800_000_000
POLICY = node_topic(NODE, "policy")
UNREADABLE = b"?" * 1000
PATIENCE = 200
"""Ticks within which a node's figures must have been seen."""


class Broker(FakeBus):
    """A bus that is connected as soon as it is started, and brings the policy that was kept."""

    def start(
        self, on_message: Callable[[Inbound], None], on_connection: Callable[[bool], None]
    ) -> None:
        super().start(on_message, on_connection)
        self.connect()
        self.deliver(POLICY, UNREADABLE, retained=True)


class Stumbling(FakeSink):
    """A sink that plays 0.2 % too fast and ran dry before its third block."""

    blocks = 0

    def write(self, block: bytes | memoryview) -> bool:
        self.blocks += 1
        return super().write(block) and self.blocks != 3


def world(folder: Path, clock: FakeClock, bus: FakeBus) -> World:
    """Return a world of fakes."""
    return World(
        clock,
        FakeCache(folder, {}),
        FakeSaved(),
        lambda: FakeSink(clock),
        lambda tell: FakeLedger(),
        lambda: bus,
        lambda measured: measured,
        "kid",
        lambda message: bytes(64),
    )


def test_a_health_report_says_whatever_was_measured_each_under_its_own_name():
    clips = [ClipHash(hashlib.sha256(bytes([n])).hexdigest()) for n in range(5)]
    mind = Mind(
        Identity(NODE, "boot", "0", {}, {}),
        clips=dict.fromkeys(clips[:3], "http://127.0.0.1:1/"),
        ready=frozenset(clips[1:]),
        connected=True,
        now="licai-app/yue",
        waiting=4,
        alerts=frozenset({"underruns", "clock"}),
        measured=Measured(-1.5, 6, 7, 8.5, 9, 10, 11, 12.5, True, -13.5, "no-mixer"),
    )
    now = Now(Instant(NOON * RATE), Seconds(5.0), ClockReport(Trust.COASTING, Seconds(2.25), "rtc"))

    _, (said,) = health(mind, now)

    assert isinstance(said, Publish)
    assert said.topic == node_topic(NODE, "health")
    assert health_from_json(json.loads(said.payload)) == Health(
        node=NODE,
        at=NOON,
        now="licai-app/yue",
        clock="coasting",
        clock_bound_s=2.25,
        clock_source="rtc",
        position_error_ms=-1.5,
        underruns=6,
        clips_cached=2,
        clips_needed=3,
        unacknowledged=4,
        uptime_s=7,
        memory_mb=8.5,
        disk_free_mb=9,
        received_bytes=10,
        sent_bytes=11,
        temperature_c=12.5,
        under_voltage=True,
        wifi_dbm=-13.5,
        alerts=("clock", "underruns"),
    )


@pytest.mark.parametrize("size", [0, 1, 4000])
def test_a_message_counts_with_its_topic_and_what_carrying_it_takes(tmp_path, size):
    bus = FakeBus()
    hands = Hands(
        NODE,
        world(tmp_path, FakeClock(Instant(0)), bus),
        lambda event: None,
        lambda order: None,
        lambda fetch: None,
    )
    hands.listen()
    bus.connect()
    bus.subscribe("to")

    bus.deliver("to", bytes(size))
    hands.carry_out([Publish("from", bytes(size))] * 2)

    assert (hands.received, hands.sent) == (OVERHEAD + 2 + size, 2 * (OVERHEAD + 4 + size))


def test_what_cannot_be_sent_costs_nothing(tmp_path):
    hands = Hands(
        NODE,
        world(tmp_path, FakeClock(Instant(0)), FakeBus()),
        lambda event: None,
        lambda order: None,
        lambda fetch: None,
    )

    hands.carry_out([Publish("from", b"lost")])

    assert hands.sent == 0


class Watched:
    """A node on a card that stumbles; `seen` are its figures, with what the bus carried by then."""

    def __init__(self, house: House) -> None:
        clip = house.cached(noise(1, RATE))
        house.remember(loop_score({clip: RATE}, [(NOON * RATE, (NOON + 3600) * RATE)]))
        self.bus = Broker()
        self.cache = DiskClipCache(house.state / "cache", 1_000_000)
        self.cache.received = 7_000_000
        self.seen: list[tuple[Measured, int]] = []
        clock = FakeClock(Instant(NOON * RATE))
        programme, policy = (
            dict([keys.verifier(house.identity / f"{who}.pub")]) for who in ("programme", "policy")
        )
        self.service = NodeService(
            Identity(NODE, "boot", "0", programme, policy),
            World(
                clock,
                self.cache,
                house.saved,
                lambda: Stumbling(clock, fast=2000),
                lambda tell: FakeLedger(),
                lambda: self.bus,
                self.measure,
                "kid",
                lambda message: bytes(64),
            ),
        )

    def measure(self, found: Measured) -> Measured:
        """Note the figures; end the node once all of them moved, or never will."""
        carried = sum(OVERHEAD + len(topic) + len(said) for topic, said, _ in self.bus.published)
        self.seen.append((found, carried))
        if all(self.moved()) or len(self.seen) == PATIENCE:
            self.service.stop()
        return found

    def moved(self) -> list[bool]:
        """Return of error, underruns, bytes received and bytes sent whether they ever moved."""
        own = [found for found, _ in self.seen]
        return [
            any(found.position_error_ms for found in own),
            any(found.underruns for found in own),
            any(found.received_bytes > self.cache.received for found in own),
            any(found.sent_bytes for found in own),
        ]


def test_each_second_a_node_measures_its_sound_and_the_bytes_that_it_took(tmp_path):
    node = Watched(House(tmp_path / "house", {}))

    node.service.run()

    last, _ = node.seen[-1]
    assert node.moved() == [True] * 4
    assert min(found.position_error_ms for found, _ in node.seen) < 0
    assert last.underruns == 1
    assert last.received_bytes == 7_000_000 + OVERHEAD + len(POLICY) + len(UNREADABLE)
    assert [found.sent_bytes for found, _ in node.seen] == [carried for _, carried in node.seen]
