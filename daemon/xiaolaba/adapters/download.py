"""The bytes of a clip over HTTP, going on where the last attempt was cut.

One clip is downloaded at a time, so a server that gives ever so slowly would
keep all others waiting: a download has a turn of some length, and goes on
from there in its next one.
"""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from xiaolaba.core.errors import ClipError
from xiaolaba.core.units import ClipHash

PATIENCE = 20.0
"""Seconds that a server may say nothing."""
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Arriving:
    """What a server sends of a clip: its bytes from `begin` on, of `length` in all if it says."""

    clip: ClipHash
    begin: int
    length: int
    _answer: http.client.HTTPResponse

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes as they come.

        Raises:
            ClipError: if they cease to come before the end.
        """
        while chunk := self._read():
            yield chunk
        if self._answer.length:
            raise ClipError(f"{self.clip}: cut off, {self._answer.length} bytes are missing")

    def _read(self) -> bytes:
        with _wire(self.clip):
            return self._answer.read(_CHUNK)


@contextmanager
def arriving(clip: ClipHash, url: str, have: int, turn: float) -> Iterator[Arriving | None]:
    """Ask for what comes after the first `have` bytes, for `turn` seconds; None if nothing does.

    Raises:
        ClipError: if the server cannot be asked or does not have it.
    """
    wanted = {"Range": f"bytes={have}-"} if have else {}
    with _wire(clip):
        connection, target = _address(clip, url)
    with _wire(clip), _connected(connection, turn):
        connection.request("GET", target, headers=wanted)
        yield _judged(clip, connection.getresponse(), have)


def _judged(clip: ClipHash, answer: http.client.HTTPResponse, have: int) -> Arriving | None:
    if answer.status == 416 and have:
        return None
    if answer.status not in (200, 206):
        raise ClipError(f"{clip}: the server answers {answer.status}")
    begin = have if answer.status == 206 else 0
    return Arriving(clip, begin, begin + (answer.length or 0), answer)


def _address(clip: ClipHash, url: str) -> tuple[http.client.HTTPConnection, str]:
    """Return a connection to the URL's server, and what to ask it for."""
    parts = urlsplit(url)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        raise ClipError(f"{clip}: {url[:200]!r} is no http address")
    return kinds[parts.scheme](parts.hostname, parts.port, timeout=PATIENCE), parts.path


@contextmanager
def _wire(clip: ClipHash) -> Iterator[None]:
    """Turn what goes wrong on the way to the server into a ClipError.

    A host or port that cannot be one is a ValueError.
    """
    try:
        yield
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ClipError(f"{clip}: {type(error).__name__}: {error}") from error


@contextmanager
def _connected(connection: http.client.HTTPConnection, turn: float) -> Iterator[None]:
    """Connect, and cut the connection after `turn` seconds, however slowly it still gives."""
    connection.connect()
    timer = threading.Timer(turn, _cut, [connection.sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.close()


def _cut(wire: socket.socket) -> None:
    with suppress(OSError):  # it may have been closed just now
        wire.shutdown(socket.SHUT_RDWR)
