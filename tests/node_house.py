"""A node's folders as enrolment and earlier messages leave them, for tests that run a node."""

import hashlib
import json
import random
import signal
import subprocess
import sys
from array import array
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tests.waiting import PATIENCE, until
from xiaolaba.adapters import keys
from xiaolaba.adapters.saved_state import SavedState
from xiaolaba.core.message import (
    Manifest,
    body_digest,
    body_to_bytes,
    manifest_to_json,
    policy_to_json,
)
from xiaolaba.core.message.seal import Envelope, seal
from xiaolaba.core.policy import Policy
from xiaolaba.core.timetable.score import Item, Loop, Score, Window
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    Instant,
    Language,
    NodeId,
    ProgrammeId,
    RhymeId,
    Samples,
)
from xiaolaba.core.zone import Zone

ROOT = Path(__file__).parent.parent
NODE = NodeId("gate")
ZONE = Zone("Asia/Shanghai", (Instant(0),), (8 * 3600,))
NEVER = 4_000_000_000


def noise(seed: int, samples: int) -> "array[int]":
    """Return samples that are found nowhere else."""
    chance = random.Random(seed)
    return array("h", [chance.randint(-8000, 8000) for _ in range(samples)])


def loop_score(
    clips: dict[ClipHash, int],
    windows: list[tuple[int, int]],
    gap: int = RATE // 4,
) -> Score:
    """Return a score that plays the clips (by length) in turn in each window, without a pause."""
    items = tuple(
        Item(RhymeId(f"r-{clip[:4]}"), Language("cmn"), clip, Samples(length), Samples(gap))
        for clip, length in clips.items()
    )
    found = [Window(Instant(a), Instant(b), 0, 0, date(2026, 1, 1)) for a, b in windows]
    return Score((Loop(ProgrammeId("p"), items),), tuple(found), Instant(4_000_000_000 * RATE))


@dataclass
class House:
    """A node's state and identity below `folder`, and the keys that its messages are signed by."""

    folder: Path
    sound: dict[str, str]
    port: int = 1
    clips: dict[ClipHash, "array[int]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = self.folder / "state"
        self.identity = self.folder / "identity"
        for name in ("programme", "policy", "identity", "state/cache"):
            (self.folder / name).mkdir(parents=True)
        for name in ("programme", "policy"):
            keys.generate(self.folder / name / f"{name}.key")
            public = (self.folder / name / f"{name}.pub").read_bytes()
            (self.identity / f"{name}.pub").write_bytes(public)
        keys.generate(self.identity / "node.key")
        (self.identity / "password").write_text("secret\n")
        self.saved = SavedState(self.state / "saved")

    @property
    def config(self) -> Path:
        """Write node.yaml (JSON is YAML) and return its path."""
        path = self.folder / "node.yaml"
        settings = {
            "id": NODE,
            "broker": {"host": "127.0.0.1", "port": self.port},
            "identity": "identity",
            "state": "state",
            "sound": self.sound,
            "clock": {"trust": "host"},
            "report": {"every": "0s"},
        }
        path.write_text(json.dumps(settings))
        return path

    def seal(self, who: str, kind: str, body: dict[str, object], revision: int = 1) -> bytes:
        """Return a message signed by `programme` or `policy`."""
        kid, sign = keys.signer(self.folder / who / f"{who}.key")
        return seal(Envelope(kind, NODE, 1, revision, 0, NEVER), body, kid, sign)

    def policy(self, policy: Policy | None = None, revision: int = 1) -> bytes:
        """Return a sealed policy; by default one that forbids nothing."""
        body = policy_to_json(policy or Policy(NODE, ZONE))
        return self.seal("policy", "policy", body, revision)

    def playlist(self, score: Score, url: str = "http://127.0.0.1:1/", revision: int = 1) -> bytes:
        """Return a sealed playlist."""
        body = body_to_bytes(score)
        manifest = Manifest(body_digest(body), Instant(0), url)
        return self.seal("programme", "playlist", manifest_to_json(manifest), revision)

    def cached(self, samples: "array[int]") -> ClipHash:
        """Put a clip into the cache as if it had been fetched."""
        raw = samples.tobytes()
        clip = ClipHash(hashlib.sha256(b"clip" + raw).hexdigest())
        digest = hashlib.sha256(raw).hexdigest()[:16]
        (self.state / "cache" / f"{clip}.{digest}.pcm").write_bytes(raw)
        self.clips[clip] = samples
        return clip

    def remember(self, score: Score, policy: Policy | None = None) -> None:
        """Save a policy and a playlist as if they had been accepted."""
        self.saved.save("policy", self.policy(policy))
        self.saved.save("playlist", self.playlist(score) + b"\n" + body_to_bytes(score))

    def start(self, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        """Start a node process."""
        command = [sys.executable, "-m", "xiaolaba", "node", "--config", str(self.config)]
        path = {"PYTHONPATH": str(ROOT / "daemon"), "PATH": "/usr/bin:/bin"}
        log = (self.folder / "node.log").open("ab")
        with log:
            return subprocess.Popen(command, env={**path, **environment}, stderr=log)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Stop a process, to be continued, and wait until it stands still."""
    process.send_signal(signal.SIGSTOP)
    threads = Path(f"/proc/{process.pid}/task")
    until(
        lambda: all("State:\tT" in (t / "status").read_text() for t in threads.iterdir()),
        "every thread stands still",
    )


def end(process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> int:
    """Send a signal and return the exit code."""
    process.send_signal(number)
    return process.wait(PATIENCE)
