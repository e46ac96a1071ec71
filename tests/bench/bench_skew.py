"""Two nodes beside two Snapcast clients: who is in step, on cards 40 ppm fast and 35 ppm slow?

All four play at once, each on a virtual sound card of its own whose log says
when every sample sounded: a click each quarter second. First on a machine
that has time, then with every core busy. Then a node is killed, and started
cold. Snapcast needs `apt-get install snapserver snapclient`; without it the
nodes are measured alone.
"""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from tests.bench.bench_node import busy, memory
from tests.bench.figures import Figure
from tests.node_house import House, end, loop_score, noise
from tests.virtual_dac.card import Card, build, card
from xiaolaba.core.units import RATE

QUIET, BUSY, SETTLING = 185, 60, 20
"""Seconds with and without time to spare, and until all four have found their pace."""
BUFFER_MS = 500
PPM = (40.0, -35.0)
CLICK = RATE // 4
KILLS = 3


def measure(quiet: float = QUIET, loaded: float = BUSY) -> list[Figure]:
    """Run everything and return the figures."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        library = build(folder)
        horns = {
            f"{who}-{n}": card(library, folder / f"{who}-{n}", ppm)
            for who in ("node", "snap")
            for n, ppm in enumerate(PPM)
        }
        nodes = [_node(stack, folder, horns[f"node-{n}"]) for n in range(2)]
        clients = _snapcast(stack, folder, [horns[f"snap-{n}"] for n in range(2)])
        writer = stack.enter_context(_writer(folder))
        figures = _skews(horns, nodes, clients, quiet, loaded)
        figures += _wear(writer)
        figures += _restarts(folder, library)
    return figures


def _skews(
    horns: dict[str, Card],
    nodes: list["subprocess.Popen[bytes]"],
    clients: list["subprocess.Popen[bytes]"],
    quiet: float,
    loaded: float,
) -> list[Figure]:
    """Watch both pairs through a quiet and a busy stretch."""
    time.sleep(SETTLING)
    begin, before = time.time(), [busy(process.pid) for process in (*nodes, *clients)]
    time.sleep(quiet)
    middle = time.time()
    spent = [busy(p.pid) - b for p, b in zip((*nodes, *clients), before, strict=True)]
    use = [_use(p, s, middle - begin) for p, s in zip((*nodes, *clients), spent, strict=True)]
    with _busy_cores():
        time.sleep(5)
        pressed = time.time()
        time.sleep(loaded)
        end_of_it = time.time()
    figures: list[Figure] = []
    for title, first, last in (("skew", begin, middle), ("cores busy", pressed, end_of_it)):
        theirs = _skew(horns["snap-0"], horns["snap-1"], first, last) if clients else []
        ours = _skew(horns["node-0"], horns["node-1"], first, last)
        figures += _beside(title, ours, theirs)
    return figures + [
        Figure(f"{who}: {what}", value, unit)
        for who, n in (("node", 0), ("snapclient", 2))
        for what, value, unit in (use[n] if n < len(use) else [])
    ]


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


def _onsets(horn: Card, first: float, last: float) -> "npt.NDArray[np.float64]":
    """Return when clicks began to sound on a card between two Unix times."""
    found = [np.empty(0)]
    for run in horn.runs(last):
        loud = np.flatnonzero(np.frombuffer(run.samples, np.int16))
        begins = loud[np.diff(loud, prepend=-CLICK) > CLICK // 2]
        found.append(run.real + begins / run.rate)
    times = np.concatenate(found)
    return times[(times >= first) & (times < last)]


def _skew(one: Card, other: Card, first: float, last: float) -> list[float]:
    """Return how far apart each click sounded on the two cards, in ms."""
    ours, theirs = _onsets(one, first, last), _onsets(other, first, last)
    apart = [float(np.min(np.abs(theirs - at))) for at in ours] if len(theirs) else []
    return [1000 * gap for gap in apart if gap < CLICK / RATE / 2] or [float("inf")]


def _house(folder: Path, name: str, sound: "array[int]", horn: Card) -> House:
    """Return a node that plays one clip without a pause on a card."""
    house = House(folder / f"house-{name}", {"device": horn.name})
    start = int(time.time()) // 60 * 60
    windows = [(start * RATE, (start + 7200) * RATE)]
    house.remember(loop_score({house.cached(sound): len(sound)}, windows, 0))
    return house


def _node(stack: ExitStack, folder: Path, horn: Card) -> "subprocess.Popen[bytes]":
    process = _house(folder, horn.base.name, _clicks(), horn).start(horn.environment)
    stack.callback(_stop, process)
    return process


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    process.wait()


def _snapcast(stack: ExitStack, folder: Path, horns: list[Card]) -> list["subprocess.Popen[bytes]"]:
    """Start a server with the same clicks, and a client on each card."""
    if shutil.which("snapserver") is None or shutil.which("snapclient") is None:
        sys.stderr.write("skew: apt-get install snapserver snapclient to compare with Snapcast\n")
        return []
    pipe, port = folder / "pipe", _free_port()
    os.mkfifo(pipe)
    source = f"pipe://{pipe}?name=clicks&sampleformat=48000:16:1&codec=pcm&mode=read"
    quiet = [
        "--config=/dev/null",
        "--tcp.enabled=false",
        "--http.enabled=false",
        f"--server.datadir={folder}",
    ]
    command = ["snapserver", f"--stream.source={source}", f"--stream.port={port}", *quiet]
    _start(stack, command, {})
    threading.Thread(target=_feed, args=(pipe,), daemon=True).start()
    time.sleep(1)
    player = f"alsa:buffer_time={BUFFER_MS}"
    clients = []
    for n, horn in enumerate(horns):
        command = ["snapclient", "-h", "127.0.0.1", "-p", str(port), "--player", player]
        command += ["-s", "default", "--hostID", f"horn-{n}", "-i", str(n + 1)]
        with horn.configuration.open("a") as file:
            file.write("pcm.!default horn\n")
        clients.append(_start(stack, command, horn.environment))
    return clients


def _start(
    stack: ExitStack, command: list[str], environment: dict[str, str]
) -> "subprocess.Popen[bytes]":
    silent = subprocess.DEVNULL
    world = {**os.environ, **environment}
    process = subprocess.Popen(command, env=world, stdout=silent, stderr=silent)
    stack.callback(_stop, process)
    return process


def _feed(pipe: Path) -> None:
    """Write clicks into the pipe for as long as somebody reads."""
    clicks = _clicks().tobytes()
    try:
        with pipe.open("wb", buffering=0) as file:
            while True:
                file.write(clicks)
    except OSError:
        return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def _busy_cores() -> Iterator[None]:
    """Keep every core busy."""
    command = [sys.executable, "-c", "while True: pass"]
    burners = [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def _use(
    process: "subprocess.Popen[bytes]", spent: float, passed: float
) -> list[tuple[str, float, str]]:
    return [
        ("RSS", memory(process.pid, "VmRSS"), "MB"),
        ("anonymous", memory(process.pid, "RssAnon"), "MB"),
        ("of a core", 100 * spent / passed, "%"),
    ]


@contextmanager
def _writer(folder: Path) -> Iterator["Writer"]:
    """Run a node with a play each 15 s; its sound goes to memory, so that only its state counts."""
    with TemporaryDirectory(dir="/dev/shm") as memory_only:  # it is memory
        house = House(folder / "writer", {"wav": f"{memory_only}/horn.wav"})
        start = int(time.time()) // 60 * 60
        clip = house.cached(noise(3, 5 * RATE))
        window = [(start * RATE, (start + 7200) * RATE)]
        house.remember(loop_score({clip: 5 * RATE}, window, 10 * RATE))
        process = house.start({})
        time.sleep(3)
        writer = Writer(process)
        try:
            yield writer
        finally:
            end(process)


class Writer:
    """What a node has written to its disk since it had started."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._pid = process.pid
        self._began, self._before = time.monotonic(), self._written()

    def per_day(self) -> tuple[float, float]:
        """Return MB a day, and over how many minutes that was measured."""
        passed = time.monotonic() - self._began
        return (self._written() - self._before) / 1e6 * 86_400 / passed, passed / 60

    def _written(self) -> int:
        lines = Path(f"/proc/{self._pid}/io").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def _wear(writer: Writer) -> list[Figure]:
    mb, minutes = writer.per_day()
    return [
        Figure(f"disk written a day, a play each 15 s (from {minutes:.0f} min)", mb, "MB"),
    ]


def _restarts(folder: Path, library: Path) -> list[Figure]:
    """Kill a node again and again; then stop it, and start it cold."""
    silent = []
    with ExitStack() as stack:
        horn = card(library, folder / "killed")
        house = _house(folder, "killed", noise(4, 5 * RATE), horn)
        process = house.start(horn.environment)
        for number in [signal.SIGKILL] * KILLS + [signal.SIGTERM]:
            time.sleep(4)
            end(process, number)
            ended = time.time()
            horn.cut_off(ended)
            process = house.start(horn.environment)
            stack.callback(_stop, process)
            time.sleep(3)
            silent.append(_first_sound(horn, ended) - ended)
    return [
        Figure("killed with -9: silent for, worst", max(silent[:KILLS]), "s", most=0.5),
        Figure("cold start to first sound", silent[KILLS], "s"),
    ]


def _first_sound(horn: Card, after: float) -> float:
    """Return when the first sample other than zero sounded after a Unix time."""
    for run in horn.runs(time.time()):
        loud = np.flatnonzero(np.frombuffer(run.samples, np.int16))
        times = run.real + loud / run.rate
        times = times[times > after]
        if len(times):
            return float(times[0])
    return float("inf")
