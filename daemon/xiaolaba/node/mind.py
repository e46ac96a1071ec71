"""What a node makes of what happens: `step(mind, event, now) -> (mind, actions)`, pure.

      +--------- policy, playlist, ack --------- bus
      v
event -> step -> actions --> player (parts, policies)
      ^                  --> cache (fetch), ledger, saved state
      |                  --> bus (state, health, events, plays)
      +--- player, downloader, ticks
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from xiaolaba.core.errors import MessageError
from xiaolaba.core.ledger import Play
from xiaolaba.core.message import DAEMON_STATE
from xiaolaba.core.reason import Reason
from xiaolaba.core.units import RATE, Seconds, to_unix_ms
from xiaolaba.node import alerts, floor, larder, listener, obedience, telling
from xiaolaba.node.events import (
    Action,
    Append,
    ClipFailed,
    ClipReady,
    Connection,
    Event,
    Instruct,
    Kept,
    Now,
    Subscribe,
    Tick,
    Trouble,
)
from xiaolaba.node.player import ClockStepped, DeviceBack, DeviceLost, SetPolicy
from xiaolaba.node.stage import Damaged
from xiaolaba.node.state import Identity, Mind
from xiaolaba.node.turns import Began, Ended, Quiet
from xiaolaba.ports.bus import Inbound
from xiaolaba.ports.clock import Trust

SAVED = ("policy", "playlist", "before", "holds", "floor")
"""What outlives a power cut: what was sealed and is in force or will be, and the time floor."""
Step = tuple[Mind, list[Action]]


def wake(identity: Identity, saved: Mapping[str, bytes | None], now: Now) -> Step:
    """Begin with what was saved: play on at once, whoever can be reached."""
    mind, problems = _recall(Mind(identity), saved, now)
    mind, floored = floor.recall(mind, saved.get("floor"), now)
    now = floor.judged(mind, now)
    actions: list[Action] = [Subscribe(obedience.topics(identity.node)), *problems, *floored]
    if mind.policy is not None:
        actions.append(Instruct(SetPolicy(mind.policy.policy)))
    if mind.holds:
        actions.append(obedience.hold_orders(mind))
    mind, parts = _resume(mind, now)
    mind, stocking = larder.stock(mind, now)
    return mind, [*actions, *parts, *stocking]


def _recall(mind: Mind, saved: Mapping[str, bytes | None], now: Now) -> Step:
    """Take over what was saved and is sound; tell of the rest."""
    actions: list[Action] = []
    for name in SAVED:
        content = saved.get(name)
        if content is None:
            continue
        try:
            mind = _recalled(mind, name, content)
        except MessageError as error:
            mind, telling_it = telling.event(mind, now, "saved-unusable", f"{name}: {error}")
            actions += telling_it
    return mind, actions


def _recalled(mind: Mind, name: str, content: bytes) -> Mind:
    match name:
        case "policy":
            return replace(mind, policy=obedience.recall_policy(mind, content))
        case "playlist":
            return replace(mind, playlist=obedience.recall_playlist(mind, content))
        case "before":
            return replace(mind, before=obedience.recall_playlist(mind, content))
        case "holds":
            return replace(mind, holds=obedience.recall_holds(mind, content))
        case _:
            return mind


def _resume(mind: Mind, now: Now) -> Step:
    """Play the saved playlist, and until its moment the one before it."""
    if mind.playlist is None:
        return replace(mind, before=None), []
    if mind.before is None or mind.playlist.manifest.effective_at <= now.at:
        return replace(mind, before=None), [obedience.instruction(mind.playlist)]
    return mind, [obedience.instruction(mind.before), obedience.instruction(mind.playlist)]


def step(mind: Mind, event: Event, now: Now) -> Step:
    """Return what the node knows after `event`, and what it does."""
    now = floor.judged(mind, now)
    match event:
        case Inbound(topic) if topic == DAEMON_STATE:
            return listener.daemon_said(mind, event.payload, now)
        case Inbound():
            return obedience.receive(mind, event, now)
        case Connection(up):
            silent = replace(mind, connected=False, heard=False)
            return _connected(silent, now) if up else (silent, [])
        case Tick(measured):
            return _tick(replace(mind, measured=measured), now)
        case ClipReady(clip, gone):
            return larder.fetched(larder.without(mind, gone), clip, now)
        case ClipFailed(clip, code, detail, gone):
            mind = larder.without(mind, gone)
            return _and_tell(larder.failed(mind, clip, now), now, code, detail)
        case Kept(waiting):
            return listener.send(replace(mind, waiting=waiting, sent=None, unanswered=0), now)
        case Trouble(code, detail):
            return telling.event(mind, now, code, detail)
        case _:
            return _told(mind, event, now)


def farewell(mind: Mind, now: Now) -> list[Action]:
    """Return the last words of a node that is told to stop."""
    mind = replace(mind, now=Reason.STOPPED.value)
    return [telling.state(mind, now, online=False)[1]]


def _told(mind: Mind, event: Event, now: Now) -> Step:
    """Take in what the sound thread says."""
    match event:
        case Began(playing):
            item = playing.item
            return _sounding(mind, f"{item.rhyme}/{item.language}", now)
        case Quiet(reason):
            between = reason is Reason.GAP and "/" in mind.now  # not worth a message
            return (mind, []) if between else _sounding(mind, reason.value, now)
        case Ended():
            return _record(mind, event, now)
        case Damaged(clip, detail):
            return _and_tell(larder.damaged(mind, clip, now), now, "clip-damaged", detail)
        case DeviceLost(detail):
            silent = _sounding(replace(mind, device=False), Reason.DEVICE.value, now)
            return _and_tell(silent, now, "device-lost", detail)
        case DeviceBack():
            if mind.device:
                return mind, []
            return _and_tell((replace(mind, device=True), []), now, "device-back", "")
        case ClockStepped(by):
            return telling.event(mind, now, "clock-stepped", f"{by:+.3f} s")
        case _:
            raise AssertionError(f"no such event: {event!r}")


def _sounding(mind: Mind, what: str, now: Now) -> Step:
    """Note what sounds; it is told at once only if news are not gathered."""
    if what == mind.now:
        return mind, []
    mind = replace(mind, now=what)
    if mind.identity.gather:
        return telling.late_state(mind, now)
    mind, told = telling.state(mind, now)
    return mind, [told]


def _record(mind: Mind, ended: Ended, now: Now) -> Step:
    """Write a play down and have it sent."""
    playing, item = ended.playing, ended.playing.item
    if item.clip is None:
        return mind, []
    play = Play(
        to_unix_ms(playing.start),
        playing.loop.programme,
        item.rhyme,
        item.language,
        item.clip,
        ended.outcome,
        ended.heard,
    )
    mind = replace(mind, waiting=mind.waiting + 1)
    mind, sending = listener.send(mind, now)
    return mind, [Append(play), *sending]


def _connected(mind: Mind, now: Now) -> Step:
    """Say who is here; failed clips are worth another try."""
    mind = listener.unknown(replace(mind, connected=True, failed={}, health_due=Seconds(0.0)), now)
    mind, health = telling.health(mind, now)
    mind, fetching = larder.next_fetch(mind, now)
    mind, told = telling.state(mind, now)
    return mind, [told, *health, *fetching]


def _tick(mind: Mind, now: Now) -> Step:
    actions: list[Action] = []
    if mind.early and now.clock.trust is not Trust.UNTRUSTED:
        early, mind = mind.early, replace(mind, early={})
        for message in early.values():
            mind, found = obedience.receive(mind, message, now)
            actions += found
    for look in (
        listener.assume,
        listener.ask_again,
        floor.rise,
        larder.restock,
        larder.next_fetch,
        _watch,
        telling.late_state,
    ):
        mind, found = look(mind, now)
        actions += found
    return mind, actions


def _watch(mind: Mind, now: Now) -> Step:
    """Raise and clear alerts, and report."""
    mind, told = alerts.watch(mind, now)
    mind, health = telling.health(mind, now)
    mind, alarms = _alarms(mind, now)
    return mind, [*told, *health, *alarms]


def _alarms(mind: Mind, now: Now) -> Step:
    """Tell what the operator must mend while the node goes on as it can."""
    actions: list[Action] = []
    for code, detail in _standing(mind, now):
        mind, found = telling.event(mind, now, code, detail, telling.ALARM_EVERY)
        actions += found
    return mind, actions


def _standing(mind: Mind, now: Now) -> Iterator[tuple[str, str]]:
    """Yield code and detail of each alarm."""
    held = mind.policy
    if held is not None and held.expires <= now.at // RATE:
        yield "policy-expired", f"since {held.expires}; it stays in force"
    if held is not None and now.clock.trust is not Trust.UNTRUSTED:
        today = held.policy.zone.day(now.at)
        if held.policy.asks_what_day_it_is and not held.policy.calendar.knows(today):
            yield "year-unknown", f"no days off are known for {today.year}"
    if mind.measured.mixer:
        yield mind.measured.mixer, ""
    if mind.now == Reason.HORIZON.value:
        yield "past-horizon", "the playlist has come to its end"


def _and_tell(step: Step, now: Now, code: str, detail: str) -> Step:
    mind, actions = step
    mind, telling_it = telling.event(mind, now, code, detail)
    return mind, [*actions, *telling_it]
