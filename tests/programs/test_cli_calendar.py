"""`xiaolaba calendar` shows what was published and reads in the next year's notice."""

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from xiaolaba.cli import main

NOTICE = "tests/data/notices/2025.txt"


@pytest.fixture
def folder(tmp_path):
    shutil.copy("config/holidays-cn.yaml", tmp_path)
    return tmp_path


def shown(folder: Path, capsys) -> dict[int, dict[str, Any]]:
    capsys.readouterr()
    assert main(["calendar", "show", "--json", "--config", str(folder)]) == 0
    return {year["year"]: year for year in json.loads(capsys.readouterr().out)["years"]}


def test_the_shipped_years_are_shown_with_weekdays(capsys):
    assert main(["calendar", "show", "--config", "config"]) == 0

    said = capsys.readouterr().out
    assert "2026 年：放假 33 天，补班 6 天" in said
    assert "国庆节 10-01 周四 至 10-07 周三，7 天" in said


def test_a_year_that_is_not_known_is_said_to_be_unknown(capsys):
    assert main(["calendar", "show", "--year", "2031", "--config", "config"]) == 0

    assert "2031 年：未录入" in capsys.readouterr().out


def test_a_notice_is_written_beside_the_other_years_and_their_comments(folder, capsys):
    path = folder / "holidays-cn.yaml"
    before = path.read_text(encoding="utf-8").replace("  2026:", "  # 我的说明\n  2026: # 马年")
    path.write_text(before, encoding="utf-8")
    years = shown(folder, capsys)

    assert main(["calendar", "import", NOTICE, "--yes", "--config", str(folder)]) == 0

    after = path.read_text(encoding="utf-8")
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    found = shown(folder, capsys)
    assert found.pop(2025)["work"][0] == "2025-01-26"
    assert found == years


def test_importing_twice_changes_nothing(folder, capsys):
    main(["calendar", "import", NOTICE, "--yes", "--config", str(folder)])
    before = (folder / "holidays-cn.yaml").read_bytes()

    assert main(["calendar", "import", NOTICE, "--config", str(folder)]) == 0

    assert (folder / "holidays-cn.yaml").read_bytes() == before
    assert "没有变化" in capsys.readouterr().err


def test_a_year_that_was_corrected_takes_the_place_of_the_old_one(folder, capsys):
    path = folder / "holidays-cn.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("      - 2026-10-10\n", "") + "# 结尾\n", encoding="utf-8")

    assert main(["calendar", "import", "tests/data/notices/2026.txt", "--yes",
                 "--config", str(folder)]) == 0  # fmt: skip

    assert shown(folder, capsys)[2026]["work"][-1] == "2026-10-10"
    assert path.read_text(encoding="utf-8").endswith("# 结尾\n")


def test_a_year_with_days_of_another_is_shown_and_put_right_by_its_notice(folder, capsys):
    path = folder / "holidays-cn.yaml"
    right = shown(folder, capsys)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("2026-10-01..2026", "2025-10-01..2025"), encoding="utf-8")
    assert shown(folder, capsys) != right

    assert main(["calendar", "import", "tests/data/notices/2026.txt", "--yes",
                 "--config", str(folder)]) == 0  # fmt: skip

    assert shown(folder, capsys) == right


def test_a_file_with_days_of_another_year_is_not_imported(folder, tmp_path, capsys):
    given = tmp_path / "2027.yaml"
    given.write_text("years:\n  2027:\n    work: [2026-02-14]\n")

    assert main(["calendar", "import", str(given), "--yes", "--config", str(folder)]) == 2

    assert "2027.yaml:3:12: 2026-02-14 不在 2027 年" in capsys.readouterr().err


def test_without_a_terminal_nothing_is_written_unasked(folder, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    before = (folder / "holidays-cn.yaml").read_bytes()

    assert main(["calendar", "import", NOTICE, "--config", str(folder)]) == 1

    assert (folder / "holidays-cn.yaml").read_bytes() == before
    assert "--yes" in capsys.readouterr().err


def test_a_yaml_file_is_read_from_standard_input(folder, capsys, monkeypatch):
    text = "# 2027\nyears:\n  2027: {off: [{name: 元旦, dates: 2027-01-01}], work: []}\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    assert main(["calendar", "import", "-", "--yes", "--config", str(folder)]) == 0

    assert set(shown(folder, capsys)) == {2026, 2027}


def test_a_folder_without_the_file_gets_one(tmp_path, capsys):
    assert main(["calendar", "import", NOTICE, "--yes", "--config", str(tmp_path)]) == 0

    assert set(shown(tmp_path, capsys)) == {2025}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("元旦放假".encode("gbk"), "看来是 GBK 编码"),
        (b"x" * 2_000_000, "文件太大"),
        ("关于2027年：元旦放假".encode(), "没有提到元旦"),
        (b"years:\n  2027: {of: []}\n", "不认识的键 'of'"),
    ],
    ids=["GBK", "too large", "no notice", "a wrong key"],
)
def test_what_is_not_understood_changes_nothing(raw, said, folder, capsys):
    notice = folder / "notice"
    notice.write_bytes(raw)
    before = (folder / "holidays-cn.yaml").read_bytes()

    assert main(["calendar", "import", str(notice), "--yes", "--config", str(folder)]) == 2

    assert said in capsys.readouterr().err
    assert (folder / "holidays-cn.yaml").read_bytes() == before


def test_years_on_one_line_cannot_be_edited_and_say_so(folder, capsys):
    path = folder / "holidays-cn.yaml"
    path.write_text("years: {2026: {off: [], work: []}}\n")

    assert main(["calendar", "import", NOTICE, "--yes", "--config", str(folder)]) == 2

    assert "每一年另起一行" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(folder, capsys):
    assert main(["calendar", "import", "nowhere.txt", "--config", str(folder)]) == 2

    assert "nowhere.txt:1:1: 读不了" in capsys.readouterr().err
