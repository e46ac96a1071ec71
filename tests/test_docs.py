"""The documents are held against the code, so that they cannot rot."""

import re
import subprocess
from pathlib import Path

import pytest

from xiaolaba.cli import parser

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
)


def commands() -> set[str]:
    """The names of the command line's commands."""
    (action,) = (a for a in parser()._actions if a.choices and not a.option_strings)
    return set(action.choices or ())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(document):
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text())

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_shown_exists(document):
    shown = set(re.findall(r"(?:^|[`$\s/])xiaolaba ([a-z]+)\b", document.read_text()))

    assert shown - commands() == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_script_shown_exists(document):
    shown = set(re.findall(r"\bscripts/[a-z_-]+(?:\.py)?", document.read_text()))

    assert [script for script in shown if not (ROOT / script).exists()] == []


def test_the_architecture_names_every_module_of_the_core_and_no_other():
    text = (ROOT / "daemon" / "ARCHITECTURE.md").read_text()
    table = text[text.index("| where | idea | modules |") : text.index("Layers, checked by")]
    named, folder = set(), ""
    for row in table.splitlines():
        folder = next(iter(re.findall(r"^\| `(\w+)/`", row)), folder)
        named |= {(folder, module) for module in re.findall(r"`([a-z_]+)`", row)}

    core = ROOT / "daemon/xiaolaba/core"
    there = {(path.parent.name, path.stem) for path in core.rglob("*.py")}
    assert named == {(folder, module) for folder, module in there if module != "__init__"}


def test_every_command_teaches_with_an_example(capsys):
    for command in sorted(commands()):
        with pytest.raises(SystemExit):
            parser().parse_args([command, "--help"])

        assert f"xiaolaba {command}" in capsys.readouterr().out.split("\n\n", 1)[1], command
