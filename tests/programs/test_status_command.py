"""`xiaolaba status` as people read it: every node by its id and name, and none that is gone."""

import json
import time
from pathlib import Path

import pytest

from tests.daemon_house import DaemonHouse
from xiaolaba.adapters.sqlite_store import SqliteStore
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.cli.nodes.status import _scarce
from xiaolaba.core.message.report import NodeState
from xiaolaba.core.reason import Reason
from xiaolaba.ports.store import Unpublished

LONGEST = "a-node-id-of-32-characters-000-1"
PLACES = f"""
timezone: Asia/Shanghai
places:
  - id: demo
    name: 演示小区
    nodes:
      - {{id: gate, name: 东门}}
      - {{id: yard, name: 中庭}}
      - {{id: huating-north, name: 华庭苑北区三号楼对面的报刊亭}}
      - {{id: {LONGEST}, name: 名字最长的}}
"""


@pytest.fixture
def house(tmp_path: Path) -> DaemonHouse:
    house = DaemonHouse(tmp_path)
    house.build(PLACES)
    for node in ("huating-north", LONGEST):
        house.call("enrol", node, "--to", str(house.root / node), "--policy", house.policy_pub)
    return house


def report(house: DaemonHouse, *states: NodeState) -> None:
    store = SqliteStore(StateFolder(house.root / "state").store)
    store.report([(state, int(time.time())) for state in states])
    store.close()


def shown(house: DaemonHouse, capsys) -> str:
    capsys.readouterr()
    house.call("status", code=3)
    return str(capsys.readouterr().out)


def terminal(monkeypatch, columns: int) -> None:
    """Let the output go to a terminal of that width, without colours."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", "25")


def facts(house: DaemonHouse, capsys):
    capsys.readouterr()
    house.call("status", "--json", code=3)
    return {row["node"]: row for row in json.loads(capsys.readouterr().out)["nodes"]}


def test_a_retired_node_is_offline_whatever_it_said_last(house: DaemonHouse, capsys):
    report(house, NodeState("gate", True, now="one/cmn"))
    before = facts(house, capsys)["gate"]

    house.call("retire", "gate", "--yes")

    after = facts(house, capsys)["gate"]
    assert (before["online"], before["enrolled"]) == (True, True)
    assert (after["online"], after["enrolled"]) == (False, False)
    said = shown(house, capsys)
    assert "○" in said
    assert "●" not in said
    assert "未登记" in said


def test_no_id_is_cut_in_a_narrow_terminal_though_holds_are_in_force(
    house: DaemonHouse, capsys, monkeypatch
):
    terminal(monkeypatch, 80)
    nodes = ("gate", "yard", "huating-north")
    report(house, *(NodeState(node, True, now=Reason.BETWEEN_ROUNDS) for node in nodes))
    house.call("hold", "--all", "--for", "72h", "--softer", "6")

    said = shown(house, capsys)

    assert [node for node in nodes if node not in said] == []
    assert "…" not in said
    assert max(map(len, said.splitlines())) <= 80


def test_no_column_is_lost_however_narrow_the_terminal(house: DaemonHouse, capsys, monkeypatch):
    terminal(monkeypatch, 40)
    report(house, NodeState("gate", True, now=Reason.BETWEEN_ROUNDS))
    house.call("hold", "--all", "--for", "72h")

    said = shown(house, capsys)

    lacking = [sign for sign in ("静", "未", "两轮", "播放", "最后联系") if sign not in said]
    assert lacking == []


def test_even_the_longest_id_is_shown_whole(house: DaemonHouse, capsys, monkeypatch):
    terminal(monkeypatch, 80)
    report(house, NodeState(LONGEST, True))
    house.call("hold", "--all", "--for", "72h", "--softer", "6")

    first = "".join(line[:24].strip() for line in shown(house, capsys).splitlines())

    assert LONGEST in first


def test_a_node_is_shown_with_its_name_and_its_silence_in_words(house: DaemonHouse, capsys):
    report(house, NodeState("gate", True, now=Reason.QUIET))

    said = shown(house, capsys)

    assert "东门" in said
    assert "静音时段" in said
    assert Reason.QUIET.value not in said
    assert facts(house, capsys)["gate"]["name"] == "东门"


def test_a_year_that_nobody_read_in_is_told(house: DaemonHouse, capsys):
    report(house, NodeState("gate", True))
    assert "calendar import" not in shown(house, capsys)
    store = SqliteStore(StateFolder(house.root / "state").store)
    store.report([(Unpublished((2027,)), int(time.time()))])
    store.close()

    assert "2027 年的放假安排还没有录入" in shown(house, capsys)
    house.call("status", "--json", code=3)
    assert json.loads(capsys.readouterr().out)["unpublished"] == [2027]


@pytest.mark.parametrize(("free_mb", "said"), [(0, True), (999, True), (1000, False)])
def test_a_disk_that_fills_up_is_told_in_time(free_mb: int, said: bool):
    assert (f"磁盘只剩 {free_mb} MB" in _scarce(free_mb)) == said
