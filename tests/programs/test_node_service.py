"""A node's service as it starts: what sounds waits for nothing that only reports."""

import json
import threading
from collections.abc import Callable

from tests.node_house import NODE, House, loop_score, noise
from xiaolaba.adapters import keys
from xiaolaba.adapters.clip_cache import DiskClipCache
from xiaolaba.core.message import DAEMON_STATE, to_bytes
from xiaolaba.core.units import RATE, Instant
from xiaolaba.node.hands import World
from xiaolaba.node.service import NodeService
from xiaolaba.node.state import Identity
from xiaolaba.ports.bus import Inbound
from xiaolaba.sim.fakes import FakeBus, FakeClock, FakeLedger, FakeSink

DEADLINE = 20.0
NOON = 1_800_000_000 * RATE


class Loudspeaker(FakeSink):
    """A sink that tells when it was given the first sample of a clip."""

    def __init__(self) -> None:
        self.clock = FakeClock(Instant(NOON))
        super().__init__(self.clock)
        self.sounds = threading.Event()

    def write(self, block: bytes | memoryview) -> bool:
        if any(block):
            self.sounds.set()
        return super().write(block)


def furnished(house: House) -> House:
    """Return the house with a clip, and the playlist and policy that have it played at noon."""
    clip = house.cached(noise(1, RATE))
    house.remember(loop_score({clip: RATE}, [(NOON, NOON + 3600 * RATE)]))
    return house


def identity(house: House) -> Identity:
    programme, policy = (
        dict([keys.verifier(house.identity / f"{who}.pub")]) for who in ("programme", "policy")
    )
    return Identity(NODE, "boot", "0", programme, policy)


class Reached(FakeBus):
    """A bus that is connected as soon as it is started, with a daemon at its other end."""

    def start(
        self, on_message: Callable[[Inbound], None], on_connection: Callable[[bool], None]
    ) -> None:
        super().start(on_message, on_connection)
        self.connect()
        self.deliver(DAEMON_STATE, to_bytes({"v": 1, "online": True}), retained=True)


def run_until_it_sounded(
    house: House, loudspeaker: Loudspeaker, bus: FakeBus, opened: Callable[[], object]
) -> None:
    """Run the node in the house, with a ledger and a bus that take long to open."""

    def slowly(what):
        loudspeaker.sounds.wait(DEADLINE)
        opened()
        return what

    world = World(
        loudspeaker.clock,
        DiskClipCache(house.state / "cache", 1_000_000),
        house.saved,
        lambda: loudspeaker,
        lambda tell: slowly(FakeLedger()),
        lambda: slowly(bus),
        lambda measured: measured,
        "kid",
        lambda message: bytes(64),
    )
    service = NodeService(identity(house), world)
    service.stop()
    service.run()
    assert not service.failed


def test_a_node_sounds_before_its_ledger_and_its_bus_are_open(tmp_path):
    house = furnished(House(tmp_path / "house", {}))
    loudspeaker = Loudspeaker()
    sounded = []

    run_until_it_sounded(
        house, loudspeaker, FakeBus(), lambda: sounded.append(loudspeaker.sounds.is_set())
    )

    assert sounded == [True, True]


def test_a_saved_file_that_is_damaged_is_told_of_while_the_copy_before_it_is_obeyed(tmp_path):
    house = furnished(House(tmp_path / "house", {}))
    house.saved.save("policy", house.policy(revision=2))
    (house.state / "saved" / "policy").write_bytes(b"rotten")
    loudspeaker, bus = Loudspeaker(), Reached()

    run_until_it_sounded(house, loudspeaker, bus, lambda: None)

    events = [payload for topic, payload, _ in bus.published if topic.endswith("/events")]
    told = [(event["code"], event["detail"]) for event in map(json.loads, events)]
    assert loudspeaker.sounds.is_set()
    assert told == [("saved-damaged", "policy: what was saved before is used")]
