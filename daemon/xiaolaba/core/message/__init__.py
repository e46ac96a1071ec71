"""What the programs say to each other, as bytes: topics, bodies, strict readers.

Everything below `xiaolaba/v1/`; `daemon/asyncapi.yaml` documents it and a
test holds every payload against that. A reader refuses what it does not
know with a `MessageError`; nothing half-read is ever returned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xiaolaba.core.errors import MessageError
from xiaolaba.core.message.body import MAX_BODY, body_digest, body_from_bytes, body_to_bytes
from xiaolaba.core.message.fields import digest, number, real, second, strictly, take, text, url
from xiaolaba.core.message.plays import (
    MAX_BATCH,
    ack_from_json,
    ack_to_json,
    batch_from_json,
    batch_to_json,
)
from xiaolaba.core.message.policy import policy_from_json, policy_to_json
from xiaolaba.core.message.strict import dump, load
from xiaolaba.core.schedule import MOST_DELAY
from xiaolaba.core.timetable.score import Stagger
from xiaolaba.core.units import RATE, Decibels, Instant, NodeId, Seconds

__all__ = [
    "DAEMON_STATE",
    "MAX_BATCH",
    "MAX_BODY",
    "ROOT",
    "Manifest",
    "ack_from_json",
    "ack_to_json",
    "batch_from_json",
    "batch_to_json",
    "body_digest",
    "body_from_bytes",
    "body_to_bytes",
    "body_topic",
    "from_bytes",
    "manifest_from_json",
    "manifest_to_json",
    "node_topic",
    "policy_from_json",
    "policy_to_json",
    "to_bytes",
]

ROOT = "xiaolaba/v1"
DAEMON_STATE = f"{ROOT}/daemon/state"
MAX_REPORT = 16 * 1024
"""Longest unsealed message that is read, in bytes."""


def node_topic(node: str, leaf: str) -> str:
    """Return a node's own topic.

    Leaves: policy, hold, playlist, command, state, health, events, plays, plays/ack.
    """
    return f"{ROOT}/nodes/{node}/{leaf}"


def body_topic(digest: str) -> str:
    """Return the topic of a shared playlist body."""
    return f"{ROOT}/playlists/{digest}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A node's playlist in short: which body, from when, and what is the node's own.

    `clips` is the URL that a clip's file name is appended to. `level` and
    `delay` are the node's.
    """

    body: str
    effective_at: Instant
    clips: str
    level: Decibels = Decibels(0.0)
    delay: Seconds = Seconds(0.0)
    stagger: Stagger | None = None


def manifest_to_json(manifest: Manifest) -> dict[str, Any]:
    """Return the body of a sealed `playlist`."""
    found: dict[str, Any] = {
        "body": manifest.body,
        "effective_at": manifest.effective_at // RATE,
        "clips": manifest.clips,
        "level": manifest.level,
        "delay": manifest.delay,
    }
    if manifest.stagger is not None:
        found["stagger"] = {"nodes": list(manifest.stagger.nodes), "me": manifest.stagger.me}
    return found


def manifest_from_json(value: dict[str, Any]) -> Manifest:
    """Read the body of a sealed `playlist`."""
    stagger = None
    if "stagger" in value:
        turns = take(value, "stagger", dict)
        nodes = tuple(NodeId(strictly(text, node)) for node in take(turns, "nodes", list))
        me = take(turns, "me", int)
        if not 0 <= me < len(nodes):
            raise MessageError("malformed", "stagger.me is not one of its nodes")
        stagger = Stagger(nodes, me)
    return Manifest(
        digest(take(value, "body", str)),
        strictly(second, value.get("effective_at")),
        strictly(url, value.get("clips")),
        Decibels(min(0.0, number(value, "level"))),
        Seconds(strictly(_delay, value.get("delay"))),
        stagger,
    )


def _delay(value: Any) -> float:
    return real(value, 0, MOST_DELAY)


def to_bytes(value: Mapping[str, Any]) -> bytes:
    """Return an unsealed message (state, health, events, daemon state) as JSON."""
    return dump(value)


def from_bytes(payload: bytes, limit: int = MAX_REPORT) -> dict[str, Any]:
    """Read an unsealed message of at most `limit` bytes."""
    if len(payload) > limit:
        raise MessageError("too-large", f"{len(payload)} bytes, at most {limit}")
    return load(payload)
