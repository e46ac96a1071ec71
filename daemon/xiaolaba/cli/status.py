"""`xiaolaba status`: every node: does it sound, does it have its playlist, what was counted."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from xiaolaba.cli.options import add_daemon

if TYPE_CHECKING:
    from xiaolaba.adapters.sqlite_status import NodeStatus
    from xiaolaba.cli.hold_standing import Standing

EPILOG = """\
例子 / examples:
  xiaolaba status                                      看一眼全部喇叭 / every node
  xiaolaba status --daemon config/daemon.yaml --json   给程序看 / for machines

退出码 / exit code: 0 全部在线，播放单和静音令都已送达，时钟正常 all online, up to date, clock right
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
    from xiaolaba.adapters.sqlite_status import read_clock, read_status
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.adapters.whole_file import told
    from xiaolaba.cli.hold_standing import facts, standing
    from xiaolaba.core.units import NodeId
    from xiaolaba.settings import load_daemon

    folder = StateFolder(load_daemon(args.daemon).state)
    with told(folder.root):
        started = folder.store.exists()
    if not started:
        zh, en = "服务端还没有启动过，先 apply 再启动它", "the daemon has never run here"
        print(f"{zh}（没有 {folder.store}） / {en}: no {folder.store}", file=sys.stderr)
        return 1
    running = folder.is_locked()
    now = datetime.now(ZoneInfo(folder.zone_name()))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = read_status(folder.store, int(midnight.timestamp() * 1000), int(now.timestamp()))
    clock = read_clock(folder.store) if running else ""
    held, enrolled = folder.holds(), folder.enrolled()
    found = {row.node: standing(row, held.get(NodeId(row.node), ()), now) for row in rows}
    holds = {node: one for node, one in found.items() if one is not None}
    if args.json:
        nodes = [
            asdict(row) | {"hold": facts(found[row.node]), "enrolled": row.node in enrolled}
            for row in rows
        ]
        print(json.dumps({"daemon": running, "clock": clock, "nodes": nodes}, indent=1))
    else:
        strangers = {row.node for row in rows if row.node not in enrolled}
        _show(rows, holds, strangers, running, clock, now)
    current = all(row.online and row.applied == row.published for row in rows)
    current = current and all(one.obeyed for one in holds.values())
    fine = running and clock not in SILENCED and current
    return 0 if fine else 3


def _show(
    rows: "Sequence[NodeStatus]",
    holds: "dict[str, Standing]",
    strangers: set[str],
    running: bool,
    clock: str,
    now: datetime,
) -> None:
    from rich.console import Console
    from rich.table import Table

    from xiaolaba.cli.hold_standing import cell

    titles = ["点位", "在线", "正在播 / 为何静音", "播放单", "今天", "共计", "最后联系"]
    caption = "node · online · now · revision · plays today, total · last seen"
    if holds:
        titles, caption = [*titles, "静音令"], f"{caption} · hold"
    table = Table(*titles, caption=caption)
    for row in rows:
        cells = _cells(row, row.node in strangers, now)
        table.add_row(*cells, *([cell(holds.get(row.node), now)] if holds else []))
    word = "运行中 running" if running else "没在运行 not running"
    console = Console()
    console.print(f"服务端 daemon: {word}")
    if clock in SILENCED:
        console.print(f"[red]{SILENCED[clock]}[/]")
    console.print(table)


def _cells(row: "NodeStatus", stranger: bool, now: datetime) -> tuple[str, ...]:
    from rich.markup import escape

    from xiaolaba.cli.doing import doing

    current = row.applied == row.published
    revision = f"{row.applied}" if current else f"[yellow]{row.applied} → {row.published}[/]"
    seen = datetime.fromtimestamp(row.seen, now.tzinfo) if row.seen else None
    return (
        row.node,
        "[green]●[/]" if row.online else "[red]○[/]",
        "[yellow]未登记 not enrolled[/]"
        if stranger
        else escape(doing(row.now))
        if row.online
        else "-",
        revision,
        str(row.plays_today),
        str(row.plays_total),
        f"{seen:%m-%d %H:%M:%S}" if seen else "-",
    )
