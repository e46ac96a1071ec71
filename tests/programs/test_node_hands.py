"""A node's hands: what the disk refuses is told, and not forgotten."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.node_house import NODE
from xiaolaba.core.units import Instant
from xiaolaba.node.events import Event, Save, Trouble
from xiaolaba.node.hands import Hands, World
from xiaolaba.sim.fakes import FakeBus, FakeCache, FakeClock, FakeLedger, FakeSaved, FakeSink


@dataclass
class Body:
    """Hands over fakes, and what they told."""

    folder: Path
    saved: FakeSaved = field(default_factory=FakeSaved)
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock = FakeClock(Instant(0))
        world = World(
            clock,
            FakeCache(self.folder, {}),
            self.saved,
            lambda: FakeSink(clock),
            lambda tell: FakeLedger(),
            FakeBus,
            lambda measured: measured,
            "kid",
            lambda message: bytes(64),
        )
        self.hands = Hands(NODE, world, self.told.append, lambda _: None, lambda _: None)


@pytest.fixture
def body(tmp_path):
    return Body(tmp_path)


def test_the_latest_of_what_a_full_disk_refused_is_saved_once_there_is_room(body):
    body.saved.full = True
    body.hands.carry_out([Save("policy", b"1"), Save("floor", b"x"), Save("policy", b"2")])
    body.hands.catch_up()
    refused = dict(body.saved.files)

    body.saved.full = False
    body.hands.catch_up()

    assert refused == {}
    assert body.saved.files == {"policy": b"2", "floor": b"x"}


def test_what_is_saved_again_later_is_not_overwritten_by_what_was_refused_before(body):
    body.saved.full = True
    body.hands.carry_out([Save("policy", b"1")])
    body.saved.full = False
    body.hands.carry_out([Save("policy", b"2")])

    body.hands.catch_up()

    assert body.saved.files == {"policy": b"2"}


def test_what_a_full_disk_refused_is_saved_before_the_node_leaves(body):
    body.saved.full = True
    body.hands.carry_out([Save("policy", b"1")])
    body.saved.full = False

    body.hands.close()

    assert body.saved.files == {"policy": b"1"}


def test_a_disk_that_stays_full_is_told_of_once_for_each_thing_that_it_refuses(body):
    body.saved.full = True
    body.hands.carry_out([Save("policy", b"1")])

    for _ in range(60):
        body.hands.catch_up()

    assert [event.code for event in body.told if isinstance(event, Trouble)] == ["store"]
