import io
import json
import os
import signal
import socket
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.daemon_house import DAEMON, PLACES, SCHEDULE, DaemonHouse, newest
from tests.virtual_dac.fate import Fate
from tests.waiting import PATIENCE, until
from xiaolaba.adapters import keys
from xiaolaba.adapters.mosquitto import DAEMON_USER, Mosquitto, hashed
from xiaolaba.cli import main
from xiaolaba.core.ledger import GENESIS, Outcome, Play, Record, link
from xiaolaba.core.message import (
    ack_from_json,
    batch_to_json,
    body_from_bytes,
    body_topic,
    manifest_from_json,
    node_topic,
    policy_from_json,
    to_bytes,
)
from xiaolaba.core.message.report import NodeState, to_json
from xiaolaba.core.message.seal import Envelope, require_current, seal, unseal
from xiaolaba.core.sounding.hold import opened
from xiaolaba.core.units import ClipHash, Language, NodeId, ProgrammeId, RhymeId, Samples

GATE = NodeId("gate")
PLAYLIST, ACK = node_topic(GATE, "playlist"), node_topic(GATE, "plays/ack")
HOLD = node_topic(GATE, "hold")
TOWN = PLACES.replace("Asia/Shanghai", f"Etc/GMT{datetime.now(UTC).hour - 12:+d}")
"""The town, where it is noon: no day ends, and nothing is compiled anew, while a test runs."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DaemonHouse]:
    house = DaemonHouse(tmp_path)
    house.build(TOWN)
    yield house
    if house.process is not None and house.process.poll() is None:
        house.end(signal.SIGKILL)


def batch(house: DaemonHouse, count: int) -> bytes:
    kid, sign = keys.signer(house.root / "gate" / "node.key")
    rows, before = [], GENESIS
    for seq in range(1, count + 1):
        play = Play(
            int(time.time() * 1000),
            ProgrammeId("loop"),
            RhymeId("one"),
            Language("cmn"),
            ClipHash("c" * 64),
            Outcome.FINISHED,
            Samples(48_000),
        )
        rows.append(Record(seq, play, link(before, "e", seq, play)))
        before = rows[-1].link
    envelope = Envelope("plays", GATE, 0, 0, 0, 2**40)
    return seal(envelope, batch_to_json("e", GENESIS, rows), kid, sign)


def revision(house: DaemonHouse, sealed: bytes) -> int:
    return unseal(sealed, "playlist", house.keys("gate", "programme"))[0].revision


def test_a_node_gets_what_is_signed_for_it_and_its_plays_count_once(house: DaemonHouse, capsys):
    house.start()
    with house.node("gate") as node:
        sealed = newest(node, PLAYLIST)
        envelope, value = unseal(sealed, "playlist", house.keys("gate", "programme"))
        require_current(envelope, "gate", None, int(time.time()))
        manifest = manifest_from_json(value)
        score = body_from_bytes(newest(node, body_topic(manifest.body)))
        _, rules = unseal(
            newest(node, node_topic(GATE, "policy")), "policy", house.keys("gate", "policy")
        )
        name = f"{3:064d}.flac"
        with urllib.request.urlopen(manifest.clips + name, timeout=PATIENCE) as clip:
            assert clip.read() == b"fff"

        plays = batch(house, 3)
        node.bus.publish(node_topic(GATE, "plays"), plays)
        node.bus.publish(node_topic(GATE, "plays"), plays)
        until(lambda: sum(message.topic == ACK for message in node.heard) >= 2)
        state = NodeState("gate", True, now="one/cmn", at=int(time.time()))
        node.bus.publish(node_topic(GATE, "state"), to_bytes(to_json(state)), 1, True)
        until(lambda: status(house, capsys)["gate"]["online"])

        assert len(score.windows) == 30
        assert policy_from_json(GATE, rules).quiet[0].name == "夜间"
        _, acknowledged = unseal(newest(node, ACK), "ack", house.keys("gate", "programme"))
        assert ack_from_json(acknowledged) == ("e", 3)
        assert status(house, capsys)["gate"]["plays_total"] == 3
        assert status(house, capsys)["gate"]["now"] == "one/cmn"

    assert house.end() == 0


def status(house: DaemonHouse, capsys):
    capsys.readouterr()
    main(["status", "--json", "--daemon", house.settings])
    return {node["node"]: node for node in json.loads(capsys.readouterr().out)["nodes"]}


def test_killed_and_started_again_it_goes_on_where_it_was(house: DaemonHouse):
    house.start()
    with house.node("gate") as node:
        before, plays = newest(node, PLAYLIST), batch(house, 3)
        node.bus.publish(node_topic(GATE, "plays"), plays)
        newest(node, ACK)

        house.end(signal.SIGKILL)
        until(lambda: not node.connected, "the broker died with its parent")
        node.heard.clear()
        house.start()

        assert newest(node, PLAYLIST) == before
        node.bus.publish(node_topic(GATE, "plays"), plays)
        newest(node, ACK)
    with closing(sqlite3.connect(house.root / "state" / "store.sqlite")) as store:
        assert store.execute("SELECT count(*) FROM plays").fetchone() == (3,)
    assert house.end() == 0


def test_it_starts_with_a_damaged_record_which_the_status_tells(house: DaemonHouse, capsys):
    house.start()
    with house.node("gate") as node:
        newest(node, PLAYLIST)
    assert house.end() == 0
    (house.root / "state" / "store.sqlite").write_bytes(b"what was on the disk before" * 1000)

    house.start()
    with house.node("gate") as node:
        newest(node, PLAYLIST)
        node.bus.publish(node_topic(GATE, "plays"), batch(house, 3))
        newest(node, ACK)

    assert house.end() == 0
    capsys.readouterr()
    house.call("status", code=3)
    assert "store.sqlite.damaged-1" in capsys.readouterr().out


def test_the_service_manager_hears_when_it_is_ready_that_it_lives_and_that_it_ends(
    house: DaemonHouse, monkeypatch
):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("")  # the kernel chooses a name
        systemd.settimeout(PATIENCE)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + systemd.getsockname()[1:].decode())
        monkeypatch.setenv("WATCHDOG_USEC", "4000000")
        house.launch()

        assert systemd.recv(4096).startswith(b"READY=1\n")
        assert [systemd.recv(4096) for _ in range(2)] == [b"WATCHDOG=1"] * 2
        assert house.end() == 0
        assert b"STOPPING=1" in iter(lambda: systemd.recv(4096), b"")


def test_a_full_disk_at_the_start_is_said_with_the_way_out(
    house: DaemonHouse, fatal: Path, monkeypatch
):
    fate = Fate(fatal, house.root / "state", house.root / "clock")
    fate.fill_disk()
    with monkeypatch.context() as full:
        for name, value in fate.environment.items():
            full.setenv(name, value)
        house.launch()
    assert house.process is not None
    assert house.process.wait(PATIENCE) == 1
    assert "磁盘满了：请腾出空间 / " in house.log()
    assert "No space left on device" in house.log()

    house.start()
    with house.node("gate") as node:
        newest(node, PLAYLIST)


def test_a_broker_that_died_gets_everything_again(house: DaemonHouse):
    house.start()
    with house.node("gate") as node:
        before = newest(node, PLAYLIST)
        node.heard.clear()

        os.kill(house.child("mosquitto"), signal.SIGKILL)

        assert newest(node, PLAYLIST) == before
        newest(node, node_topic(GATE, "policy"))
    assert house.end() == 0


def test_a_hold_reaches_a_node_and_again_when_the_broker_died(house: DaemonHouse):
    house.start()
    with house.node("gate") as node:
        newest(node, PLAYLIST)

        house.call("hold", "--node", "gate", "--for", "2h")
        sealed = newest(node, HOLD)
        node.heard.clear()
        os.kill(house.child("mosquitto"), signal.SIGKILL)

        assert newest(node, HOLD) == sealed
        (held,) = opened(sealed, house.keys("gate", "programme"), house.keys("gate", "policy"))
        require_current(held.envelope, "gate", None, int(time.time()))
        assert [hold.level for hold in held.holds] == [None]
    assert house.end() == 0


def test_a_hold_given_while_the_daemon_was_off_is_delivered_when_it_starts(house: DaemonHouse):
    house.call("hold", "--place", "demo", "--for", "2h", "--softer", "6")
    house.start()

    with house.node("yard") as node:
        sealed = newest(node, node_topic("yard", "hold"))

    (held,) = opened(sealed, house.keys("yard", "programme"), house.keys("yard", "policy"))
    assert [hold.level for hold in held.holds] == [-6.0]
    assert house.end() == 0


@pytest.fixture
def elsewhere(house: DaemonHouse) -> Iterator[Mosquitto]:
    """Give the daemon a broker that is not its own, and is not there yet."""
    house.write(
        daemon=DAEMON.format(broker=house.broker, clips=house.clips).replace("true", "false")
    )
    keep = house.root / "state" / "keys" / "broker.password"
    keep.write_text("secret\n")
    passwords = {node: (house.root / node / "password").read_text() for node in ("gate", "yard")}
    users = {
        name: hashed(password, b"salt of 12 b")
        for name, password in {DAEMON_USER: "secret", **passwords}.items()
    }
    broker = Mosquitto(house.root / "elsewhere", "127.0.0.1", house.broker, users)
    yield broker
    broker.stop()


def test_a_broker_elsewhere_may_come_late_die_and_come_again(
    house: DaemonHouse, elsewhere: Mosquitto, capsys
):
    house.launch()
    until(lambda: "daemon.ready" in house.log(), "the daemon is ready")

    elsewhere.start()
    with house.node("gate") as node:
        before = newest(node, PLAYLIST)
        node.bus.publish(node_topic(GATE, "plays"), batch(house, 3))
        newest(node, ACK)
        node.heard.clear()
        os.kill(elsewhere.pid, signal.SIGKILL)
        assert newest(node, PLAYLIST) == before

    assert status(house, capsys)["gate"]["plays_total"] == 3
    assert house.end() == 0
    assert elsewhere.alive


def test_a_broker_elsewhere_needs_its_password_to_be_known(
    house: DaemonHouse, elsewhere: Mosquitto
):
    (house.root / "state" / "keys" / "broker.password").write_bytes(b"\xff")

    house.launch()

    assert house.process is not None
    assert house.process.wait(PATIENCE) == 1
    assert "broker.password" in house.log()
    assert "Traceback" not in house.log()


def test_what_changes_on_disk_is_noticed_while_it_runs(house: DaemonHouse):
    house.start()
    with house.node("gate") as node:
        assert revision(house, newest(node, PLAYLIST)) == 1

        house.write(schedule=SCHEDULE.replace("07:30-08:30", "09:00-10:00"))
        house.apply()
        until(lambda: revision(house, newest(node, PLAYLIST)) == 2)

    house.call("enrol", "late", "--to", str(house.root / "late"))
    with house.node("late") as late:
        newest(late, node_topic("late", "playlist"))
    assert house.end() == 0


def test_a_port_in_use_is_said_and_nothing_is_left_behind(house: DaemonHouse):
    house.start()
    with house.node("gate") as node:
        newest(node, PLAYLIST)
        second = DaemonHouse(house.root / "second", broker=house.broker)
        second.build(TOWN)
        second.launch()

        assert second.process is not None
        assert second.process.wait(PATIENCE) == 1
        assert node.connections == [True]


def test_a_second_daemon_on_the_same_folder_is_refused(house: DaemonHouse, capsys):
    house.start()
    with house.node("gate") as node:
        newest(node, PLAYLIST)

        assert main(["daemon", "--config", house.settings]) == 1
    assert "另一个服务端" in capsys.readouterr().err


def test_a_configuration_spoilt_after_it_was_applied_does_not_stop_the_daemon(house: DaemonHouse):
    house.start()
    with house.node("gate") as node:
        before = newest(node, PLAYLIST)
    house.end()
    applied = house.root / "state" / "applied"
    folder = applied / (applied / "current").read_text().strip()
    (folder / "config" / "schedule.yaml").write_text("programmes: [")

    house.start()
    with house.node("gate") as node:
        assert newest(node, PLAYLIST) == before
    assert house.end() == 0
    assert "part=applied" in house.log()


def test_a_node_that_is_retired_is_shut_out_and_nothing_of_it_stays_but_its_plays(
    house: DaemonHouse, capsys
):
    house.start()
    with house.node("gate") as gate, house.node("yard") as yard:
        newest(yard, node_topic("yard", "playlist"))
        gate.bus.publish(node_topic(GATE, "plays"), batch(house, 3))
        newest(gate, ACK)
        house.write(places=TOWN.replace("      - {id: gate, name: 东门}\n", ""))
        house.apply()
        gate.heard.clear()

        house.call("retire", "gate", "--yes")

        until(lambda: not gate.connected, "its session is ended")
        until(lambda: "gate" not in status(house, capsys), "the status counts it no more")
        assert yard.connected
    with closing(sqlite3.connect(house.root / "state" / "store.sqlite")) as store:
        assert store.execute("SELECT count(*) FROM plays").fetchone() == (3,)
    assert house.end() == 0


def test_a_configuration_with_an_error_is_not_applied(house: DaemonHouse, capsys):
    current = (house.root / "state" / "applied" / "current").read_text()
    house.write(schedule=SCHEDULE.replace("demo", "dmeo"))

    house.call("apply", "--yes", "--config", str(house.root / "config"), code=2)

    assert "schedule.yaml:5" in capsys.readouterr().err
    assert (house.root / "state" / "applied" / "current").read_text() == current


def test_what_changed_while_the_question_stood_is_not_applied_unseen(
    house: DaemonHouse, capsys, monkeypatch
):
    current = (house.root / "state" / "applied" / "current").read_text()

    def edit_and_agree(_question: str) -> str:
        house.write(schedule="programmes: [")
        return "y"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", edit_and_agree)

    house.call("apply", "--config", str(house.root / "config"), code=1)

    assert "又改动了" in capsys.readouterr().err
    assert (house.root / "state" / "applied" / "current").read_text() == current


def test_where_the_one_in_force_cannot_be_told_any_more_one_can_apply_again(house: DaemonHouse):
    current = house.root / "state" / "applied" / "current"
    before = current.read_bytes()
    current.write_bytes(b"\xff\xfe")

    house.apply()

    assert current.read_bytes()[-9:] == before[-9:]


def test_without_a_yes_nothing_is_applied(house: DaemonHouse, capsys, monkeypatch):
    current = (house.root / "state" / "applied" / "current").read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    house.write(schedule=SCHEDULE.replace("循环", "改名"))

    house.call("apply", "--config", str(house.root / "config"), code=1)

    out = capsys.readouterr().out
    assert "programmes changed" in out
    assert "loop" in out
    assert (house.root / "state" / "applied" / "current").read_text() == current
