"""`xiaolaba retire` lets a node go for good."""

import io
import json
from pathlib import Path

import pytest

from tests.daemon_house import PLACES, DaemonHouse
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.core.units import NodeId

YARD = NodeId("yard")


@pytest.fixture
def house(tmp_path: Path) -> DaemonHouse:
    house = DaemonHouse(tmp_path)
    house.build()
    return house


def folder(house: DaemonHouse) -> StateFolder:
    return StateFolder(house.root / "state")


def leave_the_plan(house: DaemonHouse) -> None:
    house.write(places=PLACES.replace("      - {id: yard, name: 中庭}\n", ""))
    house.apply()


def test_a_node_that_goes_takes_key_password_and_policy_with_it(house: DaemonHouse, capsys):
    leave_the_plan(house)
    capsys.readouterr()

    house.call("retire", "yard", "--yes")

    assert set(folder(house).enrolled()) == set(folder(house).policies()) == {"gate"}
    kept = {path.name for path in (house.root / "state" / "retired" / "yard").iterdir()}
    assert kept == {"yard.passwd", "yard.pub", "yard.jws"}
    said = capsys.readouterr()
    assert "yard 已退役" in said.out
    assert said.err == ""


def test_a_node_that_the_plan_still_names_may_go_and_that_is_said(house: DaemonHouse, capsys):
    capsys.readouterr()

    house.call("retire", "yard", "--yes", "--json")

    said = json.loads(capsys.readouterr().out)
    assert (said["retired"], said["planned"]) == ("yard", True)
    assert "places.yaml" in said["warnings"][0]
    assert YARD not in folder(house).enrolled()


def test_a_name_that_is_not_enrolled_is_refused_with_the_nearest(house: DaemonHouse, capsys):
    house.call("retire", "yrad", "--yes", code=2)

    assert "yard" in capsys.readouterr().err
    assert YARD in folder(house).enrolled()


@pytest.mark.parametrize("name", ["../gate", "gate/..", "", "_daemon"])
def test_a_name_that_no_node_may_have_moves_nothing(house: DaemonHouse, name):
    house.call("retire", name, "--yes", code=2)

    assert set(folder(house).enrolled()) == {"gate", "yard"}


def test_without_a_terminal_nobody_is_retired_unasked(house: DaemonHouse, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())

    house.call("retire", "yard", code=1)

    assert "--yes" in capsys.readouterr().err
    assert YARD in folder(house).enrolled()


def test_a_node_may_come_back_under_its_name(house: DaemonHouse):
    house.call("retire", "yard", "--yes")

    house.call("enrol", "yard", "--to", str(house.root / "new"))
    house.call("retire", "yard", "--yes")

    assert set(folder(house).enrolled()) == {"gate"}
