"""`xiaolaba plan` shows when a node sounds, from a configuration folder alone."""

import json
import re
import shutil
from datetime import datetime

import pytest

from xiaolaba.cli import main

MONDAY = "2026-11-23"


@pytest.fixture
def planned(capsys):
    """Run `plan --json` and return what it printed."""

    def run(*arguments: str):
        given = ["--rhymes", "tests/data/rhymes", "--clips", "tests/data", "--from", MONDAY]
        assert main(["plan", "--json", *given, *arguments]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_the_windows_of_a_node_come_in_utc_and_local_time(planned):
    found = planned("--node", "jinxiu-gate", "--days", "1")

    assert [(w["programme"], w["local_start"], w["seconds"]) for w in found["windows"]] == [
        ("morning-elderly", "2026-11-23T07:30:00+08:00", 3600.0),
        ("evening", "2026-11-23T17:00:00+08:00", 7200.0),
    ]
    assert found["windows"][0]["start"] == "2026-11-22T23:30:00Z"
    assert found["windows"][0]["end"] == "2026-11-23T00:30:00Z"


def test_no_window_lies_in_quiet_hours(planned):
    windows = planned("--node", "market-hall", "--days", "30")["windows"]

    assert windows
    for window in windows:
        start = datetime.fromisoformat(window["local_start"]).time().isoformat()
        end = datetime.fromisoformat(window["local_end"]).time().isoformat()
        assert "07:30:00" <= start < end <= "21:30:00"
        assert end <= "12:00:00" or start >= "14:30:00"


def test_items_carry_their_start_length_and_rhyme(planned):
    items = planned("--node", "jinxiu-gate", "--days", "1", "--items")["items"]

    assert items[0] == {
        "start": "2026-11-22T23:30:00Z",
        "seconds": pytest.approx(3.333, abs=0.5),
        "programme": "morning-elderly",
        "rhyme": "pension",
        "language": "cmn",
        "clip": "missing",
        "estimated": True,
    }
    starts = [item["start"] for item in items]
    assert starts == sorted(set(starts))


def test_lengths_that_are_given_are_not_estimated(planned, tmp_path):
    path = tmp_path / "lengths.json"
    path.write_text('{"pension": {"cmn": 10.5, "yue": 20}}')

    items = planned("--node", "jinxiu-gate", "--days", "1", "--items", "--lengths", str(path))[
        "items"
    ]

    assert [(i["start"][11:], i["seconds"], i["estimated"]) for i in items[:3]] == [
        ("23:30:00Z", 10.5, False),
        ("23:30:14.500000Z", 20.0, False),
        ("23:30:38.500000Z", 10.5, False),
    ]


def test_staggered_nodes_share_the_items_between_them(planned):
    shares = [
        planned("--node", node, "--days", "2", "--items")["items"]
        for node in ("hongqi-1", "hongqi-5", "hongqi-9")
    ]
    starts = [item["start"] for share in shares for item in share]
    neighbour = planned("--node", "jinxiu-gate", "--days", "2", "--items")["items"]

    assert all(shares)
    assert sorted(starts) == [item["start"] for item in neighbour]


def test_items_end_at_the_daily_cap(planned, tmp_path):
    path = tmp_path / "lengths.json"
    path.write_text('{"pension": {"cmn": 100, "yue": 100}, "brush": {"cmn": 100, "yue": 100}}')
    for name in ("places", "holidays-cn"):
        shutil.copy(f"config/{name}.yaml", tmp_path)
    (tmp_path / "policy.yaml").write_text("caps: {daily: 5min}\n")
    (tmp_path / "schedule.yaml").write_text(
        "playlists: [{id: all, pick: {}}]\nprogrammes:\n"
        "  - {id: a, where: [jinxiu], at: ['09:00-11:00'], every: continuous, playlist: all}\n"
    )

    found = planned(
        "--node",
        "jinxiu-gate",
        "--days",
        "2",
        "--items",
        "--lengths",
        str(path),
        "--config",
        str(tmp_path),
    )

    assert [item["start"][:13] for item in found["items"]] == ["2026-11-23T01"] * 3 + [
        "2026-11-24T01"
    ] * 3


def test_a_window_that_the_cap_ends_is_told_to_a_tenth_of_a_minute(capsys):
    folder = ["--config", "tests/data/town", "--lengths", "tests/data/town/lengths.json"]
    words = ["--node", "hall", "--from", "2026-11-28", "--days", "1"]

    main(["plan", *folder, *words, "--clips", "tests/data"])

    lengths = re.findall(r"\S+ 分(?= *$)", capsys.readouterr().out, re.MULTILINE)
    assert lengths
    assert all(re.fullmatch(r"\d+(\.\d)? 分", length) for length in lengths)


def test_the_table_shows_each_day_with_its_kind_and_the_estimate(capsys):
    folders = ["--rhymes", "tests/data/rhymes", "--clips", "tests/data"]

    code = main(["plan", "--node", "market-hall", "--from", "2026-11-22", "--items", *folders])

    shown = capsys.readouterr().out
    assert code == 0
    assert "城南街道 › 东湖社区 › 东湖菜市场 › 大棚（market-hall）" in shown
    assert "2026-11-22 周日 休息" in shown
    assert "09:00-11:30" in shown
    assert "brush（cmn）" in shown
    assert "约 " in shown


def test_a_day_without_windows_says_so(capsys):
    main(["plan", "--node", "market-hall", "--from", "2026-10-01", "--days", "1"])

    shown = capsys.readouterr().out
    assert "2026-10-01 周四 放假" in shown
    assert "不响" in shown


def test_an_unknown_node_is_told_with_the_nearest(capsys):
    code = main(["plan", "--node", "jinxiu-gat"])

    assert code == 2
    assert "unknown node 'jinxiu-gat' (did you mean 'jinxiu-gate'?)" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--days", "0"], ["--days", "367"], ["--days", "x"], ["--from", "2026-02-30"]],
    ids=["no days", "too many days", "not a number", "30 February"],
)
def test_bad_usage_gives_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["plan", "--node", "jinxiu-gate", *arguments])

    assert caught.value.code == 2
    assert arguments[0] in capsys.readouterr().err
