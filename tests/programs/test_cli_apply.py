"""`xiaolaba apply` shows what will sound more and less before it puts a configuration in force."""

import json
from shutil import rmtree

import pytest

from tests.daemon_house import PLACES, POLICY, SCHEDULE, DaemonHouse


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


@pytest.mark.parametrize(
    ("schedule", "words", "code"),
    [(SCHEDULE, (), 1), ("programmes: [", ("--yes",), 2)],
    ids=["not agreed to", "not a configuration"],
)
def test_what_is_not_put_in_force_makes_no_keys(house: DaemonHouse, schedule, words, code):
    rmtree(house.root / "state")
    house.write(schedule=schedule)

    house.call("apply", *words, "--config", str(house.root / "config"), code=code)

    assert not (house.root / "state").exists()


def test_a_node_without_a_signed_policy_is_named_until_it_has_one(house: DaemonHouse, capsys):
    house.write(places=f"{PLACES}      - {{id: roof, name: 楼顶}}\n")
    capsys.readouterr()
    house.apply()
    before = capsys.readouterr().err
    publish(house)
    capsys.readouterr()
    house.apply()

    assert "1 只喇叭还没有签名的安全策略，不会响（roof）" in before
    assert "policy publish" not in capsys.readouterr().err


def test_a_policy_that_was_changed_and_not_signed_is_told_and_a_signed_one_is_not(
    house: DaemonHouse, capsys
):
    house.write(policy=POLICY.replace("21:30", "20:30"))
    capsys.readouterr()
    house.apply()
    before = capsys.readouterr().err
    house.write(policy=POLICY.replace("21:30", "20:00"))
    publish(house)
    capsys.readouterr()
    house.apply()

    assert "2 只喇叭的安全策略还是旧的" in before
    assert "policy publish" not in capsys.readouterr().err


def test_a_policy_is_asked_for_at_each_apply_until_it_is_signed(house: DaemonHouse, capsys):
    house.write(policy=POLICY.replace("21:30", "20:30"))
    house.apply()
    capsys.readouterr()
    house.apply()
    again = capsys.readouterr().err
    house.write(policy=POLICY)
    house.apply()

    assert "2 只喇叭的安全策略还是旧的" in again
    assert "policy publish" not in capsys.readouterr().err


def test_a_place_that_loses_its_tag_and_so_its_quiet_hours_is_told(house: DaemonHouse, capsys):
    other = "  - {id: flats, name: 新村, tags: [homes], nodes: [{id: roof, name: 楼顶}]}\n"
    both = PLACES.replace("name: 演示小区", "name: 演示小区\n    tags: [homes]") + other
    rest = '  - {name: 午休, from: "12:00", to: "14:30", where: [tag:homes]}\n'
    house.write(places=both, policy=POLICY + rest)
    publish(house)
    house.apply()
    capsys.readouterr()

    house.write(places=PLACES + other)
    house.apply()

    said = capsys.readouterr()
    assert "静音时段 quiet“午休”：12:00-14:30 → 无 none（gate、yard）" in said.out
    assert "2 只喇叭的安全策略还是旧的" in said.err


def publish(house: DaemonHouse) -> None:
    key, config = str(house.root / "policy.key"), str(house.root / "config")
    house.call("policy", "publish", "--yes", "--key", key, "--config", config)
