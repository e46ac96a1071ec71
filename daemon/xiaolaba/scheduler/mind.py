"""The daemon's mind: `step(mind, event)` gives the next mind and what to do.

    configuration, clips, keys, a new day --> compile --> Keep, then with policies and holds
    what the broker retains (swept once per connection) --> reconcile --> Publish
    what nodes say --> hear --> Note, Count --> PlaysCounted --> signed ack

Pure: times come with the events, signing and verifying are functions handed
in, and the same events give the same bytes.
"""

from dataclasses import replace

from xiaolaba.core.message import DAEMON_STATE, to_bytes
from xiaolaba.ports.store import Standing
from xiaolaba.scheduler.clocks import APART, differs, zero
from xiaolaba.scheduler.compiling import compile_if_due
from xiaolaba.scheduler.events import (
    Action,
    Applied,
    ClipsChanged,
    Connected,
    Enrolled,
    Event,
    Found,
    HoldsChanged,
    NodeSaid,
    Note,
    PlaysCounted,
    PoliciesChanged,
    Publish,
    Swept,
    Ticked,
)
from xiaolaba.scheduler.hearing import acknowledge, hear
from xiaolaba.scheduler.retained import expire_holds, nudge, reconcile
from xiaolaba.scheduler.state import Mind, Terms, soon
from xiaolaba.scheduler.takeover import due

SWEEP_TAKES = 10
"""Seconds after which an answer to a sweep is no longer expected."""

Stepped = tuple[Mind, tuple[Action, ...]]


def step(mind: Mind, event: Event) -> Stepped:
    """Return the mind after `event`, and what to do now, in this order."""
    before = mind
    mind, actions = _take(mind, event)
    mind, kept = compile_if_due(mind, event)
    if _same_wishes(before, mind):
        return mind, (*actions, *kept)
    mind, sent = reconcile(mind)
    return mind, (*actions, *kept, *sent)


def state_message(terms: Terms, online: bool, at: int, clock: str) -> bytes:
    """Return `daemon/state`, which is also the Last Will."""
    return to_bytes(
        {
            "v": 1,
            "online": online,
            "at": at,
            "version": terms.version,
            "generation": terms.generation,
            "clock": clock,
        }
    )


def _take(mind: Mind, event: Event) -> Stepped:
    match event:
        case Ticked():
            return _ticked(mind, event)
        case Connected():
            return _connected(mind, event)
        case Swept():
            return replace(mind, retained=event.retained), ()
        case NodeSaid():
            return hear(mind, event)
        case PlaysCounted():
            return acknowledge(mind, event)
        case _:
            return _read(mind, event), ()


def _read(mind: Mind, event: Found) -> Mind:
    """Take over what was found on disk."""
    match event:
        case Applied():
            return replace(mind, town=event.town, due=event.since)
        case ClipsChanged():
            wait = due(mind, event.library, event.now) - event.now
            return soon(replace(mind, library=event.library), event.since + wait)
        case Enrolled():
            return replace(mind, keys=event.keys, due=event.since)
        case PoliciesChanged():
            return replace(mind, policies=event.policies)
        case HoldsChanged():
            return expire_holds(replace(mind, holds=event.holds, over=frozenset()), event)


def _ticked(mind: Mind, event: Ticked) -> Stepped:
    wrong = event.trusted and differs(mind, event)
    clock, trusted = "differs" if wrong else event.clock, event.trusted and not wrong
    changed = clock != mind.clock
    anew = trusted and (not mind.trusted or event.now + APART < mind.compiled_at)
    due = event.since if anew else mind.due
    mind = replace(mind, trusted=trusted, clock=clock, zero=zero(event), due=due)
    waiting = mind.connected is not None and mind.retained is None
    if waiting and event.since - (mind.connected or 0) > SWEEP_TAKES:
        mind = replace(mind, retained={})
    mind, sent = nudge(expire_holds(mind, event), event.since)
    note = (Note(Standing(clock), event.now),) if changed else ()
    return mind, (*note, *_announce(mind, event.now, changed), *sent)


def _connected(mind: Mind, event: Connected) -> Stepped:
    mind = replace(mind, connected=event.since if event.up else None, retained=None)
    return mind, _announce(mind, event.now, event.up)


def _announce(mind: Mind, now: int, wanted: bool) -> tuple[Action, ...]:
    if not wanted or mind.connected is None:
        return ()
    return (Publish(DAEMON_STATE, state_message(mind.terms, True, now, mind.clock), retain=True),)


def _same_wishes(before: Mind, mind: Mind) -> bool:
    """Return whether neither what is wanted nor what is retained has changed."""
    return (
        before.retained is mind.retained
        and before.publications is mind.publications
        and before.policies is mind.policies
        and before.holds is mind.holds
        and before.over is mind.over
        and before.day == mind.day
    )
