"""Clips over HTTP, with `starlette` on `uvicorn` in a thread of its own.

`GET /clips/<sha256>.flac` gives one clip, whole or one range of it; `GET
/health` says that the server lives. There is nothing else, and no way to
list or to leave the folder: a name is 64 hex digits or it is not looked at.
"""

import re
import socket
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from xiaolaba.adapters.clip_connection import Connection
from xiaolaba.core.errors import WorldError
from xiaolaba.core.refusal import cause

CONNECTIONS = 200
"""Connections at once; when all of them are at work, more are told 503 and come again."""

_NAME = re.compile(r"[0-9a-f]{64}\.flac")
_RANGE = re.compile(r"bytes=(\d{1,12}-\d{0,12}|-\d{1,12})")


class ClipServer:
    """Serves a folder of clips; `port` is the one that was taken, also for port 0."""

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self._socket = _listen(host, port)
        self.port = int(self._socket.getsockname()[1])
        self._server = uvicorn.Server(
            uvicorn.Config(
                app(folder),
                http=Connection,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                limit_concurrency=CONNECTIONS,
                timeout_keep_alive=10,
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(target=self._run, name="clips", daemon=True)

    def start(self) -> None:
        """Begin to serve; connections wait from the constructor on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and give the port back."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(5.0)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def app(folder: Path) -> Starlette:
    """Return the application that serves `folder`."""

    async def clip(request: Request) -> Response:
        return _clip(folder, request)

    async def health(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    return Starlette(routes=[Route("/clips/{name}", clip), Route("/health", health)])


def _clip(folder: Path, request: Request) -> Response:
    """Return one clip; its name is its ETag, since it is the hash of its bytes."""
    name = request.path_params["name"]
    path = folder / name
    if not _NAME.fullmatch(name) or not path.is_file():
        return PlainTextResponse("no such clip\n", 404)
    etag = f'"{name.removesuffix(".flac")}"'
    headers = {"etag": etag, "cache-control": "public, max-age=31536000, immutable"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if not _RANGE.fullmatch(request.headers.get("range", "bytes=0-")):
        return PlainTextResponse("one range of bytes at a time\n", 416)
    return FileResponse(path, media_type="audio/flac", headers=headers)


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        WorldError: if the port is taken, saying which and the way out.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise WorldError(
            f"无法使用 {host} 的端口 {port}（{cause(error)}）：请在 daemon.yaml 换一个 clips.port"
            f" / cannot serve clips on {host}, port {port} ({error.strerror}):"
            f" choose another clips.port in daemon.yaml"
        ) from error
    listener.listen(128)
    return listener
