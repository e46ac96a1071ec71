"""The daemon signs nothing while most of its nodes say that its clock is wrong."""

from dataclasses import replace

import pytest

from tests.programs.test_daemon_mind import (
    BOOT,
    GATE_VERIFY,
    KEYS,
    NOW,
    TOWN,
    clips,
    state,
    told,
)
from xiaolaba.core.message import DAEMON_STATE, from_bytes, to_bytes
from xiaolaba.core.message.report import Health, to_json
from xiaolaba.core.units import NodeId
from xiaolaba.ports.store import Counted, Standing
from xiaolaba.scheduler.events import (
    Applied,
    ClipsChanged,
    Connected,
    Enrolled,
    Keep,
    NodeSaid,
    Note,
    PlaysCounted,
    Publish,
    Swept,
    Ticked,
)
from xiaolaba.scheduler.state import Mind

NODES = [NodeId(f"n{number}") for number in range(5)]
TICK = Ticked(NOW + 100, True, "trusted", since=100.0)
ONLINE = (*BOOT, Connected(NOW, True), Swept(NOW, {}))


def health(
    node: NodeId, ahead: int, clock: str = "trusted", since: float = 50.0, retained: bool = False
) -> NodeSaid:
    """Return what a node says whose clock is so many seconds ahead of ours."""
    said = Health(
        str(node), NOW + int(since) + ahead, "gap", clock, 0, "kernel", *(0, 0, 0, 0, 0, 0, 0, 0, 0)
    )
    return NodeSaid(
        NOW + int(since), node, "health", to_bytes(to_json(said)), retained, since=since
    )


def town_of(count: int) -> Mind:
    """Return the mind of a daemon with so many nodes enrolled."""
    keys = {node: {"key": GATE_VERIFY} for node in NODES[:count]}
    return told(*ONLINE, Enrolled(NOW, keys))[0]


def stands(mind: Mind, *said: NodeSaid) -> str:
    """Return how the clock stands after nodes spoke."""
    mind, _ = told(*said, TICK, mind=mind)
    assert mind.trusted == (mind.clock == "trusted")
    return mind.clock


@pytest.mark.parametrize(
    ("enrolled", "ahead", "clock"),
    [
        (5, [], "trusted"),
        (5, [0, 1, -2, 60, -60], "trusted"),
        (5, [7200, 7200, 7200], "differs"),
        (5, [-61, -61, -61, 0, 0], "differs"),
        (5, [7200, 0, 0], "trusted"),
        (5, [7200, -7200, 0, 0], "trusted"),
        (5, [7200], "trusted"),
        (5, [7200, 7200], "trusted"),
        (2, [7200, 0], "trusted"),
        (2, [7200], "trusted"),
        (2, [7200, 7200], "differs"),
        (1, [7200], "differs"),
        (1, [0], "trusted"),
    ],
    ids=[
        "nobody has spoken",
        "all agree within a minute",
        "all that spoke say two hours",
        "most say more than a minute",
        "one is wrong or lies",
        "two are wrong in four",
        "one of five spoke",
        "two of five spoke",
        "one of two is wrong",
        "one of two spoke",
        "both of two say two hours",
        "the only one says two hours",
        "the only one agrees",
    ],
)
def test_only_most_of_at_least_three_nodes_or_of_all_can_say_that_the_clock_is_wrong(
    enrolled, ahead, clock
):
    said = [health(node, seconds) for node, seconds in zip(NODES, ahead, strict=False)]

    assert stands(town_of(enrolled), *said) == clock


@pytest.mark.parametrize(
    "said",
    [
        [health(NODES[0], 7200, clock="untrusted")],
        [health(NODES[0], 7200, clock="coasting")],
        [health(NODES[0], 7200, retained=True)],
        [health(NODES[0], 7200), health(NODES[0], 0, clock="untrusted")],
        [health(NODES[0], 7200), replace(state(NODES[0], online=False), now=NOW + 60)],
    ],
    ids=[
        "its clock is not trusted",
        "its clock is coasting",
        "it said so long ago",
        "its clock is no longer trusted",
        "it has gone",
    ],
)
def test_a_node_is_not_asked_when(said):
    assert stands(town_of(1), *said) == "trusted"


def test_a_node_that_is_not_enrolled_any_more_is_not_asked():
    mind, _ = told(health(NODES[0], 7200), mind=town_of(1))

    assert stands(told(Enrolled(NOW, KEYS), mind=mind)[0]) == "trusted"


def test_a_step_of_our_own_clock_is_seen_though_no_node_has_spoken_since():
    mind, _ = told(health(NODES[0], 0), mind=town_of(1))

    mind, _ = told(Ticked(NOW + 7300, True, "trusted", since=100.0), mind=mind)

    assert mind.clock == "differs"


def test_time_that_passes_is_no_difference():
    mind, _ = told(health(NODES[0], 0), mind=town_of(1))

    mind, _ = told(Ticked(NOW + 7300, True, "trusted", since=7300.0), mind=mind)

    assert mind.clock == "trusted"


def test_while_the_clocks_differ_nothing_is_signed_and_it_is_said():
    mind, actions = told(health(NODES[0], 7200), TICK, mind=town_of(1))
    said = [a for a in actions if isinstance(a, Publish) and a.topic == DAEMON_STATE]

    assert from_bytes(said[0].payload)["clock"] == "differs"
    assert Note(Standing("differs"), TICK.now) in actions
    mind, changed = told(ClipsChanged(NOW + 200, clips(9)), Applied(NOW + 200, TOWN), mind=mind)
    mind, counted = told(PlaysCounted(NOW, (Counted(NODES[0], "e", 3, fresh=3),)), mind=mind)
    assert (changed, counted) == ([], [])


def test_once_they_agree_again_what_waited_is_signed():
    mind, _ = told(health(NODES[0], 7200), TICK, Applied(NOW + 200, TOWN), mind=town_of(1))

    mind, _ = told(health(NODES[0], 0), ClipsChanged(NOW + 300, clips(9)), mind=mind)
    mind, actions = told(Ticked(NOW + 400, True, "trusted", since=400.0), mind=mind)

    assert mind.clock == "trusted"
    assert any(isinstance(action, Keep) for action in actions)


def test_a_clock_that_nobody_trusts_is_called_so_whatever_the_nodes_say():
    mind, _ = told(health(NODES[0], 7200), mind=town_of(1))

    mind, _ = told(Ticked(NOW + 100, False, "untrusted", since=100.0), mind=mind)

    assert mind.clock == "untrusted"
