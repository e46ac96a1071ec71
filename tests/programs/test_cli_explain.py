"""`xiaolaba explain` says why a node sounds or is silent, from a configuration folder alone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xiaolaba.adapters.sqlite_store import SqliteStore
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.cli import main
from xiaolaba.core.message.report import NodeState
from xiaolaba.core.units import NodeId

TOWN = Path("tests/data/town")
FOLDERS = [
    *("--config", str(TOWN), "--rhymes", str(TOWN / "rhymes"), "--clips", "tests/data"),
    *("--lengths", str(TOWN / "lengths.json")),
]

SITUATIONS = (
    (
        "gate",
        "2026-11-23 07:30:05",
        "playing",
        "正在播放“first”（cmn），07:30:00 开始，-1 dB",
        "11-23T07:30:20",
    ),
    ("gate", "2026-11-23 07:30:21", "gap", "两条之间的停顿", "11-23T07:30:23"),
    (
        "gate",
        "2026-11-23 07:30:25",
        "playing",
        "正在播放“second”（cmn），07:30:23 开始，-1 dB",
        "11-23T07:30:53",
    ),
    ("gate", "2026-11-23 07:35", "between-rounds", "本轮已播完，静到 07:45:00", "11-23T07:45:00"),
    ("gate", "2026-11-23 08:10", "between-rounds", "本轮已播完，静到 08:15:00", "11-23T08:15:00"),
    (
        "gate",
        "2026-11-23 08:29:50",
        "between-rounds",
        "本轮已播完，静到 08:30:00",
        "11-23T17:00:00",
    ),
    ("gate", "2026-11-23 08:30", "no-window", "此刻没有节目的时段", "11-23T17:00:00"),
    (
        "gate",
        "2026-11-23 07:29:59",
        "quiet-hours",
        "静音时段“夜间”：安全策略禁止发声",
        "11-23T07:30:00",
    ),
    (
        "gate",
        "2026-11-23 12:00",
        "quiet-hours",
        "静音时段“午休”：安全策略禁止发声",
        "11-23T17:00:00",
    ),
    ("gate", "2026-11-23 14:30", "no-window", "此刻没有节目的时段", "11-23T17:00:00"),
    (
        "gate",
        "2026-11-23 23:59:59",
        "quiet-hours",
        "静音时段“夜间”：安全策略禁止发声",
        "11-24T07:30:00",
    ),
    (
        "gate",
        "2026-11-24 00:00",
        "quiet-hours",
        "静音时段“夜间”：安全策略禁止发声",
        "11-24T07:30:00",
    ),
    (
        "yard",
        "2026-11-23 17:00:10",
        "playing",
        "正在播放“first”（cmn），17:00:00 开始，-9 dB",
        "11-23T17:00:20",
    ),
    ("gate", "2026-11-26 17:05", "no-window", "此刻没有节目的时段", "11-27T07:30:00"),
    (
        "gate",
        "2026-11-28 08:00",
        "quiet-hours",
        "静音时段“休息日早晨”：安全策略禁止发声",
        "11-28T17:00:00",
    ),
    ("gate", "2026-11-28 09:30", "no-window", "此刻没有节目的时段", "11-28T17:00:00"),
    (
        "gate",
        "2026-12-01 17:40:10",
        "playing",
        "正在播放“first”（cmn），17:40:00 开始，-1 dB",
        "12-01T17:40:20",
    ),
    ("gate", "2026-12-01 17:35", "between-rounds", "本轮已播完，静到 17:40:00", "12-01T17:40:00"),
    (
        "gate",
        "2026-12-01 18:30:05",
        "playing",
        "正在播放“first”（cmn），18:30:00 开始，-6 dB",
        "12-01T18:30:20",
    ),
    (
        "gate",
        "2026-12-05 17:10",
        "silence",
        "静音日“中考考点”（2026-12-05 – 2026-12-06）",
        "12-07T07:30:00",
    ),
    ("one", "2026-12-05 17:00:30", "others-turn", "轮到邻近点位 two", "12-05T17:01:19"),
    ("gate", "2026-12-08 08:00", "blackout", "封禁“联考”：安全策略禁止发声", "12-09T18:00:00"),
    (
        "one",
        "2026-12-08 17:00:10",
        "playing",
        "正在播放“first”（cmn），17:00:00 开始，-6 dB",
        "12-08T17:00:20",
    ),
    (
        "gate",
        "2026-12-09 18:00:10",
        "playing",
        "正在播放“first”（cmn），18:00:00 开始，-6 dB",
        "12-09T18:00:20",
    ),
    (
        "gate",
        "2026-12-13 17:10",
        "silence",
        "静音日“公祭日”（2026-12-13 – 2026-12-13）",
        "12-14T07:30:00",
    ),
    (
        "one",
        "2026-11-23 07:30:05",
        "playing",
        "正在播放“first”（cmn），07:30:00 开始，-1 dB",
        "11-23T07:30:20",
    ),
    ("two", "2026-11-23 07:30:05", "others-turn", "轮到邻近点位 one", "11-23T07:30:23"),
    (
        "one",
        "2026-11-24 07:30:05",
        "playing",
        "正在播放“first”（cmn），07:30:00 开始，-1 dB",
        "11-24T07:30:20",
    ),
    (
        "hall",
        "2026-11-28 09:00:05",
        "playing",
        "正在播放“second”（cmn），09:00:00 开始，-1 dB",
        "11-28T09:00:30",
    ),
    (
        "hall",
        "2026-11-28 09:23",
        "playing",
        "正在播放“first”（cmn），09:22:57 开始，-1 dB",
        "11-28T09:23:17",
    ),
    (
        "hall",
        "2026-11-28 11:00",
        "daily-cap",
        "今天已播满每日上限 45 分钟，到午夜为止不再播",
        "11-29T09:00:00",
    ),
    (
        "hall",
        "2026-11-27 20:30:05",
        "playing",
        "正在播放“first”（cmn），20:30:00 开始，-1 dB",
        "11-27T20:30:20",
    ),
    (
        "hall",
        "2026-11-27 22:30",
        "quiet-hours",
        "静音时段“菜市场夜间”：安全策略禁止发声",
        "11-28T09:00:00",
    ),
    (
        "hall",
        "2026-11-28 00:30",
        "quiet-hours",
        "静音时段“菜市场夜间”：安全策略禁止发声",
        "11-28T09:00:00",
    ),
    ("hall", "2026-11-28 06:30", "no-window", "此刻没有节目的时段", "11-28T09:00:00"),
    (
        "hall",
        "2026-11-30 16:10",
        "nothing-to-play",
        "节目里没有可播的内容（未选中任何顺口溜，或已全部过期）",
        "12-04T20:00:00",
    ),
    (
        "hall",
        "2026-11-23 16:00:05",
        "playing",
        "正在播放“old”（cmn），16:00:00 开始，-1 dB",
        "11-23T16:00:15",
    ),
    (
        "hall",
        "2026-10-01 15:00:01",
        "missing-clip",
        "轮到“unmade”（cmn），音频还没有做好",
        "10-02T20:00:00",
    ),
    ("desk", "2026-11-23 17:10", "no-window", "此刻没有节目的时段", None),
    (
        "gate",
        "2027-01-04 08:00",
        "playing",
        "正在播放“first”（cmn），08:00:00 开始，-1 dB",
        "01-04T08:00:20",
    ),
    (
        "gate",
        "2026-02-14 07:30:05",
        "playing",
        "正在播放“first”（cmn），07:30:00 开始，-1 dB",
        "02-14T07:30:20",
    ),
    (
        "gate",
        "2026-10-05 07:45",
        "quiet-hours",
        "静音时段“休息日早晨”：安全策略禁止发声",
        "10-05T17:00:00",
    ),
    (
        "hall",
        "2026-11-28 11:29:50",
        "daily-cap",
        "今天已播满每日上限 45 分钟，到午夜为止不再播",
        "11-29T09:00:00",
    ),
    (
        "gate",
        "2026-12-01 18:50:05",
        "playing",
        "正在播放“first”（cmn），18:50:00 开始，-6 dB",
        "12-01T18:50:20",
    ),
)
"""Node, local time, code, sentence, and when what is next begins (none: nothing is planned)."""


@pytest.fixture
def explained(capsys):
    """Run `explain --json` and return what it printed."""

    def run(node: str, at: str):
        assert main(["explain", "--json", "--node", node, "--at", at, *FOLDERS]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize(
    ("node", "at", "code", "sentence", "following"),
    SITUATIONS,
    ids=[f"{node} {at}: {code}" for node, at, code, *_ in SITUATIONS],
)
def test_a_moment_is_explained(node, at, code, sentence, following, explained):
    found = explained(node, at)

    deciding = [step for step in found["chain"] if step["decides"]]
    assert (found["code"], found["zh"]) == (code, sentence)
    assert [step["code"] for step in deciding] == [code]
    assert found["en"]
    assert (found["next"] and found["next"]["local"][5:19]) == following


def test_the_chain_names_every_programme_and_who_wins(explained):
    chain = explained("gate", "2026-12-01 17:40:10")["chain"]

    assert [(step["code"], step["zh"]) for step in chain] == [
        ("policy-allows", "安全策略允许此刻发声"),
        ("window", "节目“防骗周”的时段 17:30–18:30"),
        ("other-hours", "节目“早市提醒”今天的时段是 07:30–08:30"),
        ("lower-priority", "节目“傍晚宣传”让位于优先级更高的“防骗周”"),
        ("playing", "正在播放“first”（cmn），17:40:00 开始，-1 dB"),
    ]


def test_a_day_in_a_year_without_published_holidays_is_said_to_be_unknown(explained):
    codes = [step["code"] for step in explained("gate", "2027-01-04 08:00")["chain"]]

    assert "unknown-year" in codes


def test_people_read_the_answer_first_then_the_rules_then_what_is_next(capsys):
    assert main(["explain", "--node", "gate", "--at", "2026-11-23 13:00", *FOLDERS]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "城南镇 › 锦绣花园 › 东门（gate） 2026-11-23 周一 上班 13:00:00"
    assert lines[1].startswith("不响 / silent：静音时段“午休”：安全策略禁止发声")
    assert lines[-1].startswith("下一次响：11-23 17:00:00 first（cmn）")


def test_the_end_of_what_plays_is_told(capsys):
    assert main(["explain", "--node", "gate", "--at", "2026-11-23 07:30:05", *FOLDERS]) == 0

    shown = capsys.readouterr().out
    assert shown.splitlines()[1].startswith("响 / sounds：正在播放“first”")
    last = shown.splitlines()[-1]
    assert last == "到 11-23 07:30:20 停：两条之间的停顿 / silent from 11-23 07:30:20: gap"


def test_a_time_in_full_width_is_understood(explained):
    assert explained("gate", "2026-11-23　13：00")["code"] == "quiet-hours"


def test_without_a_time_now_is_explained(capsys):
    assert main(["explain", "--json", "--node", "desk", *FOLDERS]) == 0

    assert json.loads(capsys.readouterr().out)["node"] == "desk"


def test_an_unknown_node_is_told_with_the_nearest(capsys):
    assert main(["explain", "--node", "gat", *FOLDERS]) == 2

    assert "did you mean 'gate'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "at", ["2026-11-23", "13:00", "2026-02-30 08:00", "2026-11-23 25:00", "2026-11-23 08:00:61", ""]
)
def test_a_time_that_is_none_gives_exit_code_2(at, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["explain", "--node", "gate", "--at", at])

    said = capsys.readouterr().err
    assert caught.value.code == 2
    assert "--at" in said
    assert f"'{at}:'" not in said


def reported(tmp_path: Path, *states: NodeState) -> list[str]:
    """Return the arguments of a daemon that heard these states."""
    daemon = tmp_path / "daemon.yaml"
    daemon.write_text(f"state: {tmp_path}\nclips: {{folder: c}}\nrhymes: r\n")
    store = SqliteStore(tmp_path / "store.sqlite")
    store.report([(state, 1_780_000_000) for state in states])
    store.close()
    return ["explain", "--node", "gate", "--daemon", str(daemon), *FOLDERS]


def test_what_the_node_itself_said_stands_beside_what_the_configuration_wants(tmp_path, capsys):
    arguments = reported(tmp_path, NodeState("gate", True, now="clock-untrusted"))

    assert main(arguments) == 0

    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("喇叭自己（")
    assert "clock-untrusted" in last


def test_the_daemon_s_holds_decide_and_the_files_alone_know_of_none(tmp_path, capsys):
    arguments = reported(tmp_path, NodeState("gate", True, now="hold"))
    daemon = arguments[4]
    StateFolder(tmp_path).prepare()
    StateFolder(tmp_path).enrol(NodeId("gate"), b"key", "hash")
    assert main(["hold", "--node", "gate", "--for", "48h", "--daemon", daemon]) == 0
    when = [f"--at={datetime.now(UTC) + timedelta(hours=24):%Y-%m-%d} 23:59", "--json"]
    capsys.readouterr()

    assert main([*arguments, *when]) == 0
    held = json.loads(capsys.readouterr().out)
    assert main(["explain", "--node", "gate", *when, *FOLDERS]) == 0
    free = json.loads(capsys.readouterr().out)

    codes = [step["code"] for step in held["chain"]]
    assert "hold" in codes
    assert "hold" not in [step["code"] for step in free["chain"]]
    assert held["reported"]["hold_obeyed"] is False


def test_a_node_that_was_never_heard_is_said_to_be(tmp_path, capsys):
    assert main([*reported(tmp_path), "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["reported"]["seen"] == 0
