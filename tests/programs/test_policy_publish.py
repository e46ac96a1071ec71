"""`xiaolaba policy publish` shows what it would sign away before it signs."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.daemon_house import POLICY, DaemonHouse
from xiaolaba.adapters.state_folder import StateFolder

CAPPED = f"{POLICY}caps: {{level: -3dB}}\n"


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def house(tmp_path: Path, capsys) -> DaemonHouse:
    built = DaemonHouse(tmp_path)
    built.build()
    capsys.readouterr()
    return built


def signed(house: DaemonHouse) -> dict[str, list[Any]]:
    """Return the quiet hours that are signed for each node."""
    held = StateFolder(house.root / "state").policies()
    return {node: own.body["quiet"] for node, own in held.items()}


def publish(house: DaemonHouse, *words: str, code: int = 0) -> None:
    given = ("--key", str(house.root / "policy.key"), "--config", str(house.root / "config"))
    house.call("policy", "publish", *given, *words, code=code)


def test_what_changes_is_shown_rule_by_rule_before_anything_is_signed(house, capsys):
    noon = '  - {name: 午休, from: "12:00", to: "14:30", where: [gate]}\ncaps: {level: -3dB}\n'
    house.write(policy=POLICY.replace("21:30", "22:00") + noon)

    publish(house, "--yes")

    lines = capsys.readouterr().out.splitlines()
    assert "  静音时段 quiet“夜间”：21:30-07:30 → 22:00-07:30（全部喇叭 all）" in lines
    assert "  静音时段 quiet“午休”：无 none → 12:00-14:30（gate）" in lines
    assert "  最大音量 level：无 none → -3dB（全部喇叭 all）" in lines
    assert lines[-1].startswith("已签名 2 份")


def test_without_a_terminal_nothing_is_signed_unasked(house, capsys):
    before = signed(house)
    house.write(policy=CAPPED)

    publish(house, code=1)

    assert signed(house) == before
    said = capsys.readouterr()
    assert "最大音量 level：无 none → -3dB" in said.out
    assert "没有签名：不能询问，请加 --yes" in said.err


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 1)], ids=["yes", "no word"])
def test_who_sits_at_a_terminal_is_asked(house, monkeypatch, answer, code):
    house.write(policy=POLICY.replace("21:30", "20:00"))
    monkeypatch.setattr(sys, "stdin", Terminal(answer))

    publish(house, code=code)

    assert ({row[1] for rows in signed(house).values() for row in rows} == {1200}) == (code == 0)


def test_where_nothing_changes_nobody_is_asked(house, capsys):
    publish(house)

    assert capsys.readouterr().out == "已签名 0 份，2 份未变 / signed 0, 2 unchanged\n"


@pytest.mark.parametrize(
    "lose",
    [
        lambda path: path.rename(path.with_name("policy.yaml.txt")),
        lambda path: path.write_text("\n"),
        lambda path: path.write_text(CAPPED.replace("  - {name", "#  - {name")),
    ],
    ids=["the file was renamed", "the file is empty", "its lines are commented out"],
)
def test_quiet_hours_are_not_signed_away_by_a_slip(house, capsys, lose):
    before = signed(house)
    lose(house.root / "config" / "policy.yaml")

    publish(house, "--yes", code=1)

    said = capsys.readouterr()
    assert signed(house) == before
    assert "静音时段 quiet“夜间”：21:30-07:30 → 无 none（全部喇叭 all）" in said.out
    assert "gate、yard 一个静音时段也没有" in said.err
    assert "--no-quiet-hours" in said.err


def test_whoever_means_it_signs_a_policy_without_quiet_hours(house):
    house.write(policy="quiet: []\n")

    publish(house, "--yes", "--no-quiet-hours")

    assert signed(house) == {"gate": [], "yard": []}


def test_a_node_that_loses_its_last_quiet_hours_is_named(house, capsys):
    house.write(policy=POLICY.replace('"07:30"}', '"07:30", where: [gate]}'))

    publish(house, "--yes", code=1)

    said = capsys.readouterr()
    assert "静音时段 quiet“夜间”：21:30-07:30 → 无 none（yard）" in said.out
    assert "yard 一个静音时段也没有" in said.err
    assert "gate" not in said.err


def test_nodes_that_never_had_quiet_hours_beside_others_that_have_need_no_word(house):
    house.write(policy=POLICY.replace('"07:30"}', '"07:30", where: [gate]}'))
    publish(house, "--yes", "--no-quiet-hours")
    house.write(policy=POLICY.replace('"07:30"}', '"07:00", where: [gate]}'))

    publish(house, "--yes")

    assert signed(house)["yard"] == []
    assert signed(house)["gate"] == [["夜间", 1290, 1860, "everyday"]]


def test_a_new_node_without_quiet_hours_is_named(house, capsys):
    house.write(policy=POLICY.replace('"07:30"}', '"07:30", where: [demo]}'))
    publish(house, "--yes")
    places = house.root / "config" / "places.yaml"
    north = "  - {id: north, name: 北区, nodes: [{id: bei-gate, name: 北门}]}\n"
    places.write_text(places.read_text(encoding="utf-8") + north, encoding="utf-8")

    publish(house, "--yes", code=1)

    assert "bei-gate 一个静音时段也没有" in capsys.readouterr().err
    assert set(signed(house)) == {"gate", "yard"}


def test_a_policy_key_is_trusted_only_once_something_is_signed_with_it(house):
    house.write(policy="")
    state = StateFolder(house.root / "state")
    state.policy_pub.unlink()

    publish(house, "--yes", code=1)

    assert not state.policy_pub.exists()


def test_apply_names_what_the_policy_changes(house, capsys):
    house.write(policy="caps: {daily: 90min}\n")

    house.apply()

    shown = capsys.readouterr().out
    assert "静音时段 quiet“夜间”：21:30-07:30 → 无 none（全部喇叭 all）" in shown
    assert "一天最多播 daily：无 none → 90min（全部喇叭 all）" in shown
