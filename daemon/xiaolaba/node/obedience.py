"""Judge what comes in: obey what is signed, current and whole; refuse the rest with a code.

A playlist arrives in two parts. Its sealed manifest names the body by hash;
the node then asks for the body's topic, and only both together replace what
is in force. What was in force plays on until then, and whatever is refused.
"""

from dataclasses import replace
from typing import Any

from xiaolaba.core.errors import MessageError
from xiaolaba.core.message import (
    DAEMON_STATE,
    Manifest,
    body_digest,
    body_from_bytes,
    body_topic,
    manifest_from_json,
    node_topic,
    policy_from_json,
)
from xiaolaba.core.message.seal import Envelope, require_current, unseal
from xiaolaba.core.sounding.hold import MOST, Held, Signer, latest, opened, with_held
from xiaolaba.core.timetable.score import between_items
from xiaolaba.core.units import RATE, Instant, NodeId, Samples
from xiaolaba.node import floor, larder, telling
from xiaolaba.node.events import (
    Acknowledge,
    Action,
    Instruct,
    Now,
    Save,
    Subscribe,
    Unsubscribe,
)
from xiaolaba.node.player import SetHolds, SetPart, SetPolicy
from xiaolaba.node.stage import Part
from xiaolaba.node.state import HeldPlaylist, HeldPolicy, Mind, Wanted
from xiaolaba.ports.bus import Inbound
from xiaolaba.ports.clock import Trust

Step = tuple[Mind, list[Action]]


def topics(node: NodeId) -> tuple[str, ...]:
    """Return what a node listens to, apart from bodies."""
    leaves = ("policy", "hold", "playlist", "plays/ack")
    return (*(node_topic(node, leaf) for leaf in leaves), DAEMON_STATE)


def receive(mind: Mind, message: Inbound, now: Now) -> Step:
    """Obey a message or refuse it; a retained message that was cleared says nothing."""
    if not message.payload:
        return mind, []
    leaf = message.topic.removeprefix(node_topic(mind.identity.node, ""))
    try:
        return _obey(mind, leaf, message, now)
    except MessageError as error:
        if now.clock.trust is Trust.UNTRUSTED and error.code in ("not-yet", "expired"):
            return replace(mind, early={**mind.early, leaf: message}), []
        return telling.event(mind, now, f"refused-{error.code}", f"{leaf}: {error}")


def _obey(mind: Mind, leaf: str, message: Inbound, now: Now) -> Step:
    match leaf:
        case "policy":
            return _policy(mind, message.payload, now)
        case "playlist":
            return _playlist(mind, message.payload, now)
        case "hold":
            return _hold(mind, message.payload, now)
        case "plays/ack":
            return _acknowledgement(mind, message.payload, now)
        case _:
            return _body(mind, message, now)


def _policy(mind: Mind, sealed: bytes, now: Now) -> Step:
    latest = mind.policy.order if mind.policy else None
    held = _read_policy(mind, sealed, latest, now)
    if mind.policy is not None and mind.policy.order == held.order:
        return mind, []
    mind, lowered = floor.reset(replace(mind, policy=held), held.not_before, now)
    mind, told = telling.state(mind, now)
    return mind, [Instruct(SetPolicy(held.policy)), Save("policy", sealed), *lowered, told]


def _read_policy(mind: Mind, sealed: bytes, latest: tuple[int, int] | None, now: Now) -> HeldPolicy:
    who = mind.identity
    envelope, body = unseal(sealed, "policy", who.policy_keys)
    require_current(envelope, who.node, latest, now.at // RATE)
    return _held_policy(who.node, envelope, sealed, body)


def _held_policy(
    node: NodeId, envelope: Envelope, sealed: bytes, body: dict[str, Any]
) -> HeldPolicy:
    times = envelope.not_before, envelope.expires
    return HeldPolicy(envelope.order, *times, sealed, policy_from_json(node, body))


def _hold(mind: Mind, sealed: bytes, now: Now) -> Step:
    """Add silence by the programme key's order; the policy key's stands for all before."""
    found = _read_holds(mind, sealed)
    new, held = found[-1], mind.holds
    require_current(new.envelope, mind.identity.node, latest(held, new.by), now.at // RATE)
    for one in found:
        held = with_held(held, one, now.at)
    if held == mind.holds:
        return mind, []
    if sum(one.by is Signer.PROGRAMME for one in held) > MOST:
        raise MessageError("too-many", f"{MOST} messages of holds count already")
    mind = replace(mind, holds=held)
    saved = b"\n".join(one.sealed for one in held)
    mind, told = telling.state(mind, now)
    return mind, [hold_orders(mind), Save("holds", saved), told]


def _read_holds(mind: Mind, sealed: bytes) -> tuple[Held, ...]:
    """Return a message about this node's holds, after the one that it carries along."""
    found = opened(sealed, mind.identity.programme_keys, mind.identity.policy_keys)
    for carried in found[:-1]:
        _require_mine(mind, carried.envelope)
    return found


def hold_orders(mind: Mind) -> Instruct:
    """Return the order to obey the holds."""
    return Instruct(SetHolds(tuple(hold for held in mind.holds for hold in held.holds)))


def recall_holds(mind: Mind, saved: bytes) -> tuple[Held, ...]:
    """Return the saved messages of holds, in the order in which they came.

    Raises:
        MessageError: if one is not signed for this node.
    """
    held: tuple[Held, ...] = ()
    for sealed in saved.split(b"\n"):
        for one in _read_holds(mind, sealed):
            _require_mine(mind, one.envelope)
            held = with_held(held, one, Instant(0))
    return held


def _playlist(mind: Mind, sealed: bytes, now: Now) -> Step:
    who, held = mind.identity, mind.wanted or mind.playlist
    envelope, value = unseal(sealed, "playlist", who.programme_keys)
    require_current(envelope, who.node, held.order if held else None, now.at // RATE)
    if held is not None and held.order == envelope.order:
        return mind, []
    manifest = manifest_from_json(value)
    wanted = Wanted(envelope.order, sealed, manifest)
    dropped = _give_up(mind.wanted)
    if mind.playlist is not None and mind.playlist.manifest.body == manifest.body:
        mind, actions = _adopt(replace(mind, wanted=None), wanted, mind.playlist.body, now)
        return mind, [*actions, *dropped]
    return replace(mind, wanted=wanted), [*dropped, Subscribe((body_topic(manifest.body),))]


def _give_up(wanted: Wanted | None) -> list[Action]:
    return [Unsubscribe((body_topic(wanted.manifest.body),))] if wanted else []


def _body(mind: Mind, message: Inbound, now: Now) -> Step:
    """Take the body that is waited for; any other is none of this node's business."""
    wanted = mind.wanted
    if wanted is None or message.topic != body_topic(wanted.manifest.body):
        return mind, []
    if body_digest(message.payload) != wanted.manifest.body:
        raise MessageError("wrong-hash", f"the body is not {wanted.manifest.body}")
    mind, actions = _adopt(replace(mind, wanted=None), wanted, message.payload, now)
    return mind, [*_give_up(wanted), *actions]


def _adopt(mind: Mind, wanted: Wanted, body: bytes, now: Now) -> Step:
    """Put a playlist in force, from its moment on, and keep the one before until then."""
    score = body_from_bytes(body, wanted.manifest.stagger)
    playlist = HeldPlaylist(wanted.order, wanted.sealed, wanted.manifest, body, score)
    before = _still_in_force(_in_force(mind, now), wanted.manifest, now)
    mind = replace(mind, playlist=playlist, before=before)
    saves: list[Action] = [Save("before", _pack(before))] if before else []
    saves.append(Save("playlist", _pack(playlist)))
    mind, stocking = larder.stock(mind, now)
    mind, told = telling.state(mind, now)
    return mind, [instruction(playlist), *saves, *stocking, told]


def _in_force(mind: Mind, now: Now) -> HeldPlaylist | None:
    """Return what plays now: the latest playlist, or the one before it until its moment."""
    latest = mind.playlist
    if latest is not None and mind.before is not None and latest.manifest.effective_at > now.at:
        return mind.before
    return latest


def _still_in_force(old: HeldPlaylist | None, new: Manifest, now: Now) -> HeldPlaylist | None:
    if old is None or between_items(old.score, max(new.effective_at, now.at)) <= now.at:
        return None
    return old


def instruction(playlist: HeldPlaylist) -> Instruct:
    """Return the order to play a playlist from its moment on."""
    manifest = playlist.manifest
    delay = Samples(round(manifest.delay * RATE))
    return Instruct(SetPart(Part(playlist.score, manifest.level, delay), manifest.effective_at))


def _acknowledgement(mind: Mind, sealed: bytes, now: Now) -> Step:
    envelope, body = unseal(sealed, "ack", mind.identity.programme_keys)
    require_current(envelope, mind.identity.node, None, now.at // RATE)
    epoch, upto = body.get("epoch"), body.get("upto")
    if not isinstance(epoch, str) or type(upto) is not int or not 0 <= upto < 2**53:
        raise MessageError("malformed", "an acknowledgement needs epoch and upto")
    return mind, [Acknowledge(epoch[:64], upto)]


def _pack(playlist: HeldPlaylist) -> bytes:
    """Return a playlist as one saved file: the sealed manifest, a line feed, the body."""
    return playlist.sealed + b"\n" + playlist.body


def recall_policy(mind: Mind, saved: bytes) -> HeldPolicy:
    """Return the saved policy; one that has expired since stays in force.

    Raises:
        MessageError: if it is not signed for this node.
    """
    envelope, body = unseal(saved, "policy", mind.identity.policy_keys)
    _require_mine(mind, envelope)
    return _held_policy(mind.identity.node, envelope, saved, body)


def recall_playlist(mind: Mind, saved: bytes) -> HeldPlaylist:
    """Return a saved playlist, see `_pack`.

    Raises:
        MessageError: if it is not signed for this node, or its body is another one.
    """
    sealed, _, body = saved.partition(b"\n")
    envelope, value = unseal(sealed, "playlist", mind.identity.programme_keys)
    _require_mine(mind, envelope)
    manifest = manifest_from_json(value)
    if body_digest(body) != manifest.body:
        raise MessageError("wrong-hash", f"the saved body is not {manifest.body}")
    score = body_from_bytes(body, manifest.stagger)
    return HeldPlaylist(envelope.order, sealed, manifest, body, score)


def _require_mine(mind: Mind, envelope: Envelope) -> None:
    require_current(envelope, mind.identity.node, None, envelope.not_before)
