"""What a node says of itself: state, health and events, as messages."""

from dataclasses import replace

from xiaolaba.core.message import node_topic, to_bytes
from xiaolaba.core.message.report import Applied, Health, NodeState, to_json
from xiaolaba.core.message.report import Event as Report
from xiaolaba.core.units import RATE, Seconds
from xiaolaba.node.events import Action, Now, Publish
from xiaolaba.node.state import Identity, Mind, Told

STATE_EVERY = 3600.0
"""Seconds after which the state is said again though nothing changed."""
HEALTH_EVERY = 300.0
"""Seconds between two health reports when nothing changes."""
SAME_EVENT_EVERY = 10.0
"""Seconds for which an event of one kind is told once only, if it is the first for an hour."""
LASTING_EVERY = 3600.0
"""Seconds after which what happens again and again is told again: the pauses double up to it."""
ALARM_EVERY = 86_400.0
"""Seconds after which an alarm that still holds is told again."""
OUTBOX = 50


def will(identity: Identity) -> tuple[str, bytes]:
    """Return the Last Will: topic and payload that say the node is gone."""
    gone = NodeState(identity.node, online=False, boot=identity.boot, version=identity.version)
    return node_topic(identity.node, "state"), to_bytes(to_json(gone))


def state(mind: Mind, now: Now, online: bool = True) -> tuple[Mind, Publish]:
    """Return the retained message that says what is in force and what sounds."""
    who, playlist = mind.identity, mind.playlist
    found = NodeState(
        who.node,
        online,
        who.boot,
        who.version,
        Applied(*mind.policy.order) if mind.policy else None,
        Applied(*playlist.order) if playlist else None,
        playlist.manifest.body if playlist else "",
        mind.now,
        now.at // RATE,
        Applied(*max(held.order for held in mind.holds)) if mind.holds else None,
    )
    message = Publish(node_topic(who.node, "state"), to_bytes(to_json(found)), retain=True)
    return replace(mind, said=_news(mind), stated=now.since), message


def late_state(mind: Mind, now: Now) -> tuple[Mind, list[Action]]:
    """Say the state if there is news that waited long enough, or for an hour there was none."""
    wait = STATE_EVERY if mind.said == _news(mind) else mind.identity.gather
    if not mind.connected or now.since < mind.stated + wait:
        return mind, []
    mind, told = state(mind, now)
    return mind, [told]


def _news(mind: Mind) -> str:
    """Return what of the sound is worth a message: that something sounds, or why nothing does."""
    return "playing" if mind.identity.gather and "/" in mind.now else mind.now


def event(
    mind: Mind, now: Now, code: str, detail: str, first: float = SAME_EVENT_EVERY
) -> tuple[Mind, list[Action]]:
    """Tell that something happened, and if it goes on, tell it less and less often."""
    rested = after_a_pause(mind, now, code, first)
    return (mind, []) if rested is None else at_once(rested, now, code, detail)


def at_once(mind: Mind, now: Now, code: str, detail: str) -> tuple[Mind, list[Action]]:
    """Tell that something happened, now or once the daemon hears it."""
    report = Report(mind.identity.node, now.at // RATE, code, detail[:300])
    if not mind.heard:
        return replace(mind, outbox=(*mind.outbox, report)[-OUTBOX:]), []
    return mind, [_message(report)]


def after_a_pause(
    mind: Mind, now: Now, what: str, first: float, longest: float = LASTING_EVERY
) -> Mind | None:
    """Return the mind that has told of `what` now, or None if its pause is not over.

    What comes again within the hour after a pause lasts: its next pause is
    twice as long, up to `longest` seconds. After a quiet hour it is the `first`.
    """
    last, pause = mind.told.get(what), first
    if last is not None and now.since < last.at + last.pause:
        return None
    if last is not None and now.since < last.at + last.pause + LASTING_EVERY:
        pause = min(2 * last.pause, max(first, longest))
    return replace(mind, told={**mind.told, what: Told(now.since, pause)})


def outbox(mind: Mind) -> tuple[Mind, list[Action]]:
    """Send what happened while nobody heard it."""
    return replace(mind, outbox=()), [_message(report) for report in mind.outbox]


def health(mind: Mind, now: Now) -> tuple[Mind, list[Action]]:
    """Send a health report if one is due or something in it changed that matters.

    What changes all the time is told of no more often than what does not.
    """
    key = (now.clock.trust, mind.clips.keys() <= mind.ready, mind.alerts)
    if not mind.connected or (key == mind.health_key and now.since < mind.health_due):
        return mind, []
    if now.since < mind.health_due:
        rested = after_a_pause(mind, now, "health", SAME_EVENT_EVERY, HEALTH_EVERY)
        if rested is None:
            return mind, []
        mind = rested
    due = Seconds(now.since + HEALTH_EVERY)
    topic = node_topic(mind.identity.node, "health")
    message = Publish(topic, to_bytes(to_json(_health(mind, now))))
    return replace(mind, health_key=key, health_due=due), [message]


def _health(mind: Mind, now: Now) -> Health:
    measured = mind.measured
    return Health(
        node=mind.identity.node,
        at=now.at // RATE,
        now=mind.now,
        clock=now.clock.trust.value,
        clock_bound_s=round(now.clock.bound, 3),
        clock_source=now.clock.source,
        position_error_ms=measured.position_error_ms,
        underruns=measured.underruns,
        clips_cached=len(mind.clips.keys() & mind.ready),
        clips_needed=len(mind.clips),
        unacknowledged=mind.waiting,
        uptime_s=measured.uptime_s,
        memory_mb=measured.memory_mb,
        disk_free_mb=measured.disk_free_mb,
        received_bytes=measured.received_bytes,
        sent_bytes=measured.sent_bytes,
        temperature_c=measured.temperature_c,
        under_voltage=measured.under_voltage,
        wifi_dbm=measured.wifi_dbm,
        alerts=tuple(sorted(mind.alerts)),
    )


def _message(report: Report) -> Publish:
    return Publish(node_topic(report.node, "events"), to_bytes(to_json(report)))
