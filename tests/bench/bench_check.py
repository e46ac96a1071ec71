"""What the worst files cost `xiaolaba check`: processor seconds and megabytes, a process each.

The first are the largest schedules of one compound that are read as a whole,
others go beyond a limit and are refused. The last is a city that makes full
use of the limits: no bad file, but the most work.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from xiaolaba.core.checking.programmes import MOST_AT_A_NODE
from xiaolaba.core.schedule import Priority
from xiaolaba.settings.document import MAX_BYTES
from xiaolaba.settings.schedule import MOST_PROGRAMMES, MOST_RANGES

ROOT = Path(__file__).parents[2]
RUNS = 3
HEAD = "playlists: [{id: all, pick: {}}]\nprogrammes:\n"
WATCHED = """\
import sys
from xiaolaba.cli import main
code = main(sys.argv[1:])
status = open("/proc/self/status").read()
print(*(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
sys.exit(code)
"""
"""Runs the command line; the last line that is printed is its memory at most, in kB."""


def measure() -> list[Figure]:
    """Check every one of them."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "places.yaml").write_text(_places(1, 1), encoding="utf-8")
        for what, content in schedules():
            found += _measured(folder, what, content, most=1.0)
        compounds = MOST_PROGRAMMES // 6
        (folder / "places.yaml").write_text(_places(compounds, 40), encoding="utf-8")
        city = f"{compounds} compounds with 40 nodes and 6 programmes each"
        found += _measured(folder, city, _city(compounds), most=5.0)
    return found


def _measured(folder: Path, what: str, schedule: str, most: float) -> list[Figure]:
    """Return the least processor seconds of some runs, and the most memory."""
    (folder / "schedule.yaml").write_text(schedule, encoding="utf-8")
    seconds, mb = zip(*(checked(folder) for _ in range(RUNS)), strict=True)
    return [
        Figure(what, min(seconds), "s", most=most),
        Figure(f"{what}: memory", max(mb), "MB", most=200.0),
    ]


def schedules() -> Iterator[tuple[str, str]]:
    """Yield schedules of one compound, each with what it is."""
    pairs, full = MOST_AT_A_NODE // 2, MOST_AT_A_NODE // MOST_RANGES
    yield f"{MOST_AT_A_NODE} programmes on a day each", _on_a_day_each(MOST_AT_A_NODE)
    yield f"{MOST_AT_A_NODE} daily programmes", _daily(MOST_AT_A_NODE, 1)
    yield f"{pairs} daily programmes, 2 ranges each", _daily(pairs, 2)
    yield f"{full} daily programmes, {MOST_RANGES} ranges each", _daily(full, MOST_RANGES)
    yield f"{MOST_PROGRAMMES} daily programmes at one node, refused", _daily(MOST_PROGRAMMES, 1)
    yield "9,000 programmes on a day each, refused", _on_a_day_each(9_000)
    unknown = _daily(9_000, 1).replace("playlist: all", "playlist: al")
    yield "9,000 daily programmes of an unknown playlist, refused", unknown
    yield "40 daily programmes, 720 ranges each, refused", _daily(40, 720)
    yield "lists 10,000 deep, refused", f"playlists: {'[' * 10_000}"
    yield "100 MB, refused", HEAD + "#" * 100 * MAX_BYTES


def _places(compounds: int, nodes: int) -> str:
    """Return compounds of so many nodes each."""
    rows = (
        f"  - {{id: c{n}, name: 小区 {n}, nodes: "
        f"[{', '.join(f'{{id: c{n}-{k}, name: 点 {k}}}' for k in range(nodes))}]}}\n"
        for n in range(compounds)
    )
    return "timezone: Asia/Shanghai\nplaces:\n" + "".join(rows)


def _city(compounds: int) -> str:
    """Return six programmes of two hours for each compound, at times of its own."""
    return HEAD + "".join(
        f"- {{id: p{n}-{k}, where: c{n}, playlist: all,"
        f' at: "{7 + 2 * k:02}:{n % 60:02}-{9 + 2 * k:02}:{n % 60:02}"}}\n'
        for n in range(compounds)
        for k in range(6)
    )


def _on_a_day_each(programmes: int) -> str:
    """Return programmes at the same hour, each on a day of its own from 2027 to 2099."""
    days = ((2027 + n // 336 % 72, n // 28 % 12 + 1, n % 28 + 1) for n in range(programmes))
    return HEAD + "".join(
        f'- {{id: p{n}, where: c0, playlist: all, at: "08:00-09:00",'
        f" dates: {year}-{month:02}-{day:02}}}\n"
        for n, (year, month, day) in enumerate(days)
    )


def _daily(programmes: int, each: int) -> str:
    """Return programmes of all priorities with ranges that follow one another over the day."""
    names = [priority.name.lower() for priority in Priority]
    return HEAD + "".join(
        f"- {{id: p{n}, where: c0, playlist: all, every: 60s, priority: {names[n % 4]},"
        f" at: [{', '.join(_range(n // 4 * each + k) for k in range(each))}]}}\n"
        for n in range(programmes)
    )


def _range(n: int) -> str:
    """Return two minutes of the day."""
    begin, end = n % 720 * 2, n % 720 * 2 + 2
    return f'"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"'


def checked(folder: Path) -> tuple[float, float]:
    """Return what a check took, start included; it must end as one that may have found much."""
    command = [sys.executable, "-c", WATCHED, "check", "--config", str(folder)]
    command += ["--rhymes", str(ROOT / "audio" / "rhymes")]
    world = {"PYTHONPATH": str(ROOT / "daemon"), "PATH": "/usr/bin:/bin"}
    before = _spent()
    done = subprocess.run(command, env=world, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2) or "Traceback" in done.stderr:
        raise RuntimeError(done.stderr[-2000:])
    return _spent() - before, int(done.stdout.split()[-1]) / 1e3


def _spent() -> float:
    """Return the processor seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
