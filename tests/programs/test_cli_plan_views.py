"""`xiaolaba plan` draws days, writes pages, and tells what would change."""

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from xiaolaba.cli import main
from xiaolaba.cli.schedules.page import colour, render
from xiaolaba.cli.schedules.views import views
from xiaolaba.core.library import Library
from xiaolaba.settings import load_town

TOWN = Path("tests/data/town")
FOLDERS = [
    *("--config", str(TOWN), "--rhymes", str(TOWN / "rhymes"), "--clips", "tests/data"),
    *("--lengths", str(TOWN / "lengths.json")),
]
MONDAY = ("--from", "2026-11-30")


def drawn(capsys, *arguments: str) -> list[str]:
    assert main(["plan", *FOLDERS, *arguments]) == 0
    lines: list[str] = capsys.readouterr().out.splitlines()
    return lines


def test_a_week_is_a_row_a_day_with_letters_for_what_sounds_and_shades_for_quiet(capsys):
    lines = drawn(capsys, "--node", "gate", *MONDAY)

    assert lines[0] == "城南镇 › 锦绣花园 › 东门（gate）"
    assert lines[1].split() == ["0", "3", "6", "9", "12", "15", "18", "21", "24", "响"]
    day = lines[2].removeprefix("11-30 周一 上班  ").removesuffix(" 23分")
    assert day == (
        "░" * 30 + "A" * 4 + "·" * 14 + "░" * 10 + "·" * 10 + "BBCCCCBB" + "·" * 10 + "░" * 10
    )
    assert lines[7].startswith("12-05 周六 休息  ")
    assert "▒" * 96 not in lines[7]  # quiet hours are named before the silence
    assert lines[7].endswith(" 不响")
    assert "  A 早市提醒（morning）07:30-08:30，每 15 分钟一轮" in lines
    assert "  C 防骗周（campaign）17:30-18:30，每 10 分钟一轮" in lines
    assert "  ▒ 静音日：中考考点" in lines


def test_without_a_node_nodes_that_play_alike_are_drawn_together(capsys):
    lines = drawn(capsys, *MONDAY)

    titles = [line for line in lines if "点位）" in line or "›" in line]
    assert titles == [
        "锦绣花园·东门、锦绣花园·中庭（2 个点位）",
        "红旗新村·1 号楼、红旗新村·2 号楼（2 个点位）",
        "城南镇 › 菜市场 › 大棚（hall）",
        "城南镇 › 居委会 › 服务台（desk）",
    ]


def test_a_blackout_and_a_reached_cap_are_shaded(capsys):
    exam = drawn(capsys, "--node", "gate", "--from", "2026-12-08", "--days", "2")
    market = drawn(capsys, "--node", "hall", "--from", "2026-11-28", "--days", "1")

    assert "▓" * 20 in exam[2]
    assert "  ▓ 封禁：联考" in exam
    assert "------" in market[2]
    assert "  - 已到每日上限" in market


def test_a_year_whose_holidays_are_not_known_is_marked_and_explained(capsys, tmp_path):
    path = tmp_path / "plan.html"
    lines = drawn(capsys, "--node", "gate", "--from", "2026-12-30", "--days", "3")
    main(["plan", "--html", str(path), *FOLDERS, "--from", "2026-12-30"])

    note = "？ 2027 年的放假安排未录入：暂按周一至周五为工作日、没有节假日"
    assert [line.partition("░")[0].strip() for line in lines[2:5]] == [
        "12-30 周三 上班",
        "12-31 周四 上班",
        "01-01 周五 上班？",
    ]
    assert f"  {note}" in lines
    assert note in path.read_text(encoding="utf-8")


def test_groups_come_as_json_with_their_nodes(capsys):
    assert main(["plan", "--json", *FOLDERS, *MONDAY]) == 0

    groups = json.loads(capsys.readouterr().out)["groups"]
    assert [group.get("nodes", group.get("node")) for group in groups] == [
        ["gate", "yard"],
        ["one", "two"],
        "hall",
        "desk",
    ]
    assert groups[0]["windows"][0]["local_start"] == "2026-11-30T07:30:00+08:00"


def test_items_want_a_node(capsys):
    assert main(["plan", "--items", *FOLDERS]) == 2

    assert "--node" in capsys.readouterr().err


def test_a_programme_has_one_letter_and_one_colour_wherever_it_is_shown(capsys, tmp_path):
    path = tmp_path / "plan.html"
    lines = drawn(capsys, *MONDAY)
    main(["plan", "--html", str(path), *FOLDERS, *MONDAY])

    letters = re.findall(r"^  ([A-Z]) .*?（(\S+?)）", "\n".join(lines), re.MULTILINE)
    page = path.read_text(encoding="utf-8")
    colours = re.findall(r'<li><span style="background:(\S+?)"></span>.*?（(\S+?)）', page)
    for marks in (letters, colours):
        assert len(marks) > len(set(marks)) == len({mark for mark, _ in marks})
        assert len({programme for _, programme in marks}) == len(set(marks))


def test_forty_programmes_have_forty_colours_on_a_page():
    assert len({colour(n) for n in range(40)}) == 40


class Page(HTMLParser):
    """Gathers a page's tags, what they refer to, and whether they are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in ("meta",):
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "onload")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_stands_alone_and_shows_every_day(tmp_path):
    path = tmp_path / "plan.html"
    assert main(["plan", "--node", "gate", "--html", str(path), *FOLDERS, *MONDAY]) == 0

    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    assert page.open == []
    assert page.links == []
    assert "script" not in page.tags
    assert page.tags.count("b") == 5 * 4  # two days are silent
    for n in range(7):
        assert f"{date(2026, 11, 30) + timedelta(days=n):%m-%d} 周" in page.text
    assert "早市提醒" in page.text
    assert "静音日：中考考点" in page.text


def test_names_cannot_break_out_of_the_page(tmp_path):
    folder = Path(shutil.copytree(TOWN, tmp_path / "town"))
    text = (folder / "schedule.yaml").read_text(encoding="utf-8")
    wicked = text.replace("早市提醒", "'<script>alert(1)</script>'")
    (folder / "schedule.yaml").write_text(wicked, encoding="utf-8")
    path = tmp_path / "plan.html"

    assert main(["plan", "--html", str(path), "--config", str(folder), *FOLDERS[2:], *MONDAY]) == 0

    assert "<script" not in path.read_text(encoding="utf-8")


def changed(tmp_path: Path, before: str, after: str) -> list[str]:
    """Return the arguments that compare a changed town with the one it was made from."""
    folder = Path(shutil.copytree(TOWN, tmp_path / "town"))
    path = folder / "schedule.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    return ["plan", "--config", str(folder), *FOLDERS[2:], *MONDAY, "--diff", str(TOWN)]


def test_nothing_changed_says_so(tmp_path, capsys):
    assert main(changed(tmp_path, "", "")) == 0

    assert capsys.readouterr().out == "没有变化 / nothing changes\n"


def test_an_earlier_end_tells_which_nodes_and_how_many_minutes_less(tmp_path, capsys):
    assert main([*changed(tmp_path, "11:30", "09:30"), "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["programmes_changed"] == ["market"]
    assert found["nodes_changed"] == ["hall"]
    (row,) = found["minutes_a_day"]
    assert (row["programme"], row["nodes"]) == ("market", ["hall"])
    assert row["before"] > row["after"] > 0
    assert row["more"] == pytest.approx(row["after"] - row["before"])


def test_people_read_what_more_and_what_less_will_sound(tmp_path, capsys):
    assert main(changed(tmp_path, "every: 20min", "every: 30min")) == 0

    shown = capsys.readouterr().out
    assert "改动的节目 / programmes changed：evening" in shown
    assert "播放有变的喇叭点位 / nodes changed：gate、one、two、yard" in shown
    assert re.search(r"傍晚宣传（evening）\d+\.\d → \d+\.\d（▼-\d+\.\d） gate、yard", shown)


def test_before_anything_was_applied_everything_is_new(tmp_path, capsys):
    daemon = tmp_path / "daemon.yaml"
    daemon.write_text(f"state: {tmp_path}\nclips: {{folder: c}}\nrhymes: r\n")

    assert main(["plan", "--diff", "--daemon", str(daemon), *FOLDERS, *MONDAY]) == 0

    said = capsys.readouterr()
    assert "还没有启用过配置" in said.err
    assert "新喇叭点位 / nodes added：desk、gate、hall、one、two、yard" in said.out


def test_a_reader_that_goes_away_is_no_failure():
    command = f"{sys.executable} -m xiaolaba plan --node gate --items --json --days 366"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} {' '.join(FOLDERS)} | head -c 100"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": "daemon", "PATH": "/usr/bin:/bin"},
    )

    assert done.returncode == 0
    assert done.stderr == ""


def test_a_file_that_cannot_be_written_is_told(capsys):
    assert main(["plan", "--html", "/proc/nowhere/x.html", *FOLDERS]) == 1

    assert "写不了" in capsys.readouterr().err


def test_what_the_minutes_count_is_told_with_them(capsys, tmp_path):
    path = tmp_path / "plan.html"
    folders = FOLDERS[: FOLDERS.index("--lengths")]
    main(["plan", *folders, *MONDAY])
    lines = capsys.readouterr().out.splitlines()
    main(["plan", "--html", str(path), *folders, *MONDAY])

    page = path.read_text(encoding="utf-8")
    for note in ("条未合成，轮到时不出声：平均每天", "分钟数是几只合起来的"):
        assert any(note in line for line in lines)
        assert note in page


def test_a_page_tells_by_the_town_s_clock_when_it_was_made():
    town, _ = load_town(TOWN, TOWN / "rhymes", date(2026, 11, 30))

    made = render(
        views(town, Library(), date(2026, 11, 30), 1), datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    )

    assert "2026-11-30 07:30 生成" in made
