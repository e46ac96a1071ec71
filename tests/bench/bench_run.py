"""How soon a second `scripts/run` sounds: from its start to the first sample in a node's file."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure
from xiaolaba.cli.demo.sounded import seconds_of_sound

ROOT = Path(__file__).resolve().parents[2]
RUNS = 3
WITHIN_S = 300.0


def measure() -> list[Figure]:
    """Start the demonstration until it sounds, then again and again."""
    with tempfile.TemporaryDirectory() as folder:
        first = _seconds_to_sound(Path(folder))
        again = sorted(_seconds_to_sound(Path(folder)) for _ in range(RUNS))
    return [
        Figure("first start to first sample, packages installed", first, "s"),
        Figure(f"second start to first sample (median of {RUNS})", again[RUNS // 2], "s", most=10),
    ]


def _seconds_to_sound(folder: Path) -> float:
    """Return the seconds from `scripts/run` to the first sample that is not silence."""
    began, unix = time.monotonic(), time.time()
    command = ["scripts/run", "--sound", "wav", "--dir", str(folder / "run")]
    with (folder / "log").open("ab") as log:
        run = subprocess.Popen(
            [*command, "--clips", str(folder / "clips")], cwd=ROOT, stdout=log, stderr=log
        )
    try:
        while time.monotonic() - began < WITHIN_S:
            for node in ("demo-gate", "demo-yard"):
                if seconds_of_sound(folder / "run" / "sound" / f"{node}.wav", unix) > 0:
                    return time.monotonic() - began
            time.sleep(0.02)
        raise TimeoutError(f"no sound within {WITHIN_S} s; see {folder / 'log'}")
    finally:
        os.kill(run.pid, signal.SIGINT)
        run.wait(30)
