"""`check`, `plan` and `explain` look where `apply` looks, from whatever folder they are called."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.daemon_house import DaemonHouse
from xiaolaba.cli import main


@pytest.fixture
def house(tmp_path: Path, monkeypatch, capsys) -> DaemonHouse:
    """A server's configuration, and somebody who is in another folder."""
    built = DaemonHouse(tmp_path / "server")
    built.build()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    capsys.readouterr()
    return built


def test_rhymes_and_clips_are_those_of_the_daemon_yaml_beside_the_configuration(house, capsys):
    config = str(house.root / "config")
    plan = ("--node", "gate", "--from", "2026-11-23", "--days", "1", "--items", "--json")
    explain = ("--node", "gate", "--at", "2026-11-23 07:30:01", "--json")

    assert main(["check", "--config", config]) == 0
    checked = capsys.readouterr().out
    assert main(["plan", "--config", config, *plan]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    assert main(["explain", "--config", config, *explain]) == 0
    explained = json.loads(capsys.readouterr().out)

    assert "还没有音频" not in checked
    assert {(item["rhyme"], item["seconds"], item["clip"]) for item in items} == {
        ("one", 3.0, "ready")
    }
    assert explained["sound"]["rhyme"] == "one"
    assert not explained["sound"]["estimated"]


def test_a_daemon_yaml_that_is_named_counts_more_than_the_one_beside(house, capsys):
    other = house.root / "other.yaml"
    other.write_text("state: state\nclips: {folder: nowhere}\nrhymes: rhymes\n")
    words = ("--config", str(house.root / "config"), "--daemon", str(other))

    assert main(["plan", "--node", "gate", "--items", "--json", *words]) == 0

    assert {item["clip"] for item in json.loads(capsys.readouterr().out)["items"]} == {"missing"}


def test_folders_that_are_given_count_more_than_any_daemon_yaml(house, capsys):
    words = ("--config", str(house.root / "config"), "--clips", str(house.root / "rhymes"))

    assert main(["plan", "--node", "gate", "--items", "--json", *words]) == 0

    assert {item["clip"] for item in json.loads(capsys.readouterr().out)["items"]} == {"missing"}


def test_what_is_applied_is_found_beside_the_configuration(house, capsys):
    assert main(["plan", "--diff", "--config", str(house.root / "config")]) == 0

    assert "没有变化" in capsys.readouterr().out


def test_a_clips_folder_that_is_not_there_is_told_where_it_is_named(house, capsys):
    daemon = house.root / "config" / "daemon.yaml"
    daemon.write_text(daemon.read_text().replace("../clips", "../clps"))
    line = next(n for n, text in enumerate(daemon.read_text().splitlines(), 1) if "clps" in text)

    assert main(["check", "--config", str(house.root / "config")]) == 0
    checked = capsys.readouterr().out
    house.apply()
    applied = capsys.readouterr().err

    said = f"{daemon}:{line}:17: 警告 warning: 没有这个音频文件夹：{house.root / 'clps'}"
    assert said in checked
    assert said in applied


def test_a_clips_folder_that_is_given_and_not_there_is_told(house, capsys):
    words = ("--config", str(house.root / "config"), "--clips", "audio/clps")

    assert main(["check", *words]) == 0

    assert "audio/clps:1:1: 警告 warning: 没有这个音频文件夹" in capsys.readouterr().out


def test_without_a_daemon_yaml_the_rhymes_are_the_configuration_s_own(house, capsys):
    (house.root / "config" / "daemon.yaml").unlink()
    (house.root / "rhymes").rename(house.root / "config" / "rhymes")
    at = f"{datetime.now(UTC):%Y-%m-%d} 03:00"

    words = ("--config", str(house.root / "config"), "--node", "gate", "--at", at, "--json")
    assert main(["explain", *words]) == 0

    assert json.loads(capsys.readouterr().out)["code"] == "quiet-hours"


def test_a_copy_of_a_configuration_is_read_beside_the_usual_folders_and_that_is_told(
    house, capsys, monkeypatch
):
    monkeypatch.chdir(house.root)
    for name in ("rhymes", "clips"):
        (house.root / "audio").mkdir(exist_ok=True)
        (house.root / name).rename(house.root / "audio" / name)

    assert main(["check", "--config", str(house.root / "config")]) == 0

    said = capsys.readouterr().out
    assert f"没有这个顺口溜文件夹：{house.root / 'rhymes'}，改看 audio/rhymes" in said
    assert "改看 audio/clips" in said
    assert "还没有音频" not in said
