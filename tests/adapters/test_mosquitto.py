import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.listening import Listener
from tests.ports import reserved
from tests.waiting import PATIENCE, runs, until
from xiaolaba.adapters.mosquitto import DAEMON_USER, NODE_READS, NODE_WRITES, Mosquitto, hashed
from xiaolaba.core.errors import BrokerError
from xiaolaba.core.message import MAX_BODY, ROOT

USERS = {name: hashed(f"{name}-password", b"salt of 12 b") for name in (DAEMON_USER, "a", "b")}
MARK = f"{ROOT}/daemon/state"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path / "broker", "127.0.0.1", reserved(), USERS)
    broker.start()
    yield broker
    broker.stop()


def user(broker: Mosquitto, name: str, *patterns: str, client_id: str = "") -> Listener:
    return Listener(broker.port, name, f"{name}-password", *patterns, client_id=client_id)


def test_a_node_writes_its_own_reports_and_nothing_else(broker: Mosquitto):
    leaves = (*NODE_WRITES, *NODE_READS, "anything")
    topics = [f"{ROOT}/nodes/{node}/{leaf}" for node in "ab" for leaf in leaves]
    with user(broker, DAEMON_USER, f"{ROOT}/#") as daemon, user(broker, "a") as node:
        until(lambda: daemon.connected and node.connected)
        for topic in (*topics, f"{ROOT}/playlists/x", MARK, "elsewhere"):
            node.bus.publish(topic, b"forged", 1, True)
        node.bus.publish(f"{ROOT}/nodes/a/state", b"last")
        until(lambda: any(message.payload == b"last" for message in daemon.heard))

    assert daemon.topics() == {f"{ROOT}/nodes/a/{leaf}" for leaf in NODE_WRITES}


def test_a_node_reads_its_own_orders_and_what_is_for_all(broker: Mosquitto):
    leaves = (*NODE_READS, *NODE_WRITES)
    topics = [f"{ROOT}/nodes/{node}/{leaf}" for node in "ab" for leaf in leaves]
    with user(broker, DAEMON_USER) as daemon, user(broker, "a", "#", f"{ROOT}/#") as node:
        until(lambda: daemon.connected and node.connected)
        for topic in (*topics, f"{ROOT}/playlists/x", "elsewhere", MARK):
            daemon.bus.publish(topic, b"order", 1, True)
        until(lambda: MARK in node.topics())

    own = {f"{ROOT}/nodes/a/{leaf}" for leaf in NODE_READS}
    assert node.topics() == {*own, f"{ROOT}/playlists/x", MARK}


def test_a_node_cannot_throw_another_out_by_taking_its_client_id(broker: Mosquitto):
    with user(broker, "a") as honest, user(broker, "b", client_id="a") as rogue:
        until(lambda: honest.connected and rogue.connected)
        rogue.bus.publish(f"{ROOT}/nodes/b/state", b"")

        assert honest.bus.publish(f"{ROOT}/nodes/a/state", b"still here")
        assert honest.connections == [True]


@pytest.mark.parametrize(
    ("name", "password"), [("", ""), ("a", ""), ("a", "wrong"), ("stranger", "a-password")]
)
def test_nobody_gets_in_without_a_password_that_is_known(broker: Mosquitto, name, password):
    with (
        Listener(broker.port, name, password, client_id="x") as stranger,
        user(broker, "a") as node,
    ):
        until(lambda: node.connected)

        assert not stranger.connected
        assert not stranger.bus.publish(MARK, b"")


def test_a_node_that_is_no_longer_enrolled_is_thrown_out_at_once(broker: Mosquitto):
    with user(broker, "a") as node, user(broker, "b") as other:
        until(lambda: node.connected and other.connected)
        broker.reload({name: hash_ for name, hash_ in USERS.items() if name != "a"})
        until(lambda: not node.connected)

        assert other.connections == [True]


def test_a_node_enrolled_while_the_broker_runs_gets_in(broker: Mosquitto):
    broker.reload({**USERS, "c": hashed("c-password", b"another salt")})

    with user(broker, "c") as node:
        until(lambda: node.connected)


def test_a_broker_that_dies_is_started_again_on_its_port(broker: Mosquitto):
    before = broker.pid
    os.kill(before, signal.SIGKILL)

    with user(broker, "a") as node:
        until(lambda: broker.pid != before and node.connected)


def test_a_broker_that_was_killed_is_said_to_have_been_and_no_remark_of_it_is_blamed(
    broker: Mosquitto, caplog
):
    os.kill(broker.pid, signal.SIGKILL)
    until(lambda: "broker.died" in caplog.text)

    (said,) = [record.message for record in caplog.records if "broker.died" in record.message]
    assert said == "broker.died ended=SIGKILL said=''"


def test_who_it_runs_as_does_not_come_from_the_environment(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "nobody\nallow_anonymous true")
    broker = Mosquitto(tmp_path / "broker", "127.0.0.1", reserved(), USERS)
    broker.start()

    with user(broker, "a") as node, Listener(broker.port, "", "", client_id="x") as stranger:
        until(lambda: node.connected)
        assert not stranger.connected
    assert Path(f"/proc/{broker.pid}").stat().st_uid == os.geteuid()
    broker.stop()


def test_a_broker_that_could_not_be_started_again_is_tried_until_it_can(
    broker: Mosquitto, monkeypatch, caplog
):
    before = broker.pid
    with monkeypatch.context() as missing:
        missing.setattr(sys, "executable", "/nowhere/python")
        os.kill(before, signal.SIGKILL)
        until(lambda: "/nowhere/python" in caplog.text, "the start failed")

    with user(broker, "a") as node:
        until(lambda: broker.pid != before and node.connected)


def test_a_message_too_large_for_any_node_is_not_passed_on(broker: Mosquitto):
    with user(broker, "a") as node, user(broker, DAEMON_USER, f"{ROOT}/#") as daemon:
        until(lambda: daemon.connected and node.connected)
        node.bus.publish(f"{ROOT}/nodes/a/plays", b"x" * (MAX_BODY + 1))
        until(lambda: False in node.connections)

        assert not daemon.heard


def test_its_files_are_readable_by_their_owner_only(broker: Mosquitto, tmp_path: Path):
    files = list((tmp_path / "broker").iterdir())

    assert {file.name for file in files} == {"mosquitto.conf", "acl", "passwd"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert "password" not in (tmp_path / "broker" / "passwd").read_text()


def test_no_secret_is_on_its_command_line(broker: Mosquitto):
    command = Path(f"/proc/{broker.pid}/cmdline").read_bytes().split(b"\0")

    assert command[1] == b"-c"
    assert len([word for word in command if word]) == 3


def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(BrokerError, match=f"端口 {port}.*port {port}.*daemon.yaml"):
            Mosquitto(tmp_path, "127.0.0.1", port, USERS).start()


def test_a_machine_without_mosquitto_is_told_how_to_get_it(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("xiaolaba.adapters.mosquitto.shutil.which", lambda *_, **__: None)

    with pytest.raises(BrokerError, match="apt install mosquitto"):
        Mosquitto(tmp_path, "127.0.0.1", reserved(), USERS).start()


def test_a_broker_that_cannot_read_its_settings_says_why(tmp_path: Path):
    folder = tmp_path / "broker\nacl_file nowhere"

    with pytest.raises(BrokerError, match=r"did not start: Error.* \(exit code \d\)"):
        Mosquitto(folder, "127.0.0.1", reserved(), USERS).start()


PARENT = """
import os, signal, sys
from pathlib import Path
from xiaolaba.adapters.mosquitto import Mosquitto
broker = Mosquitto(Path(sys.argv[1]), "127.0.0.1", 0, {})
broker.start()
print(broker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killing_the_parent_leaves_no_orphan(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", PARENT, str(tmp_path / "broker")],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": "daemon"},
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == -signal.SIGKILL
    until(lambda: not runs(int(done.stdout)), "the broker is gone")


def test_a_child_whose_parent_is_gone_before_it_could_be_tied_to_it_ends():
    from xiaolaba.adapters.mosquitto import _LEASH

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LEASH, "1", "/bin/echo", "ran"],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 1
    assert b"ran" not in done.stdout
