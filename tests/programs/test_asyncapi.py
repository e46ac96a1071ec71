"""Every payload that the programs produce fits what daemon/asyncapi.yaml says of its topic."""

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.messages import MANIFEST, POLICY, SCORE, records
from xiaolaba.core.ledger import GENESIS
from xiaolaba.core.message import (
    DAEMON_STATE,
    MAX_BATCH,
    ack_to_json,
    batch_to_json,
    body_to_bytes,
    body_topic,
    manifest_to_json,
    node_topic,
    policy_to_json,
    to_bytes,
)
from xiaolaba.core.message.report import Applied, Event, Health, NodeState, to_json
from xiaolaba.core.message.seal import Envelope, seal
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.sounding.hold import holds_to_json
from xiaolaba.core.units import RATE, Decibels, Instant
from xiaolaba.scheduler.hearing import REPORTS
from xiaolaba.scheduler.mind import state_message
from xiaolaba.scheduler.state import Terms

DOCUMENT = yaml.safe_load(Path("daemon/asyncapi.yaml").read_text(encoding="utf-8"))
TERMS = Terms("k", lambda message: bytes(64), "http://h/", "1.0", 1)
APPLIED = Applied(1, 2)
HOLDS = (Hold(Instant(5 * RATE)), Hold(Instant(9 * RATE), Decibels(-6.0), Instant(RATE)))


def sealed(kind: str, body: dict[str, Any]) -> bytes:
    return seal(Envelope(kind, "gate", 1, 2, 3, 4), body, "k", lambda message: bytes(64))


def opened(payload: bytes) -> Any:
    part = payload.split(b".")[1]
    return json.loads(base64.urlsafe_b64decode(part + b"=="))


SENT = {
    "a playlist": (
        node_topic("gate", "playlist"),
        opened(sealed("playlist", manifest_to_json(MANIFEST))),
    ),
    "a body": (body_topic("b" * 64), json.loads(zlib.decompress(body_to_bytes(SCORE)))),
    "a policy": (node_topic("gate", "policy"), opened(sealed("policy", policy_to_json(POLICY)))),
    "a hold": (
        node_topic("gate", "hold"),
        opened(sealed("hold", holds_to_json(HOLDS, sealed("hold", holds_to_json(()))))),
    ),
    "plays": (
        node_topic("gate", "plays"),
        opened(sealed("plays", batch_to_json("e", GENESIS, records(MAX_BATCH)))),
    ),
    "an acknowledgement": (
        node_topic("gate", "plays/ack"),
        opened(sealed("ack", ack_to_json("e", 5))),
    ),
    "a state": (
        node_topic("gate", "state"),
        to_json(
            NodeState("gate", True, "b", "1.0", APPLIED, APPLIED, "b" * 64, "one/cmn", 5, APPLIED)
        ),
    ),
    "a will": (node_topic("gate", "state"), to_json(NodeState("gate", False))),
    "health": (
        node_topic("gate", "health"),
        to_json(Health("gate", 1, "gap", "trusted", 0.1, "kernel", 0.2, 0, 1, 2, 3, 4, 5.5, 6, 7)),
    ),
    "an event": (node_topic("gate", "events"), to_json(Event("gate", 5, "refused-expired", "why"))),
    "the daemon's state": (
        DAEMON_STATE,
        json.loads(state_message(TERMS, True, 5, "trusted")),
    ),
    "the daemon's will": (DAEMON_STATE, json.loads(state_message(TERMS, False, 5, ""))),
}


def channel_of(topic: str) -> dict[str, Any]:
    """Return the only channel whose address fits a topic."""
    fitting = [
        channel
        for channel in DOCUMENT["channels"].values()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", channel["address"]), topic)
    ]
    assert len(fitting) == 1
    return dict(fitting[0])


def validator(channel: dict[str, Any]) -> Draft202012Validator:
    (message,) = channel["messages"].values()
    name = message["$ref"].rpartition("/")[2]
    schema = DOCUMENT["components"]["messages"][name]["payload"]
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


@pytest.mark.parametrize(("topic", "value"), SENT.values(), ids=SENT)
def test_what_is_sent_is_what_is_documented(topic, value):
    value = json.loads(to_bytes(value))

    errors = [error.message for error in validator(channel_of(topic)).iter_errors(value)]

    assert errors == []


@pytest.mark.parametrize(("topic", "value"), SENT.values(), ids=SENT)
def test_what_is_not_documented_would_be_noticed(topic, value):
    assert not validator(channel_of(topic)).is_valid({**value, "undocumented": 1})


def test_every_channel_has_a_payload_that_was_held_against_it():
    sent = {channel_of(topic)["address"] for topic, _ in SENT.values()}

    assert sent == {channel["address"] for channel in DOCUMENT["channels"].values()}


def test_the_daemon_hears_every_channel_that_it_is_documented_to_receive():
    heard = [o["channel"] for o in DOCUMENT["operations"].values() if o["action"] == "receive"]
    names = {channel["$ref"].rpartition("/")[2] for channel in heard}

    assert names == set(REPORTS)


def test_the_document_refers_to_nothing_that_is_not_there():
    text = Path("daemon/asyncapi.yaml").read_text(encoding="utf-8")

    for reference in re.findall(r"\$ref: '#/([\w/]+)'", text):
        found: Any = DOCUMENT
        for step in reference.split("/"):
            found = found[step]
