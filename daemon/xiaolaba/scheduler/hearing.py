"""What nodes say: read, judged, and written down. Nothing here trusts its sender."""

from dataclasses import replace

from xiaolaba.core.errors import MessageError
from xiaolaba.core.ledger import first_break
from xiaolaba.core.message import ack_to_json, batch_from_json, from_bytes, node_topic
from xiaolaba.core.message.report import (
    Applied,
    NodeState,
    event_from_json,
    health_from_json,
    state_from_json,
)
from xiaolaba.core.message.report import Event as Report
from xiaolaba.core.message.seal import Envelope, seal, unseal
from xiaolaba.core.units import NodeId
from xiaolaba.ports.store import Batch, Counted
from xiaolaba.scheduler.clocks import ask, forget, may_date
from xiaolaba.scheduler.events import Action, Count, Event, NodeSaid, Note, PlaysCounted, Publish
from xiaolaba.scheduler.state import Heard, Mind, Order, soon

REPORTS = ("state", "health", "events", "plays")
"""The leaves on which nodes speak."""

QUIETLY = 600
"""The same refusal of one node is written down once in so many seconds."""

MOST_REFUSALS = 1000
"""Most refusals that are written down in that time, whoever they are of."""

ACK_HOLDS = 86_400
"""How long an acknowledgement may be under way, and how wrong the node's clock be, in seconds."""

MOST_AHEAD = 2**20
"""How far a node may be ahead of our record: more has never been signed, whatever was lost."""

Stepped = tuple[Mind, tuple[Action, ...]]


def hear(mind: Mind, said: NodeSaid) -> Stepped:
    """Take over a report, or refuse it with a code."""
    if not said.payload:
        return mind, ()  # a retained message was cleared
    try:
        if said.node not in mind.keys:
            return _unknown(mind, said)
        return _take(mind, said)
    except MessageError as error:
        return refuse(mind, said.node, error, said)


def _unknown(mind: Mind, said: NodeSaid) -> Stepped:
    """Refuse who is not enrolled; a state that it retained, such as a last will, is cleared."""
    mind, noted = refuse(mind, said.node, MessageError("unknown-node", "not enrolled"), said)
    clear = Publish(node_topic(said.node, "state"), b"", retain=True)
    return mind, (*noted, clear) if said.leaf == "state" else noted


def refuse(mind: Mind, node: NodeId, error: MessageError, event: Event) -> Stepped:
    """Write a refusal down, unless the same one was just written."""
    last, now = mind.refusals.get((node, error.code)), event.now
    if last is not None and event.since - last < QUIETLY:
        return mind, ()
    recent = {key: at for key, at in mind.refusals.items() if event.since - at < QUIETLY}
    if len(recent) >= MOST_REFUSALS:
        return replace(mind, refusals=recent), ()
    refusals = recent | {(node, error.code): event.since}
    return replace(mind, refusals=refusals), (Note(Report(node, now, error.code, str(error)), now),)


def acknowledge(mind: Mind, event: PlaysCounted) -> Stepped:
    """Tell nodes what is counted; say nothing while the clock may date no signature."""
    dates = may_date(mind, event)
    actions: list[Action] = []
    for counted in event.results:
        mind, done = _answer(mind, counted, event, dates)
        actions += done
    return mind, tuple(actions)


def _answer(mind: Mind, counted: Counted, event: Event, dates: bool) -> Stepped:
    if counted.broken is not None:
        return _step_over(mind, counted, event, dates)
    noted = _gap(counted, event.now)
    if not dates:
        return mind, noted
    ack = _ack(mind, counted, event.now)
    return mind, (*noted, Publish(node_topic(counted.node, "plays/ack"), ack))


def _gap(counted: Counted, now: int) -> tuple[Note, ...]:
    """Return a note of records that are missing.

    Before the first that is known of an epoch they may have been counted in
    a record that was since begun anew.
    """
    if counted.gap is None or not counted.fresh:
        return ()
    first, last = counted.gap
    missing = "are not in this record" if first == 1 else "never came"
    detail = f"records {first}-{last} of epoch {counted.epoch} {missing}"
    return (Note(Report(counted.node, now, "gap", detail), now),)


def _step_over(mind: Mind, counted: Counted, event: Event, dates: bool) -> Stepped:
    """Have a node let go of plays that can never be counted, or those after them never are.

    Which they are is written down each time, and no other play takes their
    numbers in the record.
    """
    which = f"record {counted.broken} of epoch {counted.epoch}"
    if not dates:
        return refuse(mind, counted.node, MessageError("broken-chain", which), event)
    detail = f"{which}; up to record {counted.upto} nothing more is counted"
    note = Note(Report(counted.node, event.now, "broken-chain", detail), event.now)
    answer = _ack(mind, counted, event.now)
    return mind, (note, Publish(node_topic(counted.node, "plays/ack"), answer))


def _take(mind: Mind, said: NodeSaid) -> Stepped:
    if said.leaf == "plays":
        return _plays(mind, said)
    value = from_bytes(said.payload)
    if value.get("node") != said.node:
        raise MessageError("wrong-node", f"{str(value.get('node'))[:40]!r} on its topic")
    if said.leaf == "health":
        health = health_from_json(value)
        return ask(mind, health, said), (Note(health, said.now),)
    if said.leaf == "events":
        return mind, (Note(event_from_json(value), said.now),)
    return _state(mind, state_from_json(value), said)


def _state(mind: Mind, state: NodeState, said: NodeSaid) -> Stepped:
    """Remember what a node has in force; one that is ahead of our record is due anew."""
    playlist, now = _believed(mind, state), said.now
    heard = Heard(now, state.online, playlist, _order(state.policy), _order(state.hold))
    note = Note(state, min(now, state.at) if said.retained else now)
    node = NodeId(state.node)
    last = mind.heard.get(node)
    if last is not None and replace(last, at=now) == heard:
        return mind, (note,)
    mind = replace(mind, heard={**mind.heard, node: heard})
    if not state.online:
        mind = forget(mind, node)
    ours = mind.publications.get(node)
    if playlist and ours and playlist[0] == mind.terms.generation and playlist > ours.order:
        mind = soon(mind, said.since)
    return mind, (note,)


def _believed(mind: Mind, state: NodeState) -> Order | None:
    """Return which playlist a node has; None if it claims one that cannot have been signed."""
    found, ours = _order(state.playlist), mind.publications.get(NodeId(state.node))
    if found is None or found[0] != mind.terms.generation:
        return found
    signed = ours.revision if ours is not None and ours.generation == found[0] else 0
    return found if found[1] <= signed + MOST_AHEAD else None


def _order(applied: Applied | None) -> Order | None:
    return None if applied is None else (applied.generation, applied.revision)


def _plays(mind: Mind, said: NodeSaid) -> Stepped:
    """Have plays counted up to one whose link does not follow; that one is stepped over."""
    batch = _batch(mind, said)
    broken = first_break(batch.before, batch.epoch, batch.records)
    if broken is None:
        return mind, (Count(batch),)
    sound = batch.records[: broken - batch.records[0].seq]
    if sound:
        return mind, (Count(replace(batch, records=sound)),)
    counted = Counted(batch.node, batch.epoch, broken, broken=broken)
    return _step_over(mind, counted, said, may_date(mind, said))


def _batch(mind: Mind, said: NodeSaid) -> Batch:
    envelope, body = unseal(said.payload, "plays", mind.keys[said.node])
    if envelope.node != said.node:
        raise MessageError("wrong-node", f"{envelope.node[:40]!r} on its topic")
    epoch, before, records = batch_from_json(body)
    if not records:
        raise MessageError("malformed", "a batch without records")
    return Batch(said.node, epoch, before, tuple(records))


def _ack(mind: Mind, counted: Counted, now: int) -> bytes:
    envelope = Envelope(
        "ack",
        counted.node,
        mind.terms.generation,
        counted.upto,
        now - ACK_HOLDS,
        now + ACK_HOLDS,
    )
    return seal(envelope, ack_to_json(counted.epoch, counted.upto), mind.terms.kid, mind.terms.sign)
