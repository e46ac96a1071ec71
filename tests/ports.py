"""A port for a server that is not there yet."""

import socket


def reserved() -> int:
    """Return a port that nobody is given unasked within the next minute.

    A connection over it has just been closed, so that the kernel keeps the
    port: only a server that asks for it by number, as servers do, gets it.
    """
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()),
    ):
        accepted, _ = server.accept()
        accepted.close()
        return int(server.getsockname()[1])
