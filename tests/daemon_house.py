"""A small town with a daemon in a process of its own, for tests that need the real thing."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.listening import Listener
from tests.ports import reserved
from tests.waiting import PATIENCE, until
from xiaolaba.adapters import keys
from xiaolaba.cli import main
from xiaolaba.core.library import Clip, library, to_json
from xiaolaba.core.message import node_topic
from xiaolaba.core.message.seal import Verify
from xiaolaba.core.units import RATE, ClipHash, Language, RhymeId, Samples

PLACES = """
timezone: Asia/Shanghai
places:
  - id: demo
    name: 演示小区
    nodes:
      - {id: gate, name: 东门}
      - {id: yard, name: 中庭}
"""
SCHEDULE = """
playlists:
  - {id: all, rhymes: [one], gap: 1s}
programmes:
  - {id: loop, name: 循环, where: [demo], at: ["07:30-08:30"], every: continuous, playlist: all}
"""
POLICY = """
quiet:
  - {name: 夜间, from: "21:30", to: "07:30"}
"""
RHYMES = """
rhymes:
  - id: one
    topic: 刷单返利
    audience: all
    readings: {cmn: 刷单返利是诈骗}
"""
DAEMON = """
state: ../state
broker: {{embedded: true, host: 127.0.0.1, port: {broker}}}
clips: {{folder: ../clips, host: 127.0.0.1, port: {clips}}}
rhymes: ../rhymes
clock: {{trust: host}}
"""


@dataclass
class DaemonHouse:
    """Configuration, state and clips of one town below `root`, and its daemon."""

    root: Path
    broker: int = field(default_factory=reserved)
    clips: int = field(default_factory=reserved)
    process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> str:
        """The daemon's settings file."""
        return str(self.root / "config" / "daemon.yaml")

    @property
    def policy_pub(self) -> str:
        """The policy key's public half, beside the key."""
        return str(self.root / "policy.pub")

    def build(self, places: str = PLACES) -> None:
        """Write the configuration and bring it in force: keys, policy, two nodes, apply."""
        for name in ("config", "rhymes", "clips"):
            (self.root / name).mkdir(parents=True)
        (self.root / "rhymes" / "one.yaml").write_text(RHYMES)
        daemon = DAEMON.format(broker=self.broker, clips=self.clips)
        self.write(places=places, schedule=SCHEDULE, policy=POLICY, daemon=daemon)
        self.write(**{"holidays-cn": "years: {}\n"})
        self.put_clip(3)
        key = str(self.root / "policy.key")
        self.call("policy", "init", "--key", key)
        self.call("policy", "publish", "--yes", "--key", key, "--config", str(self.root / "config"))
        for node in ("gate", "yard"):
            self.call("enrol", node, "--to", str(self.root / node), "--policy", self.policy_pub)
        self.apply()

    def write(self, **files: str) -> None:
        """Write files of the configuration."""
        for name, text in files.items():
            (self.root / "config" / f"{name}.yaml").write_text(text)

    def put_clip(self, seconds: int) -> None:
        """Let the only reading be so long."""
        made = ("test", "test", "key", False, -16.0, -1.0)
        name = ClipHash(f"{seconds:064d}")
        clip = Clip(RhymeId("one"), Language("cmn"), name, Samples(seconds * RATE), *made)
        (self.root / "clips" / f"{name}.flac").write_bytes(b"f" * seconds)
        (self.root / "clips" / "manifest.json").write_text(to_json(library([clip])))

    def call(self, *words: str, code: int = 0) -> None:
        """Carry out a command on this daemon's settings."""
        assert main([*words, "--daemon", self.settings]) == code

    def apply(self) -> None:
        """Put the configuration in force."""
        self.call("apply", "--yes", "--config", str(self.root / "config"))

    def start(self) -> None:
        """Start the daemon and wait for its broker; what it says is in `daemon.log`."""
        self.launch()
        until(self._listens, "the broker listens")

    def launch(self) -> None:
        """Start the daemon's process."""
        with (self.root / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "xiaolaba", "daemon", "--config", self.settings],
                stderr=log,
                env={**os.environ, "PYTHONPATH": "daemon"},
            )

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.broker)) == 0

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send the daemon a signal and return how it ended."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def child(self, name: str) -> int:
        """Return the process id of the daemon's child that runs a program."""
        assert self.process is not None
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = [int(pid) for task in tasks for pid in task.read_text().split()]
        (found,) = [pid for pid in pids if Path(f"/proc/{pid}/comm").read_text().strip() == name]
        return found

    def log(self) -> str:
        """Return what the daemon said."""
        return (self.root / "daemon.log").read_text()

    def node(self, node: str) -> Listener:
        """Return a node that listens to what is for it."""
        leaves = ("policy", "hold", "playlist", "plays/ack")
        topics = [node_topic(node, leaf) for leaf in leaves]
        password = (self.root / node / "password").read_text()
        return Listener(self.broker, node, password, *topics, "xiaolaba/v1/playlists/+")

    def keys(self, node: str, name: str) -> dict[str, Verify]:
        """Return a public key of a node's identity, by its id."""
        return dict([keys.verifier(self.root / node / f"{name}.pub")])


def newest(listener: Listener, topic: str) -> bytes:
    """Wait for a topic and return the last payload heard on it."""
    until(lambda: topic in listener.topics(), f"{topic} came")
    return [message.payload for message in listener.heard if message.topic == topic][-1]
