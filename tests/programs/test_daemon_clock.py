"""The daemon signs nothing while most of its nodes say that its clock is wrong."""

from dataclasses import replace

import pytest

from tests.programs.test_daemon_mind import (
    BOOT,
    DAY,
    GATE,
    GATE_VERIFY,
    KEYS,
    NOW,
    TERMS,
    TOWN,
    clips,
    state,
    told,
    topics,
)
from xiaolaba.core.message import DAEMON_STATE, from_bytes, node_topic, to_bytes
from xiaolaba.core.message.report import Event as Report
from xiaolaba.core.message.report import Health, to_json
from xiaolaba.core.units import RATE, NodeId
from xiaolaba.ports.store import Counted, Standing
from xiaolaba.scheduler.clocks import confirmed
from xiaolaba.scheduler.events import (
    Applied,
    ClipsChanged,
    Connected,
    Enrolled,
    HoldsChanged,
    Keep,
    NodeSaid,
    Note,
    PlaysCounted,
    Publish,
    SealedHold,
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


@pytest.mark.parametrize(
    ("enrolled", "ahead", "right"),
    [
        (5, [], False),
        (5, [0], True),
        (5, [0, 60], True),
        (5, [7200], False),
        (5, [7200, 7200], False),
        (5, [7200, 7200, 0], False),
        (5, [7200, 0, 0], True),
        (1, [0], True),
    ],
    ids=[
        "nobody has spoken",
        "one of five agrees",
        "two of five agree",
        "the one that spoke says two hours",
        "the two that spoke say two hours",
        "most say two hours",
        "most agree",
        "the only one agrees",
    ],
)
def test_nodes_confirm_the_time_however_few_have_spoken(enrolled, ahead, right):
    said = [health(node, seconds) for node, seconds in zip(NODES, ahead, strict=False)]

    mind, _ = told(*said, TICK, mind=town_of(enrolled))

    assert confirmed(mind) == right


class Walked(dict[NodeId, float]):
    """Clocks of nodes that count how often all of them are gone through."""

    walks = 0

    def items(self):
        self.walks += 1
        return super().items()

    def values(self):
        self.walks += 1
        return super().values()

    def __iter__(self):
        self.walks += 1
        return super().__iter__()


def test_what_one_node_says_asks_no_other_for_the_time():
    said = NodeSaid(NOW + 101, NODES[0], "events", to_bytes(to_json(Report("n0", NOW, "said"))))
    mind, _ = told(*(health(node, 0) for node in NODES), TICK, mind=town_of(5))
    clocks = Walked(mind.clocks)

    _, actions = told(said, mind=replace(mind, clocks=clocks))

    assert [type(action) for action in actions] == [Note]
    assert clocks.walks == 0


def test_batches_that_are_counted_together_ask_the_nodes_for_the_time_once():
    counted = tuple(Counted(node, "e", 3, fresh=3) for node in NODES)
    mind, _ = told(*(health(node, 0) for node in NODES), TICK, mind=town_of(5))
    clocks = Walked(mind.clocks)

    _, actions = told(PlaysCounted(NOW + 101, counted), mind=replace(mind, clocks=clocks))

    assert [type(action) for action in actions] == [Publish] * 5
    assert clocks.walks == 1


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


@pytest.mark.parametrize("ahead", [300, 3 * 3600, 400 * DAY])
def test_what_a_clock_that_ran_ahead_signed_is_signed_again_at_the_first_tick_of_the_right_one(
    ahead,
):
    mind, _ = told(*(replace(event, now=NOW + ahead, since=1.0) for event in ONLINE))

    mind, actions = told(Ticked(NOW + 5, True, "trusted", since=6.0), mind=mind)

    assert node_topic(GATE, "playlist") in topics(actions)
    assert mind.publications[GATE].manifest.effective_at // RATE == NOW + 5 + TERMS.effective_after


def test_a_clock_that_is_set_back_puts_off_nothing_that_waits():
    fast = [replace(event, now=NOW + DAY, since=1.0) for event in ONLINE]
    late = replace(state(revision=None), now=NOW + DAY, since=1.0)
    mind, _ = told(*fast, late, Ticked(NOW + DAY, True, "trusted", since=1.0))

    mind, _ = told(Ticked(NOW, True, "trusted", since=2.0), mind=mind)
    mind, early = told(ClipsChanged(NOW + 1, clips(4), since=3.0), mind=mind)
    mind, compiled = told(Ticked(NOW + 12, True, "trusted", since=14.0), mind=mind)
    mind, nudged = told(Ticked(NOW + 40, True, "trusted", since=42.0), mind=mind)

    assert early == []
    assert any(isinstance(action, Keep) for action in compiled)
    assert node_topic(GATE, "playlist") in topics(nudged)


def test_a_refusal_is_written_down_again_in_time_though_the_clock_was_set_back():
    wrong = NodeSaid(NOW + DAY, GATE, "state", b"{", since=1.0)
    mind, first = told(*ONLINE, wrong)

    mind, soon = told(replace(wrong, now=NOW, since=2.0), mind=mind)
    mind, later = told(replace(wrong, now=NOW + 600, since=602.0), mind=mind)

    assert [len(actions) for actions in (first, soon, later)] == [1, 0, 1]


def test_nothing_is_signed_between_two_ticks_by_a_clock_that_the_nodes_contradict():
    mind, _ = told(health(NODES[0], 0), TICK, mind=town_of(1))

    mind, heard = told(replace(health(NODES[0], -DAY, since=101.0), now=NOW + DAY), mind=mind)
    mind, changed = told(Applied(NOW + DAY, TOWN, since=102.0), mind=mind)

    assert mind.trusted
    assert not any(isinstance(action, Keep | Publish) for action in (*heard, *changed))


def test_a_clock_that_was_just_set_dates_nothing_and_ends_no_hold_until_it_was_asked_anew():
    hold = SealedHold((1, 1), NOW + 3600, b"hold")
    mind, _ = told(*ONLINE, HoldsChanged(NOW + 1, {GATE: hold}))

    mind, early = told(HoldsChanged(NOW + DAY, {GATE: hold}, since=2.0), mind=mind)
    mind, counted = told(
        PlaysCounted(NOW + DAY, (Counted(GATE, "e", 3, fresh=3),), since=3.0), mind=mind
    )
    mind, asked = told(Ticked(NOW + DAY, True, "trusted", since=4.0), mind=mind)

    assert (early, counted) == ([], [])
    assert Publish(node_topic(GATE, "hold"), b"", retain=True) in asked
    assert any(isinstance(action, Keep) for action in asked)
