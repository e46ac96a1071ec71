"""A node's service as it starts: what sounds waits for nothing that only reports."""

import threading

from tests.node_house import NODE, House, loop_score, noise
from xiaolaba.adapters import keys
from xiaolaba.adapters.clip_cache import DiskClipCache
from xiaolaba.core.units import RATE, Instant
from xiaolaba.node.hands import World
from xiaolaba.node.service import NodeService
from xiaolaba.node.state import Identity
from xiaolaba.sim.fakes import FakeBus, FakeClock, FakeLedger, FakeSink

DEADLINE = 20.0
NOON = 1_800_000_000 * RATE


class Loudspeaker(FakeSink):
    """A sink that tells when it was given the first sample of a clip."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
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


def test_a_node_sounds_before_its_ledger_and_its_bus_are_open(tmp_path):
    house = furnished(House(tmp_path / "house", {}))
    clock = FakeClock(Instant(NOON))
    loudspeaker = Loudspeaker(clock)
    opened = []

    def slowly(what):
        loudspeaker.sounds.wait(DEADLINE)
        opened.append(loudspeaker.sounds.is_set())
        return what

    world = World(
        clock,
        DiskClipCache(house.state / "cache", 1_000_000),
        house.saved,
        lambda: loudspeaker,
        lambda tell: slowly(FakeLedger()),
        lambda: slowly(FakeBus()),
        lambda measured: measured,
        "kid",
        lambda message: bytes(64),
    )
    service = NodeService(identity(house), world)
    service.stop()
    service.run()

    assert opened == [True, True]
    assert not service.failed
