"""What a month costs the SIM, on quiet days and where something is wrong all the time."""

import pytest

from tests.town.test_town import CLIPS, START, a_town
from xiaolaba.node.player import DeviceBack, DeviceLost
from xiaolaba.sim.town import SimulatedTown

BUDGET = 15e6
"""Bytes a month."""
PING = 130
"""Bytes of a ping and its answer, which go out every two minutes in which nothing else does."""
PINGS = 30 * 86_400 / 120 * PING


def the_daemon_is_silent(found, node):
    found.station.switch_off()


def the_disk_is_full(found, node):
    node.fill_disk()


def the_card_fails_at_each_write(found, node):
    def again():
        node.befall(DeviceBack())
        node.befall(DeviceLost("horn: no answer"))
        found.timeline.after(1, again)

    again()


@pytest.mark.parametrize(
    "ill", [the_daemon_is_silent, the_disk_is_full, the_card_fails_at_each_write]
)
def test_a_month_in_which_nothing_is_well_costs_no_more_than_the_budget(tmp_path, ill):
    found = SimulatedTown(a_town(1), CLIPS, tmp_path, START, 12, tick=1.0)
    found.switch_on()
    (node,) = found.nodes
    found.run(days=1)
    before = node.road.used

    ill(found, node)
    found.run(days=1)

    assert 30 * (node.road.used - before) + PINGS <= BUDGET
