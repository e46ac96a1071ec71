from pathlib import Path

import pytest

from tests.daemon_house import DaemonHouse
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.cli.schedules.desk import AGAIN_S, Desk
from xiaolaba.core.errors import StoreError
from xiaolaba.core.units import NodeId
from xiaolaba.scheduler.events import (
    Applied,
    ClipsChanged,
    Enrolled,
    HoldsChanged,
    PoliciesChanged,
)
from xiaolaba.settings import load_daemon

NOW = 1_800_000_000


class Door:
    """Lets nodes into a broker, unless the disk is full."""

    full = lost = False

    def __call__(self) -> None:
        if self.lost:
            raise RuntimeError("nobody thought of this")
        if self.full:
            raise StoreError("disk full")


@pytest.fixture
def house(tmp_path: Path) -> DaemonHouse:
    house = DaemonHouse(tmp_path)
    house.build()
    return house


def desk(house: DaemonHouse, door: Door) -> Desk:
    return Desk(load_daemon(Path(house.settings)), StateFolder(house.root / "state"), door)


def kinds(desk: Desk, now: int) -> list[type]:
    return [type(event) for event in desk.look(now)]


def test_everything_is_read_at_first_and_then_only_what_changed(house: DaemonHouse):
    looking = desk(house, Door())

    assert kinds(looking, NOW) == [Enrolled, PoliciesChanged, ClipsChanged, Applied]
    assert kinds(looking, NOW + 1) == []
    house.put_clip(4)
    assert kinds(looking, NOW + 2) == [ClipsChanged]


def test_a_hold_that_is_given_or_lifted_is_read_at_once(house: DaemonHouse):
    looking = desk(house, Door())
    list(looking.look(NOW))

    house.call("hold", "--node", "gate", "--for", "2h")
    (given,) = looking.look(NOW + 1)
    house.call("hold", "--lift", "--all", "--key", str(house.root / "policy.key"))
    (lifted,) = looking.look(NOW + 2)

    assert isinstance(given, HoldsChanged)
    assert isinstance(lifted, HoldsChanged)
    assert given.holds.keys() == {"gate"}
    assert lifted.holds.keys() == {"gate", "yard"}
    assert lifted.holds[NodeId("gate")].order > given.holds[NodeId("gate")].order


def test_what_could_not_be_read_is_read_again_by_and_by_though_nothing_changed(
    house: DaemonHouse, caplog
):
    door = Door()
    looking = desk(house, door)
    door.full = True
    list(looking.look(NOW))
    door.full = False

    assert kinds(looking, NOW + 1) == []
    assert caplog.text.count("disk full") == 1
    assert kinds(looking, NOW + AGAIN_S) == [Enrolled]
    assert kinds(looking, NOW + 2 * AGAIN_S) == []


def test_what_nobody_thought_of_in_one_part_does_not_keep_the_others_from_being_read(
    house: DaemonHouse, caplog
):
    door = Door()
    looking = desk(house, door)
    door.lost = True

    assert kinds(looking, NOW) == [PoliciesChanged, ClipsChanged, Applied]
    assert "nobody thought of this" in caplog.text
    door.lost = False
    assert kinds(looking, NOW + AGAIN_S) == [Enrolled]


def test_what_could_not_be_read_is_read_again_though_the_clock_was_set_back(house: DaemonHouse):
    door = Door()
    looking = desk(house, door)
    door.full = True
    list(looking.look(NOW))
    door.full = False

    assert kinds(looking, NOW - 86_400)[0] == Enrolled
