"""The clip cache over a real server on loopback: whole and checked, or not there at all."""

import hashlib
import resource
import struct
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import soundfile

from tests.messages import URLS_WITHOUT_A_SERVER
from xiaolaba.adapters.clip_cache import DiskClipCache
from xiaolaba.core.errors import ClipError, StoreError
from xiaolaba.core.units import RATE, ClipHash
from xiaolaba.ports.node import ClipCache
from xiaolaba.sim.fakes import FakeCache

BUDGET = 100_000_000


class Shelf:
    """What the server has, what it was asked for, and how many bytes it gives before it cuts.

    A clip that is `dripping` it sends byte after byte and never to its end; `mute`, not even
    the head of its answer.
    """

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.cut_after: int | None = None
        self.dripping: str | None = None
        self.mute = False
        self.closed = threading.Event()
        self.url = ""

    def put(self, content: bytes) -> ClipHash:
        clip = ClipHash(hashlib.sha256(content).hexdigest())
        self.files[clip] = content
        return clip

    def address(self, clip: str) -> str:
        return f"{self.url}/{clip}.flac"


@pytest.fixture
def shelf():
    found = Shelf()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name, wanted = self.path[1:].removesuffix(".flac"), self.headers.get("Range")
            found.asked.append((name, wanted))
            content = found.files.get(name)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            if content is None or (wanted and start >= len(content)):
                self.send_error(404 if content is None else 416)
                return
            if name == found.dripping and found.mute:
                self.drip(b"HTTP/1.1 200 " + b"O" * 60_000)
                return
            self.send_response(206 if wanted else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            if name == found.dripping:
                self.drip(content[start:-1])
                return
            self.wfile.write(content[start:][: found.cut_after])

        def drip(self, content):
            with suppress(OSError):
                for byte in content:
                    self.wfile.write(bytes([byte]))
                    if found.closed.wait(0.001):
                        return
                found.closed.wait()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    found.closed.set()
    server.shutdown()
    thread.join()
    server.server_close()


def content(cache: ClipCache, clip: ClipHash) -> bytes:
    path = cache.pcm(clip)
    assert path is not None
    return path.read_bytes()


@pytest.fixture
def cache(tmp_path):
    return DiskClipCache(tmp_path / "cache", BUDGET)


def flac(tmp_path, samples, rate=RATE, subtype="PCM_16"):
    soundfile.write(tmp_path / "x.flac", samples, rate, subtype=subtype)
    return (tmp_path / "x.flac").read_bytes()


@pytest.fixture
def sound():
    return np.random.default_rng(1).integers(-9000, 9000, RATE, dtype=np.int16)


def test_a_clip_is_there_sample_for_sample_once_it_was_fetched(cache, shelf, tmp_path, sound):
    clip = shelf.put(flac(tmp_path, sound))
    before = cache.pcm(clip)

    cache.fetch(clip, shelf.address(clip))

    assert before is None
    assert content(cache, clip) == sound.tobytes()
    assert cache.received == len(shelf.files[clip])
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".pcm"]


def test_a_clip_is_decoded_by_nothing_that_lies_in_the_current_folder(
    cache, shelf, tmp_path, sound, monkeypatch
):
    for name in ("ctypes", "xiaolaba"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('planted')")
    monkeypatch.chdir(tmp_path)
    clip = shelf.put(flac(tmp_path, sound))

    cache.fetch(clip, shelf.address(clip))

    assert content(cache, clip) == sound.tobytes()


def test_a_fetched_clip_is_not_fetched_again_not_even_after_a_restart(
    cache, shelf, tmp_path, sound
):
    clip = shelf.put(flac(tmp_path, sound))
    cache.fetch(clip, shelf.address(clip))

    again = DiskClipCache(tmp_path / "cache", BUDGET)
    again.fetch(clip, shelf.address(clip))

    assert again.pcm(clip) == cache.pcm(clip)
    assert len(shelf.asked) == 1


@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_download_that_was_cut_goes_on_where_it_stopped(cache, shelf, tmp_path, sound, tenths):
    clip = shelf.put(flac(tmp_path, sound))
    shelf.cut_after = len(shelf.files[clip]) * tenths // 10

    with pytest.raises(ClipError, match="cut off"):
        cache.fetch(clip, shelf.address(clip))
    cut_at, shelf.cut_after = shelf.cut_after, None
    cache.fetch(clip, shelf.address(clip))

    assert shelf.asked == [(clip, None), (clip, f"bytes={cut_at}-")]
    assert content(cache, clip) == sound.tobytes()


def test_bytes_with_another_hash_are_refused_and_not_kept(cache, shelf, tmp_path, sound):
    clip = shelf.put(flac(tmp_path, sound))
    shelf.files[clip] = shelf.files[clip][:-1] + b"?"

    with pytest.raises(ClipError, match="SHA-256"):
        cache.fetch(clip, shelf.address(clip))

    assert cache.pcm(clip) is None
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("rate", "channels", "subtype"),
    [(44_100, 1, "PCM_16"), (RATE, 2, "PCM_16"), (RATE, 1, "PCM_24")],
    ids=["another rate", "stereo", "24 bit"],
)
def test_sound_that_is_no_clip_of_ours_is_refused(cache, shelf, tmp_path, rate, channels, subtype):
    content = flac(tmp_path, np.zeros((1000, channels), np.int16), rate, subtype)
    clip = shelf.put(content)

    with pytest.raises(ClipError, match="not 48 kHz"):
        cache.fetch(clip, shelf.address(clip))

    assert cache.pcm(clip) is None


def test_a_signed_file_that_is_no_sound_is_refused(cache, shelf):
    clip = shelf.put(b"this is no sound" * 100)

    with pytest.raises(ClipError, match=clip):
        cache.fetch(clip, shelf.address(clip))

    assert cache.pcm(clip) is None


def test_a_clip_that_the_server_does_not_have_is_a_clip_error(cache, shelf):
    with pytest.raises(ClipError, match="404"):
        cache.fetch(ClipHash("0" * 64), shelf.address("0" * 64))


def test_a_server_that_is_not_there_is_a_clip_error(cache):
    with pytest.raises(ClipError, match="refused"):
        cache.fetch(ClipHash("0" * 64), "http://127.0.0.1:1/x.flac")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "nonsense", "ftp://127.0.0.1/x"])
def test_only_http_addresses_are_asked(cache, url):
    with pytest.raises(ClipError, match="no http address"):
        cache.fetch(ClipHash("0" * 64), url)


@pytest.mark.parametrize("url", URLS_WITHOUT_A_SERVER)
def test_an_address_that_cannot_be_is_a_clip_error(cache, url):
    with pytest.raises(ClipError):
        cache.fetch(ClipHash("0" * 64), url + "x.flac")


@contextmanager
def disk_that_takes(size):
    """Let no file grow beyond `size` bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [20_000, 90_000], ids=["while loading", "while decoding"])
def test_a_full_disk_is_reported_and_nothing_half_written_is_used(
    cache, shelf, tmp_path, sound, size
):
    clip = shelf.put(flac(tmp_path, sound // 64))

    with disk_that_takes(size), pytest.raises(StoreError):
        cache.fetch(clip, shelf.address(clip))
    left = [path.name for path in (tmp_path / "cache").iterdir()]
    nothing = cache.pcm(clip)
    cache.fetch(clip, shelf.address(clip))

    assert nothing is None
    assert not any(name.endswith((".pcm", ".new")) for name in left)
    assert content(cache, clip) == (sound // 64).tobytes()
    assert shelf.asked[1][1] is not None


def test_a_clip_that_rotted_on_the_disk_is_fetched_again(cache, shelf, tmp_path, sound):
    clip = shelf.put(flac(tmp_path, sound))
    cache.fetch(clip, shelf.address(clip))
    path = cache.pcm(clip)
    raw = path.read_bytes()
    path.write_bytes(raw[:500] + struct.pack("<h", 1) + raw[502:])

    again = DiskClipCache(tmp_path / "cache", BUDGET)
    again.fetch(clip, shelf.address(clip))

    assert len(shelf.asked) == 2
    assert content(again, clip) == sound.tobytes()


def test_a_clip_that_was_cut_since_it_was_checked_is_noticed(cache, shelf, tmp_path, sound):
    clip = shelf.put(flac(tmp_path, sound))
    cache.fetch(clip, shelf.address(clip))
    cache.fetch(clip, shelf.address(clip))
    cache.pcm(clip).write_bytes(b"cut")

    cache.fetch(clip, shelf.address(clip))

    assert content(cache, clip) == sound.tobytes()
    assert len(shelf.asked) == 2


def test_room_is_made_by_removing_what_nothing_needs(shelf, tmp_path, sound):
    cache = DiskClipCache(tmp_path / "cache", 300_000)
    quiet = sound // 4096
    clips = [shelf.put(flac(tmp_path, np.roll(quiet, n))) for n in range(4)]
    for clip in clips[:2]:
        cache.fetch(clip, shelf.address(clip))
    cache.retain(frozenset([clips[1], clips[2]]), frozenset())

    cache.fetch(clips[2], shelf.address(clips[2]))

    assert cache.pcm(clips[0]) is None
    assert cache.pcm(clips[1]) is not None
    with pytest.raises(StoreError, match="budget"):
        cache.fetch(clips[3], shelf.address(clips[3]))


def test_what_is_needed_soon_takes_the_room_of_what_is_needed_later_and_never_the_reverse(
    shelf, tmp_path, sound
):
    cache = DiskClipCache(tmp_path / "cache", 300_000)
    quiet = sound // 4096
    soon, later, latest = (shelf.put(flac(tmp_path, np.roll(quiet, n))) for n in range(3))
    cache.retain(frozenset([soon, later, latest]), frozenset([soon]))
    for clip in (later, latest):
        cache.fetch(clip, shelf.address(clip))

    cache.fetch(soon, shelf.address(soon))
    with pytest.raises(StoreError, match="budget"):
        cache.fetch(later, shelf.address(later))

    assert cache.pcm(soon) is not None
    assert cache.pcm(later) is None


def test_a_clip_for_which_there_is_no_room_is_not_downloaded(shelf, tmp_path, sound):
    cache = DiskClipCache(tmp_path / "cache", 300_000)
    clip = shelf.put(flac(tmp_path, sound))

    for _ in range(2):
        with pytest.raises(StoreError, match="no room"):
            cache.fetch(clip, shelf.address(clip))

    assert cache.received == 0
    assert len(shelf.asked) == 1
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_was_begun_and_is_not_needed_makes_way_too(shelf, tmp_path, sound):
    cache = DiskClipCache(tmp_path / "cache", 300_000)
    begun, clip = (shelf.put(flac(tmp_path, np.roll(sound // 2048, n))) for n in range(2))
    shelf.cut_after = len(shelf.files[begun]) - 1
    with pytest.raises(ClipError, match="cut off"):
        cache.fetch(begun, shelf.address(begun))
    shelf.cut_after = None
    (tmp_path / "cache" / f"{'0' * 64}.part").write_bytes(bytes(250_000))

    again = DiskClipCache(tmp_path / "cache", 300_000)
    again.retain(frozenset([begun, clip]), frozenset())
    again.fetch(clip, shelf.address(clip))

    assert again.here() == {clip}
    assert sum(path.stat().st_size for path in (tmp_path / "cache").iterdir()) <= 300_000


@pytest.mark.parametrize("mute", [False, True], ids=["its bytes", "the head of its answer"])
def test_a_server_that_drips_does_not_keep_other_clips_waiting(shelf, tmp_path, sound, mute):
    cache = DiskClipCache(tmp_path / "cache", BUDGET, turn=0.3)
    slow, clip = (shelf.put(flac(tmp_path, np.roll(sound // 64, n))) for n in range(2))
    shelf.dripping, shelf.mute = slow, mute

    with pytest.raises(ClipError):
        cache.fetch(slow, shelf.address(slow))
    given = cache.received
    shelf.dripping = None
    patient = DiskClipCache(tmp_path / "cache", BUDGET)
    for wanted in (clip, slow):
        patient.fetch(wanted, shelf.address(wanted))

    assert given < len(shelf.files[slow])
    assert shelf.asked[-1] == (slow, f"bytes={given}-" if given else None)
    assert patient.here() == {clip, slow}


def test_leftovers_of_a_killed_process_are_removed(tmp_path):
    (tmp_path / "half.new").write_bytes(b"half")

    DiskClipCache(tmp_path, BUDGET)

    assert list(tmp_path.iterdir()) == []


def test_the_fake_cache_keeps_the_same_promises(tmp_path):
    clip, other = ClipHash("a" * 64), ClipHash("c" * 64)
    cache = FakeCache(tmp_path, {clip: b"\x01\x00", other: b"\x02\x00"})
    before = cache.pcm(clip)

    cache.fetch(other, "")
    cache.retain(frozenset([clip]), frozenset())
    cache.fetch(clip, "")

    assert before is None
    assert content(cache, clip) == b"\x01\x00"
    assert cache.here() == frozenset([clip])
    assert cache.pcm(other) is None
    with pytest.raises(ClipError):
        cache.fetch(ClipHash("b" * 64), "")
