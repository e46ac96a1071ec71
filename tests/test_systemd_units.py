"""The units as systemd's own tools judge them; any word of theirs is a failure.

`verify` exits with 0 on a misspelt key, so silence is asked for, not only the code.
"""

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

from xiaolaba.cli import parser

UNITS = Path(__file__).parent.parent / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
XIAOLABA = Path(sys.executable).parent / "xiaolaba"


def systemd_analyze(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def verified(unit: str, folder: Path, text: str) -> tuple[int, str]:
    """Return what `verify` says of a unit whose program is the one under test."""
    path = folder / unit
    path.write_text(text.replace("ExecStart=xiaolaba", f"ExecStart={XIAOLABA}"))
    done = systemd_analyze("verify", path)
    return done.returncode, done.stdout + done.stderr


def read_lines(name: str) -> list[str]:
    return (UNITS / name).read_text(encoding="utf-8").splitlines()


def read(unit: str) -> dict[str, list[str]]:
    """Return every value of every key of a unit."""
    found: dict[str, list[str]] = {}
    for line in read_lines(unit):
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("unit", SERVICES)
def test_systemd_has_nothing_to_say_against_a_unit(unit, tmp_path):
    assert verified(unit, tmp_path, (UNITS / unit).read_text()) == (0, "")


def test_a_misspelt_key_would_be_noticed(tmp_path):
    text = (UNITS / "xiaolaba-node.service").read_text().replace("WatchdogSec", "WatchdogSecs")

    assert "WatchdogSecs" in verified("xiaolaba-node.service", tmp_path, text)[1]


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_is_exposed_to_at_most_two_of_ten(unit):
    done = systemd_analyze("security", "--offline=true", "--threshold=20", UNITS / unit)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_starts_a_command_that_exists(unit):
    (start,) = read(unit)["ExecStart"]
    program, *arguments = start.split()

    args = parser().parse_args(arguments)

    assert program == "xiaolaba"
    assert str(args.config) in read(unit)["ConditionPathExists"]


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_may_ask_whether_the_clock_is_right_but_not_set_it(unit):
    keys = read(unit)

    assert "ProtectClock" not in keys  # it would forbid adjtimex(2) even for reading
    assert "adjtimex clock_adjtime clock_adjtime64" in keys["SystemCallFilter"]
    assert keys["CapabilityBoundingSet"] == [""]


def test_the_daemon_cannot_reach_the_folder_of_the_policy_key():
    folders = [line.split()[:5] for line in read_lines("xiaolaba-daemon.tmpfiles")]
    (hidden,) = read("xiaolaba-daemon.service")["InaccessiblePaths"]

    assert ["d", "/etc/xiaolaba/policy", "0700", "root", "root"] in folders
    assert "-/etc/xiaolaba/policy" in hidden.split()


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_does_nothing_as_root_among_its_users_files(unit):
    commands = [
        value for key, values in read(unit).items() if key[:4] == "Exec" for value in values
    ]

    assert [command for command in commands if command[0] in "+!"] == []


@pytest.mark.parametrize("program", ["node", "daemon"])
def test_the_user_of_a_unit_is_made_and_owns_its_state(program):
    keys = read(f"xiaolaba-{program}.service")
    made = [
        line.split()[1]
        for line in read_lines(f"xiaolaba-{program}.sysusers")
        if line.startswith("u ")
    ]

    assert made == keys["User"] == keys["Group"] == keys["StateDirectory"]


def test_the_journal_of_a_node_stays_off_the_card():
    settings = configparser.ConfigParser()
    settings.read(UNITS / "journald-sd-card.conf", encoding="utf-8")

    assert settings["Journal"]["Storage"] == "volatile"
