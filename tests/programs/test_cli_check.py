"""`xiaolaba check` prints every problem and says by its exit code whether the folder is usable."""

import json
from pathlib import Path

import pytest

from xiaolaba.cli import main
from xiaolaba.cli.schedules.reading import today
from xiaolaba.core.errors import ConfigError
from xiaolaba.settings import load_town

BROKEN = Path("tests/data/broken")


@pytest.fixture
def folder(tmp_path):
    """A copy of the example configuration that names no other folders."""
    for path in Path("config").glob("*.yaml"):
        if path.name != "daemon.yaml":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_the_shipped_configuration_is_usable(capsys):
    code = main(["check", "--config", "config"])

    assert code == 0
    assert "0 errors" in capsys.readouterr().out


def problems(folder: Path) -> list[str]:
    """Return what is wrong with a folder today."""
    with pytest.raises(ConfigError) as caught:
        load_town(folder, folder / "rhymes", today())
    return [str(problem) for problem in sorted(set(caught.value.problems))]


@pytest.mark.parametrize("case", ["words", "names", "clash", "rhymes"])
def test_planted_errors_are_printed_and_give_exit_code_2(case, capsys):
    folder = BROKEN / case

    before = problems(folder)
    code = main(["check", "--config", str(folder)])
    after = problems(folder)

    *told, summary = capsys.readouterr().out.splitlines()
    assert code == 2
    assert told in (before, after)  # midnight may have passed
    assert summary.startswith("不可用")


def test_problems_come_as_json_for_machines(capsys):
    code = main(["check", "--config", str(BROKEN / "names"), "--json"])

    found = json.loads(capsys.readouterr().out)
    assert code == 2
    assert not found["ok"]
    assert {"file", "line", "column", "zh", "en", "warning"} == set(found["problems"][0])


def test_a_folder_that_is_not_there_is_told(tmp_path, capsys):
    code = main(["check", "--config", str(tmp_path / "nowhere")])

    assert code == 2
    assert "no such folder" in capsys.readouterr().out


def test_the_files_of_daemon_and_node_are_checked_too(tmp_path, capsys):
    for path in Path("config").glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "node.yaml").write_text("id: [\n")
    (tmp_path / "daemon.yaml").write_text("stat: x\n")

    code = main(["check", "--config", str(tmp_path)])

    said = capsys.readouterr().out
    assert code == 2
    assert "daemon.yaml:1:1: 不认识的键 'stat'（是不是 'state'？）" in said
    assert "node.yaml:1:6: YAML 写法有误" in said


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"brush": 3}', '{"brush": {"cmn": "3s"}}', '{"brush": {"cmn": 0}}'],
    ids=["not JSON", "a list", "no languages", "not a number", "no length"],
)
def test_a_file_of_lengths_that_is_none_is_told(text, tmp_path, capsys):
    path = tmp_path / "lengths.json"
    path.write_text(text)

    code = main(["check", "--lengths", str(path)])

    assert code == 2
    assert "lengths.json:1:1: 要写" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        ("policy.yml", "policy.yml:1:1: 不会读这个文件；请改名为 policy.yaml", 2),
        ("Schedule.YAML", "Schedule.YAML:1:1: 不会读这个文件；请改名为 schedule.yaml", 2),
        ("notes.yml", "notes.yml:1:1: 警告 warning: 不会读这个文件；请改名为 notes.yaml", 0),
        ("polcy.yaml", "polcy.yaml:1:1: 警告 warning: 不会读这个文件（是不是 'policy.yaml'？）", 0),
        ("policy.yaml.txt", "policy.yaml.txt:1:1: 警告 warning: 不会读这个文件（是不是 'policy", 0),
        ("Schedule.YAML.bak", "Schedule.YAML.bak:1:1: 警告 warning: 不会读这个文件（是不是 's", 0),
        (
            "more.yaml.old",
            "more.yaml.old:1:1: 警告 warning: 不会读这个文件（是不是 'more.yaml'？）",
            0,
        ),
    ],
)
def test_a_file_that_would_be_missed_is_noticed(name, said, code, folder, capsys):
    (folder / name).write_text("quiet: []\n")

    assert main(["check", "--config", str(folder)]) == code

    assert said in capsys.readouterr().out


@pytest.mark.parametrize("name", ["policy.yaml", "holidays-cn.yaml"])
def test_what_notepad_calls_a_text_is_told_with_the_name_it_should_have(name, folder, capsys):
    (folder / name).rename(folder / f"{name}.txt")

    main(["check", "--config", str(folder)])

    assert (
        f"{name}.txt:1:1: 警告 warning: 不会读这个文件；请改名为 {name}" in capsys.readouterr().out
    )


@pytest.mark.parametrize("name", [".schedule.yaml.swp", "README.md", "plan.png"])
def test_what_editors_leave_behind_is_no_news(name, folder, capsys):
    (folder / name).write_text("")

    assert main(["check", "--config", str(folder)]) == 0

    assert "不会读" not in capsys.readouterr().out


def test_a_file_of_rhymes_with_another_ending_is_noticed(tmp_path, capsys):
    for path in Path("tests/data/rhymes").glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "more.yml").write_text("rhymes: []\n")

    main(["check", "--rhymes", str(tmp_path)])

    assert "more.yml:1:1: 警告 warning: 不会读这个文件" in capsys.readouterr().out
