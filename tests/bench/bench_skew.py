"""Two nodes beside two Snapcast clients: who is in step, on cards 40 ppm fast and 35 ppm slow?

All four play at once, each on a virtual sound card of its own whose log says
when every sample sounded: a click each quarter second. First on a machine
that has time, then with every core busy. What they take of memory and
processor is noted meanwhile, and beside them what mpv takes for the same sound.
Snapcast and mpv need `apt-get install snapserver snapclient mpv`; what is
missing is left out.
"""

import statistics
import time
from array import array
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from tests.bench.figures import Figure
from tests.bench.peers import mpv, snapclients
from tests.bench.processes import Process, busy, busy_cores, stop, use
from tests.node_house import House, loop_score, noise
from tests.virtual_dac.card import Card, build, card
from xiaolaba.core.units import RATE

QUIET, BUSY, SETTLING = 185, 60, 20
"""Seconds with and without time to spare, and until all four have found their pace."""
PPM = (40.0, -35.0)
CLICK = RATE // 4

Span = tuple[float, float]


def measure(quiet: float = QUIET, loaded: float = BUSY) -> list[Figure]:
    """Run everything and return the figures."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        library = build(folder)
        ours, theirs = (_pair(library, folder / who) for who in ("node", "snap"))
        nodes = [_node(stack, folder, horn) for horn in ours]
        clients = snapclients(stack, folder, _clicks(), theirs)
        players = mpv(stack, folder, _clicks(), card(library, folder / "mpv", PPM[0]))
        time.sleep(SETTLING)
        of_each = {"node": nodes[:1], "snapclient": clients[:1], "mpv": players}
        spans, uses = _watched(quiet, of_each)
        spans["cores busy"] = _pressed(loaded)
        figures: list[Figure] = []
        for title, span in spans.items():
            figures += _beside(title, _skew(ours, span), _skew(theirs, span) if clients else [])
    return figures + uses


def _watched(
    seconds: float, of_each: dict[str, list[Process]]
) -> tuple[dict[str, Span], list[Figure]]:
    """Wait; return from when to when, and what a process of each kind took meanwhile."""
    pids = {who: process.pid for who, found in of_each.items() for process in found}
    begin, before = time.time(), {who: busy(pid) for who, pid in pids.items()}
    time.sleep(seconds)
    now = time.time()
    uses = [use(who, pid, busy(pid) - before[who], now - begin) for who, pid in pids.items()]
    return {"skew": (begin, now)}, [figure for figures in uses for figure in figures]


def _pressed(seconds: float) -> Span:
    """Keep every core busy; return from when to when."""
    with busy_cores():
        time.sleep(5)
        begin = time.time()
        time.sleep(seconds)
        return begin, time.time()


def _pair(library: Path, base: Path) -> list[Card]:
    """Return two cards that run apart."""
    return [card(library, base.with_name(f"{base.name}-{n}"), ppm) for n, ppm in enumerate(PPM)]


def _beside(title: str, ours: list[float], theirs: list[float]) -> list[Figure]:
    """Return the figures of both pairs; ours is held against theirs."""
    goal = min(1.0, _p99(theirs)) if theirs else 1.0
    figures = [
        Figure(f"{title}: nodes, clicks compared", len(ours), "", least=100),
        Figure(f"{title}: nodes, p50", statistics.median(ours), "ms"),
        Figure(f"{title}: nodes, p99", _p99(ours), "ms", most=goal),
        Figure(f"{title}: nodes, worst", max(ours), "ms"),
    ]
    if not theirs:
        return figures
    return [
        *figures,
        Figure(f"{title}: snapclients, clicks compared", len(theirs), ""),
        Figure(f"{title}: snapclients, p50", statistics.median(theirs), "ms"),
        Figure(f"{title}: snapclients, p99", _p99(theirs), "ms"),
        Figure(f"{title}: snapclients, worst", max(theirs), "ms"),
    ]


def _p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]


def _clicks() -> "array[int]":
    """Return five seconds with a click of 1 ms each quarter second."""
    click = noise(9, 48)
    return array("h", [*(s or 1 for s in click), *[0] * (CLICK - 48)] * 20)


def _onsets(horn: Card, span: Span) -> "npt.NDArray[np.float64]":
    """Return when clicks began to sound on a card between two Unix times."""
    (first, last), found = span, [np.empty(0)]
    for run in horn.runs(last):
        loud = np.flatnonzero(np.frombuffer(run.samples, np.int16))
        begins = loud[np.diff(loud, prepend=-CLICK) > CLICK // 2]
        found.append(run.real + begins / run.rate)
    times = np.concatenate(found)
    return times[(times >= first) & (times < last)]


def _skew(horns: list[Card], span: Span) -> list[float]:
    """Return how far apart each click sounded on two cards, in ms."""
    one, other = (_onsets(horn, span) for horn in horns)
    apart = [float(np.min(np.abs(other - at))) for at in one] if len(other) else []
    return [1000 * gap for gap in apart if gap < CLICK / RATE / 2] or [float("inf")]


def looping(folder: Path, name: str, sound: "array[int]", horn: Card) -> House:
    """Return a node that plays one clip without a pause on a card."""
    house = House(folder / f"house-{name}", {"device": horn.name})
    start = int(time.time()) // 60 * 60
    windows = [(start * RATE, (start + 7200) * RATE)]
    house.remember(loop_score({house.cached(sound): len(sound)}, windows, 0))
    return house


def _node(stack: ExitStack, folder: Path, horn: Card) -> Process:
    process = looping(folder, horn.base.name, _clicks(), horn).start(horn.environment)
    stack.callback(stop, process)
    return process
