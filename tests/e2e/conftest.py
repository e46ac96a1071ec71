"""A node, and a world of its own for it: sound card, broker, clip server, what may befall it."""

import functools
import subprocess
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.node_heard import CLIP, GAP
from tests.node_house import House, loop_score, noise
from tests.station import Station
from tests.virtual_dac import fate as fates
from tests.virtual_dac.card import Card, build, card
from tests.virtual_dac.fate import Fate
from xiaolaba.core.units import RATE


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("vdac"))


@pytest.fixture(scope="session")
def fatal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("fate"), fates.SOURCE)


@pytest.fixture
def horn(plugin: Path, tmp_path: Path) -> Card:
    return card(plugin, tmp_path / "horn", ppm=40.0)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "node", {"device": "horn"})


@pytest.fixture
def fate(fatal: Path, house: House, tmp_path: Path) -> Fate:
    return Fate(fatal, house.state, tmp_path / "clock")


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    found = Station(tmp_path)
    yield found
    found.bus.stop()
    found.close()


@pytest.fixture
def clips(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Return a folder that is served over HTTP, and its address."""
    folder = tmp_path / "clips"
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(
    house: House, horn: Card
) -> Iterator[Callable[[dict[str, str]], "subprocess.Popen[bytes]"]]:
    """Return what starts the node at its card, with more in its environment if need be."""
    started = []

    def start(more: dict[str, str] | None = None) -> "subprocess.Popen[bytes]":
        started.append(house.start({**horn.environment, **(more or {})}))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def clip(house: House) -> "tuple[array[int], int]":
    """Let the node play one clip over and over from a whole second on; return both."""
    found = house.cached(noise(7, CLIP))
    start = int(time.time()) + 1
    house.remember(loop_score({found: CLIP}, [(start * RATE, (start + 600) * RATE)], GAP))
    return house.clips[found], start
