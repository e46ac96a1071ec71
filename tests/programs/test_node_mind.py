"""What a node's mind makes of messages, clips, sounds and ticks: all pure."""

import hashlib
import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.node_house import NODE, ZONE, loop_score
from xiaolaba.core.calendar import Calendar, DayClass
from xiaolaba.core.ledger import Outcome
from xiaolaba.core.message import (
    DAEMON_STATE,
    MAX_BATCH,
    Manifest,
    body_digest,
    body_to_bytes,
    body_topic,
    manifest_to_json,
    node_topic,
    policy_to_json,
)
from xiaolaba.core.message.report import Applied, event_from_json, health_from_json, state_from_json
from xiaolaba.core.message.seal import Envelope, seal
from xiaolaba.core.policy import Policy
from xiaolaba.core.policy import Quiet as QuietHours
from xiaolaba.core.reason import Reason
from xiaolaba.core.schedule import MOST_DELAY
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.sounding.hold import holds_to_json
from xiaolaba.core.timetable.score import Playing
from xiaolaba.core.units import RATE, ClipHash, Instant, Samples, Seconds
from xiaolaba.node import larder
from xiaolaba.node.events import (
    Acknowledge,
    Append,
    ClipFailed,
    ClipReady,
    Connection,
    Fetch,
    Instruct,
    Kept,
    Measured,
    Now,
    Publish,
    Retain,
    Save,
    SendPlays,
    Subscribe,
    Tick,
    Trouble,
    Unsubscribe,
)
from xiaolaba.node.mind import farewell, step, wake
from xiaolaba.node.player import DeviceBack, DeviceLost, SetFloor, SetHolds, SetPart, SetPolicy
from xiaolaba.node.stage import Damaged
from xiaolaba.node.state import Identity
from xiaolaba.node.turns import Began, Ended, Quiet
from xiaolaba.ports.bus import Inbound
from xiaolaba.ports.clock import ClockReport, Trust

T = 1_800_000_000
A, B, C = (ClipHash(letter * 64) for letter in "abc")
CLIPS = {A: RATE, B: RATE, C: RATE}


def signer(secret):
    return lambda message: hashlib.sha512(secret + message).digest()


def verifier(secret):
    return lambda message, signature: signature == signer(secret)(message)


IDENTITY = Identity(
    NODE, "boot-1", "0.1", {"prog": verifier(b"programme")}, {"pol": verifier(b"policy")}
)
GOOD = ClockReport(Trust.TRUSTED, Seconds(0.01), "kernel")
LOST = ClockReport(Trust.UNTRUSTED, Seconds(16.0), "kernel")


def daemon_says(online, retained=True):
    return Inbound(DAEMON_STATE, json.dumps({"v": 1, "online": online}).encode(), retained)


REACHED = (Connection(True), daemon_says(True))


def at(seconds=0.0, clock=GOOD):
    return Now(Instant(int((T + seconds) * RATE)), Seconds(100.0 + seconds), clock)


def sealed(
    kind, body, kid="prog", secret=b"programme", revision=1, node=NODE, since=T, until=T * 2
):
    return seal(Envelope(kind, node, 1, revision, since, until), body, kid, signer(secret))


UNBOUND = Policy(NODE, ZONE)


def policy(revision=1, held=UNBOUND, **more):
    body = policy_to_json(held)
    return message("policy", sealed("policy", body, "pol", b"policy", revision, **more))


def a_score(clips=(A, B), turn=0):
    score = loop_score(dict.fromkeys(clips, RATE), [(T * RATE, (T + 3600) * RATE)])
    return replace(score, windows=tuple(replace(w, turn=turn) for w in score.windows))


def playlist(score, revision=1, effective=T, delay=Seconds(0.0), **more):
    digest = body_digest(body_to_bytes(score))
    manifest = Manifest(digest, Instant(effective * RATE), "http://h/clips/", delay=delay)
    return message(
        "playlist", sealed("playlist", manifest_to_json(manifest), revision=revision, **more)
    )


def body(score):
    packed = body_to_bytes(score)
    return Inbound(body_topic(body_digest(packed)), packed, True)


def message(leaf, payload):
    return Inbound(node_topic(NODE, leaf), payload, True)


class Node:
    """A mind and everything it has done."""

    def __init__(self, saved=None, now=None, identity=IDENTITY):
        self.mind, self.done = wake(identity, saved or {}, now or at())

    def take(self, *events, now=None):
        for event in events:
            self.mind, actions = step(self.mind, event, now or at())
            self.done += actions
        return self

    def of(self, kind):
        return [action for action in self.done if isinstance(action, kind)]

    def said(self, leaf):
        topic = node_topic(NODE, leaf)
        found = [a for a in self.of(Publish) if a.topic == topic]
        return [json.loads(action.payload) for action in found]

    @property
    def orders(self):
        orders = [action.order for action in self.of(Instruct)]
        return [order for order in orders if not isinstance(order, SetFloor)]

    @property
    def codes(self):
        return [event_from_json(value).code for value in self.said("events")]

    @property
    def saved(self):
        return {action.name: action.content for action in self.of(Save)}


def playing(clip=A, start=T):
    score = a_score()
    item = next(item for item in score.loops[0].items if item.clip == clip)
    begin = Instant(start * RATE)
    return Playing(item, score.loops[0], 0, begin, Instant(begin + RATE))


def applied():
    """Return a node that is connected and has a policy and a playlist."""
    score = a_score()
    return Node().take(*REACHED, policy(), playlist(score), body(score))


def test_a_new_node_listens_to_its_own_topics_and_is_silent():
    node = Node()

    (wanted,) = node.of(Subscribe)
    own = [node_topic(NODE, leaf) for leaf in ("policy", "hold", "playlist", "plays/ack")]
    assert wanted.topics == (*own, DAEMON_STATE)
    assert node.orders == []


def test_what_may_silence_is_obeyed_before_the_disk_is_waited_for():
    score = a_score()
    node = Node().take(policy(), playlist(score), body(score), hold(T + 60))

    obeyed = [node.done.index(Instruct(order)) for order in node.orders]
    saved = [node.done.index(action) for action in node.of(Save) if action.name != "floor"]
    assert [type(order) for order in node.orders] == [SetPolicy, SetPart, SetHolds]
    assert len(saved) == 3
    assert all(first < then for first, then in zip(obeyed, saved, strict=True))


def test_a_policy_is_obeyed_saved_and_reported():
    node = Node().take(*REACHED, policy())

    assert [type(order) for order in node.orders] == [SetPolicy]
    assert node.saved["policy"] == policy().payload
    assert state_from_json(node.said("state")[-1]).policy == Applied(1, 1)


def test_a_playlist_is_played_once_its_body_is_here():
    score = a_score()
    node = Node().take(*REACHED, playlist(score))
    before = list(node.orders)

    node.take(body(score))

    (order,) = node.orders
    topic = body_topic(body_digest(body_to_bytes(score)))
    assert before == []
    assert isinstance(order, SetPart)
    assert (order.part.score, order.effective_at) == (score, Instant(T * RATE))
    assert node.of(Subscribe)[-1] == Subscribe((topic,))
    assert node.of(Unsubscribe) == [Unsubscribe((topic,))]
    assert state_from_json(node.said("state")[-1]).playlist == Applied(1, 1)


def test_a_retained_message_read_twice_changes_nothing():
    node = applied()
    before = len(node.done)

    node.take(policy(), playlist(a_score()))

    assert len(node.done) == before


def test_the_same_body_in_a_new_playlist_is_not_asked_for_again():
    node = applied()
    asked = len(node.of(Subscribe))

    node.take(playlist(a_score(), revision=2))

    assert len(node.of(Subscribe)) == asked
    assert len([o for o in node.orders if isinstance(o, SetPart)]) == 2


def flipped(inbound, position):
    raw = bytearray(inbound.payload)
    raw[position] ^= 1
    return replace(inbound, payload=bytes(raw))


@pytest.mark.parametrize("position", range(0, 400, 7))
def test_a_flipped_byte_is_refused_and_the_old_score_plays_on(position):
    node = applied()
    held, orders = node.mind.playlist, len(node.orders)

    node.take(flipped(playlist(a_score((C,)), revision=2), position))

    assert node.mind.playlist == held
    assert len(node.orders) == orders
    assert node.codes[-1].startswith("refused-")


REFUSED = {
    "another node's": (playlist(a_score(), revision=2, node="yard"), "refused-wrong-node"),
    "an older one": (playlist(a_score((C,)), revision=0), "refused-old-revision"),
    "an expired one": (playlist(a_score(), revision=2, until=T), "refused-expired"),
    "one from the future": (playlist(a_score(), revision=2, since=T + 9), "refused-not-yet"),
    "one signed by a stranger": (
        playlist(a_score(), revision=2, secret=b"stranger"),
        "refused-bad-signature",
    ),
    "one signed by the policy key": (
        message("playlist", sealed("playlist", {}, "pol", b"policy", 2)),
        "refused-bad-signature",
    ),
    "a policy in a playlist's place": (
        message("playlist", sealed("policy", {}, revision=2)),
        "refused-wrong-kind",
    ),
    "rubbish": (message("playlist", b"\x00\xff rubbish"), "refused-malformed"),
    "five megabytes": (message("playlist", b"x" * 5_000_000), "refused-too-large"),
}


@pytest.mark.parametrize(("inbound", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_message_that_must_not_be_obeyed_is_refused_with_its_code(inbound, code):
    node = applied()
    held, orders = node.mind.playlist, len(node.orders)

    node.take(inbound)

    assert node.codes == [code]
    assert (node.mind.playlist, len(node.orders)) == (held, orders)


def test_a_policy_signed_by_the_programme_key_is_refused():
    node = applied().take(message("policy", sealed("policy", {}, revision=2)))

    assert node.codes == ["refused-bad-signature"]
    assert node.mind.policy.order == (1, 1)


def test_a_body_with_another_hash_is_refused_and_still_waited_for():
    score = a_score((C,))
    node = applied().take(playlist(score, revision=2))

    node.take(replace(body(score), payload=body(score).payload + b"!"))
    refused = list(node.codes)
    node.take(body(score))

    assert refused == ["refused-wrong-hash"]
    assert node.mind.playlist.order == (1, 2)


def test_a_thousand_bad_messages_are_told_once():
    node = applied()

    node.take(*[message("playlist", b"bad %d" % n) for n in range(1000)])

    assert node.codes == ["refused-malformed"]


def test_what_was_saved_plays_at_once_with_nobody_there():
    first = applied()

    again = Node(first.saved)

    assert [type(order) for order in again.orders] == [SetPolicy, SetPart]
    assert again.orders[1].part.score == a_score()
    assert again.of(Publish) == []


@pytest.mark.parametrize("name", ["policy", "playlist"])
def test_saved_state_that_was_tampered_with_is_not_obeyed_but_told(name):
    saved = applied().saved
    saved[name] = saved[name][:300] + b"A" + saved[name][301:]

    node = Node(saved).take(*REACHED)

    assert len(node.orders) == 1
    assert node.codes == ["saved-unusable"]


def test_an_expired_policy_stays_in_force_after_a_restart():
    saved = Node().take(policy(until=T + 10)).saved

    node = Node(saved, now=at(20))

    assert [type(order) for order in node.orders] == [SetPolicy]


@pytest.mark.parametrize(
    ("days", "year", "clock", "told"),
    [
        (DayClass.RESTDAY, 2026, GOOD, ["year-unknown"]),
        (DayClass.RESTDAY, 2027, GOOD, []),
        (DayClass.EVERYDAY, 2026, GOOD, []),
        (frozenset({5, 6}), 2026, GOOD, []),
        (DayClass.RESTDAY, 2026, LOST, []),
    ],
)
def test_quiet_hours_of_a_year_whose_days_off_are_unknown_are_an_alarm(days, year, clock, told):
    hours = (QuietHours("early", 0, 480, days),)
    held = Policy(NODE, ZONE, hours, calendar=Calendar(frozenset({year})))
    node = Node().take(*REACHED, policy(held=held))

    node.take(*[Tick(Measured())] * 3, now=at(20, clock))

    assert [code for code in node.codes if code == "year-unknown"] == told


def test_an_expired_policy_and_a_playlist_at_its_end_are_alarms_told_once_a_day():
    node = Node().take(*REACHED, policy(until=T + 10), Quiet(Reason.HORIZON))

    node.take(*[Tick(Measured())] * 3, now=at(20))
    node.take(Tick(Measured()), now=at(86_000))
    node.take(Tick(Measured()), now=at(86_500))

    assert node.codes == ["policy-expired", "past-horizon"] * 2


def test_a_playlist_for_later_leaves_the_old_one_playing_also_after_a_restart():
    later = a_score((C,))
    node = applied().take(playlist(later, revision=2, effective=T + 60), body(later))

    again = Node(node.saved, now=at(30))
    late = Node(node.saved, now=at(90))

    assert [order.part.score for order in again.orders[1:]] == [a_score(), later]
    assert [order.part.score for order in late.orders[1:]] == [later]
    assert set(again.mind.clips) == {A, B, C}


def test_two_playlists_for_later_leave_the_first_one_playing():
    later, last = a_score((C,)), a_score((B,))
    node = applied().take(playlist(later, revision=2, effective=T + 60), body(later))

    node.take(playlist(last, revision=3, effective=T + 90), body(last))
    again = Node(node.saved, now=at(30))

    assert [order.part.score for order in again.orders[1:]] == [a_score(), last]


def test_a_message_that_an_untrusted_clock_cannot_judge_waits_for_the_clock():
    node = Node().take(policy(), now=at(-1_000_000_000, LOST))
    waiting = list(node.orders)

    node.take(Tick(Measured()), now=at())

    assert waiting == []
    assert [type(order) for order in node.orders] == [SetPolicy]


def test_clips_are_fetched_one_by_one_and_soonest_first():
    score = a_score((A, B, C), turn=1)
    node = Node().take(playlist(score), body(score))

    node.take(ClipReady(B), ClipReady(C))

    assert [fetch.clip for fetch in node.of(Fetch)] == [B, C, A]
    assert node.of(Fetch)[0].url == f"http://h/clips/{B}.flac"


def test_a_clip_that_failed_is_told_and_tried_again_later_and_later():
    node = applied().take(ClipFailed(A, "clip", "wrong hash"), ClipReady(B))
    node.take(Tick(Measured()), now=at(4))
    early = len(node.of(Fetch))

    node.take(Tick(Measured()), now=at(6))
    node.take(ClipFailed(A, "clip", "wrong hash"), now=at(7))
    node.take(Tick(Measured()), now=at(16))
    node.take(Tick(Measured()), now=at(18))

    assert node.codes == ["clip"]
    assert (early, [fetch.clip for fetch in node.of(Fetch)]) == (2, [A, B, A, A])


def test_a_clip_that_did_not_play_is_fetched_again():
    node = applied().take(ClipReady(A), ClipReady(B), Damaged(A, "short"))

    assert [fetch.clip for fetch in node.of(Fetch)] == [A, B, A]
    assert node.codes == ["clip-damaged"]


def test_a_clip_that_made_way_for_another_is_fetched_again_as_long_as_it_is_needed():
    node = applied().take(ClipReady(A), ClipReady(B, gone=frozenset([A])))

    node.take(ClipFailed(A, "store", "no room", gone=frozenset([B])), now=at(1))

    assert [fetch.clip for fetch in node.of(Fetch)] == [A, B, A, B]
    assert node.mind.ready == frozenset()


def test_the_clips_of_a_playlist_are_needed_until_the_next_takes_over():
    later = a_score((C,))
    node = applied().take(playlist(later, revision=2, effective=T + 60), body(later))
    before = set(node.mind.clips)

    node.take(Tick(Measured()), now=at(61))

    assert (before, set(node.mind.clips)) == ({A, B, C}, {C})
    assert node.of(Retain)[-1] == Retain(frozenset([C]), frozenset([C]))


def test_clips_of_windows_that_are_over_are_not_needed():
    assert list(larder.soonest_first(a_score(), Instant((T + 3600) * RATE))) == []


def test_a_play_is_written_down_and_sent_and_sent_again_until_acknowledged():
    node = applied().take(Ended(playing(), Outcome.FINISHED, Samples(RATE)))
    node.take(Tick(Measured()), now=at(29))
    once = len(node.of(SendPlays))

    node.take(Tick(Measured()), now=at(31))
    ack = message("plays/ack", sealed("ack", {"epoch": "e", "upto": 1}))
    node.take(ack, Kept(0), now=at(32))
    node.take(Tick(Measured()), now=at(90))

    (play,) = [action.play for action in node.of(Append)]
    assert (play.start_ms, play.rhyme, play.outcome) == (T * 1000, "r-aaaa", Outcome.FINISHED)
    assert (once, len(node.of(SendPlays))) == (1, 2)
    assert node.of(Acknowledge) == [Acknowledge("e", 1)]


def test_plays_wait_for_the_connection():
    node = Node().take(Ended(playing(), Outcome.FINISHED, Samples(RATE)))
    offline = node.of(SendPlays)

    node.take(*REACHED)

    assert offline == []
    assert len(node.of(SendPlays)) == 1


def test_an_acknowledgement_with_more_left_sends_the_next_batch():
    node = Node().take(Kept(150), *REACHED, Kept(50))

    assert len(node.of(SendPlays)) == 2


@pytest.mark.parametrize("wrong", [{}, {"epoch": 1, "upto": 1}, {"epoch": "e", "upto": "all"}])
def test_a_misshapen_acknowledgement_forgets_nothing(wrong):
    node = applied().take(message("plays/ack", sealed("ack", wrong)))

    assert node.of(Acknowledge) == []
    assert node.codes == ["refused-malformed"]


def test_state_says_what_sounds_and_why_not():
    node = applied().take(
        Began(playing(A), joined=False),
        Quiet(Reason.GAP),
        Began(playing(B), joined=False),
        Quiet(Reason.QUIET),
    )

    said = [state_from_json(value).now for value in node.said("state")]
    assert said[-3:] == ["r-aaaa/cmn", "r-bbbb/cmn", "quiet-hours"]


def test_a_lost_device_is_told_once_and_so_is_its_return():
    node = applied().take(DeviceBack(), DeviceLost("horn: gone"), DeviceBack())

    assert node.codes == ["device-lost", "device-back"]
    assert "no-device" in [value["now"] for value in node.said("state")]


def test_health_is_told_every_five_minutes_and_when_something_changes():
    node = Node().take(*REACHED)
    first = len(node.said("health"))

    for second in range(1, 400):
        node.take(Tick(Measured()), now=at(second))
    steady = len(node.said("health"))
    node.take(Tick(Measured(position_error_ms=7.0)), now=at(400))

    assert (first, steady, len(node.said("health"))) == (1, 2, 3)
    assert health_from_json(node.said("health")[-1]).position_error_ms == 7.0


def test_what_happened_offline_is_told_on_connecting():
    node = Node().take(message("policy", b"bad"))
    offline = node.codes

    node.take(*REACHED)

    assert offline == []
    assert node.codes == ["refused-malformed"]


def test_the_last_words_say_that_the_node_is_off():
    (word,) = farewell(applied().mind, at())

    assert isinstance(word, Publish)
    assert word.retain
    assert json.loads(word.payload)["online"] is False


def hold(*holds, revision=1, by="prog", lift=None):
    """Return a message of holds, each a Unix second or that with a level."""
    secret = {"prog": b"programme", "pol": b"policy"}[by]
    rows = [one if isinstance(one, tuple) else (one, None) for one in holds]
    found = holds_to_json([Hold(Instant(until * RATE), level) for until, level in rows], lift)
    return message("hold", sealed("hold", found, by, secret, revision))


def lift(revision):
    return hold(revision=revision, by="pol")


def held(node):
    """Return what the player was told last of holds, as (Unix second, level)."""
    last = next(order for order in reversed(node.orders) if isinstance(order, SetHolds))
    return {(one.until // RATE, one.level) for one in last.holds}


def test_a_hold_is_obeyed_saved_reported_and_obeyed_again_after_a_restart():
    node = applied().take(hold(T + 60))

    again = Node(node.saved)

    assert held(node) == held(again) == {(T + 60, None)}
    assert state_from_json(node.said("state")[-1]).hold == Applied(1, 1)


def test_a_message_brings_every_hold_that_was_given_while_the_node_was_away():
    node = applied().take(hold(T + 60, (T + 600, -6.0), revision=7))

    assert held(node) == {(T + 60, None), (T + 600, -6.0)}


def test_the_programme_key_may_only_add_silence():
    node = applied().take(
        hold(T + 600), hold(T + 5, revision=2), hold((T + 900, -6.0), revision=3), hold(revision=4)
    )

    assert {(T + 600, None), (T + 900, -6.0)} <= held(node)
    assert held(Node(node.saved)) == held(node)


def test_a_message_that_covers_those_before_is_all_that_is_kept():
    node = applied().take(*[hold(T + n, revision=n) for n in range(1, 30)])

    assert held(node) == {(T + 29, None)}
    assert node.saved["holds"] == hold(T + 29, revision=29).payload


def test_the_policy_key_lifts_every_hold_before_for_good():
    node = applied().take(hold(T + 600), lift(2), hold(T + 600))

    assert held(node) == held(Node(node.saved)) == set()
    assert node.codes == ["refused-old-revision"]


def test_after_a_lift_there_may_be_holds_again():
    node = applied().take(hold(T + 600), lift(2), hold(T + 90, revision=3))

    assert held(node) == held(Node(node.saved)) == {(T + 90, None)}


def test_a_lift_that_a_node_missed_comes_along_with_the_next_hold():
    later = hold(T + 90, revision=3, lift=lift(2).payload)
    node = applied().take(hold(T + 600), later)

    assert held(node) == held(Node(node.saved)) == {(T + 90, None)}


def test_an_old_lift_that_comes_along_lifts_nothing_that_was_given_after_it():
    node = applied().take(hold(T + 600, revision=5))

    node.take(hold(T + 90, revision=6, lift=lift(2).payload))

    assert held(node) == {(T + 600, None), (T + 90, None)}


FORGED = {
    "the programme key's": hold(revision=9),
    "another node's": message("hold", sealed("hold", holds_to_json(()), "pol", b"policy", 9, "no")),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_lift_that_is_not_the_policy_key_s_word_to_this_node_is_refused(forged):
    node = applied().take(hold(T + 600), hold(T + 90, revision=10, lift=forged.payload))

    assert held(node) == {(T + 600, None)}
    assert node.codes[0] in ("refused-bad-signature", "refused-wrong-node")


def test_a_hold_in_older_order_or_of_a_stranger_is_refused():
    node = applied().take(hold(T + 600, revision=2), hold(T + 900))
    stranger = sealed("hold", holds_to_json(()), secret=b"stranger", revision=9)
    node.take(message("hold", stranger))

    assert node.codes == ["refused-old-revision", "refused-bad-signature"]
    assert held(node) == {(T + 600, None)}


def test_holds_without_end_are_refused_but_those_that_run_stay():
    node = applied().take(*[hold((T + 99 - n, -float(n)), revision=n) for n in range(1, 30)])

    assert len(held(node)) == 16
    assert node.codes == ["refused-too-many"]


def test_a_message_read_twice_is_obeyed_once():
    node = applied().take(hold(T + 60))
    before = len(node.done)

    node.take(hold(T + 60))

    assert len(node.done) == before


def hours(node, count, start=0, shown=0.0):
    """Let hours of ticks pass; the clock shows `shown` seconds more than it should."""
    for hour in range(start + 1, start + count + 1):
        now = replace(at(3600 * hour), at=at(3600 * hour + shown).at)
        node.take(Tick(Measured()), now=now)


def test_a_clock_that_shows_less_than_the_saved_floor_is_not_trusted():
    node = Node().take(policy())
    hours(node, 5)

    early = Node(node.saved, now=at(3600))
    early.take(*REACHED, now=at(3600))
    late = Node(node.saved, now=at(7 * 3600)).take(*REACHED, now=at(7 * 3600))

    assert int(node.saved["floor"]) == T + 5 * 3600
    assert health_from_json(early.said("health")[-1]).clock == "untrusted"
    assert health_from_json(early.said("health")[-1]).clock_source == "floor"
    assert health_from_json(late.said("health")[-1]).clock == "trusted"


def test_a_lying_time_server_moves_the_floor_no_faster_than_time_passes():
    node = Node().take(policy())

    hours(node, 3, shown=70 * 365 * 86_400.0)

    assert int(node.saved["floor"]) <= T + 4 * 3600


def test_what_the_policy_key_signs_sets_the_floor_anew():
    node = Node().take(policy())
    hours(node, 10)

    node.take(policy(revision=2, since=T + 100), now=at(200))

    assert int(node.saved["floor"]) == T + 100


def test_news_of_sound_are_gathered_and_troubles_are_not():
    thrifty = replace(IDENTITY, gather=Seconds(300.0))
    node = Node(identity=thrifty).take(*REACHED)
    said = len(node.said("state"))

    for second in range(0, 600, 5):
        clip = (A, B)[second // 5 % 2]
        node.take(Began(playing(clip), False), Quiet(Reason.GAP), now=at(second))
        node.take(Ended(playing(clip), Outcome.FINISHED, Samples(RATE)), now=at(second + 2))
        node.take(Tick(Measured()), now=at(second + 3))
        node.take(Kept(0), now=at(second + 3.5))
    gathered = len(node.said("state")) - said
    node.take(DeviceLost("gone"), now=at(599))

    assert gathered == 1
    assert len(node.of(SendPlays)) == 2
    assert len(node.said("state")) == said + gathered
    assert node.codes == ["device-lost"]


def test_the_state_is_said_again_after_an_hour_in_which_nothing_happened():
    node = Node().take(*REACHED)

    for minute in range(1, 130):
        node.take(Tick(Measured()), now=at(60 * minute))

    assert len(node.said("state")) == 3


def test_an_alert_is_told_when_it_is_raised_and_when_it_is_cured_and_stands_in_between():
    node = Node().take(*REACHED)

    for second, degrees in enumerate([79.0, 81.0, 75.0, 82.0, 69.0]):
        node.take(Tick(Measured(temperature_c=degrees)), now=at(60 * second))

    standing = [health_from_json(value).alerts for value in node.said("health")]
    assert node.codes == ["alert-hot", "cured-hot"]
    assert standing == [(), ("hot",), ()]


def test_a_clip_of_the_next_days_that_cannot_be_had_is_an_alert_until_it_is_here():
    node = applied()
    for n in range(3):
        node.take(ClipFailed(A, "clip", "404"), Tick(Measured()), now=at(60 * n))
    node.take(ClipReady(A), Tick(Measured()), now=at(600))

    assert [code for code in node.codes if "-" in code] == [
        "alert-clips-missing",
        "cured-clips-missing",
    ]


def test_a_volume_that_somebody_moved_is_told():
    node = Node().take(*REACHED, *[Tick(Measured(mixer="volume-moved"))] * 3)

    assert node.codes == ["volume-moved"]


def test_trouble_that_lasts_is_told_less_and_less_often_down_to_once_an_hour():
    node = Node().take(*REACHED)

    for second in range(86_400):
        node.take(Trouble("store", "disk full"), now=at(second))

    told = [event_from_json(value).at - T for value in node.said("events")]
    assert told[:5] == [0, 10, 30, 70, 150]
    assert {later - one for one, later in pairwise(told[9:])} == {3600}


def test_what_happens_now_and_then_for_a_day_is_told_as_seldom_as_what_never_ends():
    node = Node().take(*REACHED)

    for minute in range(0, 1440, 5):
        node.take(ClipFailed(A, "clip", "404"), now=at(60 * minute))

    assert len(node.codes) < 40


def test_trouble_after_a_quiet_hour_is_told_as_often_as_at_first():
    node = Node().take(*REACHED)

    for second in (*range(20), *range(4000, 4020)):
        node.take(Trouble("store", "disk full"), now=at(second))

    told = [event_from_json(value).at - T for value in node.said("events")]
    assert told == [0, 10, 4000, 4010]


def test_a_card_that_comes_and_goes_each_second_is_told_of_a_few_times_an_hour():
    thrifty = replace(IDENTITY, gather=Seconds(300.0))
    node = Node(identity=thrifty).take(*REACHED)

    for second in range(1, 3600):
        node.take(DeviceLost("horn: no answer"), now=at(second))
        node.take(Tick(Measured()), now=at(second + 0.3))
        node.take(DeviceBack(), Quiet(Reason.QUIET), now=at(second + 0.5))
        node.take(Tick(Measured()), now=at(second + 0.8))

    assert node.codes[:2] == ["device-lost", "alert-no-device"]
    assert max(Counter(node.codes).values()) <= 10
    assert len(node.said("state")) <= 13
    assert len(node.said("health")) <= 20


def test_an_alert_that_was_told_while_it_came_and_went_is_true_in_the_end():
    node = Node().take(*REACHED)
    for second in range(600):
        hot = Measured(temperature_c=82.0 if second % 2 else 69.0)
        node.take(Tick(hot), now=at(second))
    flapping = len(node.codes)
    node.take(Tick(Measured(temperature_c=69.0)), now=at(8000))

    assert flapping < 10
    assert health_from_json(node.said("health")[-1]).alerts == ()
    assert node.mind.alerts == frozenset()


def test_plays_that_nobody_acknowledges_are_asked_about_one_by_one_and_less_and_less_often():
    node = Node().take(Kept(5000), *REACHED)

    for second in range(86_400):
        node.take(Tick(Measured()), now=at(second))

    sent = [action.most for action in node.of(SendPlays)]
    assert sent[0] == MAX_BATCH
    assert set(sent[1:]) == {1}
    assert len(sent) <= 32


def test_plays_are_asked_about_on_a_new_connection_and_flow_as_soon_as_somebody_counts():
    node = Node().take(Kept(5000), *REACHED)
    for second in range(7200):
        node.take(Tick(Measured()), now=at(second))
    before = len(node.of(SendPlays))

    node.take(Connection(False), *REACHED, now=at(7201))
    asked = node.of(SendPlays)[before:]
    node.take(Kept(4999), Kept(4899), now=at(7202))

    assert asked == [SendPlays(1)]
    assert node.of(SendPlays)[before + 1 :] == [SendPlays(MAX_BATCH)] * 2


def test_plays_that_went_to_a_dead_daemon_are_sent_again_as_soon_as_it_is_back():
    node = Node().take(Kept(3), *REACHED)
    before = len(node.of(SendPlays))

    node.take(daemon_says(False), Tick(Measured()), now=at(1))
    silent = node.of(SendPlays)[before:]
    node.take(daemon_says(True, retained=False), now=at(2))

    assert DAEMON_STATE in node.of(Subscribe)[0].topics
    assert (silent, node.of(SendPlays)[before:]) == ([], [SendPlays(1)])


@pytest.mark.parametrize("said", [[], [daemon_says(False)]], ids=["nothing", "that it is gone"])
def test_nothing_that_happens_is_told_to_a_broker_alone(said):
    node = Node().take(Kept(3), Connection(True), *said, DeviceLost("gone"))
    before = (node.codes, node.of(SendPlays))

    node.take(daemon_says(True))

    assert before == ([], [])
    assert (node.codes, node.of(SendPlays)) == (["device-lost"], [SendPlays(MAX_BATCH)])


def test_a_node_speaks_in_the_end_though_no_daemon_says_that_it_is_there():
    node = Node().take(Kept(3), Connection(True), DeviceLost("gone"))

    node.take(Tick(Measured()), now=at(59))
    before = (node.codes, node.of(SendPlays))
    node.take(Tick(Measured()), now=at(60))

    assert before == ([], [])
    assert (node.codes[0], node.of(SendPlays)) == ("device-lost", [SendPlays(MAX_BATCH)])


def test_a_node_asks_each_hour_about_plays_and_keeps_what_happens_for_a_daemon_that_is_away():
    node = Node().take(Kept(3), Connection(True), daemon_says(False), DeviceLost("gone"))

    for second in range(0, 4 * 3600, 60):
        node.take(Tick(Measured()), now=at(second))
    asked, told = len(node.of(SendPlays)), node.codes
    node.take(daemon_says(True), now=at(5 * 3600))

    assert 1 <= asked <= 12
    assert told == []
    assert node.codes[0] == "device-lost"


@pytest.mark.parametrize("said", [b"", b"no json", b"[]", b'{"v": 1, "online": 1}', b"{}"])
def test_what_the_daemon_may_not_have_said_of_itself_changes_nothing(said):
    node = Node().take(Kept(3), *REACHED)
    before, mind = len(node.done), node.mind

    node.take(Inbound(DAEMON_STATE, said))

    assert (len(node.done), node.mind) == (before, mind)


def test_a_body_that_is_no_longer_wanted_is_given_up_also_for_the_body_in_force():
    other = a_score((C,))
    node = applied().take(playlist(other, revision=2), playlist(a_score(), revision=3))

    asked = [topic for action in node.of(Subscribe)[1:] for topic in action.topics]
    dropped = [topic for action in node.of(Unsubscribe) for topic in action.topics]
    assert node.mind.playlist.order == (1, 3)
    assert sorted(asked) == sorted(dropped)


@pytest.mark.parametrize("delay", [0.0, 0.02, MOST_DELAY])
def test_a_loudspeaker_is_fed_as_much_earlier_as_its_place_says(delay):
    score = a_score()
    node = Node().take(playlist(score, delay=Seconds(delay)), body(score))

    (order,) = node.orders
    assert order.part.delay == round(delay * RATE)


@pytest.mark.parametrize("delay", [-0.1, MOST_DELAY + 0.1, True, "1"])
def test_a_delay_that_no_place_may_have_is_refused(delay):
    score = a_score()
    node = Node().take(*REACHED, playlist(score, delay=delay), body(score))

    assert node.orders == []
    assert node.codes == ["refused-malformed"]
