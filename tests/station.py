"""The other end of a node: a broker, and a daemon that the test speaks for."""

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

from tests.node_house import NODE, House
from tests.ports import reserved
from xiaolaba.adapters import keys
from xiaolaba.adapters.mqtt import PahoBus
from xiaolaba.core.ledger import Record, first_break
from xiaolaba.core.message import DAEMON_STATE, batch_from_json, node_topic, to_bytes
from xiaolaba.core.message.seal import unseal
from xiaolaba.ports.bus import Inbound


class Station:
    """A broker that can be taken away, and whom the test speaks as."""

    def __init__(self, folder: Path) -> None:
        self.port = reserved()
        self._program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        self._log = folder / "broker.log"
        self._broker: subprocess.Popen[bytes] | None = None
        self.heard: list[Inbound] = []
        self.up = threading.Event()
        self.bus = PahoBus(
            "127.0.0.1", self.port, client_id="station", user="u", password="p", back_off=(1, 1)
        )

    def open(self) -> None:
        assert self._program is not None
        with self._log.open("ab") as log:
            command = [self._program, "-p", str(self.port)]
            self._broker = subprocess.Popen(command, stderr=log)

    def close(self) -> None:
        if self._broker is not None:
            self._broker.kill()
            self._broker.wait()
            self._broker = None

    def listen(self) -> None:
        self.bus.subscribe(*(node_topic(NODE, leaf) for leaf in ("state", "plays", "events")))
        self.bus.start(self.heard.append, self._connected)

    def _connected(self, up: bool) -> None:
        """Say that the daemon is there, so that a node sends what nobody has listened to."""
        if up:
            self.bus.publish(DAEMON_STATE, to_bytes({"v": 1, "online": True}), retain=True)
            self.up.set()
        else:
            self.up.clear()

    def said(self, leaf: str) -> list[bytes]:
        return [m.payload for m in self.heard if m.topic == node_topic(NODE, leaf)]

    def codes(self) -> list[str]:
        return [json.loads(payload)["code"] for payload in self.said("events")]

    def tell(self, leaf: str, payload: bytes) -> None:
        assert self.bus.publish(node_topic(NODE, leaf), payload, retain=True)


def batches(house: House, station: Station) -> list[tuple[str, list[Record]]]:
    """Return every batch of plays that arrived with its epoch, once it is checked."""
    kid, verify = keys.verifier(house.identity / "node.pub")
    found = []
    for payload in station.said("plays"):
        _, body = unseal(payload, "plays", {kid: verify})
        epoch, before, records = batch_from_json(body)
        assert first_break(before, epoch, records) is None
        found.append((epoch, list(records)))
    return found


def arrived(house: House, station: Station) -> list[tuple[str, int]]:
    """Return every play that arrived, as (epoch, seq)."""
    return [(epoch, record.seq) for epoch, found in batches(house, station) for record in found]
