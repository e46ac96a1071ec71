"""What the broker shall retain, what it does retain, and the messages that make the two equal.

The broker is a cache. Bodies go out before the manifests that name them, and
are cleared after the last manifest that did. A policy is cleared only when
its node is no longer enrolled, a hold also when it is over.
"""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from xiaolaba.core.message import ROOT, body_topic, node_topic
from xiaolaba.core.units import NodeId
from xiaolaba.scheduler.clocks import APART, may_date
from xiaolaba.scheduler.events import Event, Publish
from xiaolaba.scheduler.state import Heard, Mind, Nudge

SWEPT = (
    *(node_topic("+", leaf) for leaf in ("hold", "policy", "playlist")),
    f"{ROOT}/playlists/+",
)
"""Where the daemon looks for what the broker retains."""

NONE = (0, 0)
"""The order of what a node does not have."""

SELDOM = 3600
"""A node that stays behind is sent its messages again at most this seldom, in seconds."""


def digest(payload: bytes) -> str:
    """Return what a retained payload is compared by."""
    return sha256(payload).hexdigest()


def reconcile(mind: Mind) -> tuple[Mind, tuple[Publish, ...]]:
    """Return the messages that the broker lacks, and those that clear what nobody wants."""
    if mind.retained is None:
        return mind, ()
    wanted = dict(_wanted(mind))
    digests = {topic: digest(payload) for topic, payload in wanted.items()}
    sent = [
        Publish(topic, payload, retain=True)
        for topic, payload in wanted.items()
        if mind.retained.get(topic) != digests[topic]
    ]
    stale = [topic for topic in mind.retained if topic not in wanted and _clearable(mind, topic)]
    kept = {topic: value for topic, value in mind.retained.items() if topic not in stale}
    return replace(mind, retained=kept | digests), (
        *sent,
        *(Publish(topic, b"", retain=True) for topic in stale),
    )


def nudge(mind: Mind, since: float) -> tuple[Mind, tuple[Publish, ...]]:
    """Return again what nodes that are online have not taken over in good time."""
    if mind.retained is None:
        return mind, ()
    nudges, sent = dict(mind.nudges), list[Publish]()
    for node, heard in mind.heard.items():
        lacking = tuple(_lacking(mind, node, heard)) if heard.online else ()
        if not lacking:
            nudges.pop(node, None)
            continue
        last = nudges.setdefault(node, Nudge(since))
        if since - last.at >= min(SELDOM, mind.terms.patience * 2**last.times):
            nudges[node] = Nudge(since, last.times + 1)
            sent += [Publish(topic, payload, retain=True) for topic, payload in lacking]
    return (mind if nudges == mind.nudges else replace(mind, nudges=nudges)), tuple(sent)


def expire_holds(mind: Mind, event: Event) -> Mind:
    """Note whose holds are over, at every node's clock; a wrong clock of ours cannot tell."""
    if not may_date(mind, event):
        return mind
    over = frozenset(n for n, hold in mind.holds.items() if hold.expires + APART <= event.now)
    return mind if over == mind.over else replace(mind, over=over)


def _lacking(mind: Mind, node: NodeId, heard: Heard) -> Iterator[tuple[str, bytes]]:
    """Yield what a node has not taken over, topics and payloads: what silences it first."""
    hold, policy = mind.holds.get(node), mind.policies.get(node)
    if hold is not None and node not in mind.over and (heard.hold or NONE) < hold.order:
        yield node_topic(node, "hold"), hold.sealed
    if policy is not None and (heard.policy or NONE) < policy.order:
        yield node_topic(node, "policy"), policy.sealed
    publication = mind.publications.get(node)
    if publication is not None and (heard.playlist or NONE) < publication.order:
        yield body_topic(publication.manifest.body), mind.bodies[publication.manifest.body]
        yield node_topic(node, "playlist"), publication.sealed


def _wanted(mind: Mind) -> Iterator[tuple[str, bytes]]:
    for node, hold in mind.holds.items():
        if node not in mind.over:
            yield node_topic(node, "hold"), hold.sealed
    for named, body in mind.bodies.items():
        yield body_topic(named), body
    for node, policy in mind.policies.items():
        yield node_topic(node, "policy"), policy.sealed
    for node, publication in mind.publications.items():
        yield node_topic(node, "playlist"), publication.sealed


def _clearable(mind: Mind, topic: str) -> bool:
    """Return whether a topic nobody wants may go; without a town nobody can tell."""
    node, leaf = topic.removeprefix(f"{ROOT}/nodes/").split("/", 1)
    if leaf == "hold" and node in mind.over:
        return True
    enrolled = leaf in ("hold", "policy") and node in mind.keys
    return mind.day is not None and not enrolled
