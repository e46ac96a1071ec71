"""The demonstration's own small town: two nodes at one place, sounding without a pause.

It has a policy without quiet hours and trusts the host's clock, and both are
said aloud; the shipped example configuration does neither.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from xiaolaba.core.errors import StoreError
from xiaolaba.core.refusal import refusal

PLACES = """\
# 演示用：一个小区，两个喇叭 / the demonstration: one compound, two loudspeakers
timezone: Asia/Shanghai
places:
  - id: demo
    name: 演示小区
    households: 100
    nodes:
      - {id: demo-gate, name: 东门}
      - {id: demo-yard, name: 中庭}
"""

POLICY = """\
# 演示用：不设静音时段，所以随时能听到；正式的例子见 config/policy.yaml
# The demonstration has no quiet hours, so that it can be heard now; see config/policy.yaml
quiet: []
"""

HOLIDAYS = "years: {}\n"

SCHEDULE = """\
# 演示用：全天连续播放已经合成好的顺口溜 / all day long, the rhymes whose clips are made
playlists:
  - id: ready
    rhymes: [{rhymes}]
    languages: {{{languages}}}
    gap: 1s
programmes:
  - id: demo-loop
    name: 演示循环
    where: [demo]
    at: ["00:00-12:00", "12:00-24:00"]
    every: continuous
    playlist: ready
"""

DAEMON = """\
state: ../daemon
broker: {{embedded: true, host: 127.0.0.1, port: {broker}}}
clips: {{folder: {clips}, host: 127.0.0.1, port: {http}, url: "http://127.0.0.1:{http}/clips/"}}
rhymes: {rhymes}
clock: {{trust: host}}
unapproved: air  # 演示直接播出未认可的实验音频 / airs experimental clips that nobody approved
"""

NODE = """\
id: {node}
broker: {{host: 127.0.0.1, port: {broker}}}
identity: ../{node}/identity
state: ../{node}/state
sound: {sound}
clock: {{trust: host}}
report: {{every: 0s}}
"""

NODES = ("demo-gate", "demo-yard")


@dataclass(frozen=True, slots=True)
class Demo:
    """Where everything of one demonstration lies; all below `root` but rhymes and clips."""

    root: Path
    rhymes: Path
    clips: Path

    @property
    def config(self) -> Path:
        """The demonstration's configuration."""
        return self.root / "config"

    @property
    def daemon(self) -> Path:
        """The daemon's settings."""
        return self.config / "daemon.yaml"

    @property
    def policy_key(self) -> Path:
        """The policy key, outside the daemon's folder."""
        return self.root / "policy-key" / "policy.key"

    @property
    def store(self) -> Path:
        """The daemon's record."""
        return self.root / "daemon" / "store.sqlite"

    def node(self, node: str) -> Path:
        """Return a node's settings."""
        return self.config / f"{node}.yaml"

    def identity(self, node: str) -> Path:
        """Return a node's identity folder."""
        return self.root / node / "identity"

    def wav(self, node: str) -> Path:
        """Return the file a node without a sound card plays into."""
        return self.root / "sound" / f"{node}.wav"

    def log(self, program: str) -> Path:
        """Return a program's log."""
        return self.root / "logs" / f"{program}.log"


def write_town(demo: Demo) -> None:
    """Write the parts of the configuration that never change."""
    for folder in (demo.config, demo.root / "sound", demo.root / "logs", demo.policy_key.parent):
        folder.mkdir(parents=True, exist_ok=True)
    (demo.config / "places.yaml").write_text(PLACES, "utf-8")
    (demo.config / "policy.yaml").write_text(POLICY, "utf-8")
    (demo.config / "holidays-cn.yaml").write_text(HOLIDAYS, "utf-8")


def write_programs(demo: Demo, broker: int, http: int, devices: dict[str, str]) -> None:
    """Write the settings of the daemon and the nodes for this run's ports and devices."""
    demo.daemon.write_text(
        DAEMON.format(
            broker=broker, http=http, clips=demo.clips.resolve(), rhymes=demo.rhymes.resolve()
        ),
        "utf-8",
    )
    for node in NODES:
        sound = (
            f"{{device: {devices[node]}}}"
            if node in devices
            else f"{{wav: {demo.wav(node).resolve()}}}"
        )
        demo.node(node).write_text(NODE.format(node=node, broker=broker, sound=sound), "utf-8")


def write_schedule(demo: Demo, rhymes: Sequence[str], languages: Sequence[str]) -> None:
    """Write a schedule that plays `rhymes`, in `languages` at equal shares."""
    shares = ", ".join(f"{language}: 1" for language in languages)
    (demo.config / "schedule.yaml").write_text(
        SCHEDULE.format(rhymes=", ".join(rhymes), languages=shares), "utf-8"
    )


@contextmanager
def alone(demo: Demo) -> Iterator[None]:
    """Hold the demonstration's folder; a second demonstration in it is refused.

    Raises:
        StoreError: if the folder cannot be written or is in use.
    """
    try:
        demo.root.mkdir(parents=True, exist_ok=True)
        lock = (demo.root / "lock").open("w")
    except OSError as error:
        raise StoreError(
            f"无法写入 {demo.root}：{refusal(error)} / cannot write {demo.root}: {error}"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(
                f"{demo.root} 里已有一个演示在运行，请先结束它，或用 --dir 另选文件夹 / "
                f"a demonstration is running in {demo.root}: end it, or choose another --dir"
            ) from error
        yield
