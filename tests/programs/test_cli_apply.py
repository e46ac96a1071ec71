"""`xiaolaba apply` shows what will sound more and less before it puts a configuration in force."""

import json

import pytest

from tests.daemon_house import SCHEDULE, DaemonHouse


@pytest.fixture
def house(tmp_path) -> DaemonHouse:
    built = DaemonHouse(tmp_path)
    built.build()
    built.apply()
    return built


def test_the_difference_is_shown_in_minutes_a_day(house: DaemonHouse, capsys):
    house.write(schedule=SCHEDULE.replace("08:30", "08:00"))
    capsys.readouterr()

    house.apply()

    shown = capsys.readouterr().out
    assert "改动的节目 / programmes changed：loop" in shown
    assert "循环（loop）" in shown
    assert "▼-" in shown
    assert "gate、yard" in shown


def test_the_same_difference_comes_as_json(house: DaemonHouse, capsys):
    house.write(schedule=SCHEDULE.replace("08:30", "09:30"))
    capsys.readouterr()

    house.call("apply", "--yes", "--json", "--config", str(house.root / "config"))

    (row,) = json.loads(capsys.readouterr().out)["changes"]["minutes_a_day"]
    assert (row["programme"], row["nodes"]) == ("loop", ["gate", "yard"])
    assert row["after"] == pytest.approx(2 * row["before"], rel=0.05)


def test_without_a_terminal_nothing_is_put_in_force_unasked(house: DaemonHouse, capsys):
    house.write(schedule=SCHEDULE.replace("08:30", "08:00"))

    house.call("apply", "--config", str(house.root / "config"), code=1)

    assert "--yes" in capsys.readouterr().err
