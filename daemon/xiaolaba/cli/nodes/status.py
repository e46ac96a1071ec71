"""`xiaolaba status`: every node: does it sound, does it have its playlist, what was counted."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from xiaolaba.cli.options import add_daemon

if TYPE_CHECKING:
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.cli.nodes.status_table import Line

SCARCE_MB = 1000
"""With less room than this the operator is warned; the record grows by megabytes a day."""

EPILOG = """\
例子 / examples:
  xiaolaba status                                      看一眼全部喇叭 / every node
  xiaolaba status --daemon config/daemon.yaml --json   给程序看 / for machines

退出码 / exit code: 0 全部在线，播放单和静音令都已送达，时钟正常，记录完好
                        all online, up to date, clock right, record whole
                      3 有的不是 something is not
"""

SILENCED = {
    "untrusted": "服务端的时钟没有对时，暂不签发播放单：请检查网络对时"
    " / the daemon's clock is not synchronised, so it signs nothing: check its time server",
    "differs": "服务端的时钟与喇叭点位的时钟不一致（超过 60 秒），暂不签发播放单：请校准本机时间"
    " / the daemon's clock is more than 60 s from its nodes', so it signs nothing: set it right",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = commands.add_parser(
        "status",
        help="每个喇叭的状态和播放次数 / every node and its plays",
        description="每个喇叭点位：在线、正在播、播放单、次数 / the state of every node",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_daemon(command)
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    command.set_defaults(run=status)


def status(args: argparse.Namespace) -> int:
    """Print what the daemon's record says of every node."""
    from xiaolaba.adapters.machine import disk_free_mb
    from xiaolaba.adapters.sqlite_status import read_clock, read_unpublished
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.adapters.store_file import set_asides
    from xiaolaba.cli.nodes.status_table import facts
    from xiaolaba.settings import load_daemon

    folder = StateFolder(load_daemon(args.daemon).state)
    if not _has_run(folder):
        return 1
    running = folder.is_locked()
    now = datetime.now(ZoneInfo(folder.zone_name()))
    lines = _lines(folder, now)
    clock = read_clock(folder.store) if running else ""
    years, free = read_unpublished(folder.store), disk_free_mb(folder.root)
    damaged = [aside.name for aside in set_asides(folder.store)]
    if args.json:
        nodes = [facts(line) for line in lines]
        said = {"daemon": running, "clock": clock, "damaged": damaged, "unpublished": years}
        said |= {"disk_free_mb": free, "nodes": nodes}
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        troubles = [SILENCED.get(clock, ""), _scarce(free)]
        troubles += [*map(_damaged, damaged), *map(_unpublished, years)]
        _show(lines, running, troubles, now)
    fine = running and clock not in SILENCED and all(line.is_fine for line in lines)
    return 0 if fine and not damaged else 3


def _scarce(free_mb: int) -> str:
    if free_mb >= SCARCE_MB:
        return ""
    return (
        f"磁盘只剩 {free_mb} MB，满了就不再签发和计数：请腾出空间"
        f" / only {free_mb} MB are left on the disk; once full, nothing is signed or counted:"
        " make room"
    )


def _damaged(name: str) -> str:
    return (
        f"记录曾经损坏，另存为 {name}，其中的播放次数没有计入：请检查磁盘，并把它移到别处保存"
        f" / the record was damaged and set aside as {name}, its plays are not counted here:"
        " check the disk, and keep that file elsewhere"
    )


def _unpublished(year: int) -> str:
    return (
        f"{year} 年的放假安排还没有录入，暂按周一至周五为工作日：公布后请录入"
        "（xiaolaba calendar import）"
        f" / the days off of {year} are unknown, so Monday to Friday count as workdays:"
        " once published, read them in with xiaolaba calendar import"
    )


def _has_run(folder: "StateFolder") -> bool:
    """Whether there is a record to read; tells if not."""
    from xiaolaba.adapters.whole_file import told

    with told(folder.root):
        if folder.store.exists():
            return True
    zh, en = "服务端还没有启动过，先 apply 再启动它", "the daemon has never run here"
    print(f"{zh}（没有 {folder.store}） / {en}: no {folder.store}", file=sys.stderr)
    return False


def _lines(folder: "StateFolder", now: datetime) -> "list[Line]":
    """Return how every node stands; who is not enrolled is not connected, whatever it said last."""
    from xiaolaba.adapters.sqlite_status import read_status
    from xiaolaba.cli.nodes.aim import known
    from xiaolaba.cli.nodes.hold_standing import standing
    from xiaolaba.cli.nodes.status_table import Line
    from xiaolaba.core.units import NodeId

    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = read_status(folder.store, int(midnight.timestamp() * 1000), int(now.timestamp()))
    held, enrolled, names = folder.holds(), folder.enrolled(), known(folder).nodes
    found = []
    for row in rows:
        node = NodeId(row.node)
        own = replace(row, online=row.online and node in enrolled)
        hold = standing(row, held.get(node, ()), now)
        found.append(Line(own, names.get(node, ""), node in enrolled, hold))
    return found


def _show(lines: "Sequence[Line]", running: bool, troubles: "Sequence[str]", now: datetime) -> None:
    from xiaolaba.cli.nodes.status_table import table
    from xiaolaba.cli.screen import screen

    word = "运行中 running" if running else "没在运行 not running"
    console = screen()
    console.print(f"服务端 daemon: {word}")
    for trouble in filter(None, troubles):
        console.print(f"[red]{trouble}[/]")
    console.print(table(lines, now))
