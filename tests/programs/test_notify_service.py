"""The watchdog's beat, in the node's service and in a real node process."""

import signal
import socket
import threading

import pytest

from tests.node_house import House, end
from tests.waiting import PATIENCE
from xiaolaba.core.units import RATE, Instant, NodeId
from xiaolaba.node.hands import World
from xiaolaba.node.service import NodeService
from xiaolaba.node.state import Identity
from xiaolaba.sim.fakes import FakeBus, FakeCache, FakeClock, FakeLedger, FakeSaved, FakeSink


class StuckSink(FakeSink):
    """A card that takes no more samples once `stall` is set, as when its driver hangs."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.stall, self.stuck, self.freed = (threading.Event() for _ in range(3))

    def write(self, block: bytes | memoryview) -> bool:
        if self.stall.is_set():
            self.stuck.set()
            self.freed.wait(PATIENCE)
        return super().write(block)


def a_service(tmp_path, clock, sink, measure, beat=lambda: None) -> NodeService:
    """Return a node that plays on `sink`, by fakes in all else."""
    world = World(
        clock,
        FakeCache(tmp_path, {}),
        FakeSaved(),
        lambda: sink,
        lambda tell: FakeLedger(),
        FakeBus,
        measure,
        "kid",
        lambda message: b"",
        beat,
    )
    return NodeService(Identity(NodeId("gate"), "boot", "0", {}, {}), world)


def test_a_beat_needs_samples_to_have_left_the_card(tmp_path):
    clock = FakeClock(Instant(1_800_000_000 * RATE))
    sink = StuckSink(clock)
    beats: list[Instant] = []
    ticked = threading.Semaphore(0)

    def beat():
        beats.append(clock.now())
        sink.stall.set()

    def measure(found):
        if sink.stuck.is_set():
            clock.advance(2 * RATE)
            ticked.release()
        return found

    service = a_service(tmp_path, clock, sink, measure, beat)
    thread = threading.Thread(target=service.run)
    thread.start()
    assert sink.stuck.wait(PATIENCE)
    for _ in range(2):
        assert ticked.acquire(timeout=PATIENCE)
    counted = len(beats)  # the second tick is after what sounded while a beat was given
    for _ in range(8):
        assert ticked.acquire(timeout=PATIENCE)
    beaten = len(beats)
    sink.freed.set()
    service.stop()
    thread.join(PATIENCE)

    assert 1 <= counted == beaten


@pytest.mark.parametrize("late", [100, 2], ids=["it slept", "each tick takes too long"])
def test_a_node_listens_between_any_two_ticks_however_late_it_is(tmp_path, late):
    clock = FakeClock(Instant(1_800_000_000 * RATE))
    sink = StuckSink(clock)
    sink.stall.set()
    ticks: list[object] = []

    def measure(found):
        ticks.append(found)
        assert len(ticks) < 10
        clock.advance(late * RATE)
        service.stop()
        sink.freed.set()
        return found

    service = a_service(tmp_path, clock, sink, measure)
    service.run()

    assert 1 <= len(ticks) < 10


@pytest.fixture
def systemd(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other_end:
        other_end.bind(str(tmp_path / "notify"))
        other_end.settimeout(PATIENCE)
        yield other_end


def test_a_node_says_that_it_is_ready_that_sound_flows_and_that_it_leaves(tmp_path, systemd):
    house = House(tmp_path / "house", {"wav": str(tmp_path / "sound.wav")})
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "60000000"}

    node = house.start(environment)
    ready, beat = systemd.recv(4096), systemd.recv(4096)
    code = end(node, signal.SIGTERM)
    last = systemd.recv(4096)

    assert ready.split(b"\n")[0] == b"READY=1"
    assert beat == b"WATCHDOG=1"
    assert (last, code) == (b"STOPPING=1", 0)


def test_a_node_without_a_card_asks_for_patience_and_gives_no_beat(tmp_path, systemd):
    house = House(tmp_path / "house", {"device": "hw:no-such-card"})
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "4"}

    node = house.start(environment)
    said = systemd.recv(4096), systemd.recv(4096)
    code = end(node, signal.SIGTERM)
    last = systemd.recv(4096)

    assert said[1].split(b"\n")[1] == b"WATCHDOG_USEC=21600000000"
    assert (last, code) == (b"STOPPING=1", 0)
