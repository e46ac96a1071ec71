"""The commands around the daemon's state folder."""

import base64
import json
import stat
from pathlib import Path

import pytest

from tests.daemon_house import DAEMON, POLICY, DaemonHouse
from xiaolaba.adapters.mosquitto import hashed
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.core.message import policy_from_json
from xiaolaba.core.message.report import NodeState
from xiaolaba.core.units import NodeId
from xiaolaba.ports.store import Standing

GATE = NodeId("gate")


@pytest.fixture
def house(tmp_path: Path) -> DaemonHouse:
    house = DaemonHouse(tmp_path)
    house.build()
    return house


def folder(house: DaemonHouse) -> StateFolder:
    return StateFolder(house.root / "state")


def sign(house: DaemonHouse, key: str = "policy.key", code: int = 0) -> None:
    words = ("--yes", "--key", str(house.root / key), "--config", str(house.root / "config"))
    house.call("policy", "publish", *words, code=code)


def test_an_identity_is_whole_secret_and_fits_what_the_daemon_knows(house: DaemonHouse):
    identity = house.root / "gate"
    names = {"id", "node.key", "node.pub", "password", "policy.pub", "programme.pub"}
    known = folder(house).enrolled()[GATE]
    salt = base64.b64decode(known.split("$")[3])

    assert {path.name for path in identity.iterdir()} == names
    assert (identity / "id").read_text() == "gate\n"
    assert known == hashed((identity / "password").read_text(), salt)
    for name in ("node.key", "password"):
        assert stat.S_IMODE((identity / name).stat().st_mode) == 0o600


def test_a_node_is_enrolled_into_an_empty_folder_only(house: DaemonHouse, capsys):
    before = (house.root / "gate" / "node.key").read_bytes()

    house.call("enrol", "gate", "--to", str(house.root / "gate"), code=1)

    assert (house.root / "gate" / "node.key").read_bytes() == before
    assert "已有身份" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["Gate", "a/b", "../x", "x" * 33, "_daemon", "+", "a\n"])
def test_a_name_that_no_node_may_have_is_refused(house: DaemonHouse, name):
    house.call("enrol", name, "--to", str(house.root / "x"), code=2)

    assert not (house.root / "x").exists()


def test_without_a_policy_key_nobody_is_enrolled(house: DaemonHouse, capsys):
    folder(house).policy_pub.unlink()

    house.call("enrol", "new", "--to", str(house.root / "new"), code=1)

    assert "xiaolaba policy init" in capsys.readouterr().err


def test_every_node_has_its_policy_signed_for_more_than_a_year(house: DaemonHouse):
    policies = folder(house).policies()

    assert set(policies) == {"gate", "yard"}
    held = policy_from_json(GATE, policies[GATE].body)
    assert [(quiet.name, quiet.start, quiet.end) for quiet in held.quiet] == [("夜间", 1290, 1890)]
    envelope = policies[GATE].envelope
    assert envelope.expires - envelope.not_before > 399 * 86_400


def test_an_unchanged_policy_is_not_signed_again_and_a_changed_one_is_newer(house: DaemonHouse):
    first = folder(house).policies()[GATE]
    sign(house)
    assert folder(house).policies()[GATE] == first

    house.write(policy=POLICY.replace("21:30", "22:00"))
    sign(house)

    assert folder(house).policies()[GATE].envelope.order > first.envelope.order


def test_a_second_policy_key_is_neither_made_nor_used(house: DaemonHouse, capsys):
    house.call("policy", "init", "--key", str(house.root / "second.key"), code=1)
    assert not (house.root / "second.key").exists()

    before = folder(house).policies()
    sign(house, "gate/node.key", code=1)

    assert folder(house).policies() == before
    assert "不是这里的安全策略密钥" in capsys.readouterr().err


def test_a_policy_key_where_the_daemon_could_read_it_is_not_made(tmp_path: Path, capsys):
    house = DaemonHouse(tmp_path)
    (house.root / "config").mkdir()
    house.write(daemon=DAEMON.format(broker=1, clips=2))
    inside = house.root / "state" / "keys" / ".." / "policy.key"

    house.call("policy", "init", "--key", str(inside), code=1)

    assert not inside.exists()
    assert "服务端读得到" in capsys.readouterr().err


def test_the_policy_key_alone_is_enough_to_publish(house: DaemonHouse):
    (house.root / "policy.pub").unlink()
    folder(house).policy_pub.unlink()

    sign(house)

    assert set(folder(house).policies()) == {"gate", "yard"}


def test_a_policy_longer_than_any_node_reads_is_refused_and_the_old_one_stays(
    house: DaemonHouse, capsys
):
    before = folder(house).policies()
    long = "".join(
        f"  - {{name: {'长' * 95}{n}, from: '21:30', to: '07:30'}}\n" for n in range(195)
    )
    house.write(policy="quiet:\n" + long)

    sign(house, code=1)

    assert folder(house).policies() == before
    assert "gate" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("enrol", "new", "--to", "{file}/identity"),
        ("enrol", "new", "--to", "{file}"),
        ("policy", "publish", "--key", "{file}", "--config", "{root}/config"),
    ],
    ids=["below a file", "a file", "a key that is none"],
)
def test_a_path_that_cannot_be_used_is_named(house: DaemonHouse, capsys, words):
    file = house.root / "file"
    file.write_text("")

    house.call(*(word.format(file=file, root=house.root) for word in words), code=1)

    assert str(file) in capsys.readouterr().err


def test_a_policy_key_in_a_place_that_cannot_be_written_is_told(tmp_path: Path, capsys):
    house = DaemonHouse(tmp_path)
    (house.root / "config").mkdir()
    (house.root / "file").write_text("")
    house.write(daemon=DAEMON.format(broker=1, clips=2))

    house.call("policy", "init", "--key", str(house.root / "file" / "policy.key"), code=1)

    assert "无法读写" in capsys.readouterr().err


def test_a_working_node_is_not_shut_out_by_a_slip_of_the_pen(house: DaemonHouse, capsys):
    before = folder(house).enrolled()

    house.call("enrol", "gate", "--to", str(house.root / "other"), code=1)
    assert folder(house).enrolled() == before
    assert "--replace" in capsys.readouterr().err

    house.call("enrol", "gate", "--to", str(house.root / "other"), "--replace")
    assert folder(house).enrolled()[GATE] != before[GATE]


def test_a_node_that_the_configuration_does_not_have_is_taken_in_with_a_warning(
    house: DaemonHouse, capsys
):
    capsys.readouterr()
    house.call("enrol", "gaet", "--to", str(house.root / "gaet"))

    said = capsys.readouterr().err
    assert "没有 gaet（是不是 'gate'？）" in said
    assert "gaet" in folder(house).enrolled()


def test_applying_the_same_again_changes_nothing(house: DaemonHouse, capsys):
    capsys.readouterr()
    house.apply()

    assert "没有变化" in capsys.readouterr().out


def test_the_status_without_a_daemon_says_so(house: DaemonHouse, capsys):
    from xiaolaba.adapters.sqlite_store import SqliteStore

    SqliteStore(folder(house).store).close()

    house.call("status", code=3)

    assert "没在运行" in capsys.readouterr().out


def test_the_status_says_that_the_clock_is_wrong_and_is_then_not_fine(house: DaemonHouse, capsys):
    from xiaolaba.adapters.sqlite_store import SqliteStore

    store = SqliteStore(folder(house).store)
    store.report([(Standing("differs"), 1)])
    store.close()
    held = folder(house).lock()
    assert held is not None

    with held:
        house.call("status", code=3)
        shown = capsys.readouterr().out
        house.call("status", "--json", code=3)

    assert "与喇叭点位的时钟不一致" in shown
    assert json.loads(capsys.readouterr().out)["clock"] == "differs"


def test_the_status_names_the_nodes_that_nobody_has_enrolled(house: DaemonHouse, capsys):
    from xiaolaba.adapters.sqlite_store import SqliteStore

    store = SqliteStore(folder(house).store)
    store.report([(NodeState("gate", True), 1), (NodeState("market", False), 1)])
    store.close()
    capsys.readouterr()

    house.call("status", code=3)
    lines = capsys.readouterr().out.splitlines()
    house.call("status", "--json", code=3)
    found = {row["node"]: row["enrolled"] for row in json.loads(capsys.readouterr().out)["nodes"]}

    assert [line.split()[0] for line in lines if "未登记" in line] == ["market"]
    assert found == {"gate": True, "market": False}


def test_the_status_before_the_first_start_says_what_is_missing(house: DaemonHouse, capsys):
    from xiaolaba.cli import main

    assert main(["status", "--daemon", house.settings]) == 1
    assert "store.sqlite" in capsys.readouterr().err
