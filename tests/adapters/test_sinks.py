"""What every loudspeaker stream does, the fake one and the real ones; and the WAV file's own."""

import resource
import struct
import wave
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.virtual_dac.card import build, card
from xiaolaba.adapters.alsa import AlsaSink
from xiaolaba.adapters.wav_sink import WavSink
from xiaolaba.core.errors import DeviceError
from xiaolaba.core.units import RATE, Instant
from xiaolaba.ports.node import Sink
from xiaolaba.sim.fakes import FakeClock, FakeSink

BLOCK = RATE // 50
TONE = struct.pack("<h", 1000) * BLOCK
SLOW = -975_000.0
"""Parts in a million at which 20 ms of sound last most of a second: no test is too slow for it."""
MORNING = datetime(2026, 11, 21, 8, 30, 0, 250_000, tzinfo=UTC)


@pytest.fixture(scope="session")
def plugin(tmp_path_factory):
    return build(tmp_path_factory.mktemp("vdac"))


@pytest.fixture
def clock():
    return FakeClock(Instant(0))


def wav(path: Path, clock: FakeClock) -> WavSink:
    def wait(seconds):
        clock.advance(round(seconds * RATE))

    return WavSink(path, clock.monotonic, wait, lambda: MORNING)


@pytest.fixture(params=["fake", "wav", "alsa"])
def sink(request, clock, tmp_path, monkeypatch) -> Iterator[Sink]:
    with closing(_open(request, clock, tmp_path, monkeypatch)) as opened:
        yield opened


def _open(request, clock, tmp_path, monkeypatch) -> Sink:
    if request.param == "fake":
        return FakeSink(clock)
    if request.param == "wav":
        return wav(tmp_path / "horn.wav", clock)
    horn = card(request.getfixturevalue("plugin"), tmp_path / "horn", SLOW)
    for name, value in horn.environment.items():
        monkeypatch.setenv(name, value)
    return AlsaSink("horn")


def test_what_is_written_waits_its_turn(sink):
    before = sink.delay()

    for _ in range(5):
        assert sink.write(TONE)

    assert before < sink.delay() <= before + 5 * BLOCK


def test_a_full_buffer_makes_the_writer_wait_and_holds_half_a_second(sink):
    for _ in range(27):
        assert sink.write(memoryview(bytearray(TONE)))

    assert RATE // 4 < sink.delay() <= 0.51 * RATE


def test_dropping_forgets_what_waits_and_the_stream_goes_on(sink):
    for _ in range(20):
        sink.write(TONE)

    sink.drop()

    assert sink.delay() <= 3 * BLOCK
    assert sink.write(TONE)


def samples(path: Path) -> list[int]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return [s[0] for s in struct.iter_unpack("<h", file.readframes(file.getnframes()))]


def test_the_file_holds_what_sounded_and_nothing_that_did_not(clock, tmp_path):
    sink = wav(tmp_path / "horn.wav", clock)
    clock.advance(100)
    for _ in range(3):
        sink.write(TONE)
    clock.advance(2 * BLOCK)

    sink.close()

    assert samples(tmp_path / "horn.wav") == [0] * 100 + [1000] * (2 * BLOCK)


def test_an_underrun_is_told_and_is_silence_in_the_file(clock, tmp_path):
    sink = wav(tmp_path / "horn.wav", clock)
    sink.write(TONE)
    clock.advance(BLOCK + 500)

    taken = [sink.write(TONE), sink.write(TONE)]
    clock.advance(BLOCK)
    sink.close()

    assert taken == [False, True]
    assert samples(tmp_path / "horn.wav") == [1000] * BLOCK + [0] * 500 + [1000] * BLOCK


def test_a_file_whose_writer_was_killed_can_be_read(clock, tmp_path):
    sink = wav(tmp_path / "horn.wav", clock)
    for _ in range(200):
        sink.write(TONE)

    found = samples(tmp_path / "horn.wav")

    assert 2 * RATE < len(found) <= 4 * RATE
    assert set(found) == {1000}


def test_each_opening_begins_a_file_of_its_own_that_says_when(clock, tmp_path):
    for _ in range(3):
        wav(tmp_path / "horn.wav", clock).close()

    names = sorted(path.name for path in tmp_path.iterdir())

    assert names == ["horn-2.wav", "horn-3.wav", "horn.wav"]
    assert b"ICRD\x18\x00\x00\x002026-11-21T08:30:00.250Z" in (tmp_path / "horn.wav").read_bytes()


def test_after_an_hour_a_new_file_begins_and_the_oldest_goes(clock, tmp_path):
    sink = wav(tmp_path / "horn.wav", clock)
    for _ in range(5):
        clock.advance(3600 * RATE)
        sink.delay()

    sink.close()

    assert sorted(p.name for p in tmp_path.iterdir()) == [f"horn-{n}.wav" for n in (3, 4, 5, 6)]


def test_a_folder_that_cannot_be_written_is_a_device_error(clock, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(DeviceError, match="horn"):
        wav(tmp_path / "file" / "horn.wav", clock)


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def refuses(act: Callable[[], object]) -> bool:
    """Return whether a full disk makes it a device error; nothing else may come of it."""
    with full_disk():
        try:
            act()
        except DeviceError:
            return True
    return False


def open_files(folder: Path) -> list[Path]:
    """Return the files in a folder that are open here."""
    files = (link.resolve() for link in Path("/proc/self/fd").iterdir())
    return [file for file in files if folder in file.parents]


def test_a_full_disk_costs_no_file_for_each_attempt_to_open(clock, tmp_path):

    refused = [refuses(lambda: wav(tmp_path / "horn.wav", clock)) for _ in range(5)]

    assert refused == [True] * 5
    assert open_files(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_a_full_disk_cuts_short_is_closed_and_is_a_device_error(clock, tmp_path):
    sink = wav(tmp_path / "horn.wav", clock)
    sink.write(TONE)
    clock.advance(2 * BLOCK)

    refused = [refuses(act) for act in (sink.delay, sink.close, sink.close)]

    assert refused == [True, True, False]
    assert open_files(tmp_path) == []


def test_a_disk_that_is_full_when_the_hour_is_over_is_a_device_error(clock, tmp_path):
    sink = wav(tmp_path / "horn.wav", clock)
    clock.advance(3600 * RATE - 100)
    sink.delay()
    clock.advance(100)

    refused = [refuses(act) for act in (sink.delay, sink.close)]

    assert refused == [True, False]
    assert open_files(tmp_path) == []


def test_a_card_that_is_not_there_is_a_device_error(plugin, tmp_path, monkeypatch):
    horn = card(plugin, tmp_path / "horn")
    horn.unplug()
    for name, value in horn.environment.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(DeviceError, match="horn"):
        AlsaSink("horn")


def test_a_card_whose_machine_was_suspended_is_a_device_error(plugin, tmp_path, monkeypatch):
    horn = card(plugin, tmp_path / "horn")
    for name, value in horn.environment.items():
        monkeypatch.setenv(name, value)
    asked, written = AlsaSink("horn"), AlsaSink("horn")

    horn.suspend()
    with pytest.raises(DeviceError, match="suspended"):
        asked.delay()
    horn.suspend()
    with pytest.raises(DeviceError, match="suspended"):
        written.write(TONE)

    asked.close()
    written.close()


def test_a_card_that_is_pulled_out_is_a_device_error(plugin, tmp_path, monkeypatch):
    horn = card(plugin, tmp_path / "horn")
    for name, value in horn.environment.items():
        monkeypatch.setenv(name, value)
    sink = AlsaSink("horn")
    horn.unplug()

    with pytest.raises(DeviceError, match="horn"):
        sink.delay()
    with pytest.raises(DeviceError, match="horn"):
        sink.write(TONE)

    sink.close()
