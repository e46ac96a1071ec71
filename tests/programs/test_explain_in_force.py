"""`xiaolaba explain` tells what is in force at a loudspeaker apart from what the files say."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.daemon_house import PLACES, POLICY, SCHEDULE, DaemonHouse
from tests.shared_folder import powerless, shared
from xiaolaba.adapters.sqlite_store import SqliteStore
from xiaolaba.cli import main
from xiaolaba.core.message.report import NodeState

SOON = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
NOON = f'{POLICY}  - {{name: 午休, from: "12:00", to: "14:30"}}\n'
MIDDAY = SCHEDULE.replace('"07:30-08:30"', '"12:30-13:30"')


@pytest.fixture
def house(tmp_path: Path, capsys) -> DaemonHouse:
    built = DaemonHouse(tmp_path)
    built.build()
    capsys.readouterr()
    return built


def ask(house: DaemonHouse, clock: str, *words: str) -> int:
    config = f"--config={house.root / 'config'}"
    return main(["explain", "--node", "gate", "--at", f"{SOON} {clock}", config, *words])


@pytest.fixture
def explained(house, capsys):
    """Ask about the gate soon, and return what is printed, as lines or as JSON."""

    def run(clock: str) -> tuple[list[str], dict[str, Any]]:
        assert ask(house, clock) == 0
        lines = capsys.readouterr().out.splitlines()
        assert ask(house, clock, "--json") == 0
        return lines, json.loads(capsys.readouterr().out)

    return run


def publish(house: DaemonHouse) -> None:
    words = ("--key", str(house.root / "policy.key"), "--config", str(house.root / "config"))
    house.call("policy", "publish", "--yes", *words)


def test_where_all_is_in_force_there_is_one_answer(explained):
    lines, found = explained("07:30:01")

    assert lines[1].startswith("响 / sounds：正在播放“one”")
    assert not any("还没有 apply" in line or "publish" in line for line in lines)
    assert (found["pending"], found["in_force"], found["holds_counted"]) == ([], None, True)


def test_a_policy_that_was_applied_and_not_published_still_forbids(house, explained, capsys):
    house.write(policy=NOON, schedule=MIDDAY)
    house.apply()
    publish(house)
    house.write(policy=POLICY)
    house.apply()
    capsys.readouterr()

    lines, found = explained("12:30:01")

    assert lines[1].startswith("正在生效的 / in force：不响 / silent：静音时段“午休”")
    assert lines[2].startswith("按这些文件 / by these files：响 / sounds：正在播放“one”")
    assert lines[3].startswith("注意：安全策略改过，还没有 publish")
    assert found["pending"] == ["unpublished"]
    assert (found["code"], found["in_force"]["code"]) == ("playing", "quiet-hours")


def test_a_configuration_that_was_not_applied_is_not_what_sounds(house, explained):
    house.write(schedule=SCHEDULE.replace('"07:30-08:30"', '"09:30-10:30"'))

    lines, found = explained("09:30:01")

    assert lines[1].startswith("正在生效的 / in force：不响 / silent：此刻没有节目的时段")
    assert lines[2].startswith("按这些文件 / by these files：响")
    assert lines[3].startswith("注意：配置改过，还没有 apply")
    assert found["pending"] == ["unapplied"]
    assert found["in_force"]["code"] == "no-window"


def test_a_remark_in_a_file_is_no_change(house, explained):
    house.write(schedule=f"# 早上一小时\n{SCHEDULE}")

    assert explained("07:30:01")[1]["pending"] == []


def test_a_node_that_is_not_applied_yet_has_no_playlist(house, capsys):
    house.write(places=f"{PLACES}      - {{id: roof, name: 楼顶}}\n")
    words = ["explain", "--node", "roof", f"--config={house.root / 'config'}", "--json"]

    assert main([*words, f"--at={SOON} 07:30:01"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["pending"] == ["unapplied", "unsigned"]
    assert found["in_force"]["code"] == "no-policy"


def test_a_hold_counts_without_being_asked_for(house, explained, capsys):
    house.call("hold", "--node", "gate", "--until", f"{SOON} 08:00")
    capsys.readouterr()

    lines, found = explained("07:35")

    assert lines[1].startswith(f"不响 / silent：静音令：到 {SOON} 08:00 为止不发声")
    assert found["next"]["local"][11:16] == "08:00"


def test_without_a_daemon_s_state_it_is_said_that_holds_are_left_out(house, explained):
    (house.root / "state").rename(house.root / "gone")

    lines, found = explained("07:30:01")

    assert lines[1].startswith("响 / sounds")
    assert lines[2].startswith("（未计静音令")
    assert (found["holds_counted"], found["pending"], found["in_force"]) == (False, None, None)


def test_a_state_that_may_not_be_read_leaves_the_files_answer(capsys):
    with shared() as folder:
        house = DaemonHouse(folder)
        house.build()
        ask(house, "07:30:01", "--json")  # so that nothing of the program remains to be read
        capsys.readouterr()

        with powerless(house.root / "state"):
            assert ask(house, "07:30:01", "--json") == 0
            found = json.loads(capsys.readouterr().out)
            assert ask(house, "07:30:01") == 0
            lines = capsys.readouterr().out.splitlines()
            named = ask(house, "07:30:01", "--daemon", house.settings)

    assert (found["code"], found["holds_counted"]) == ("playing", False)
    assert lines[2].startswith("（未计静音令：读不了")
    assert named == 1


def test_a_node_s_own_word_has_the_town_s_time(house, capsys):
    store = SqliteStore(house.root / "state" / "store.sqlite")
    store.report([(NodeState("gate", True, now="hold"), 1_795_300_000)])
    store.close()

    assert ask(house, "07:30:01") == 0

    last = capsys.readouterr().out.splitlines()[-1]
    seen = datetime.fromtimestamp(1_795_300_000, UTC) + timedelta(hours=8)
    assert last.startswith(f"喇叭自己（{seen:%m-%d %H:%M:%S}，")


def test_before_the_daemon_ran_its_node_is_said_to_be_unheard(house, explained):
    lines, found = explained("07:30:01")

    assert lines[-1].startswith("喇叭自己：还没有报过状态")
    assert found["reported"]["seen"] == 0
