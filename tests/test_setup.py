"""What `scripts/setup` says before it installs anything, and how large its downloads are."""

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.tags import sys_tags

ROOT = Path(__file__).parent.parent
WRITTEN_WITH = ("dirname", "grep", "sort")
LOOKED_FOR = ("espeak-ng", "gcc", "shellcheck", "systemd-analyze")


class Machine:
    """A machine whose only programs are those in `folder`; its user is nobody in particular."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for name in (*WRITTEN_WITH, *LOOKED_FOR):
            path = shutil.which(name)
            assert path, name
            (folder / name).symlink_to(path)
        (folder / "python3").symlink_to(Path(sys.executable).resolve())
        self.answers("id", "echo 1000")

    def lacks(self, *names: str) -> None:
        """Take programs away."""
        for name in names:
            (self.folder / name).unlink()

    def answers(self, name: str, script: str) -> None:
        """Put a program there that runs a line of shell."""
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.folder / name).chmod(0o755)

    def setup(self, purpose: str) -> "subprocess.CompletedProcess[str]":
        """Run the script."""
        command = [str(ROOT / "scripts" / "setup"), purpose]
        world = {"PATH": str(self.folder)}
        return subprocess.run(command, env=world, capture_output=True, text=True, check=False)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path / "bin")


@pytest.mark.parametrize(
    ("purpose", "lacking", "packages"),
    [
        ("run", ("espeak-ng",), "espeak-ng"),
        ("run", ("espeak-ng", "gcc", "shellcheck"), "espeak-ng"),
        ("test", ("espeak-ng", "gcc", "shellcheck"), "espeak-ng gcc libc6-dev shellcheck"),
        ("bench", ("systemd-analyze",), "systemd"),
    ],
)
def test_who_may_not_install_is_given_the_line_for_an_administrator(
    machine, purpose, lacking, packages
):
    machine.lacks(*lacking)

    done = machine.setup(purpose)

    line = f"  apt-get update && apt-get install --no-install-recommends -y {packages}"
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == [line]
    assert "请让管理员运行" in done.stderr
    assert done.stdout == ""


def test_a_sudo_that_asks_for_a_password_counts_as_none(machine):
    machine.lacks("espeak-ng")
    machine.answers("sudo", "exit 1")

    done = machine.setup("run")

    assert done.returncode == 2
    assert done.stderr.endswith("-y espeak-ng\n")


def test_a_machine_without_a_python_that_fits_is_told_which_do(machine):
    machine.answers("python3", "exit 1")

    done = machine.setup("run")

    assert done.returncode == 2
    assert "需要 Python 3.11 到 3.13 / Python 3.11 to 3.13 is needed" in done.stderr


def test_a_purpose_that_is_none_is_refused_before_anything_is_installed(machine):
    done = machine.setup("fly")

    assert done.returncode == 2
    assert "usage: scripts/setup run|test|bench" in done.stderr


@pytest.fixture
def download_size(monkeypatch):
    """Return the script; pytest's `packaging` does where pip, whose own it takes, is missing."""
    for name in ("requirements", "tags", "utils"):
        module = importlib.import_module(f"packaging.{name}")
        monkeypatch.setitem(sys.modules, f"pip._vendor.packaging.{name}", module)
    monkeypatch.delitem(sys.modules, "scripts.download_size", raising=False)
    return importlib.import_module("scripts.download_size")


def wheel(tags: str, size: int) -> dict[str, object]:
    return {"url": f"https://example.org/packages/a_b-1.0-{tags}.whl", "size": size}


BEST = str(next(sys_tags()))
FOREIGN, PLAIN, FITTING = (
    wheel("cp311-cp311-win_arm64", 1000),
    wheel("py2.py3-none-any", 200),
    wheel(BEST, 30),
)


@pytest.mark.parametrize(
    ("wheels", "size"),
    [
        pytest.param([FOREIGN, PLAIN, FITTING], 30, id="the one made for this very machine"),
        pytest.param([FITTING, PLAIN], 30, id="in whatever order"),
        pytest.param([FOREIGN, PLAIN], 200, id="the one for every machine"),
        pytest.param([FOREIGN], 4, id="the source, where none is for this machine"),
    ],
)
def test_what_a_package_downloads_is_the_wheel_that_fits_best(download_size, wheels, size):
    assert download_size.size({"wheels": wheels, "sdist": {"size": 4}}) == size


def test_a_package_of_which_nothing_can_be_had_downloads_nothing(download_size):
    assert download_size.size({"name": "xiaolaba"}) == 0


def test_only_the_very_version_that_is_installed_is_there(download_size):
    here = [("pytest", pytest.__version__), ("pytest", "0.1"), ("no-such-package", "1")]

    assert [download_size.installed(*own) for own in here] == [True, False, False]
