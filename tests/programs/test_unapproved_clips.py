"""Experimental clips that nobody approved: what the daemon compiles from, and what explain says."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from xiaolaba.adapters import approvals
from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.cli import main
from xiaolaba.cli.schedules.desk import Desk
from xiaolaba.core.library import Clip, library
from xiaolaba.core.speech.approval import Approval
from xiaolaba.core.units import ClipHash, Language, RhymeId, Samples
from xiaolaba.scheduler.events import ClipsChanged
from xiaolaba.settings import load_daemon

YUE = Language("yue")
NOW = 1_795_000_000


@pytest.fixture
def house(tmp_path):
    """The shipped configuration with one experimental clip."""
    shutil.copytree("config", tmp_path / "config")
    shutil.copytree("audio/rhymes", tmp_path / "audio" / "rhymes")
    (tmp_path / "audio" / "rhymes" / approvals.FILE).unlink(missing_ok=True)
    shelf = ClipFolder(tmp_path / "audio" / "clips")
    with shelf.writing():
        figures = ("kokoro-yue", "zf", "k" * 64, True, -16.0, -1.2)
        clip = Clip(RhymeId("licai-app"), YUE, shelf.put(b"sound"), Samples(400_000), *figures)
        shelf.save(library([clip]))
    return tmp_path


def word(house: Path) -> None:
    """Let somebody approve the clip."""
    ((_, clip),) = ClipFolder(house / "audio" / "clips").library()[0].clips.items()
    name = (clip.rhyme, clip.language, ClipHash(clip.hash))
    approvals.add(house / "audio" / "rhymes", Approval(*name, "朗读者", NOW))


def desk(house: Path, air: bool = False) -> Desk:
    settings = load_daemon(house / "config" / "daemon.yaml")
    folder = StateFolder(house / "state")
    folder.prepare()
    return Desk(replace(settings, air_unapproved=air), folder, lambda: None)


def heard(desk: Desk) -> list[ClipsChanged]:
    return [event for event in desk.look(NOW) if isinstance(event, ClipsChanged)]


def test_the_daemon_withholds_the_clip_until_somebody_approves_it(house):
    watching = desk(house)
    (before,) = heard(watching)
    assert before.library.withheld == {("licai-app", "yue")}
    assert heard(watching) == []

    word(house)

    (after,) = heard(watching)
    assert after.library.withheld == frozenset()


def test_a_demonstration_airs_it_all_the_same(house):
    (event,) = heard(desk(house, air=True))

    assert event.library.withheld == frozenset()


def test_approvals_that_cannot_be_read_any_more_hold_on(house):
    watching = desk(house)
    word(house)
    heard(watching)
    (house / "audio" / "rhymes" / approvals.FILE).write_text("not an approval\n")

    (known,) = heard(watching)
    (fresh,) = heard(desk(house))

    assert known.library.withheld == frozenset()
    assert fresh.library.withheld == {("licai-app", "yue")}


def play_it(house: Path) -> None:
    """Let one programme play nothing but the clip, from eight to nine."""
    (house / "config" / "schedule.yaml").write_text(
        "playlists: [{id: one, rhymes: [licai-app], languages: {yue: 1}}]\n"
        "programmes: [{id: p, name: 早, where: [jinxiu-gate], at: 08:00-09:00, every: continuous,"
        " playlist: one}]\n",
        encoding="utf-8",
    )


def test_explain_names_the_missing_word(house, capsys):
    play_it(house)
    folders = [f"--{name}={house / 'audio' / name}" for name in ("rhymes", "clips")]
    asked = [
        *("explain", "--node", "jinxiu-gate", "--at", "2026-11-23 08:00:01"),
        *(f"--config={house / 'config'}", *folders),
    ]

    main(asked)
    before = capsys.readouterr().out
    word(house)
    main(asked)

    assert "实验音频还没有人听过认可" in before
    assert "[unapproved]" in before
    assert "正在播放“licai-app”（yue）" in capsys.readouterr().out


def test_check_and_apply_say_once_how_many_wait_and_nothing_where_they_are_aired(house, capsys):
    folders = [f"--{name}={house / 'audio' / name}" for name in ("rhymes", "clips")]
    check = ["check", f"--config={house / 'config'}", *folders]
    daemon = house / "config" / "daemon.yaml"
    apply = ["apply", "--yes", f"--config={house / 'config'}", f"--daemon={daemon}"]

    main(check)
    checked = capsys.readouterr().out
    main(apply)
    applied = capsys.readouterr().err
    daemon.write_text(daemon.read_text().replace("unapproved: hold", "unapproved: air"))
    main(check)
    aired = capsys.readouterr().out
    main(apply)
    aired += capsys.readouterr().err

    for said in (checked, applied):
        assert said.count("1 条要播的实验音频还没有人听过认可") == 1
        assert "xiaolaba rhyme list" in said
    assert "rhyme list" not in aired


def test_the_plan_marks_the_items_that_nobody_will_hear_yet(house, capsys):
    folders = [f"--{name}={house / 'audio' / name}" for name in ("rhymes", "clips")]
    words = ("--node", "jinxiu-gate", "--days", "1", "--from", "2026-11-23", "--items")
    plan = ["plan", *words, f"--config={house / 'config'}", *folders]

    main(plan)
    shown = capsys.readouterr().out
    main([*plan, "--json"])
    items = json.loads(capsys.readouterr().out)["items"]

    assert "8.3 秒，待认可，不出声" in shown
    assert "，未合成" in shown
    standing = {(item["rhyme"], item["language"]): item["clip"] for item in items}
    assert standing["licai-app", "yue"] == "waiting"
    assert {*standing.values()} == {"waiting", "missing"}


def test_the_minutes_of_a_plan_count_only_what_sounds(house, capsys):
    play_it(house)
    path = house / "plan.html"
    words = ("--node", "jinxiu-gate", "--days", "1", "--from", "2026-11-23")
    plan = ["plan", *words, f"--config={house / 'config'}"]

    main(plan)
    before = capsys.readouterr().out.splitlines()
    main([*plan, f"--html={path}"])
    page = path.read_text(encoding="utf-8")
    word(house)
    capsys.readouterr()
    main(plan)
    after = capsys.readouterr().out.splitlines()
    main([*plan, f"--html={path}"])

    note = "另有 1 条待认可，轮到时不出声：平均每天 44 分，不算在内"
    assert before[2].endswith(" 不响")
    assert f"  {note}" in before
    assert note in page
    assert "不响</span>" in page
    assert "<u " not in page
    assert after[2].endswith(" 44分")
    assert not any("待认可" in line for line in after)
    assert "响 44 分</span>" in path.read_text(encoding="utf-8")


def test_what_changes_is_told_in_minutes_that_sound(house, capsys):
    play_it(house)
    daemon = f"--daemon={house / 'config' / 'daemon.yaml'}"
    apply = ["apply", "--yes", f"--config={house / 'config'}", daemon]

    main(apply)
    withheld = capsys.readouterr().out
    word(house)
    path = house / "config" / "schedule.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("09:00", "10:00"), encoding="utf-8")
    main([*apply, "--json"])
    (row,) = json.loads(capsys.readouterr().out)["changes"]["minutes_a_day"]

    (line,) = (line for line in withheld.splitlines() if "早（p）" in line)
    assert line.startswith("  早（p）0.0 → 0.0（＝），另 0.0 → ")
    assert line.endswith(" 待认可或未合成 jinxiu-gate")
    assert (row["silent_before"], row["silent_after"]) == (0.0, 0.0)
    assert row["after"] > row["before"] > 0
