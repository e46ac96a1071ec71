"""A demonstration under way: make clips, air what is made, keep every process alive.

    make clips --> first clip --> enrol, sign the policy, apply --> daemon, nodes --> sound
        '--- half as many again, or all ---> apply again

Every step is what an operator would do by hand; the programs are processes
of their own, and one that dies is started again.
"""

import shutil
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.live import Live

from xiaolaba.adapters.alsa import AlsaSink
from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.adapters.sqlite_status import NodeStatus, read_status
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.cli.demo import town
from xiaolaba.cli.demo.children import Child
from xiaolaba.cli.demo.live import NodeView, RunView, line, screen
from xiaolaba.cli.demo.sounded import seconds_of_sound
from xiaolaba.cli.demo.summary import NodeSummary, Summary
from xiaolaba.cli.demo.town import NODES, Demo
from xiaolaba.cli.doing import doing
from xiaolaba.core.errors import BrokerError, DeviceError, StoreError, VoiceError
from xiaolaba.core.library import Library
from xiaolaba.core.units import Language, RhymeId
from xiaolaba.settings import load_rhymes

NOTES = (
    "演示没有静音时段、信任本机时钟、会播没有人认可过的实验方言；正式的例子见 config/",
    "The demonstration has no quiet hours, trusts the host's clock and airs experimental dialect.",
)
DEVICE = "default"
"""The card through which the first node sounds, by its name in ALSA."""
MANDARIN, CANTONESE = Language("cmn"), Language("yue")
GROWTH = 1.5
"""The playlist is written anew when half as many rhymes again are made."""
TICK = 0.25
"""Seconds between two looks at everything."""
PLAIN_EVERY = 5.0
"""Seconds between two lines where there is no terminal."""
PORTS = (18_883, 18_080)
"""The broker's and the clips' ports, unless somebody has them."""


class Demonstration:
    """One demonstration, from its first clip to its summary."""

    def __init__(self, demo: Demo, voices: Path, use_card: bool) -> None:
        self._demo, self._use_card = demo, use_card
        self._rhymes = load_rhymes(demo.rhymes)
        self._clips = ClipFolder(demo.clips)
        self._library = Library()
        self._began, self._began_unix = time.monotonic(), time.time()
        self._first_sound: float | None = None
        self._on_air: tuple[Sequence[RhymeId], Sequence[Language]] = ((), ())
        self._devices: dict[str, str] = {}
        self._no_card: tuple[str, ...] = ()
        self._synth = Child(
            "synth",
            [
                "synth",
                *("--rhymes", str(demo.rhymes)),
                *("--clips", str(demo.clips)),
                *("--config", str(voices)),
            ],
            demo.log("synth"),
        )
        self._programs: list[Child] = []

    def perform(self, lasts: float | None, out: TextIO) -> Summary:
        """Play for `lasts` seconds from the first sound, or until interrupted, and sum it up."""
        town.write_town(self._demo)
        self._synth.start()
        try:
            with _shown(out) as show:
                while not self._over(lasts):
                    self._tend()
                    show(self._view(lasts))
                    time.sleep(TICK)
        except KeyboardInterrupt:
            pass
        finally:
            for child in (*reversed(self._programs), self._synth):
                child.stop()
        return self._summary()

    def _over(self, lasts: float | None) -> bool:
        return (
            lasts is not None
            and self._first_sound is not None
            and time.monotonic() - self._first_sound >= lasts
        )

    def _tend(self) -> None:
        """Do what is due: air new clips, start programs, revive dead ones, listen for sound."""
        self._library, _ = self._clips.library()
        if self._worth_airing(*self._ready()):
            self._air()
        elif not self._programs and self._synth.exit_code is not None:
            raise VoiceError(
                f"一条音频也没做成，见 {self._synth.log} / no clip was made, see {self._synth.log}"
            )
        for program in self._programs:
            program.keep_alive()
        if self._first_sound is None and any(node.sounding for node in self._nodes()):
            self._first_sound = time.monotonic()

    def _ready(self) -> tuple[list[RhymeId], list[Language]]:
        """Return what can be aired: all in Mandarin, or those that are made in both languages."""
        made = {
            language: [r for r in self._rhymes if self._library.clip(r, language)]
            for language in (MANDARIN, CANTONESE)
        }
        both = [rhyme for rhyme in made[MANDARIN] if rhyme in made[CANTONESE]]
        if both and (self._synth.exit_code is not None or len(both) == len(self._rhymes)):
            return both, [MANDARIN, CANTONESE]
        return made[MANDARIN] or made[CANTONESE], [MANDARIN if made[MANDARIN] else CANTONESE]

    def _worth_airing(self, rhymes: list[RhymeId], languages: list[Language]) -> bool:
        aired, spoken = self._on_air
        if not rhymes or (rhymes, languages) == self._on_air:
            return False
        finished = self._synth.exit_code is not None
        return finished or languages != spoken or len(rhymes) >= GROWTH * len(aired)

    def _air(self) -> None:
        """Put what is ready on air; the programs start while the first of it is compiled."""
        self._on_air = self._ready()
        town.write_schedule(self._demo, *self._on_air)
        settings = ("--config", self._demo.config, "--daemon", self._demo.daemon)
        if not self._programs:
            self._set_up()
            self._start_programs()
            signing = ("--key", self._demo.policy_key, "--yes", "--no-quiet-hours")
            self._do("policy", "publish", *settings, *signing)
        self._do("apply", *settings, "--yes")

    def _set_up(self) -> None:
        """Choose ports and a device, make the policy key, take the nodes in."""
        if self._use_card:
            self._try_card()
        broker, http = map(_free_port, PORTS)
        town.write_programs(self._demo, broker, http, self._devices)
        daemon = ("--daemon", self._demo.daemon)
        folder = StateFolder(self._demo.root / "daemon")
        if not folder.policy_pub.exists():
            self._do("policy", "init", "--key", self._demo.policy_key, *daemon)
        known, public = folder.enrolled(), self._demo.policy_key.with_suffix(".pub")
        for node in NODES:
            if node not in known:
                shutil.rmtree(self._demo.identity(node), ignore_errors=True)
                words = ("--to", self._demo.identity(node), "--policy", public)
                self._do("enrol", node, *daemon, *words)

    def _try_card(self) -> None:
        """Let the first node sound through the machine's own card, if that can be opened now.

        The second keeps to its file: few cards let two programs in.
        """
        try:
            AlsaSink(DEVICE).close()
        except DeviceError as error:
            zh, en = "没有能用的声卡，声音写入 WAV 文件", "no usable card, sound goes to WAV files"
            self._no_card = (f"{zh} / {en}: {error}",)
        else:
            self._devices = {NODES[0]: DEVICE}

    def _start_programs(self) -> None:
        self._programs = [
            Child(
                "daemon", ["daemon", "--config", str(self._demo.daemon)], self._demo.log("daemon")
            )
        ]
        for node in NODES:
            settings = ["node", "--config", str(self._demo.node(node))]
            self._programs.append(Child(node, settings, self._demo.log(node)))
        for program in self._programs:
            program.start()

    def _do(self, *arguments: str | Path) -> None:
        """Carry out one command as an operator would; what it says goes to the setup log.

        Raises:
            StoreError: if the command failed.
        """
        from xiaolaba.cli import carried_out  # the command line imports this module

        log = self._demo.log("setup")
        with log.open("a", encoding="utf-8") as said, redirect_stdout(said), redirect_stderr(said):
            code = carried_out([str(argument) for argument in arguments])
        if code:
            raise StoreError(f"xiaolaba {arguments[0]} 失败，见 {log} / failed, see {log}")

    def _nodes(self) -> list[NodeView]:
        """Return each node's line as the daemon's record has it."""
        known = self._known()
        return [
            self._node_view(program, known[program.name])
            for program in self._programs
            if program.name in known
        ]

    def _known(self) -> dict[str, NodeStatus]:
        """Return what the daemon's record says of each node; `plays_today` are this run's."""
        if not self._demo.store.exists():
            return {}
        rows = read_status(self._demo.store, round(self._began_unix * 1000), int(time.time()))
        return {row.node: row for row in rows}

    def _node_view(self, program: Child, row: NodeStatus) -> NodeView:
        rhyme, _, language = row.now.partition("/")
        reading = self._rhymes[RhymeId(rhyme)].reading(Language(language)) if language else None
        return NodeView(
            row.node,
            row.online,
            reading.text if reading else doing(row.now),
            row.online and reading is not None,
            row.plays_today,
            str(row.applied or ""),
            program.starts - 1,
        )

    def _view(self, lasts: float | None) -> RunView:
        left = None
        if lasts is not None and self._first_sound is not None:
            left = lasts - (time.monotonic() - self._first_sound)
        wanted = sum(len(rhyme.readings) for rhyme in self._rhymes.values())
        making = self._synth.exit_code is None
        notes = (*NOTES, *self._no_card, *self._fallbacks())
        return RunView(self._nodes(), len(self._library.clips), wanted, left, notes, making)

    def _fallbacks(self) -> list[str]:
        """Return which languages a lesser voice had to speak, and why."""
        return sorted(
            {
                f"{clip.language} 由 {clip.engine} 代替 / spoken by {clip.engine}: {clip.why}"
                for clip in self._library.clips.values()
                if clip.why
            }
        )

    def _summary(self) -> Summary:
        first = None if self._first_sound is None else round(self._first_sound - self._began, 1)
        nodes = [self._node_summary(node) for node in NODES]
        return Summary(nodes, len(self._library.clips), first)

    def _node_summary(self, node: str) -> NodeSummary:
        """Return what came of a node: counted by the daemon; heard as its WAV files hold it."""
        known = self._known().get(node)
        plays = known.plays_today if known else 0
        if node in self._devices:
            return NodeSummary(node, plays, None, f"声卡 device {self._devices[node]}")
        wav = self._demo.wav(node)
        return NodeSummary(node, plays, seconds_of_sound(wav, self._began_unix), str(wav))


@contextmanager
def _shown(out: TextIO) -> Iterator[Callable[[RunView], None]]:
    """Yield what shows a view: a live picture on a terminal, now and then a line elsewhere."""
    if out.isatty():
        with Live(console=Console(file=out), refresh_per_second=4) as live:
            yield lambda view: live.update(screen(view))
        return
    said_at, told = -PLAIN_EVERY, set[str]()

    def say(view: RunView) -> None:
        nonlocal said_at
        for note in view.notes:
            if note not in told:
                print(note, file=out, flush=True)
        told.update(view.notes)
        if time.monotonic() - said_at >= PLAIN_EVERY:
            said_at = time.monotonic()
            print(line(view), file=out, flush=True)

    yield say


def _free_port(wanted: int) -> int:
    """Return `wanted` if nobody listens there, else a port that is free now."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise BrokerError("没有空闲端口 / no port is free")
