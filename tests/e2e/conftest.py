"""A virtual sound card and a node at it, for every test here that wants one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.node_house import House
from tests.virtual_dac.card import Card, build, card


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("vdac"))


@pytest.fixture
def horn(plugin: Path, tmp_path: Path) -> Card:
    return card(plugin, tmp_path / "horn", ppm=40.0)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "node", {"device": "horn"})


@pytest.fixture
def run(house: House, horn: Card) -> Iterator[Callable[[], object]]:
    started = []

    def start():
        started.append(house.start(horn.environment))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
