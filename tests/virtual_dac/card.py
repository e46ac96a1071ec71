"""Build the virtual DAC, name one in an ALSA configuration, and read what it heard."""

import re
import subprocess
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RATE = 48_000
SOURCE = Path(__file__).with_name("vdac.c")


def build(folder: Path, source: Path = SOURCE) -> Path:
    """Compile the plug-in, or another of the sources here, into `folder`."""
    target = folder / f"{source.stem}.so"
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-DPIC"]
    subprocess.run([*command, "-o", target, source, "-lasound"], check=True)
    return target


@dataclass(frozen=True)
class Run:
    """A stretch without a break: its samples, when the first sounded, how many a second."""

    samples: "array[int]"
    real: float
    rate: float

    def time(self, index: int) -> float:
        """Return the Unix time at which a sample sounded."""
        return self.real + index / self.rate

    def index(self, time: float) -> int:
        """Return the sample that sounded at a Unix time."""
        return int((time - self.real) * self.rate)


@dataclass(frozen=True)
class Card:
    """One virtual DAC; `name` is its PCM in `configuration`."""

    base: Path
    configuration: Path
    name: str = "horn"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find the card."""
        return {"ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{self.configuration}"}

    def unplug(self) -> None:
        """Take the card away."""
        self.base.with_suffix(".unplugged").touch()

    def plug_in(self) -> None:
        """Bring it back."""
        self.base.with_suffix(".unplugged").unlink()

    def suspend(self) -> None:
        """Say that the machine goes to sleep now; see to it that the node does too."""
        self.base.with_suffix(".suspended").touch()

    def occupy(self, busy: bool = True) -> None:
        """Make the card busy for whoever opens it, or free again."""
        path = self.base.with_suffix(".busy")
        path.touch() if busy else path.unlink()

    def cut_off(self, at: float) -> None:
        """Note that the player was killed: what it had written ahead never sounded."""
        _, frame, real, rate = self.events[-1]
        written = self.base.with_suffix(".raw").stat().st_size // 2
        last = min(written, frame + int((at - real) * rate))
        with self.base.with_suffix(".log").open("a") as log:
            log.write(f"killed frame={last} real={at:.7f}\n")

    @property
    def events(self) -> list[tuple[str, int, float, float]]:
        """The log as (what, frame, Unix time, rate or 0)."""
        try:
            text = self.base.with_suffix(".log").read_text()
        except FileNotFoundError:
            return []
        pattern = r"(\w+) frame=(\d+) real=([\d.]+)(?: rate=([\d.]+))?"
        found = [re.fullmatch(pattern, line) for line in text.splitlines()]
        return [(m[1], int(m[2]), float(m[3]), float(m[4] or 0)) for m in found if m]

    def runs(self, until: float) -> Iterator[Run]:
        """Yield what sounded before the Unix time `until`."""
        heard: array[int] = array("h")
        heard.frombytes(self.base.with_suffix(".raw").read_bytes())
        events = self.events
        for n, (what, frame, real, rate) in enumerate(events):
            if what == "start":
                following = events[n + 1] if n + 1 < len(events) else ("", len(heard), until, 0)
                by_then = frame + int((min(until, following[2]) - real) * rate)
                yield Run(heard[frame : max(frame, min(following[1], by_then))], real, rate)

    def find(self, content: "array[int]", until: float) -> list[float]:
        """Return when these very samples began to sound, each time."""
        wanted, found = content.tobytes(), []
        for run in self.runs(until):
            raw, at = run.samples.tobytes(), -1
            while (at := raw.find(wanted, at + 1)) >= 0:
                if at % 2 == 0:
                    found.append(run.time(at // 2))
        return found


def card(library: Path, base: Path, ppm: float = 0.0, granularity: int = 0) -> Card:
    """Return a card of its own, configured beside `base`."""
    configuration = base.with_suffix(".conf")
    configuration.write_text(
        f'pcm_type.vdac {{ lib "{library}" }}\n'
        f'pcm.horn {{ type vdac base "{base}" ppm {ppm} granularity {granularity} }}\n'
    )
    return Card(base, configuration)
