"""What is written in node.yaml reaches the node that is run by it."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.node_house import House
from xiaolaba.adapters.notify import Manager
from xiaolaba.cli.nodes.node import _clock, _identity, _world
from xiaolaba.core.errors import ClipError
from xiaolaba.core.units import RATE, ClipHash
from xiaolaba.node.events import Measured
from xiaolaba.node.hands import World
from xiaolaba.ports.clock import Trust
from xiaolaba.settings import load_node

CLIP_BYTES = 9_000_000


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house", {"wav": "horn.wav"})


@pytest.fixture
def furnished(house: House) -> Callable[..., World]:
    """Return what gives the world of the node whose node.yaml has these keys besides."""

    def furnish(**keys: Any) -> World:
        path = house.config
        path.write_text(json.dumps(json.loads(path.read_text()) | keys))
        settings = load_node(path)
        identity, clock = _identity(settings, "boot"), _clock(settings)
        with closing(Manager({})) as manager:
            return _world(settings, identity, clock, manager)

    return furnish


def test_an_amplifier_is_given_as_much_silence_to_wake_up_in_as_is_written(furnished):
    written = furnished(sound={"wav": "horn.wav", "wake": "300ms"})

    assert (written.wake, furnished().wake) == (0.3 * RATE, 0)


def test_the_clips_of_a_node_take_no_more_room_than_is_written(house, furnished):
    for n in range(3):
        with (house.state / "cache" / f"{n:064}.{n:016}.pcm").open("wb") as file:
            file.truncate(CLIP_BYTES)
    cache = furnished(cache={"budget": "20MB"}).cache

    with pytest.raises(ClipError):
        cache.fetch(ClipHash("f" * 64), "http://127.0.0.1:1/")

    assert len(cache.here()) == 20_000_000 // CLIP_BYTES


def test_a_node_measures_its_machine_and_holds_the_volume_that_is_written(furnished):
    mixer = {"card": "no-such-card", "control": "PCM", "volume": 60}

    found = furnished(mixer=mixer).measure(Measured(position_error_ms=0.25, underruns=3))

    assert (found.position_error_ms, found.underruns) == (0.25, 3)
    assert found.memory_mb > 5
    assert found.disk_free_mb > 0
    assert found.uptime_s > 0
    assert found.mixer == "no-mixer"


def test_where_no_volume_is_written_none_is_missed(furnished):
    assert furnished().measure(Measured()).mixer == ""


def test_the_clock_is_trusted_as_is_written(furnished):
    report = furnished(clock={"trust": "host"}).clock.report()

    assert (report.trust, report.source) == (Trust.TRUSTED, "host")
