"""A town in virtual time: whatever happens to it, nothing forbidden sounds and no play is lost."""

from dataclasses import replace
from datetime import date

import pytest

from tests.core.builders import local, programme
from tests.core.builders import town as small_town
from tests.core.towns import CMN, YUE, clip, rhyme
from xiaolaba.core.library import library
from xiaolaba.core.message import node_topic
from xiaolaba.core.policy import Caps
from xiaolaba.core.schedule import Hours, Node, Place, PolicyRules, QuietRule, Together
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.sounding.hold_order import added
from xiaolaba.core.units import RATE, Decibels, Instant, NodeId, PlaceId, RhymeId, Seconds
from xiaolaba.sim.network import FINE, STORM
from xiaolaba.sim.performer import Stretch
from xiaolaba.sim.town import SimulatedTown, signer
from xiaolaba.sim.verdicts import forbidden, off_the_loop, out_of_turn, uncounted

PROGRAMME = "prog", signer("programme")
MONDAY = date(2026, 11, 30)
START = local(MONDAY, "05:00")
RHYMES = {RhymeId(f"r{n}"): rhyme(f"r{n}", CMN, YUE) for n in range(4)}
CLIPS = library(
    clip(f"r{n}", language, (6 + n) * RATE + 77 * n) for n in range(4) for language in (CMN, YUE)
)


def a_town(nodes):
    """Return a district of compounds with four nodes each, one of them taking turns."""
    compounds = tuple(
        Place(
            PlaceId(f"c{c}"),
            f"小区{c}",
            nodes=tuple(Node(NodeId(f"n{n}"), "门") for n in range(c, nodes, max(1, nodes // 4))),
            languages=((CMN, 50), (YUE, 50)),
            together=Together.STAGGER if c == 1 else Together.UNISON,
        )
        for c in range(max(1, nodes // 4))
    )
    quiet = (
        QuietRule("夜间", Hours(21 * 60 + 30, 31 * 60)),
        QuietRule("午休", Hours(12 * 60, 14 * 60 + 30)),
    )
    return small_town(
        programme("market", "07:30-08:30", "17:00-19:00"),
        programme("noon", "11:30-12:30", every=Seconds(600.0)),
        places=(Place(PlaceId("xideng"), "西登社区", compounds),),
        policy=PolicyRules(quiet, (), Caps(Decibels(-3.0), Seconds(3600.0))),
        rhymes=RHYMES,
    )


@pytest.fixture
def simulate(tmp_path):
    def begin(nodes, seed, **more):
        return SimulatedTown(a_town(nodes), CLIPS, tmp_path, START, seed, **more)

    return begin


def verdicts(found, *judges):
    """Return everything that is wrong, with the seed that repeats it."""
    wrong = [told for node in found.nodes for judge in judges for told in judge(found, node)]
    return [f"seed {found.seed}", *wrong[:20]] if wrong else []


def loops(begin, end):
    return lambda found, node: off_the_loop(found, node, begin, end)


def test_a_town_in_fine_weather_plays_its_plan_to_the_sample_and_counts_every_play(simulate):
    found = simulate(4, seed=1)

    found.switch_on()
    found.run(days=2)

    begin, end = local(MONDAY, "06:00"), local(date(2026, 12, 2), "04:00")
    assert verdicts(found, loops(begin, end), forbidden, uncounted) == []
    assert found.store.counted > 500


def test_a_month_of_twenty_nodes_without_network_is_the_exact_loop_and_all_of_it_is_counted(
    simulate,
):
    found = simulate(20, seed=2, tick=240.0)
    found.switch_on()
    found.run(days=0.5)

    for node in found.nodes:
        node.cut_off()
    found.station.switch_off()
    found.run(days=28)
    found.station.switch_on(found.applied())
    for node in found.nodes:
        node.connect()
    found.run(days=0.5)

    begin, end = local(MONDAY, "06:00"), local(date(2026, 12, 28), "04:00")
    assert verdicts(found, loops(begin, end), forbidden, uncounted) == []


def test_a_sound_too_many_one_too_few_and_a_lost_play_would_be_noticed(simulate):
    found = simulate(1, seed=3)
    found.switch_on()
    found.run(days=0.5)
    (node,) = found.nodes
    midnight = local(MONDAY, "00:10")
    node.sounded.insert(0, Stretch(midnight, midnight + RATE, None, 0))
    gone = node.sounded.pop(5)
    found.store.records[(NodeId(node.name), "boot-1")].pop(3)

    begin, end = local(MONDAY, "06:00"), local(MONDAY, "16:00")
    missing = off_the_loop(found, node, begin, end)
    assert [len(judge(found, node)) for judge in (forbidden, out_of_turn, uncounted)] == [1, 1, 1]
    assert len(missing) == 1
    assert "missing" in missing[0]
    assert gone.clip
    assert gone.clip[:8] in missing[0]


def test_a_hold_silences_one_node_until_its_time(simulate):
    found = simulate(2, seed=4)
    found.switch_on()
    found.run(days=1 / 24)
    one, other = found.nodes

    until = local(MONDAY, "18:00")
    found.order_hold(one.name, Hold(until))
    found.run(days=11.5 / 24)
    silenced = len(one.sounded)
    found.run(days=0.5)

    assert silenced == 0
    assert one.sounded[0].start >= until
    assert verdicts(found, forbidden, out_of_turn, uncounted) == []
    assert other.sounded[0].start < until


def test_holds_given_while_a_node_is_away_are_all_obeyed_when_it_is_back(simulate):
    found = simulate(2, seed=8)
    found.switch_on()
    found.run(days=1 / 24)
    one, other = found.nodes

    one.cut_off()
    found.order_hold(one.name, Hold(local(MONDAY, "17:30")))
    found.order_hold(one.name, Hold(local(MONDAY, "18:30"), Decibels(-9.0)))
    found.run(days=1 / 24)
    one.connect()
    found.run(days=0.4375)
    silenced = list(one.sounded)
    found.run(days=0.5)

    assert silenced == []
    assert one.sounded[0].start >= local(MONDAY, "17:30")
    assert verdicts(found, forbidden, out_of_turn, uncounted) == []
    assert other.sounded[0].start < local(MONDAY, "08:00")
    assert node_topic(one.name, "hold") not in found.network.retained


def test_a_hold_outlives_the_daemon_s_night_a_broker_that_forgets_and_the_node_s_power_cut(
    simulate,
):
    found = simulate(1, seed=9)
    found.switch_on()
    found.run(days=1 / 24)
    (node,) = found.nodes

    found.station.switch_off()
    found.network.retained.clear()
    found.order_hold(node.name, Hold(local(MONDAY, "18:00")))
    found.run(days=0.02)
    found.station.switch_on(found.applied())
    found.run(days=0.02)
    node.cut_power()
    node.switch_on()
    found.station.switch_off()
    found.run(days=1)

    assert node.sounded[0].start >= local(MONDAY, "18:00")
    assert verdicts(found, forbidden, out_of_turn) == []


def test_only_the_policy_key_lifts_a_hold_also_at_a_node_that_was_away_and_is_held_anew(simulate):
    found = simulate(2, seed=10)
    found.switch_on()
    found.run(days=1 / 24)
    one, other = found.nodes
    for node in (one, other):
        found.order_hold(node.name, Hold(local(MONDAY, "23:00")))
    found.run(days=1 / 24)

    one.cut_off()
    for node in (one, other):
        name = NodeId(node.name)
        soon = Hold(Instant(found.timeline.now + 60 * RATE))
        shorter = added((), name, soon, found.timeline.now // RATE, PROGRAMME)
        found.network.take(node_topic(name, "hold"), shorter, retain=True)
    found.run(days=3 / 24)
    held = [len(node.sounded) for node in (one, other)]
    found.lift_holds(one.name)
    found.order_hold(one.name, Hold(local(MONDAY, "17:30")))
    one.connect()
    found.run(days=0.7)

    assert held == [0, 0]
    assert local(MONDAY, "17:30") <= one.sounded[0].start < local(MONDAY, "17:35")
    assert other.sounded == [] or other.sounded[0].start >= local(MONDAY, "23:00")
    assert verdicts(found, forbidden, out_of_turn, uncounted) == []


def test_clips_that_made_way_for_others_are_fetched_again_when_the_old_plan_is_back(simulate):
    found = simulate(1, seed=11)
    found.switch_on()
    usual = found.town
    plans = [{one: rhyme} for one, rhyme in RHYMES.items()]

    for rhymes in (plans[0], plans[1], plans[2], plans[0]):
        found.town = replace(usual, rhymes=rhymes)
        for event in found.applied():
            found.station.tell(event)
        found.run(days=1)

    begin, end = local(date(2026, 12, 3), "06:00"), local(date(2026, 12, 4), "04:00")
    assert verdicts(found, loops(begin, end), forbidden, uncounted) == []
    assert found.nodes[0].sounded[-1].start > begin


def trouble(found, hours):
    """Let something go wrong at one node each hour, and mend it within the next."""
    for hour in range(hours):
        node = found.chance.choice(found.nodes)
        begin, length = 3600 * found.chance.uniform(hour, hour + 0.5), found.chance.uniform(1, 1700)
        ill = found.chance.choice((power_cut, dead_network, wrong_time, station_off, silenced))
        ill(found, node, begin, begin + length)


def power_cut(found, node, begin, end):
    found.timeline.after(begin, node.cut_power)
    lag = -int((end - begin) * RATE) if node.name in BARE else 0
    found.timeline.after(end, lambda: node.switch_on(lag))


def dead_network(found, node, begin, end):
    found.timeline.after(begin, node.cut_off)
    found.timeline.after(end, node.connect)


def wrong_time(found, node, begin, end):
    ahead = found.chance.choice((-2 * 3600, 2 * 3600, -55 * 365 * 86_400, 30, 1)) * RATE
    found.timeline.after(begin, lambda: node.set_clock(ahead))
    found.timeline.after(end, lambda: node.set_clock(0))


def station_off(found, node, begin, end):
    found.timeline.after(begin, found.station.switch_off)
    found.timeline.after(end, lambda: found.station.switch_on(found.applied()))


def silenced(found, node, begin, end):
    at = found.timeline.now
    hold = Hold(Instant(at + int(end * RATE)), found.chance.choice((None, Decibels(-9.0))))
    found.timeline.after(begin, lambda: found.order_hold(node.name, hold))


BARE = frozenset({"n1", "n2"})


@pytest.mark.parametrize("seed", range(4))
def test_whatever_fails_nothing_sounds_out_of_turn_and_every_play_is_counted_afterwards(
    simulate, seed
):
    found = simulate(4, seed, weather=STORM, bare=BARE)
    found.switch_on()
    trouble(found, hours=36)

    found.run(days=1.6)
    found.network.weather = FINE
    found.run(days=0.2)

    assert verdicts(found, out_of_turn, forbidden, uncounted) == []
    assert all(node.sounded for node in found.nodes)


PING = 130
"""Bytes of a ping and its answer, which go out every two minutes in which nothing else does."""


def test_a_month_of_the_usual_programme_costs_less_than_fifteen_megabytes(simulate):
    found = simulate(2, seed=5)
    found.switch_on()
    found.run(days=1)
    before = [node.road.used for node in found.nodes]

    found.run(days=1)

    pings = 30 * 86_400 / 120 * PING
    month = [30 * (n.road.used - b) + pings for n, b in zip(found.nodes, before, strict=True)]
    assert max(month) <= 15e6


def test_a_month_of_a_loop_without_a_pause_costs_less_than_fifty_megabytes(simulate):
    found = simulate(1, seed=6)
    all_day = programme("loop", "07:30-12:00", "14:30-21:30", every=None)
    caps = replace(found.town.policy, caps=Caps())
    found.town = replace(found.town, programmes=(all_day,), policy=caps)
    found.switch_on()
    found.run(days=1)
    before = found.nodes[0].road.used

    found.run(days=1)

    assert found.store.counted > 5000
    assert 30 * (found.nodes[0].road.used - before) <= 50e6


def test_the_same_seed_gives_the_same_run(tmp_path):
    runs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        found = SimulatedTown(a_town(2), CLIPS, tmp_path / name, START, 7, STORM)
        found.switch_on()
        trouble(found, hours=12)
        found.run(days=0.6)
        runs.append(([node.sounded for node in found.nodes], found.store.notes))

    assert runs[0] == runs[1]
