"""The bus's contract, held by the real one and by the fake."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.listening import Listener
from tests.ports import reserved
from tests.waiting import until
from xiaolaba.adapters.mosquitto import DAEMON_USER, Mosquitto, hashed
from xiaolaba.core.message import ROOT
from xiaolaba.ports.bus import Bus, Inbound
from xiaolaba.sim.fakes import FakeBus

TOPIC = f"{ROOT}/nodes/a/state"
USERS = {DAEMON_USER: hashed("p", b"salt of 12 b"), "a": hashed("p", b"salt of 12 b")}


@dataclass
class House:
    """A bus under test, and its broker's side: connect it, send to it."""

    bus: Bus
    connect: Callable[[], None]
    send: Callable[[str, bytes], None]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path / "broker", "127.0.0.1", reserved(), USERS)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(params=["paho", "fake"])
def house(request) -> Iterator[House]:
    if request.param == "fake":
        bus = FakeBus()
        yield House(bus, bus.connect, bus.deliver)
        return
    broker = request.getfixturevalue("broker")
    with (
        Listener(broker.port, "a", "p") as sender,
        Listener(broker.port, DAEMON_USER, "p") as unused,
    ):
        unused.bus.stop()
        until(lambda: sender.connected)
        listener = Listener(broker.port, DAEMON_USER, "p")
        yield House(listener.bus, lambda: None, lambda topic, x: _send(sender, topic, x))
        listener.bus.stop()


def _send(sender: Listener, topic: str, payload: bytes) -> None:
    assert sender.bus.publish(topic, payload)


def test_what_is_subscribed_before_the_start_is_heard(house: House):
    heard: list[Inbound] = []
    connections: list[bool] = []
    house.bus.subscribe(f"{ROOT}/nodes/+/state")

    house.bus.start(heard.append, connections.append)
    house.connect()
    until(lambda: connections)
    house.send(TOPIC, b"hello")

    until(lambda: heard)
    assert heard == [Inbound(TOPIC, b"hello")]
    assert connections == [True]


def test_what_is_given_up_is_heard_no_more(house: House):
    fake = isinstance(house.bus, FakeBus)
    heard: list[Inbound] = []
    connections: list[bool] = []
    house.bus.subscribe(TOPIC, f"{ROOT}/nodes/a/health")
    house.bus.start(heard.append, connections.append)
    house.connect()
    until(lambda: connections)

    house.bus.unsubscribe(TOPIC)
    if house.bus.publish(f"{ROOT}/nodes/a/health", b"behind the unsubscription") and not fake:
        until(lambda: heard)
    house.send(TOPIC, b"unheard")
    house.send(f"{ROOT}/nodes/a/health", b"heard")

    until(lambda: any(message.payload == b"heard" for message in heard))
    assert b"unheard" not in {message.payload for message in heard}


def test_nothing_is_taken_while_there_is_no_connection(house: House):
    assert not house.bus.publish(TOPIC, b"lost")


def test_a_callback_that_raises_does_not_deafen_the_bus(broker: Mosquitto, caplog):
    heard: list[bytes] = []

    def fragile(message: Inbound) -> None:
        heard.append(message.payload)
        raise ValueError("boom")

    listener = Listener(broker.port, DAEMON_USER, "p", TOPIC)
    listener.bus.start(fragile, listener.connections.append)
    until(lambda: listener.connected)
    listener.bus.publish(TOPIC, b"one")
    listener.bus.publish(TOPIC, b"two")
    until(lambda: len(heard) == 2)
    listener.bus.stop()

    assert "bus.callback-failed" in caplog.text


def test_a_broker_that_is_down_at_the_start_is_found_when_it_comes(tmp_path: Path):
    port = reserved()

    with Listener(port, "a", "p", TOPIC) as node:
        assert not node.bus.publish(TOPIC, b"")
        broker = Mosquitto(tmp_path / "broker", "127.0.0.1", port, USERS)
        broker.start()
        until(lambda: node.connected)
        broker.stop()


def test_subscriptions_outlive_the_broker_and_nothing_old_is_sent_again(tmp_path: Path):
    broker = Mosquitto(tmp_path / "broker", "127.0.0.1", reserved(), USERS)
    broker.start()
    with Listener(broker.port, DAEMON_USER, "p", f"{ROOT}/nodes/+/state") as daemon:
        until(lambda: daemon.connected)
        before = broker.pid
        broker.stop()
        until(lambda: not daemon.connected)
        assert not daemon.bus.publish(TOPIC, b"while it was down")
        again = Mosquitto(tmp_path / "broker", "127.0.0.1", broker.port, USERS)
        again.start()
        until(lambda: daemon.connected)
        daemon.bus.publish(TOPIC, b"after")
        until(lambda: daemon.heard)
        again.stop()

    assert before != again.pid
    assert [message.payload for message in daemon.heard] == [b"after"]


def test_a_client_that_vanishes_leaves_its_will(broker: Mosquitto):
    with Listener(broker.port, DAEMON_USER, "p", TOPIC) as daemon:
        node = Listener(broker.port, "a", "p", will=(TOPIC, b"gone"))
        until(lambda: daemon.connected)
        with node:
            until(lambda: node.connected)
            node.bus._client.socket().shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # connected
            until(lambda: daemon.heard)

    assert daemon.heard == [Inbound(TOPIC, b"gone")]


def test_more_messages_than_may_wait_are_refused(broker: Mosquitto, monkeypatch):
    monkeypatch.setattr("xiaolaba.adapters.mqtt.MAX_QUEUED", 50)
    with Listener(broker.port, "a", "p") as node:
        until(lambda: node.connected)
        os.kill(broker.pid, signal.SIGSTOP)  # it acknowledges nothing
        taken = [node.bus.publish(TOPIC, b"") for _ in range(200)]
        os.kill(broker.pid, signal.SIGCONT)

    assert taken == sorted(taken, reverse=True)
    assert (taken[0], taken[-1]) == (True, False)


def test_a_client_that_is_not_let_in_says_what_may_be_wrong(broker: Mosquitto, caplog):
    with Listener(broker.port, "a", "another password"):
        until(lambda: "look at the password" in caplog.text)
