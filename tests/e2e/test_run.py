"""`xiaolaba run` as a newcomer starts it: real processes, real broker, espeak for speed."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.virtual_dac.card import Card
from tests.waiting import PATIENCE, until

RHYMES = """\
rhymes:
  - id: one
    topic: 刷单返利
    audience: all
    readings: {cmn: 刷单是骗, yue: 刷单系呃人}
  - id: two
    topic: 冒充客服
    audience: all
    readings: {cmn: 别点链接, yue: 唔好撳连结}
"""
NODES = {"demo-gate", "demo-yard"}
VOICES = "languages:\n  cmn: [{engine: espeak}]\n  yue: [{engine: espeak}]\n"


@pytest.fixture(name="command")
def _command(tmp_path: Path) -> list[str]:
    """The command for a small demonstration in a folder of its own."""
    for folder, name, text in (("rhymes", "a.yaml", RHYMES), ("config", "voices.yaml", VOICES)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    (tmp_path / "config" / "sound.yaml").write_text("before: 100ms\nafter: 100ms\n")
    folders = ("rhymes", "clips", "config")
    return [
        *(sys.executable, "-m", "xiaolaba", "run", "--json"),
        *("--dir", str(tmp_path / "run")),
        *(word for name in folders for word in (f"--{name}", str(tmp_path / name))),
    ]


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """A child of what ignores Ctrl-C, as a shell's background does, would ignore it too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def running(command: list[str], horn: Card | None = None) -> Iterator[subprocess.Popen[str]]:
    """A demonstration under way, on a machine with a card or none; it is ended in any case."""
    environment = horn.environment if horn else {"ALSA_CONFIG_PATH": os.devnull}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as show:
        try:
            yield show
        finally:
            show.terminate()


def processes(naming: str) -> dict[int, str]:
    """The live processes whose command line names a folder or file, by process id."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if naming in line:
                found[int(entry.name)] = line
    return found


def child(show: subprocess.Popen[str], naming: str) -> int:
    """The demonstration's own process that runs on these settings."""
    tasks = Path(f"/proc/{show.pid}/task").glob("*/children")
    own = {int(pid) for task in tasks for pid in task.read_text().split()}
    (found,) = own & processes(naming).keys()
    return found


def summed_up(show: subprocess.Popen[str]) -> tuple[int, Any, str]:
    """How a demonstration ended, its summary, and what else it said."""
    out, err = show.communicate(timeout=PATIENCE)
    assert out, err
    return show.returncode, json.loads(out), err


def plays(run: Path, outcome: str = "%") -> list[tuple[str, str, int]]:
    """What the daemon counted: node, epoch and seq of every play, or those of an outcome."""
    store = run / "daemon" / "store.sqlite"
    if not store.exists():
        return []
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        try:
            query = "SELECT node, epoch, seq FROM plays WHERE outcome LIKE ? ORDER BY 1, 2, 3"
            return db.execute(query, (outcome,)).fetchall()
        except sqlite3.OperationalError:  # not yet migrated
            return []


def heard(show: subprocess.Popen[str], run: Path) -> bool:
    """Whether a play of each node was counted; one that has ended is waited for no longer."""
    assert show.poll() is None, show.communicate()
    return {node for node, _, _ in plays(run, "finished")} == NODES


def test_both_nodes_sound_are_killed_and_no_play_is_lost_or_doubled(command, tmp_path):
    run = tmp_path / "run"
    with running(command) as show:
        until(lambda: heard(show, run))
        victims = {child(show, f"--config {run}/config/{v}.yaml") for v in ("demo-gate", "daemon")}
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        until(lambda: len(processes(f"--config {run}/config/").keys() - victims) == 3)
        before = plays(run)
        until(lambda: {node for node, _, _ in set(plays(run)) - set(before)} == NODES)
        show.send_signal(signal.SIGINT)
        code, summary, err = summed_up(show)
    counted: dict[tuple[str, str], list[int]] = {}
    for node, epoch, seq in plays(run):
        counted.setdefault((node, epoch), []).append(seq)

    assert code == 0, err
    assert summary["heard"]
    assert [node["plays"] > 0 and node["heard_s"] > 0 for node in summary["nodes"]] == [True, True]
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in counted.values())
    until(lambda: processes(str(run)) == {}, "nothing of it is left")


def test_a_demonstration_for_a_while_ends_by_itself(command, tmp_path):
    with running([*command, "--for", "1s"]) as show:
        _, summary, err = summed_up(show)

    assert summary["first_sound_s"] > 0, err
    until(lambda: processes(str(tmp_path / "run")) == {}, "nothing of it is left")


def test_with_a_sound_card_the_first_node_sounds_through_it_and_the_second_into_a_file(
    command, horn, tmp_path
):
    with horn.configuration.open("a") as file:
        file.write("pcm.!default horn\n")
    with running(command, horn) as show:
        until(lambda: heard(show, tmp_path / "run"))
        show.send_signal(signal.SIGINT)
        code, summary, err = summed_up(show)
    first, second = summary["nodes"]

    assert code == 0, err
    assert summary["heard"]
    assert (first["heard_s"], second["heard_s"] > 0) == (None, True)
    assert any(any(run.samples) for run in horn.runs(time.time()))
    assert list((tmp_path / "run" / "sound").glob("demo-gate*")) == []


def test_a_demonstration_without_rhymes_says_what_is_wrong(command, tmp_path):
    (tmp_path / "rhymes" / "a.yaml").write_text("rhymes: 7\n")
    done = subprocess.run(
        [*command, "--for", "5s"], capture_output=True, text=True, timeout=PATIENCE
    )

    assert done.returncode == 2
    assert "a.yaml:1:9" in done.stderr
    assert "Traceback" not in done.stderr
