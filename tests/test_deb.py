"""The Debian package of a node: built, looked into, unpacked and started."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOME = "usr/lib/xiaolaba-node"


def run(*command: str | Path, **environment: str) -> str:
    """Return what a program printed; fail with what it said if it failed."""
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def deb(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deb")
    run(ROOT / "scripts" / "build-deb", folder)
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def tree(deb, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    run("dpkg-deb", "-x", deb, folder)
    return folder


def test_the_same_source_gives_the_same_bytes(deb, tmp_path):
    run(ROOT / "scripts" / "build-deb", tmp_path, SOURCE_DATE_EPOCH="1800000000")
    run(ROOT / "scripts" / "build-deb", tmp_path / "again", SOURCE_DATE_EPOCH="1800000000")

    assert (tmp_path / deb.name).read_bytes() == (tmp_path / "again" / deb.name).read_bytes()


@pytest.mark.parametrize(
    ("field", "holds"),
    [
        ("Package", "xiaolaba-node"),
        ("Architecture", "all"),
        ("Depends", "python3-cryptography"),
        ("Depends", "libasound2t64 | libasound2"),
        ("Depends", "libsndfile1"),
    ],
)
def test_the_package_says_what_it_is_and_needs(field, holds, deb):
    assert holds in run("dpkg-deb", "-f", deb, field)


def test_the_configuration_is_kept_when_the_package_is_replaced(deb, tmp_path):
    run("dpkg-deb", "-e", deb, tmp_path)

    assert (tmp_path / "conffiles").read_text().split() == ["/etc/xiaolaba/node.yaml"]


def test_everything_belongs_to_root_and_nobody_else_may_write(deb):
    rows = [line.split() for line in run("dpkg-deb", "-c", deb).splitlines()]

    assert {row[1] for row in rows} == {"root/root"}
    assert [row[5] for row in rows if row[0][0] != "l" and "w" in row[0][4:]] == []


@pytest.mark.parametrize("name", ["launcher", "postinst", "prerm", "postrm"])
def test_the_scripts_of_the_package_are_sound(name):
    run("shellcheck", ROOT / "scripts" / "deb" / name)


def test_what_systemd_needs_is_in_its_places(tree):
    units = ROOT / "systemd"
    placed = {
        "xiaolaba-node.service": "usr/lib/systemd/system/xiaolaba-node.service",
        "xiaolaba-node.sysusers": "usr/lib/sysusers.d/xiaolaba-node.conf",
        "xiaolaba-node.tmpfiles": "usr/lib/tmpfiles.d/xiaolaba-node.conf",
        "journald-sd-card.conf": "usr/lib/systemd/journald.conf.d/xiaolaba-sd-card.conf",
    }

    assert {name: (tree / path).read_bytes() for name, path in placed.items()} == {
        name: (units / name).read_bytes() for name in placed
    }


def test_no_speech_and_nothing_compiled_is_inside(tree):
    names = [str(path.relative_to(tree)) for path in tree.rglob("*")]

    assert [n for n in names if n.endswith((".pyc", ".so")) or "/voices/" in n] == []


@pytest.mark.parametrize("python", ["python3.11", "python3.12", "python3.13"])
def test_every_python_of_debian_finds_the_program(python, tree):
    assert (tree / HOME / "lib" / python / "site-packages" / "xiaolaba" / "__main__.py").exists()


def test_the_unpacked_node_starts_with_its_own_mqtt_client(tree):
    packages = tree / HOME / "site-packages"
    code = "import paho.mqtt, xiaolaba; print(paho.mqtt.__file__, xiaolaba.__file__)"

    found = run(sys.executable, "-P", "-c", code, PYTHONPATH=str(packages))

    assert [Path(path).is_relative_to(packages) for path in found.split()] == [True, True]


def test_the_launcher_runs_on_the_systems_python_from_wherever_it_was_unpacked(tree):
    borrowed = sysconfig.get_path("purelib")  # PyYAML, which Debian's package would bring

    shown = run(tree / "usr/bin/xiaolaba", "node", "--help", PYTHONPATH=borrowed)

    assert (tree / HOME / "bin" / "python3").readlink() == Path("/usr/bin/python3")
    assert "node.yaml" in shown


def test_the_launcher_runs_nothing_that_lies_where_it_is_called(tree, tmp_path):
    for name in ("argparse", "xiaolaba"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('planted')")
    borrowed = sysconfig.get_path("purelib")

    shown = run("env", "-C", tmp_path, tree / "usr/bin/xiaolaba", "--help", PYTHONPATH=borrowed)

    assert "xiaolaba" in shown
