"""What the broker shall retain, what it does retain, and the messages that make the two equal.

The broker is a cache. Bodies go out before the manifests that name them, and
are cleared after the last manifest that did. A policy is cleared only when
its node is no longer enrolled.
"""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from xiaolaba.core.message import ROOT, body_topic, node_topic
from xiaolaba.core.units import NodeId
from xiaolaba.scheduler.events import Publish
from xiaolaba.scheduler.state import Heard, Mind, Nudge

SWEPT = (f"{ROOT}/nodes/+/playlist", f"{ROOT}/nodes/+/policy", f"{ROOT}/playlists/+")
"""Where the daemon looks for what the broker retains."""

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


def nudge(mind: Mind, now: int) -> tuple[Mind, tuple[Publish, ...]]:
    """Return again what nodes that are online have not taken over in good time."""
    if mind.retained is None:
        return mind, ()
    nudges, sent = dict(mind.nudges), list[Publish]()
    for node, heard in mind.heard.items():
        if not heard.online or not _behind(mind, node, heard):
            nudges.pop(node, None)
            continue
        last = nudges.setdefault(node, Nudge(now))
        if now - last.at >= min(SELDOM, mind.terms.patience * 2**last.times):
            nudges[node] = Nudge(now, last.times + 1)
            sent += [Publish(topic, payload, retain=True) for topic, payload in _own(mind, node)]
    return (mind if nudges == mind.nudges else replace(mind, nudges=nudges)), tuple(sent)


def _behind(mind: Mind, node: NodeId, heard: Heard) -> bool:
    publication, policy = mind.publications.get(node), mind.policies.get(node)
    return (publication is not None and (heard.playlist or (0, 0)) < publication.order) or (
        policy is not None and (heard.policy or (0, 0)) < policy.order
    )


def _own(mind: Mind, node: NodeId) -> Iterator[tuple[str, bytes]]:
    """Yield what one node needs, topics and payloads, the body first."""
    publication = mind.publications.get(node)
    if publication is not None:
        named = publication.manifest.body
        yield body_topic(named), mind.bodies[named]
    if node in mind.policies:
        yield node_topic(node, "policy"), mind.policies[node].sealed
    if publication is not None:
        yield node_topic(node, "playlist"), publication.sealed


def _wanted(mind: Mind) -> Iterator[tuple[str, bytes]]:
    for named, body in mind.bodies.items():
        yield body_topic(named), body
    for node, policy in mind.policies.items():
        yield node_topic(node, "policy"), policy.sealed
    for node, publication in mind.publications.items():
        yield node_topic(node, "playlist"), publication.sealed


def _clearable(mind: Mind, topic: str) -> bool:
    """Return whether a topic nobody wants may go; without a town nobody can tell."""
    node = NodeId(topic.removeprefix(f"{ROOT}/nodes/").removesuffix("/policy"))
    return mind.day is not None and node not in mind.keys
