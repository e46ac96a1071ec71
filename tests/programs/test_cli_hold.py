"""`xiaolaba hold`: silence at once, lifted by the policy key alone."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.daemon_house import DAEMON, PLACES, DaemonHouse
from xiaolaba.adapters import hold_file
from xiaolaba.adapters.sqlite_store import SqliteStore
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.cli import main
from xiaolaba.core.message.report import Applied, NodeState
from xiaolaba.core.sounding.hold import MOST, Signer
from xiaolaba.core.units import NodeId
from xiaolaba.ports.store import Standing

GATE, YARD = NodeId("gate"), NodeId("yard")


@pytest.fixture
def house(tmp_path: Path) -> DaemonHouse:
    house = DaemonHouse(tmp_path)
    house.build()
    return house


@pytest.fixture
def bare(tmp_path: Path) -> DaemonHouse:
    """A daemon's settings, and nothing applied or enrolled yet."""
    house = DaemonHouse(tmp_path / "bare")
    (house.root / "config").mkdir(parents=True)
    house.write(daemon=DAEMON.format(broker=house.broker, clips=house.clips))
    return house


def folder(house: DaemonHouse) -> StateFolder:
    return StateFolder(house.root / "state")


def listed(house: DaemonHouse, capsys):
    """Return the holds in force as (node, level)."""
    capsys.readouterr()
    house.call("hold", "--list", "--json")
    found = json.loads(capsys.readouterr().out)
    return sorted(((row["node"], row["level_db"]) for row in found["holds"]), key=str)


def lift(house: DaemonHouse, *where: str, key: str = "policy.key", code: int = 0) -> None:
    house.call("hold", "--lift", *where, "--key", str(house.root / key), code=code)


@pytest.mark.parametrize(
    ("where", "nodes"),
    [
        (("--place", "demo"), ["gate", "yard"]),
        (("--node", "yard"), ["yard"]),
        (("--all",), ["gate", "yard"]),
    ],
    ids=["a place", "a node", "all"],
)
def test_silence_reaches_those_who_are_meant(house: DaemonHouse, capsys, where, nodes):
    house.call("hold", *where, "--for", "2h")

    assert "不发声" in capsys.readouterr().out
    assert listed(house, capsys) == [(node, None) for node in nodes]


def test_an_end_is_local_time_and_what_lasts_ends_on_a_full_minute(house: DaemonHouse, capsys):
    house.call("hold", "--node", "gate", "--for", "24h", "--json")
    (lasting,) = json.loads(capsys.readouterr().out)["holds"]
    day = lasting["local_until"][:10]
    house.call("hold", "--node", "yard", "--until", f"{day} 23:59", "--json")
    (until,) = json.loads(capsys.readouterr().out)["holds"]

    assert lasting["local_until"].endswith(":00+08:00")
    assert until["local_until"] == f"{day}T23:59:00+08:00"
    assert until["until"] == f"{day}T15:59:00Z"


def test_holds_add_up_and_one_that_is_covered_adds_nothing(house: DaemonHouse, capsys):
    house.call("hold", "--node", "gate", "--for", "2h")
    before = folder(house).holds()[GATE]
    house.call("hold", "--node", "gate", "--for", "1h", "--softer", "6")
    covered = folder(house).holds()[GATE]
    said = capsys.readouterr().out

    house.call("hold", "--node", "gate", "--for", "3h", "--softer", "6dB")

    assert covered == before
    assert "已有同样严或更严的静音令" in said
    assert listed(house, capsys) == [("gate", -6.0), ("gate", None)]


def test_only_the_policy_key_lifts(house: DaemonHouse, capsys):
    house.call("hold", "--all", "--for", "2h")
    before = folder(house).holds()

    lift(house, "--node", "gate", key="gate/node.key", code=1)
    assert folder(house).holds() == before
    assert "不是这里的安全策略密钥" in capsys.readouterr().err
    lift(house, "--node", "gate")

    assert listed(house, capsys) == [("yard", None)]
    (last,) = folder(house).holds()[GATE]
    assert last.by is Signer.POLICY
    assert last.order > before[GATE][-1].order


def test_a_hold_after_a_lift_carries_it_along(house: DaemonHouse, capsys):
    house.call("hold", "--node", "gate", "--for", "2h")
    lift(house, "--all")
    house.call("hold", "--node", "gate", "--for", "1h", "--softer", "6")

    assert [one.by for one in folder(house).holds()[GATE]] == [Signer.POLICY, Signer.PROGRAMME]
    assert listed(house, capsys) == [("gate", -6.0)]


def test_two_commands_at_once_lose_neither_hold(house: DaemonHouse, capsys):
    commands = [
        [
            sys.executable,
            "-m",
            "xiaolaba",
            "hold",
            "--all",
            "--for",
            f"{n}h",
            "--softer",
            f"{9 - n}",
        ]
        for n in range(1, 5)
    ]
    running = [
        subprocess.Popen([*command, "--daemon", house.settings], env={"PYTHONPATH": "daemon"})
        for command in commands
    ]
    codes = [one.wait(60) for one in running]

    wanted = [(node, -level) for node in ("gate", "yard") for level in (5.0, 6.0, 7.0, 8.0)]
    assert codes == [0, 0, 0, 0]
    assert listed(house, capsys) == sorted(wanted, key=str)


def test_more_softer_holds_than_a_message_takes_are_one_that_is_as_soft(house: DaemonHouse, capsys):
    for n in range(MOST + 1):
        house.call("hold", "--node", "gate", "--for", f"{n + 1}h", "--softer", f"{40 - n}")

    assert listed(house, capsys) == [("gate", -40.0)]


WRONG = {
    "an unknown node": (("--node", "gaet", "--for", "2h"), "did you mean 'gate'?"),
    "an unknown place": (("--place", "dmeo", "--for", "2h"), "did you mean 'demo'?"),
    "a place as a node": (("--node", "demo", "--for", "2h"), "是地点，不是喇叭；请写 --place demo"),
    "a node as a place": (("--place", "gate", "--for", "2h"), "是喇叭，不是地点；请写 --node gate"),
    "a node by its name": (("--node", "东门", "--for", "2h"), "请写它的 id：gate"),
    "a place by its name": (("--place", "演示小区", "--for", "2h"), "请写它的 id：demo"),
    "nowhere": (("--for", "2h"), "--place"),
    "a time that has passed": (("--all", "--until", "2026-01-01 08:00"), "已经过了"),
    "a time too far away": (("--all", "--until", "2099-01-01 08:00"), "90 天"),
    "a lift without a key": (("--all", "--lift"), "--key"),
    "a key without a lift": (("--all", "--for", "2h", "--key", "x"), "--lift"),
    "a softer lift": (("--all", "--lift", "--key", "x", "--softer", "6"), "--softer"),
    "a list of a place": (("--list", "--place", "demo"), "--list"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_told_and_changes_nothing(house: DaemonHouse, capsys, words, said):
    house.call("hold", *words, code=2)

    assert said in capsys.readouterr().err
    assert folder(house).holds() == {}


@pytest.mark.parametrize(
    "words",
    [
        ("--for", "2"),
        ("--for", "2161h"),
        ("--for", "10s"),
        ("--until", "2026-13-01 08:00"),
        ("--until", "08:00"),
        ("--for", "2h", "--softer", "loud"),
        ("--for", "2h", "--softer", "0"),
        ("--for", "2h", "--softer", "61"),
        ("--for", "2h", "--softer", "nan"),
        ("--for", "2h", "--softer", "9" * 99),
        (),
    ],
    ids=" ".join,
)
def test_a_word_that_is_none_gives_exit_code_2(house: DaemonHouse, capsys, words):
    with pytest.raises(SystemExit) as caught:
        main(["hold", "--all", *words, "--daemon", house.settings])

    assert caught.value.code == 2
    assert folder(house).holds() == {}


def test_how_long_it_lasts_is_written_in_one_unit(house: DaemonHouse, capsys):
    with pytest.raises(SystemExit):
        main(["hold", "--all", "--for", "1h30min", "--daemon", house.settings])

    assert "请写 90min" in capsys.readouterr().err


def test_what_is_written_in_full_width_is_understood(house: DaemonHouse, capsys):
    house.call("hold", "--node", "gate", "--for", "２ｈ", "--softer", "６")

    assert listed(house, capsys) == [("gate", -6.0)]


def test_a_daemon_that_is_off_is_said_to_deliver_later(house: DaemonHouse, capsys):
    house.call("hold", "--all", "--for", "2h")
    off = capsys.readouterr().err
    SqliteStore(folder(house).store).close()
    held = folder(house).lock()
    assert held is not None
    with held:
        house.call("hold", "--all", "--for", "3h")

    assert "服务端没在运行" in off
    assert capsys.readouterr().err == ""


def test_a_daemon_whose_clock_is_wrong_makes_the_end_uncertain(house: DaemonHouse, capsys):
    store = SqliteStore(folder(house).store)
    store.report([(Standing("differs"), 1)])
    store.close()
    held = folder(house).lock()
    assert held is not None
    with held:
        house.call("hold", "--all", "--for", "2h")

    assert "截止时刻可能不准" in capsys.readouterr().err


def test_silence_is_possible_though_the_configuration_in_force_is_spoilt(
    house: DaemonHouse, capsys
):
    for path in (house.root / "state" / "applied").glob("*/config/*.yaml"):
        path.write_text("places: [")

    house.call("hold", "--all", "--for", "2h")

    assert "Asia/Shanghai" in capsys.readouterr().out
    assert listed(house, capsys) == [("gate", None), ("yard", None)]


def test_silence_is_possible_though_nobody_knows_what_is_in_force(house: DaemonHouse, capsys):
    (house.root / "state" / "applied" / "current").write_bytes(b"\xff")

    house.call("hold", "--node", "gate", "--for", "2h")

    assert "UTC" in capsys.readouterr().out


def test_a_list_before_anything_is_applied_says_so_and_makes_nothing(bare: DaemonHouse, capsys):
    bare.call("hold", "--list")

    said = capsys.readouterr()
    assert "没有静音令" in said.out
    assert "还没有启用过配置" in said.err
    assert not (bare.root / "state").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("--place", "jinxiu", "--for", "2h"),
        ("--node", "gate", "--for", "2h"),
        ("--all", "--for", "2h"),
        ("--place", "jinxiu", "--lift", "--key", "x"),
    ],
    ids=" ".join,
)
def test_a_hold_before_anything_is_applied_is_told_what_comes_first(
    bare: DaemonHouse, capsys, words
):
    bare.call("hold", *words, code=2)

    said = capsys.readouterr().err
    assert "先 enrol 和 apply" in said
    assert "unknown" not in said
    assert not (bare.root / "state").exists()


def test_a_place_is_not_called_unknown_where_nodes_are_enrolled_and_nothing_is_applied(
    house: DaemonHouse, capsys
):
    (house.root / "state" / "applied" / "current").unlink()

    house.call("hold", "--place", "demo", "--for", "2h", code=2)
    place = capsys.readouterr().err
    house.call("hold", "--node", "gaet", "--for", "2h", code=2)
    node = capsys.readouterr().err
    house.call("hold", "--node", "gate", "--for", "2h")

    assert "还没有启用过配置" in place
    assert "did you mean 'gate'?" in node
    assert listed(house, capsys) == [("gate", None)]


def test_a_place_is_not_called_unknown_where_what_is_applied_cannot_be_read(
    house: DaemonHouse, capsys
):
    for path in (house.root / "state" / "applied").glob("*/config/*.yaml"):
        path.write_text("places: [")

    house.call("hold", "--place", "demo", "--for", "2h", code=2)

    said = capsys.readouterr().err
    assert "不认得地点 'demo'：启用的配置读不出" in said
    assert "可用 --node 或 --all" in said


def test_a_place_without_nodes_is_told(house: DaemonHouse, capsys):
    house.write(places=PLACES + "  - {id: empty, name: 空}\n")
    house.apply()

    house.call("hold", "--place", "empty", "--for", "2h", code=2)

    assert "没有喇叭" in capsys.readouterr().err


def test_a_damaged_line_costs_that_node_s_hold_only(house: DaemonHouse, capsys, caplog):
    house.call("hold", "--all", "--for", "2h")
    path = house.root / "state" / "holds.jws"
    lines = path.read_bytes().splitlines()
    path.write_bytes(lines[0][:-4] + b"AAAA\n" + lines[1] + b"\n")

    assert listed(house, capsys) == [("yard", None)]
    assert "holds.jws:1" in caplog.text
    house.call("hold", "--node", "gate", "--for", "3h")
    assert listed(house, capsys) == [("gate", None), ("yard", None)]


def test_the_messages_before_stay_until_they_are_too_many(house: DaemonHouse, monkeypatch):
    monkeypatch.setattr(hold_file, "KEPT", 5)

    kept = []
    for n in range(1, 6):
        house.call("hold", "--all", "--for", f"{n}h")
        kept.append(len(folder(house).hold_file.messages()[GATE]))

    longest = folder(house).hold_file.messages()[GATE][-1][-1].holds
    assert kept == [1, 2, 2, 2, 2]
    assert folder(house).holds()[GATE][-1].holds == longest
    assert set(folder(house).holds()) == {GATE, YARD}


def test_a_node_that_is_retired_takes_its_hold_along(house: DaemonHouse, capsys):
    house.call("hold", "--all", "--for", "2h")

    folder(house).retire(GATE)

    assert listed(house, capsys) == [("yard", None)]
    assert (house.root / "state" / "retired" / "gate" / "holds.jws").exists()


def status(house: DaemonHouse, capsys, *states: NodeState):
    """Return what the status says of each node's hold, and as people read it."""
    now = int(time.time())
    store = SqliteStore(folder(house).store)
    store.report([(state, now) for state in states])
    store.close()
    capsys.readouterr()
    house.call("status", "--json", code=3)
    rows = json.loads(capsys.readouterr().out)["nodes"]
    house.call("status", code=3)
    return {row["node"]: row["hold"] for row in rows}, capsys.readouterr().out


@pytest.mark.parametrize("columns", ["20", "60", "200"])
def test_what_a_pipe_is_told_depends_on_no_terminal(
    house: DaemonHouse, capsys, monkeypatch, columns
):
    monkeypatch.setenv("COLUMNS", columns)
    house.call("hold", "--all", "--for", "2h")

    _, shown = status(house, capsys, NodeState("gate", True), NodeState("yard", True))

    assert "最后联系" in shown
    assert "静音令" in shown
    assert shown.count("未送达") == 2


def test_the_status_shows_holds_and_who_has_not_heard_of_them(house: DaemonHouse, capsys):
    house.call("hold", "--all", "--for", "2h")
    order = Applied(*folder(house).holds()[GATE][-1].order)

    found, shown = status(
        house, capsys, NodeState("gate", True, hold=order), NodeState("yard", True)
    )

    assert (found["gate"]["obeyed"], found["yard"]["obeyed"]) == (True, False)
    assert found["gate"]["until"] == found["yard"]["until"]
    assert "静音令" in shown
    assert shown.count("未送达") == 1


def test_the_status_shows_a_lift_that_did_not_arrive_and_else_nothing(house: DaemonHouse, capsys):
    house.call("hold", "--node", "gate", "--for", "2h")
    lift(house, "--node", "gate")
    order = Applied(*folder(house).holds()[GATE][-1].order)

    lacking, shown = status(house, capsys, NodeState("gate", True))
    there, plain = status(house, capsys, NodeState("gate", True, hold=order))

    assert lacking["gate"] == {"until": None, "level_db": None, "obeyed": False}
    assert "解除" in shown
    assert "未送达" in shown
    assert there["gate"] is None
    assert "静音令" not in plain
