"""A node that is killed, and one that starts cold: how long until it sounds?

It plays one clip without a pause on a virtual sound card whose log says when
every sample sounded. It is killed with -9 again and again and started at once,
on a machine that has time and then with one core busy; then it is told to
stop, and started, with everything it needs in its cache.
"""

import signal
import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.bench.bench_skew import looping
from tests.bench.figures import Figure
from tests.bench.processes import Process, busy_cores, stop
from tests.node_house import House, end, noise
from tests.virtual_dac.card import Card, build, card
from xiaolaba.core.units import RATE

KILLS = 15
STARTS = 5
PLAYS = 1.5
"""Seconds that a node plays before it is ended."""
PATIENCE = 20.0


def measure(kills: int = KILLS) -> list[Figure]:
    """Kill and start, and return the figures."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        victim = Victim(stack, Path(name))
        calm = [victim.silent_after(signal.SIGKILL) for _ in range(kills)]
        with busy_cores(1):
            pressed = [victim.silent_after(signal.SIGKILL) for _ in range(kills)]
        cold = [victim.silent_after(signal.SIGTERM) for _ in range(STARTS)]
    return [
        *_figures(f"killed with -9, {kills} times: silent for", calm),
        *_figures("the same, one core busy: silent for", pressed),
        Figure("cold start to first sound, everything cached, p50", statistics.median(cold), "s"),
    ]


def _figures(what: str, silent: list[float]) -> list[Figure]:
    return [
        Figure(f"{what}, p50", statistics.median(silent), "s", most=0.5),
        Figure("... worst", max(silent), "s"),
    ]


class Victim:
    """A node at work, that is ended and started."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._horn: Card = card(build(folder), folder / "horn")
        self._house: House = looping(folder, "killed", noise(4, 5 * RATE), self._horn)
        self._process: Process = self._house.start(self._horn.environment)
        stack.callback(lambda: stop(self._process))
        self._first_sound(0.0)

    def silent_after(self, number: int) -> float:
        """End the node by a signal, start it, and return the seconds without sound between."""
        time.sleep(PLAYS)
        end(self._process, number)
        ended = time.time()
        self._horn.cut_off(ended)
        self._process = self._house.start(self._horn.environment)
        return self._first_sound(ended) - ended

    def _first_sound(self, after: float) -> float:
        """Wait for the first sample other than zero after a Unix time, and return when it was."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            time.sleep(0.5)
            events = self._horn.events
            if events and events[-1][0] == "start" and (found := self._sounds(after)) is not None:
                return found
        return float("inf")

    def _sounds(self, after: float) -> float | None:
        for run in self._horn.runs(time.time()):
            loud = np.flatnonzero(np.frombuffer(run.samples, np.int16))
            times = run.real + loud / run.rate
            if len(later := times[times > after]):
                return float(later[0])
        return None
