"""A node at work for a minute: memory, processor, and how punctual its items are.

Two node processes run at once, both connected to a broker: one into a WAV
file at -3 dB, one at full level on a virtual sound card with a crystal 40 ppm
fast, whose log says when each sample sounded.
"""

import os
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import Figure
from tests.node_house import NODE, ZONE, House, end, loop_score, noise
from tests.virtual_dac.card import Card, build, card
from xiaolaba.core.policy import Caps, Policy
from xiaolaba.core.units import RATE, Decibels

SECONDS = 60
SETTLING = 3
CLIP, GAP = RATE, RATE // 4
PERIOD = (CLIP + GAP) / RATE
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Use:
    """What a process took: MB (10^6 bytes) and per cent of a core."""

    rss: float
    anonymous: float
    core: float


def measure() -> list[Figure]:
    """Run both nodes and return their figures."""
    with TemporaryDirectory() as name, _broker() as port:
        folder = Path(name)
        horn = card(build(folder), folder / "horn", ppm=40.0)
        start = int(time.time()) + 4
        wav = _house(folder / "wav", {"wav": "horn.wav"}, port, start, Decibels(-3.0))
        dac = _house(folder / "dac", {"device": "horn"}, port, start, Decibels(0.0))
        nodes = [wav.start({}), dac.start(horn.environment)]
        time.sleep(start + SETTLING - time.time())
        uses = _watch([node.pid for node in nodes])
        errors = _onset_errors(horn, dac, start)
        for node in nodes:
            end(node)
    return [*_use("WAV, -3 dB", uses[0]), *_use("virtual DAC", uses[1]), *_punctual(errors)]


def _house(folder: Path, sound: dict[str, str], port: int, start: int, level: Decibels) -> House:
    house = House(folder, sound, port)
    clips = {house.cached(noise(seed, CLIP)): CLIP for seed in range(8)}
    score = loop_score(clips, [(start * RATE, (start + 3600) * RATE)], GAP)
    house.remember(score, Policy(NODE, ZONE, caps=Caps(level=level)))
    return house


@contextmanager
def _broker() -> Iterator[int]:
    """Run a broker on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise FileNotFoundError("mosquitto")
    broker = subprocess.Popen([program, "-p", str(port)], stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        broker.terminate()
        broker.wait()


def _watch(pids: list[int]) -> list[Use]:
    """Return what the processes take over the next minute."""
    began, before = time.monotonic(), [busy(pid) for pid in pids]
    time.sleep(SECONDS)
    passed = time.monotonic() - began
    shares = [100 * (busy(p) - b) / passed for p, b in zip(pids, before, strict=True)]
    return [
        Use(memory(pid, "VmRSS"), memory(pid, "RssAnon"), share)
        for pid, share in zip(pids, shares, strict=True)
    ]


def busy(pid: int) -> float:
    """Return the processor seconds that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int, what: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (found,) = [line for line in lines if line.startswith(f"{what}:")]
    return int(found.split()[1]) * 1024 / 1e6


def _onset_errors(horn: Card, house: House, start: int) -> list[float]:
    """Return how late each item began against the wall clock, in ms."""
    until = time.time()
    onsets = [t for clip in house.clips.values() for t in horn.find(clip[: RATE // 100], until)]
    return [1000 * ((t - start + PERIOD / 2) % PERIOD - PERIOD / 2) for t in onsets]


def _use(where: str, use: Use) -> list[Figure]:
    return [
        Figure(f"{where}: RSS", use.rss, "MB", most=44),
        Figure(f"{where}: anonymous", use.anonymous, "MB", most=24),
        Figure(f"{where}: of a core", use.core, "%", most=1),
    ]


def _punctual(errors: list[float]) -> list[Figure]:
    late = sorted(abs(error) for error in errors)
    return [
        Figure("items heard", len(late), "", least=(SECONDS - 1) / PERIOD),
        Figure("onset against the wall clock, p50", statistics.median(late), "ms"),
        Figure("... p99", late[int(0.99 * (len(late) - 1))], "ms", most=20),
        Figure("... worst", late[-1], "ms"),
    ]
