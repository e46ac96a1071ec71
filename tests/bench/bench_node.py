"""A node at work for a minute: memory, processor, and how punctual its items are.

Three node processes run at once, each connected to a broker of its own. Two play clips of
8 s with gaps of 3 s, as the shipped rhymes and the default gap are: one into
a WAV file at -3 dB, one at full level on a virtual sound card. The third is
hurried, an item each 1.25 s, so that there are onsets to judge: its card has
a crystal 40 ppm fast, and its log says when each sample sounded.
"""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import Figure
from tests.bench.processes import busy, free_port, memory
from tests.node_house import NODE, ZONE, House, end, loop_score, noise
from tests.virtual_dac.card import Card, build, card
from xiaolaba.core.policy import Caps, Policy
from xiaolaba.core.units import RATE, Decibels

SECONDS = 60
SETTLING = 3
USUAL = (8 * RATE, 3 * RATE)
HURRIED = (RATE, RATE // 4)
"""Samples of a clip and of the gap after it."""
PERIOD = sum(HURRIED) / RATE


@dataclass(frozen=True, slots=True)
class Use:
    """What a process took: MB (10^6 bytes) and per cent of a core."""

    rss: float
    anonymous: float
    core: float


def measure() -> list[Figure]:
    """Run both nodes and return their figures."""
    with TemporaryDirectory() as name, _broker() as one, _broker() as two, _broker() as three:
        folder = Path(name)
        plug_in = build(folder)
        quiet, horn = (card(plug_in, folder / name, ppm=40.0) for name in ("quiet", "horn"))
        start = int(time.time()) + 5
        houses = [
            _house(folder / "wav", {"wav": "horn.wav"}, one, start, Decibels(-3.0), USUAL),
            _house(folder / "dac", {"device": quiet.name}, two, start, Decibels(0.0), USUAL),
            _house(folder / "fast", {"device": horn.name}, three, start, Decibels(0.0), HURRIED),
        ]
        worlds: list[dict[str, str]] = [{}, quiet.environment, horn.environment]
        nodes = [house.start(world) for house, world in zip(houses, worlds, strict=True)]
        time.sleep(start + SETTLING - time.time())
        uses = _watch([node.pid for node in nodes])
        errors = _onset_errors(horn, houses[2], start)
        for node in nodes:
            end(node)
    return [
        *_use("WAV, -3 dB", uses[0]),
        *_use("virtual DAC", uses[1]),
        Figure("virtual DAC, an item each 1.25 s: of a core", uses[2].core, "%"),
        *_punctual(errors),
    ]


def _house(
    folder: Path,
    sound: dict[str, str],
    port: int,
    start: int,
    level: Decibels,
    lengths: tuple[int, int],
) -> House:
    clip, gap = lengths
    house = House(folder, sound, port)
    clips = {house.cached(noise(seed, clip)): clip for seed in range(8)}
    score = loop_score(clips, [(start * RATE, (start + 3600) * RATE)], gap)
    house.remember(score, Policy(NODE, ZONE, caps=Caps(level=level)))
    return house


@contextmanager
def _broker() -> Iterator[int]:
    """Run a broker on loopback."""
    port = free_port()
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
