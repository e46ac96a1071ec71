import hashlib
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import PATIENCE
from xiaolaba.adapters.clip_connection import SLOW_S, first_to_go
from xiaolaba.adapters.clip_server import CONNECTIONS, ClipServer
from xiaolaba.core.errors import WorldError

BYTES = bytes(range(256)) * 40
NAME = hashlib.sha256(BYTES).hexdigest()
OTHER = "f" * 64


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ClipServer]:
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / f"{NAME}.flac").write_bytes(BYTES)
    (folder / "manifest.json").write_text("{}")
    (folder / f"{OTHER}.flac").mkdir()
    (tmp_path / "secret").write_text("secret")
    server = ClipServer(folder, "127.0.0.1", 0)
    server.start()
    yield server
    server.stop()


def ask(server: ClipServer, path: str, method: str = "GET", **headers: str):
    """Return status, headers and body of a request; `_` in a header's name stands for `-`."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"http://127.0.0.1:{server.port}{path}"
    request = urllib.request.Request(url, headers=given, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_a_clip_comes_whole_and_may_be_kept_for_ever(server: ClipServer):
    status, headers, body = ask(server, f"/clips/{NAME}.flac")

    assert (status, body) == (200, BYTES)
    assert headers["etag"] == f'"{NAME}"'
    assert headers["content-type"] == "audio/flac"
    assert "immutable" in headers["cache-control"]


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=100-", 100, 10_239),
        ("bytes=0-9", 0, 9),
        ("bytes=-5", 10_235, 10_239),
        ("bytes=10000-99999", 10_000, 10_239),
    ],
)
def test_a_download_is_taken_up_where_it_broke_off(server: ClipServer, wanted, first, last):
    status, headers, body = ask(server, f"/clips/{NAME}.flac", range=wanted)

    assert status == 206
    assert headers["content-range"] == f"bytes {first}-{last}/10240"
    assert body == BYTES[first : last + 1]


@pytest.mark.parametrize(
    "wanted", ["bytes=10240-", "bytes=0-1,5-6", "lines=1-2", "bytes=x", "bytes=5-1"]
)
def test_a_range_that_makes_no_sense_is_refused(server: ClipServer, wanted):
    status, _, _ = ask(server, f"/clips/{NAME}.flac", range=wanted)

    assert status in (400, 416)


def test_a_clip_that_one_has_is_not_sent_again(server: ClipServer):
    status, headers, body = ask(server, f"/clips/{NAME}.flac", if_none_match=f'"{NAME}"')

    assert (status, headers["etag"], body) == (304, f'"{NAME}"', b"")


@pytest.mark.parametrize(
    "path",
    [
        f"/clips/{'0' * 64}.flac",
        f"/clips/{OTHER}.flac",
        "/clips/manifest.json",
        "/clips/",
        "/clips",
        "/",
        f"/clips/{NAME}",
        f"/clips/{NAME.upper()}.flac",
        "/clips/../secret",
        "/clips/..%2fsecret",
        "/clips/%2e%2e/secret",
        f"/clips/{NAME}.flac%00",
        f"/clips/{NAME}.flac%0a",
        "/secret",
    ],
)
def test_there_is_nothing_else_to_be_had(server: ClipServer, path):
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_written(server: ClipServer, method):
    assert ask(server, f"/clips/{NAME}.flac", method)[0] == 405


def test_clients_that_hold_every_connection_and_say_nothing_keep_nobody_out(server: ClipServer):
    with ExitStack() as held:
        for _ in range(CONNECTIONS + 50):
            idle = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
            held.enter_context(idle).sendall(b"GET /clips/")

        assert ask(server, f"/clips/{NAME}.flac")[::2] == (200, BYTES)


@dataclass
class Held:
    """A connection as far as its place is concerned."""

    busy: bool
    since: float


@pytest.mark.parametrize(
    ("connections", "goes"),
    [
        ([Held(False, 5), Held(False, 3), Held(True, 0)], 1),
        ([Held(True, 100), Held(True, 40), Held(True, 39)], 2),
        ([Held(True, 200), Held(True, 100)], None),
        ([], None),
    ],
    ids=["idle longest", "slowest of the very slow", "all well at work", "nobody there"],
)
def test_the_place_is_taken_of_who_has_no_use_for_it(connections, goes):
    wanted = None if goes is None else connections[goes]

    assert first_to_go(connections, 100 + SLOW_S) is wanted


def test_it_says_that_it_lives(server: ClipServer):
    assert ask(server, "/health")[::2] == (200, b"ok\n")


def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(WorldError, match=rf"端口 {port}.*clips\.port.*port {port}"):
            ClipServer(tmp_path, "127.0.0.1", port)
