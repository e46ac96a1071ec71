"""What a broker takes: mosquitto's memory with nobody there, and for each connected node."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.processes import free_port, memory, stop
from xiaolaba.core.units import NodeId
from xiaolaba.node.obedience import topics

CONNECTIONS = 500
WITHIN_S = 30.0


def measure() -> list[Figure]:
    """Connect so many nodes and hold the broker's memory before against that after."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        port = free_port()
        settings = Path(folder) / "mosquitto.conf"
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
        path = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin") or "mosquitto"
        broker = subprocess.Popen([path, "-c", str(settings)], stderr=subprocess.DEVNULL)
        stack.callback(stop, broker)
        _patiently(stack, port, 0)
        before = memory(broker.pid, "VmRSS")
        for n in range(CONNECTIONS):
            stack.callback(_node(port, n + 1).close)
        after = memory(broker.pid, "VmRSS")
    each = (after - before) * 1e3 / CONNECTIONS
    return [
        Figure("mosquitto: RSS", before, "MB"),
        Figure(f"mosquitto: a connection, of {CONNECTIONS}", each, "KB"),
    ]


def _patiently(stack: ExitStack, port: int, number: int) -> None:
    """Connect as soon as the broker lets one."""
    began = time.monotonic()
    while True:
        try:
            stack.callback(_node(port, number).close)
        except ConnectionRefusedError:
            if time.monotonic() - began > WITHIN_S:
                raise
            time.sleep(0.05)
        else:
            return


def _node(port: int, number: int) -> socket.socket:
    """Return a connection of a node that listens to its topics, in MQTT 3.1.1's own bytes."""
    name = f"node-{number:04}"
    found = socket.create_connection(("127.0.0.1", port), WITHIN_S)
    found.sendall(_packet(0x10, b"\x00\x04MQTT\x04\x02\x00\x78" + _text(name)))
    _require(found.recv(4), b"\x20\x02\x00\x00")
    wanted = topics(NodeId(name))
    asked = b"".join(_text(topic) + b"\x01" for topic in wanted)
    found.sendall(_packet(0x82, b"\x00\x01" + asked))
    _require(found.recv(4), bytes([0x90, 2 + len(wanted), 0, 1]))
    return found


def _text(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()


def _packet(kind: int, rest: bytes) -> bytes:
    """Return a packet of less than 16 KB."""
    low, high = len(rest) % 128, len(rest) // 128
    return bytes([kind, low | 128, high] if high else [kind, low]) + rest


def _require(said: bytes, wanted: bytes) -> None:
    if said != wanted:
        raise ConnectionError(f"the broker said {said.hex()}")
