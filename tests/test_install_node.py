"""What `scripts/install-node` would do; its every change is the printed line itself."""

import subprocess
from pathlib import Path

import pytest

from xiaolaba.settings.node import SoundSettings, load_node

ROOT = Path(__file__).parent.parent
IDENTITY = ("id", "node.key", "password", "programme.pub", "policy.pub")
NEW = ("--node", "jinxiu-gate", "--broker", "10.0.0.1:1884")


def install_node(
    *arguments: str | Path, script: Path = ROOT / "scripts" / "install-node"
) -> "subprocess.CompletedProcess[str]":
    command = list(map(str, (script, *arguments)))
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def identity(tmp_path):
    for name in IDENTITY:
        (tmp_path / name).write_text("jinxiu-gate\n")
    return tmp_path


def test_a_dry_run_names_every_step_in_order(identity):
    done = install_node("--dry-run", *NEW, "--identity", identity)

    steps = ("packages:", "node.yaml", "identity goes to", "xiaolaba-node.service", "RTC", "声卡")
    places = [done.stdout.find(step) for step in steps]
    assert done.returncode == 0, done.stderr
    assert -1 not in places
    assert places == sorted(places)
    assert [name for name in IDENTITY if f"/etc/xiaolaba/identity/{name}" not in done.stdout] == []


def test_a_dry_run_of_nobody_in_particular_shows_the_steps_of_an_example():
    done = install_node("--dry-run")

    assert done.returncode == 0
    assert "以 jinxiu-gate 和 192.168.1.10 为例" in done.stdout
    assert "systemctl" in done.stdout


def test_a_dry_run_changes_nothing(identity):
    touched = [Path(p) for p in ("/opt/xiaolaba-node", "/etc/xiaolaba", "/var/lib/xiaolaba-node")]
    before = [path.exists() for path in touched]

    install_node("--dry-run", *NEW, "--identity", identity)
    install_node("--dry-run", "--uninstall", "--purge")

    assert [path.exists() for path in touched] == before


def test_it_runs_nothing_that_lies_where_it_is_called(tmp_path, monkeypatch):
    for name in ("ensurepip", "tomllib"):
        (tmp_path / f"{name}.py").write_text("open('planted', 'w')")
    monkeypatch.chdir(tmp_path)

    done = install_node("--dry-run", *NEW)

    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "planted").exists()


def test_the_configuration_it_would_write_is_what_was_asked_for(tmp_path):
    asked = ("--device", "plughw:CARD=Device,DEV=0", "--trust", "rtc")
    done = install_node("--dry-run", *NEW, *asked)
    lines = [line[6:] for line in done.stdout.splitlines() if line.startswith("    | ")]
    (tmp_path / "node.yaml").write_text("\n".join(lines))

    settings = load_node(tmp_path / "node.yaml")

    assert settings.id == "jinxiu-gate"
    assert (settings.broker.host, settings.broker.port) == ("10.0.0.1", 1884)
    assert settings.sound == SoundSettings(device="plughw:CARD=Device,DEV=0")
    assert settings.clock == "rtc"
    assert settings.state == Path("/var/lib/xiaolaba-node")


def test_uninstalling_keeps_identity_and_ledger_unless_purged():
    kept = install_node("--dry-run", "--uninstall").stdout
    purged = install_node("--dry-run", "--uninstall", "--purge").stdout

    removed = "rm -rf /etc/xiaolaba/identity /etc/xiaolaba/node.yaml /var/lib/xiaolaba-node"
    assert removed not in kept
    assert removed in purged
    assert "rm -rf /opt/xiaolaba-node" in kept


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--dry-run", "--colour"), "--colour", id="an unknown option"),
        pytest.param(("--dry-run", "--node"), "--node", id="an option without its value"),
        pytest.param(("--dry-run", "--purge"), "--uninstall", id="a purge of nothing"),
        pytest.param(("--dry-run", "--broker", "h"), "--node", id="no node id"),
        pytest.param(("--dry-run", "--node", "A b", "--broker", "h"), "A b", id="a bad id"),
        pytest.param(
            ("--dry-run", "--node", "Jinxiu", "--broker", "h"),
            "'Jinxiu'：只用小写字母、数字和 -",
            id="a bad id, with the rule",
        ),
        pytest.param(("--dry-run", "--node", "a", "--broker", "h|e"), "h|e", id="a bad host"),
        pytest.param(("--dry-run", "--node", "a", "--broker", "h:x"), "'x'", id="a bad port"),
        pytest.param(("--dry-run", "--node", "a", "--broker", "h:0"), "65535", id="port 0"),
        pytest.param(
            ("--dry-run", "--node", "a", "--broker", "h:99999"),
            "'99999'：要 1 到 65535",
            id="a port that no machine has",
        ),
        pytest.param(("--dry-run", *NEW, "--trust", "me"), "'me'", id="a bad trust"),
        pytest.param(("--dry-run", *NEW, "--device", "$(id)"), "$(id)", id="a bad device"),
        pytest.param(("--dry-run", *NEW, "--identity", "/nowhere"), "/nowhere", id="no identity"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_done(arguments, said):
    done = install_node(*arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert "apt" not in done.stdout


def test_another_nodes_identity_is_refused(identity):
    (identity / "id").write_text("market-hall\n")

    done = install_node("--dry-run", *NEW, "--identity", identity)

    assert done.returncode == 2
    assert "这份身份是 market-hall 的，不是 jinxiu-gate 的" in done.stderr
    assert "apt" not in done.stdout


def test_an_identity_that_does_not_say_whose_it_is_is_taken(identity):
    (identity / "id").unlink()

    done = install_node("--dry-run", *NEW, "--identity", identity)

    assert done.returncode == 0, done.stderr
    assert "/etc/xiaolaba/identity/node.key" in done.stdout
    assert f"{identity}/id" not in done.stdout
    assert "rm -f /etc/xiaolaba/identity/id" in done.stdout


@pytest.fixture
def installed(tmp_path):
    """The script on a machine where it made jinxiu-gate of it."""
    etc, copy = tmp_path / "etc", tmp_path / "scripts" / "install-node"
    etc.mkdir()
    (etc / "node.yaml").write_text('id: "jinxiu-gate" # 东门\n')
    copy.parent.mkdir()
    script = (ROOT / "scripts" / "install-node").read_text()
    copy.write_text(script.replace("\netc=/etc/xiaolaba\n", f"\netc={etc}\n"))
    copy.chmod(0o755)
    for name in ("daemon", "config", "systemd", "uv.lock"):
        (tmp_path / name).symlink_to(ROOT / name)
    (copy.parent / "locked_requirements.py").symlink_to(ROOT / "scripts" / "locked_requirements.py")
    return copy


def test_another_id_than_the_machine_has_is_refused(installed):
    done = install_node("--dry-run", "--node", "market-hall", "--broker", "h", script=installed)

    assert done.returncode == 2
    assert "这里已经是 jinxiu-gate，不是 market-hall" in done.stderr
    assert "apt" not in done.stdout


@pytest.mark.parametrize("arguments", [(), NEW], ids=["without its id", "with its id"])
def test_a_machine_is_updated(installed, arguments):
    done = install_node("--dry-run", *arguments, script=installed)

    assert done.returncode == 0, done.stderr
    assert "保留现有配置" in done.stdout


def test_the_example_of_a_dry_run_is_the_node_whose_identity_is_shown(identity):
    (identity / "id").write_text("market-hall\n")

    done = install_node("--dry-run", "--identity", identity)

    assert done.returncode == 0, done.stderr
    assert "以 market-hall 和 192.168.1.10 为例" in done.stdout


def test_help_teaches_in_both_languages():
    said = install_node("--help").stdout

    assert "用法 / usage" in said
    assert "--dry-run" in said


def test_the_locked_requirements_pin_every_file_by_its_hash():
    script = ROOT / "scripts" / "locked_requirements.py"
    done = subprocess.run(["python3", script], capture_output=True, text=True, check=True)
    packages = done.stdout.replace(" \\\n", "").splitlines()

    names = [line.partition("==")[0] for line in packages]
    assert names == ["cffi", "cryptography", "paho-mqtt", "pycparser", "pyyaml"]
    assert all("--hash=sha256:" in line for line in packages)
