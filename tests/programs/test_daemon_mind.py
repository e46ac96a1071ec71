import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from xiaolaba.core.calendar import Calendar, DayClass
from xiaolaba.core.ledger import GENESIS, Outcome, Play, Record, link
from xiaolaba.core.library import Clip, Library, library
from xiaolaba.core.message import (
    DAEMON_STATE,
    ack_from_json,
    batch_to_json,
    body_digest,
    body_from_bytes,
    body_topic,
    manifest_from_json,
    node_topic,
    to_bytes,
)
from xiaolaba.core.message.report import Applied as InForce
from xiaolaba.core.message.report import Event as Report
from xiaolaba.core.message.report import Health, NodeState, to_json
from xiaolaba.core.message.seal import Envelope, require_current, seal, unseal
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.schedule import Hours, Node, Place, Programme, Selection, Town, Where
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    Decibels,
    Instant,
    Language,
    NodeId,
    PlaceId,
    ProgrammeId,
    RhymeId,
    Samples,
)
from xiaolaba.core.zone import Zone
from xiaolaba.ports.store import Counted, Unpublished
from xiaolaba.scheduler.events import (
    Action,
    Applied,
    ClipsChanged,
    Connected,
    Count,
    Enrolled,
    Event,
    HoldsChanged,
    Keep,
    NodeSaid,
    Note,
    PlaysCounted,
    PoliciesChanged,
    Publish,
    SealedHold,
    SealedPolicy,
    Swept,
    Ticked,
)
from xiaolaba.scheduler.hearing import MOST_AHEAD, MOST_REFUSALS
from xiaolaba.scheduler.mind import step
from xiaolaba.scheduler.retained import digest
from xiaolaba.scheduler.state import Mind, Terms

NOW = int(datetime(2026, 11, 21, 2, tzinfo=UTC).timestamp())  # ten o'clock in Shanghai
DAY = 86_400
GATE, YARD = NodeId("gate"), NodeId("yard")


def signer(secret: bytes):
    """Return a stand-in for a signature: nobody without the secret can make it."""

    def sign(message: bytes) -> bytes:
        return hashlib.sha512(secret + message).digest()

    return sign, lambda message, signature: sign(message) == signature


SIGN, VERIFY = signer(b"programme")
GATE_SIGN, GATE_VERIFY = signer(b"gate")
TERMS = Terms("k", SIGN, "http://h/clips/", "1.0", 1)
KEYS = {GATE: {"gate-key": GATE_VERIFY}, YARD: {"yard-key": GATE_VERIFY}}
PROGRAMME = Programme(
    ProgrammeId("market"),
    "早市",
    Where(ids=frozenset({"demo"})),
    (Hours(450, 510),),
    "all",
    every=None,
)
RHYME = Rhyme(
    RhymeId("one"), "冒充客服", frozenset({Audience.ALL}), (Reading(Language("cmn"), "你好"),)
)
TOWN = Town(
    Zone("Asia/Shanghai", (Instant(0),), (28_800,)),
    (Place(PlaceId("demo"), "演示", nodes=(Node(GATE, "东门"), Node(YARD, "中庭"))),),
    (PROGRAMME,),
    {"all": Selection("all", rhymes=(RHYME.id,))},
    rhymes={RHYME.id: RHYME},
)


def clips(seconds: int, name: str = "c") -> Library:
    made = ("x", "x", "x", False, -16.0, -1.0)
    clip = Clip(RHYME.id, Language("cmn"), ClipHash(name * 64), Samples(seconds * RATE), *made)
    return library([clip])


def told(*events: Event, mind: Mind | None = None) -> tuple[Mind, list[Action]]:
    """Return the mind after events, and what the last one led to.

    Unless an event says otherwise, no clock was set since NOW.
    """
    mind = mind or Mind(TERMS)
    actions: tuple[Action, ...] = ()
    for event in events:
        mind, actions = step(mind, replace(event, since=event.since or event.now - NOW))
    return mind, list(actions)


BOOT: Sequence[Event] = (
    Ticked(NOW, True, "trusted"),
    Enrolled(NOW, KEYS),
    ClipsChanged(NOW, clips(3)),
    Applied(NOW, TOWN),
)
ONLINE: Sequence[Event] = (*BOOT, Connected(NOW, True), Swept(NOW, {}))


def topics(actions: Sequence[Action]) -> list[str]:
    return [action.topic for action in actions if isinstance(action, Publish)]


def state(
    node: NodeId = GATE, revision: int | None = 1, online: bool = True, now: int = NOW
) -> NodeSaid:
    applied = None if revision is None else InForce(1, revision)
    payload = to_bytes(to_json(NodeState(node, online, playlist=applied, at=now)))
    return NodeSaid(now, node, "state", payload)


def records(count: int) -> list[Record]:
    made: list[Record] = []
    before = GENESIS
    for seq in range(1, count + 1):
        play = Play(
            seq,
            PROGRAMME.id,
            RHYME.id,
            Language("cmn"),
            ClipHash("c" * 64),
            Outcome.FINISHED,
            Samples(RATE),
        )
        made.append(Record(seq, play, link(before, "e", seq, play)))
        before = made[-1].link
    return made


def plays(
    rows: list[Record], before: str = GENESIS, sign=GATE_SIGN, node: str = "gate"
) -> NodeSaid:
    envelope = Envelope("plays", node, 0, 0, 0, 1)
    sealed = seal(envelope, batch_to_json("e", before, rows), "gate-key", sign)
    return NodeSaid(NOW, GATE, "plays", sealed)


def test_an_applied_town_is_kept_first_and_then_published_bodies_before_manifests():
    mind, actions = told(*ONLINE)

    body = mind.publications[GATE].manifest.body
    assert topics(actions) == [
        body_topic(body),
        node_topic(GATE, "playlist"),
        node_topic(YARD, "playlist"),
    ]
    assert all(isinstance(action, Publish) and action.retain for action in actions)
    _, kept = told(*BOOT)
    assert isinstance(kept[0], Keep)
    assert {p.node for p in kept[0].publications} == {GATE, YARD}


def test_what_is_published_opens_and_plays():
    _, actions = told(*ONLINE)
    sent = {action.topic: action.payload for action in actions if isinstance(action, Publish)}

    envelope, value = unseal(sent[node_topic(GATE, "playlist")], "playlist", {"k": VERIFY})
    require_current(envelope, GATE, None, NOW)
    manifest = manifest_from_json(value)
    body = sent[body_topic(manifest.body)]

    assert body_digest(body) == manifest.body
    assert len(body_from_bytes(body).windows) == 30
    assert manifest.effective_at == (NOW + TERMS.effective_after) * RATE
    assert envelope.expires > NOW + 29 * DAY


def test_the_nodes_of_a_place_take_over_at_the_same_instant():
    mind, _ = told(*BOOT)

    assert len({p.manifest.effective_at for p in mind.publications.values()}) == 1


def test_applying_the_same_again_publishes_nothing():
    mind, _ = told(*ONLINE)

    again, actions = told(Applied(NOW + 60, TOWN), mind=mind)

    assert actions == []
    assert again.publications == mind.publications


def test_only_the_node_that_changed_gets_a_new_revision():
    mind, _ = told(*ONLINE)
    quieter = replace(
        TOWN.places[0], nodes=(Node(GATE, "东门", Decibels(-6.0)), Node(YARD, "中庭"))
    )

    mind, actions = told(Applied(NOW + 60, replace(TOWN, places=(quieter,))), mind=mind)

    assert topics(actions) == [node_topic(GATE, "playlist")]
    assert mind.publications[GATE].order == (1, 2)
    assert mind.publications[YARD].order == (1, 1)


def test_a_new_body_replaces_the_old_one_which_is_cleared_last():
    mind, _ = told(*ONLINE)
    old = mind.publications[GATE].manifest.body

    mind, actions = told(Applied(NOW + 60, replace(TOWN, programmes=())), mind=mind)

    assert topics(actions)[0] == body_topic(mind.publications[GATE].manifest.body)
    assert actions[-1] == Publish(body_topic(old), b"", retain=True)


def test_a_new_day_extends_the_horizon_by_itself():
    mind, _ = told(*ONLINE)

    mind, actions = told(Ticked(NOW + DAY, True, "trusted"), mind=mind)

    assert node_topic(GATE, "playlist") in topics(actions)
    assert mind.publications[GATE].order == (1, 2)


def test_after_sixty_nights_off_the_first_tick_makes_up_for_all_of_them():
    mind, _ = told(*BOOT)

    mind, _ = told(Ticked(NOW + 60 * DAY, True, "trusted"), mind=mind)

    assert mind.publications[GATE].expires > NOW + 89 * DAY


def test_nothing_is_signed_while_the_clock_is_not_trusted():
    mind, actions = told(
        Ticked(NOW, False, "untrusted"), *BOOT[1:], Connected(NOW, True), Swept(NOW, {})
    )
    assert topics(actions) == []

    mind, actions = told(Ticked(NOW + 5, True, "trusted"), mind=mind)

    assert node_topic(GATE, "playlist") in topics(actions)


def test_while_clips_are_being_made_the_first_is_published_at_once_and_the_rest_in_time():
    mind, _ = told(*ONLINE)

    later = NOW + TERMS.settle
    mind, first = told(ClipsChanged(NOW + 1, clips(4)), mind=mind)
    mind, second = told(ClipsChanged(NOW + 2, clips(5)), mind=mind)
    mind, third = told(Ticked(later, True, "trusted"), mind=mind)

    assert (topics(first), topics(second)) == ([], [])
    assert node_topic(GATE, "playlist") in topics(third)
    mind, later_on = told(ClipsChanged(later + 60, clips(6)), mind=mind)
    assert node_topic(GATE, "playlist") in topics(later_on)


EARLY = NOW + DAY - 9600  # ten minutes before the market opens
MORNING: Sequence[Event] = (
    Ticked(EARLY, True, "trusted"),
    Enrolled(EARLY, KEYS),
    ClipsChanged(EARLY, clips(3)),
    Applied(EARLY, TOWN),
)


def moments(mind: Mind, since: int) -> set[int]:
    """Return in how many seconds the nodes' playlists take over."""
    return {p.manifest.effective_at // RATE - since for p in mind.publications.values()}


@pytest.mark.parametrize(("seconds", "wait"), [(40, 45), (7000, 1805)], ids=["few", "too many"])
def test_the_same_readings_in_other_clips_take_over_when_nodes_can_have_fetched_them(
    seconds: int, wait: int
):
    mind, _ = told(*MORNING)

    mind, _ = told(ClipsChanged(EARLY + 60, clips(seconds, "d")), mind=mind)

    assert moments(mind, EARLY + 60) == {wait}


def test_other_clips_that_nothing_will_need_soon_take_over_at_once():
    mind, _ = told(*BOOT)

    mind, _ = told(ClipsChanged(NOW + 60, clips(40, "d")), mind=mind)

    assert moments(mind, NOW + 60) == {TERMS.effective_after}


def test_a_clip_that_was_missing_takes_over_at_once_and_so_does_its_end():
    mind, _ = told(MORNING[0], MORNING[1], MORNING[3])
    made = clips(40)

    mind, _ = told(ClipsChanged(EARLY + 60, made), mind=mind)
    there = moments(mind, EARLY + 60)
    withheld = replace(made, withheld=frozenset(made.clips))
    mind, _ = told(ClipsChanged(EARLY + 120, withheld), mind=mind)

    assert (there, moments(mind, EARLY + 120)) == ({TERMS.effective_after},) * 2


def test_while_clips_are_awaited_the_same_town_changes_nothing_and_more_clips_wait():
    mind, _ = told(*MORNING)
    mind, _ = told(ClipsChanged(EARLY + 60, clips(40, "d")), mind=mind)

    mind, same = told(Applied(EARLY + 70, TOWN), mind=mind)
    mind, early = told(ClipsChanged(EARLY + 80, clips(50, "e")), mind=mind)
    mind, late = told(Ticked(EARLY + 105, True, "trusted"), mind=mind)

    assert (same, early) == ([], [])
    assert any(isinstance(action, Keep) for action in late)
    assert moments(mind, EARLY + 105) == {55}


def test_a_clip_that_is_to_sound_no_more_does_so_at_once_though_others_are_awaited():
    mind, _ = told(*MORNING)
    made = clips(40, "d")
    mind, _ = told(ClipsChanged(EARLY + 60, made), mind=mind)

    withheld = replace(made, withheld=frozenset(made.clips))
    mind, actions = told(ClipsChanged(EARLY + 80, withheld), mind=mind)

    assert any(isinstance(action, Keep) for action in actions)
    assert moments(mind, EARLY + 80) == {TERMS.effective_after}


@pytest.mark.parametrize(
    "place",
    [
        replace(
            TOWN.places[0], nodes=(Node(GATE, "东门", Decibels(-6.0)), TOWN.places[0].nodes[1])
        ),
        replace(TOWN.places[0], nodes=TOWN.places[0].nodes[:1]),
    ],
    ids=["a node is softer", "a node is no more"],
)
def test_what_an_operator_changes_takes_over_at_once_though_clips_are_awaited(place: Place):
    mind, _ = told(*MORNING)
    mind, _ = told(ClipsChanged(EARLY + 60, clips(40, "d")), mind=mind)
    waiting = mind.publications

    mind, _ = told(Applied(EARLY + 70, replace(TOWN, places=(place,))), mind=mind)

    changed = {n: p for n, p in mind.publications.items() if p != waiting[n]}
    assert len(changed) == 1
    assert moments(replace(mind, publications=changed), EARLY + 70) == {TERMS.effective_after}


def test_silence_takes_over_at_once_though_it_comes_with_other_clips():
    mind, _ = told(*MORNING)
    shorter = replace(PROGRAMME, at=(Hours(450, 460),))
    quieter = Applied(EARLY + 60, replace(TOWN, programmes=(shorter,)))

    mind, _ = told(
        Ticked(EARLY + 50, False, "untrusted"),
        ClipsChanged(EARLY + 55, clips(40, "d")),
        quieter,
        Ticked(EARLY + 60, True, "trusted"),
        mind=mind,
    )

    assert moments(mind, EARLY + 60) == {TERMS.effective_after}


def test_a_node_that_left_the_town_is_told_to_play_nothing():
    mind, _ = told(*ONLINE)
    smaller = replace(TOWN.places[0], nodes=(Node(GATE, "东门"),))

    mind, _ = told(Applied(NOW + 60, replace(TOWN, places=(smaller,))), mind=mind)

    body = mind.bodies[mind.publications[YARD].manifest.body]
    assert body_from_bytes(body).windows == ()


def test_a_restart_with_the_record_publishes_nothing_that_the_broker_still_has():
    mind, _ = told(*ONLINE)
    retained = dict(mind.retained or {})
    restarted = Mind(TERMS, publications=mind.publications, bodies=mind.bodies)

    _, actions = told(*BOOT, Connected(NOW, True), Swept(NOW, retained), mind=restarted)

    assert topics(actions) == []


def test_a_broker_that_forgot_everything_gets_the_same_bytes_again():
    mind, sent = told(*ONLINE)

    _, again = told(
        Connected(NOW + 9, False), Connected(NOW + 9, True), Swept(NOW + 9, {}), mind=mind
    )

    assert again == sent


def cleared(actions: Sequence[Action]) -> set[str]:
    return {a.topic for a in actions if isinstance(a, Publish) and a.retain and not a.payload}


def test_what_the_broker_retains_for_nobody_is_cleared_but_never_an_enrolled_nodes_policy():
    stray = {
        node_topic("gone", "playlist"): "x",
        node_topic("gone", "policy"): "x",
        body_topic("d" * 64): "x",
        node_topic(GATE, "policy"): "x",
    }

    _, actions = told(*BOOT, Connected(NOW, True), Swept(NOW, stray))

    assert cleared(actions) == stray.keys() - {node_topic(GATE, "policy")}


def test_of_a_node_that_left_town_and_list_nothing_stays_with_the_broker_or_in_the_record():
    signed = PoliciesChanged(NOW, {YARD: SealedPolicy((1, 5), b"signed")})
    smaller = replace(TOWN.places[0], nodes=(Node(GATE, "东门"),))
    applied = Applied(NOW + 60, replace(TOWN, places=(smaller,)))
    mind, _ = told(*ONLINE, signed, applied)

    mind, kept = told(Enrolled(NOW + 90, {GATE: KEYS[GATE]}), mind=mind)
    mind, unsigned = told(PoliciesChanged(NOW + 90, {}), mind=mind)
    mind, last_will = told(state(YARD, online=False), mind=mind)

    assert [action.gone for action in kept if isinstance(action, Keep)] == [(YARD,)]
    topics_of_yard = {node_topic(YARD, leaf) for leaf in ("playlist", "policy", "state")}
    assert topics_of_yard <= cleared([*kept, *unsigned, *last_will])
    assert not any(topic.startswith(node_topic(YARD, "")) for topic in mind.retained or {})


def test_a_node_that_the_town_names_keeps_its_playlist_though_it_is_not_enrolled_any_more():
    mind, _ = told(*ONLINE)

    mind, actions = told(Enrolled(NOW + 90, {}), mind=mind)

    assert GATE in mind.publications
    assert cleared(actions) == set()


def test_without_a_town_nothing_is_cleared():
    _, actions = told(
        Ticked(NOW, True, "trusted"), Connected(NOW, True), Swept(NOW, {body_topic("d" * 64): "x"})
    )

    assert actions == []


def test_policies_are_published_as_they_were_signed():
    sealed = SealedPolicy((1, 5), b"signed elsewhere")

    mind, actions = told(*ONLINE, PoliciesChanged(NOW, {GATE: sealed}))

    assert actions == [Publish(node_topic(GATE, "policy"), b"signed elsewhere", retain=True)]
    assert (mind.retained or {})[node_topic(GATE, "policy")] == digest(b"signed elsewhere")


def test_the_daemon_says_that_it_is_there_when_it_connects():
    _, actions = told(*BOOT, Connected(NOW, True))

    assert topics(actions) == [DAEMON_STATE]


def test_a_node_that_stays_behind_is_sent_its_messages_again_ever_more_seldom():
    mind, _ = told(*ONLINE, state(revision=None))

    sent = []
    for now in range(NOW, NOW + 1000, 5):
        mind, actions = told(Ticked(now, True, "trusted"), mind=mind)
        sent += [now - NOW] if topics(actions) else []

    assert sent == [30, 90, 210, 450, 930]


HELD = SealedHold((1, 9), NOW + 600, b"a hold")


def test_a_hold_goes_out_before_anything_that_sounds():
    _, actions = told(*BOOT, HoldsChanged(NOW, {GATE: HELD}), Connected(NOW, True), Swept(NOW, {}))

    assert actions[0] == Publish(node_topic(GATE, "hold"), b"a hold", retain=True)
    assert len(actions) == 4


def test_a_hold_is_published_though_the_clock_may_date_no_signature():
    _, actions = told(
        Ticked(NOW, False, "untrusted"),
        Connected(NOW, True),
        Swept(NOW, {}),
        HoldsChanged(NOW, {GATE: HELD}),
    )

    assert topics(actions) == [node_topic(GATE, "hold")]


def test_a_hold_is_cleared_when_it_is_over_at_every_clock_and_not_before():
    mind, _ = told(*ONLINE, HoldsChanged(NOW, {GATE: HELD}))

    mind, early = told(Ticked(NOW + 659, True, "trusted"), mind=mind)
    mind, due = told(Ticked(NOW + 660, True, "trusted"), mind=mind)
    mind, late = told(Ticked(NOW + 665, True, "trusted"), mind=mind)

    assert (early, due, late) == ([], [Publish(node_topic(GATE, "hold"), b"", retain=True)], [])


def test_a_hold_is_not_cleared_by_a_clock_that_is_not_trusted():
    mind, _ = told(*ONLINE, HoldsChanged(NOW, {GATE: HELD}))

    _, actions = told(Ticked(NOW + DAY, False, "untrusted"), mind=mind)

    assert node_topic(GATE, "hold") not in topics(actions)


@pytest.mark.parametrize(
    ("now", "node", "cleared"),
    [(NOW, GATE, False), (NOW + 660, GATE, True), (NOW, NodeId("gone"), True)],
    ids=["one that runs", "one that is over", "of a node that is not enrolled"],
)
def test_what_the_broker_still_has_of_a_hold_goes_only_when_it_means_nobody(now, node, cleared):
    topic = node_topic(node, "hold")
    mind, _ = told(*BOOT, HoldsChanged(now, {GATE: HELD}))

    _, actions = told(
        Ticked(now, True, "trusted"),
        Connected(now, True),
        Swept(now, {topic: digest(b"a hold")}),
        mind=mind,
    )

    assert (Publish(topic, b"", retain=True) in actions) == cleared


def test_holds_that_could_not_be_read_are_not_cleared():
    topic = node_topic(GATE, "hold")

    _, actions = told(*BOOT, Connected(NOW, True), Swept(NOW, {topic: "x"}))

    assert topic not in topics(actions)


def test_a_broker_that_forgot_gets_the_holds_again():
    mind, _ = told(*ONLINE, HoldsChanged(NOW, {GATE: HELD}))

    _, actions = told(
        Connected(NOW + 9, False), Connected(NOW + 9, True), Swept(NOW + 9, {}), mind=mind
    )

    assert topics(actions)[0] == node_topic(GATE, "hold")


def test_a_node_that_has_not_its_hold_is_sent_that_alone_again():
    mind, _ = told(*ONLINE, HoldsChanged(NOW, {GATE: HELD}), state(revision=1))

    mind, first = told(Ticked(NOW, True, "trusted"), mind=mind)
    mind, second = told(Ticked(NOW + 30, True, "trusted"), mind=mind)
    obeyed = to_bytes(
        to_json(NodeState(GATE, True, playlist=InForce(1, 1), at=NOW, hold=InForce(1, 9)))
    )
    mind, _ = told(NodeSaid(NOW + 31, GATE, "state", obeyed), mind=mind)
    _, third = told(Ticked(NOW + 500, True, "trusted"), mind=mind)

    assert [topics(actions) for actions in (first, second, third)] == [
        [],
        [node_topic(GATE, "hold")],
        [],
    ]


def test_a_node_that_has_caught_up_is_left_alone():
    mind, _ = told(*ONLINE, state(revision=None), Ticked(NOW, True, "trusted"), state(revision=1))

    _, actions = told(Ticked(NOW + 1000, True, "trusted"), mind=mind)

    assert topics(actions) == []


def test_a_node_that_is_offline_is_sent_nothing():
    mind, _ = told(*ONLINE, state(revision=None, online=False), Ticked(NOW, True, "trusted"))

    _, actions = told(Ticked(NOW + 1000, True, "trusted"), mind=mind)

    assert topics(actions) == []


def test_a_node_ahead_of_a_lost_record_is_overtaken():
    mind, _ = told(*ONLINE, state(revision=41))

    mind, actions = told(Ticked(NOW + TERMS.settle, True, "trusted"), mind=mind)

    assert mind.publications[GATE].order == (1, 42)
    assert topics(actions) == [node_topic(GATE, "playlist")]


def test_many_nodes_ahead_of_a_lost_record_are_overtaken_together():
    mind, _ = told(*ONLINE)

    compiled = []
    for late, said in enumerate([state(revision=41), state(YARD, 7), state(revision=99)]):
        mind, actions = told(replace(said, now=NOW + 1 + late), mind=mind)
        compiled.append(any(isinstance(action, Keep) for action in actions))
    mind, actions = told(Ticked(NOW + TERMS.settle, True, "trusted"), mind=mind)

    assert compiled == [False, False, False]
    assert (mind.publications[GATE].order, mind.publications[YARD].order) == ((1, 100), (1, 8))
    assert topics(actions) == [node_topic(GATE, "playlist"), node_topic(YARD, "playlist")]


@pytest.mark.parametrize("claimed", [2**53 - 1, MOST_AHEAD + 2])
def test_a_node_that_claims_an_order_nobody_can_have_given_is_not_believed(claimed):
    mind, _ = told(*ONLINE, state(revision=claimed))

    mind, actions = told(Ticked(NOW + TERMS.settle, True, "trusted"), mind=mind)
    nudged = told(Ticked(NOW + 60, True, "trusted"), mind=mind)[1]

    assert topics(actions) == []
    assert mind.publications[GATE].order == (1, 1)
    assert node_topic(GATE, "playlist") in topics(nudged)


@pytest.mark.parametrize("ahead", [7200, 600])
def test_what_was_signed_by_a_clock_that_ran_ahead_is_signed_again(ahead: int):
    mind, _ = told(*ONLINE)

    mind, _ = told(Ticked(NOW - ahead, False, "differs"), mind=mind)
    mind, actions = told(Ticked(NOW - ahead + 10, True, "trusted"), mind=mind)

    assert topics(actions)[-2:] == [node_topic(GATE, "playlist"), node_topic(YARD, "playlist")]
    envelope, _ = unseal(mind.publications[GATE].sealed, "playlist", {"k": VERIFY})
    require_current(envelope, GATE, (1, 1), NOW - ahead + 10)


def test_plays_are_counted_and_then_acknowledged():
    mind, actions = told(*BOOT, plays(records(3)))
    count = actions[0]
    assert isinstance(count, Count)
    assert (count.batch.node, len(count.batch.records)) == (GATE, 3)

    _, answers = told(PlaysCounted(NOW, (Counted(GATE, "e", 3, fresh=3),)), mind=mind)

    assert topics(answers) == [node_topic(GATE, "plays/ack")]
    assert isinstance(answers[0], Publish)
    envelope, body = unseal(answers[0].payload, "ack", {"k": VERIFY})
    require_current(envelope, GATE, None, NOW)
    assert ack_from_json(body) == ("e", 3)
    assert not answers[0].retain


def test_plays_are_counted_but_not_acknowledged_while_the_clock_is_not_trusted():
    mind, actions = told(Ticked(NOW, False, "untrusted"), *BOOT[1:], plays(records(3)))
    assert isinstance(actions[0], Count)

    _, answers = told(PlaysCounted(NOW, (Counted(GATE, "e", 3, fresh=3),)), mind=mind)

    assert answers == []


BROKEN = records(3)
BROKEN[1] = replace(BROKEN[1], play=replace(BROKEN[1].play, start_ms=7))
FORGE, _ = signer(b"somebody else")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (plays(records(3), sign=FORGE), "bad-signature"),
        (plays(records(3), node="yard"), "wrong-node"),
        (plays([]), "malformed"),
        (replace(plays(records(3)), node=NodeId("stranger")), "unknown-node"),
        (replace(plays(records(3)), payload=b"rubbish"), "malformed"),
        (NodeSaid(NOW, GATE, "state", b"{}"), "wrong-node"),
        (NodeSaid(NOW, GATE, "health", b'{"node":"gate"}'), "malformed"),
        (NodeSaid(NOW, GATE, "events", b"[" * 50_000), "too-large"),
        (NodeSaid(NOW, GATE, "state", state(YARD).payload), "wrong-node"),
    ],
    ids=[
        "signed by somebody else",
        "another node's",
        "empty",
        "of a node that was never enrolled",
        "rubbish",
        "a state of nobody",
        "half a health report",
        "an event without end",
        "a state of a neighbour",
    ],
)
def test_what_cannot_be_believed_is_noted_and_not_counted(said, code):
    _, actions = told(*BOOT, said)

    assert [type(action) for action in actions] == [Note]
    note = actions[0]
    assert isinstance(note, Note)
    assert isinstance(note.report, Report)
    assert (note.report.node, note.report.code) == (said.node, code)


def test_the_same_refusal_is_noted_once_in_ten_minutes():
    bad = NodeSaid(NOW, GATE, "state", b"{}")

    mind, first = told(*BOOT, bad)
    mind, second = told(bad, mind=mind)
    mind, third = told(replace(bad, now=NOW + 600), mind=mind)

    assert [len(first), len(second), len(third)] == [1, 0, 1]


def test_names_without_end_do_not_fill_the_record():
    mind, _ = told(*BOOT)

    noted = 0
    for number in range(MOST_REFUSALS + 50):
        stranger = NodeSaid(NOW, NodeId(f"stranger-{number}"), "state", b"{}")
        mind, actions = told(stranger, mind=mind)
        noted += sum(isinstance(action, Note) for action in actions)
    _, later = told(replace(stranger, now=NOW + 600), mind=mind)

    assert (noted, len(mind.refusals)) == (MOST_REFUSALS, MOST_REFUSALS)
    assert any(isinstance(action, Note) for action in later)


def stepped_over(actions: list[Action]) -> tuple[str, int]:
    """Return what is acknowledged after it was written down that it does not count."""
    note, answer = actions
    assert isinstance(note, Note)
    assert isinstance(note.report, Report)
    assert isinstance(answer, Publish)
    assert (note.report.node, note.report.code) == (GATE, "broken-chain")
    assert answer.topic == node_topic(GATE, "plays/ack")
    return ack_from_json(unseal(answer.payload, "ack", {"k": VERIFY})[1])


def test_a_contradiction_found_in_the_record_is_stepped_over_each_time_it_is_sent():
    mind, _ = told(*BOOT)
    contradicts = PlaysCounted(NOW, (Counted(GATE, "e", 3, broken=2),))

    mind, actions = told(contradicts, mind=mind)
    _, again = told(contradicts, mind=mind)

    assert stepped_over(actions) == stepped_over(again) == ("e", 3)


def test_a_play_that_was_altered_is_stepped_over_after_those_before_it_are_counted():
    mind, first = told(*BOOT, plays(BROKEN))
    mind, then = told(plays(BROKEN[1:], before=BROKEN[0].link), mind=mind)
    _, last = told(plays(BROKEN[2:], before=BROKEN[1].link), mind=mind)

    assert [action.batch.records for action in first if isinstance(action, Count)] == [(BROKEN[0],)]
    assert stepped_over(then) == ("e", 2)
    assert [action.batch.records for action in last if isinstance(action, Count)] == [(BROKEN[2],)]


def test_only_the_first_play_is_stepped_over_if_the_link_before_it_is_lost():
    _, actions = told(*BOOT, plays(records(3), before="1" * 64))

    assert stepped_over(actions) == ("e", 1)


def test_nothing_is_stepped_over_while_the_clock_may_date_no_signature():
    untrusted = Ticked(NOW, False, "untrusted")

    mind, actions = told(untrusted, *BOOT[1:], plays(BROKEN[1:], before=BROKEN[0].link))
    _, again = told(plays(BROKEN[1:], before=BROKEN[0].link), mind=mind)

    assert [type(action) for action in actions] == [Note]
    assert again == []


@pytest.mark.parametrize(
    ("gap", "detail"),
    [
        ((4, 6), "records 4-6 of epoch e never came"),
        ((1, 6), "records 1-6 of epoch e are not in this record"),
    ],
    ids=["after others", "before the first that this record has, which may have been begun anew"],
)
def test_records_that_are_missing_are_noted(gap, detail):
    mind, _ = told(*BOOT)

    _, actions = told(PlaysCounted(NOW, (Counted(GATE, "e", 9, fresh=3, gap=gap),)), mind=mind)

    assert actions[0] == Note(Report("gate", NOW, "gap", detail), NOW)
    assert [type(action) for action in actions] == [Note, Publish]


def test_a_report_of_a_healthy_node_is_noted_with_the_time_it_came():
    _, actions = told(*BOOT, state())

    assert actions == [Note(NodeState("gate", True, playlist=InForce(1, 1), at=NOW), NOW)]


def test_a_retained_report_does_not_make_a_node_look_alive_now():
    said = replace(state(now=NOW - 500), now=NOW, retained=True)

    _, actions = told(*BOOT, said)

    assert isinstance(actions[0], Note)
    assert actions[0].now == NOW - 500


def test_what_a_node_says_of_itself_is_short_and_moves_no_cursor():
    value = to_json(NodeState("gate", True, now="\x1b[2Jone\x9b2J\r\n" + "x" * 600))

    _, actions = told(*BOOT, NodeSaid(NOW, GATE, "state", to_bytes(value)))

    assert isinstance(actions[0], Note)
    assert isinstance(actions[0].report, NodeState)
    said = actions[0].report.now
    assert said.startswith("[2Jone2Jxxx")
    assert len(said) < 500


@pytest.mark.parametrize("alerts", ["x", [1], [["x"]], {"x": 1}])
def test_alerts_that_are_no_words_are_refused(alerts):
    value = to_json(
        Health("gate", 1, "gap", "trusted", 0, "kernel", *(0, 0, 0, 0, 0, 0, 0, 0, 0))
    ) | {"alerts": alerts}

    _, actions = told(*BOOT, NodeSaid(NOW, GATE, "health", to_bytes(value)))

    assert isinstance(actions[0], Note)
    assert isinstance(actions[0].report, Report)
    assert actions[0].report.code == "malformed"


def test_a_cleared_report_is_no_report():
    assert told(*BOOT, NodeSaid(NOW, GATE, "state", b""))[1] == []


def test_a_playlist_too_long_for_a_node_is_noted_and_the_old_one_stays():
    mind, _ = told(*ONLINE)
    crumbs = replace(PROGRAMME, at=tuple(Hours(5 * k, 5 * k + 5) for k in range(288)))

    again, actions = told(Applied(NOW + 60, replace(TOWN, programmes=(crumbs,))), mind=mind)

    assert again.publications == mind.publications
    reports = [a.report for a in actions if isinstance(a, Note) and isinstance(a.report, Report)]
    assert {(report.node, report.code) for report in reports} == {
        (GATE, "too-large"),
        (YARD, "too-large"),
    }


def test_a_year_that_playlists_reach_and_nobody_published_is_told_once_a_day_until_it_is():
    depends = replace(PROGRAMME, days=DayClass.WORKDAY)
    known = Calendar(years=frozenset({2026}))
    town = replace(TOWN, programmes=(depends,), calendar=known)

    def years(actions: list[Action]) -> list[tuple[int, ...]]:
        reports = [action.report for action in actions if isinstance(action, Note)]
        return [report.years for report in reports if isinstance(report, Unpublished)]

    mind, at_first = told(*BOOT[:3], Applied(NOW, town))
    mind, far = told(Ticked(NOW + 5 * DAY, True, "trusted"), mind=mind)
    mind, near = told(Ticked(NOW + 20 * DAY, True, "trusted"), mind=mind)
    mind, same_day = told(Applied(NOW + 20 * DAY, town), mind=mind)
    mind, next_day = told(Ticked(NOW + 21 * DAY, True, "trusted"), mind=mind)
    published = replace(town, calendar=Calendar(years=frozenset({2026, 2027})))
    mind, at_last = told(Applied(NOW + 21 * DAY, published), mind=mind)

    told_of = [years(actions) for actions in (at_first, far, near, same_day, next_day, at_last)]
    assert told_of == [[()], [], [(2027,)], [], [(2027,)], [()]]


def test_a_year_on_which_nothing_depends_is_not_missed():
    mind, _ = told(*BOOT)

    assert mind.unpublished == ()
