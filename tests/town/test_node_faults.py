"""What may befall a node that nobody stands beside, in virtual time."""

from datetime import date

import pytest

from tests.core.builders import local
from tests.programs.test_stage_and_player import NOON, A, B, Night, score, spans
from tests.town.test_town import CLIPS, START, a_town
from xiaolaba.core.units import RATE
from xiaolaba.node.player import BLOCK, ClockStepped
from xiaolaba.sim.town import SimulatedTown
from xiaolaba.sim.verdicts import forbidden, off_the_loop, out_of_turn, uncounted


def test_fault_a_card_that_is_away_for_thirty_seconds_of_virtual_time(tmp_path):
    night = Night(tmp_path)

    def unplug():
        night.sinks[0].unplugged = night.broken = True

    original = night.open

    def open_again():
        night.broken = night.clock.at < NOON + 32 * RATE
        return original()

    night.player._open_sink = open_again
    night.later(2.5, unplug)
    night.run(46, score(A, B))

    whole = [begin for begin, end in spans(night.heard) if end - begin == 2 * RATE]
    assert len(whole) >= 2
    assert {begin % (3 * RATE) for begin in whole} == {RATE}


@pytest.mark.parametrize("hours", [-2, 2, 55 * 8766], ids=["back", "ahead", "far ahead"])
def test_fault_the_clock_steps_inside_a_clip_and_there_is_no_burst(tmp_path, hours):
    night = Night(tmp_path)
    night.later(2.2, lambda: night.clock.step(hours * 3600 * RATE))
    night.later(6, lambda: night.clock.step(-hours * 3600 * RATE))

    heard = night.run(12, score(A, B)).heard

    stepped = round(2.2 * RATE) + 2 * BLOCK
    wrong, right = heard[stepped : 6 * RATE], heard[round(6.1 * RATE) :]
    assert not any(wrong)
    assert any(right)
    assert len(night.of(ClockStepped)) == 2
    assert max(end - begin for begin, end in spans(heard)) <= 2 * RATE


def test_fault_a_small_step_inside_a_clip_is_one_faded_jump(tmp_path):
    night = Night(tmp_path)
    night.later(2.2, lambda: night.clock.step(RATE // 5))

    night.run(9, score(A, B))

    begins = [begin for begin, end in spans(night.heard) if begin > 4 * RATE]
    assert night.of(ClockStepped) == []
    assert abs((begins[0] + RATE // 5 - RATE) % (3 * RATE)) <= 8


def a_node(tmp_path, **more):
    return SimulatedTown(a_town(1), CLIPS, tmp_path, START, 11, **more)


def test_fault_a_machine_without_rtc_that_boots_in_1970_is_silent_until_it_knows_the_time(
    tmp_path,
):
    found = a_node(tmp_path, bare=frozenset({"n0"}))
    found.station.switch_on(found.applied())
    (node,) = found.nodes
    node.switch_on()
    found.run(days=3.5 / 24)
    assert node.sounded
    node.cut_power()
    node.cut_off()
    del node.sounded[:]

    node.switch_on(ahead=-int(START))
    found.run(days=9 / 24)
    silent = list(node.sounded)
    node.connect()
    found.run(days=1)

    begin, end = local(date(2026, 12, 1), "06:00"), local(date(2026, 12, 1), "12:00")
    assert silent == []
    assert off_the_loop(found, node, begin, end) == []
    assert forbidden(found, node) == []


@pytest.mark.parametrize("hours", [-2, 2])
def test_fault_a_clock_that_is_hours_off_is_silent_by_an_rtc_that_knows_better(tmp_path, hours):
    found = a_node(tmp_path)
    found.switch_on()
    (node,) = found.nodes
    found.run(days=1 / 24)
    node.cut_off()
    node.set_clock(hours * 3600 * RATE)
    found.run(days=20 / 24)
    wrong = list(node.sounded)

    node.connect()
    found.run(days=1)

    assert wrong == []
    assert [j(found, node) for j in (out_of_turn, forbidden, uncounted)] == [[], [], []]
    assert node.sounded
