"""`xiaolaba plan`: what sounds when, as a picture, a list, a page, a calendar file or JSON."""

import argparse
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from xiaolaba.cli.schedules.views import View, marks, view_of, views
from xiaolaba.core.checking.finding import near
from xiaolaba.core.library import Library
from xiaolaba.core.refusal import refusal
from xiaolaba.core.schedule import Town
from xiaolaba.core.units import NodeId
from xiaolaba.core.where import site, sites

EPILOG = """\
例子 / examples:
  xiaolaba plan                                        今后 7 天，全部喇叭 / every loudspeaker
  xiaolaba plan --node jinxiu-gate --days 1            一只喇叭的一天 / one node, one day
  xiaolaba plan --node jinxiu-gate --from 2026-12-01 --days 30
  xiaolaba plan --node jinxiu-gate --items --json      每一条 / every item
  xiaolaba plan --html plan.html                       用浏览器看、打印 / to look at, to print
  xiaolaba plan --node jinxiu-gate --ics gate.ics      导入手机日历 / for a calendar app
  xiaolaba plan --diff                                 和已启用的比，哪里会变 / what would change

还没合成的音频，时长按字数估计并注明；也可用 --lengths 给出
the length of a clip that is not made yet is estimated and marked so, unless --lengths gives it
"""
MOST_DAYS = 366
MOST_PICTURES = 20


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    from xiaolaba.cli.folders import add_folders

    command = commands.add_parser(
        "plan",
        help="哪天几点响、响什么 / what sounds when",
        description="时段图，不需要连接任何服务 / when loudspeakers sound, from files alone",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--node", metavar="ID", help="只看一只喇叭 / one node; without it, all, alike together"
    )
    add_folders(command)
    command.add_argument(
        "--from", dest="first", type=_day, metavar="DATE", help="从哪天起，默认今天 / first day"
    )
    command.add_argument(
        "--days", type=_days, default=7, metavar="N", help="几天 / how many days (%(default)s)"
    )
    command.add_argument("--list", action="store_true", help="再列出每个时段 / list every window")
    command.add_argument("--items", action="store_true", help="列出每一条 / list every item")
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    command.add_argument("--html", type=Path, metavar="FILE", help="写成网页 / write a web page")
    command.add_argument("--ics", type=Path, metavar="FILE", help="写成日历文件 / write iCalendar")
    command.add_argument(
        "--diff",
        nargs="?",
        type=Path,
        const=APPLIED,
        metavar="DIR",
        help="和已启用的（或另一个配置文件夹）比 / compare with what is applied, or with DIR",
    )
    command.set_defaults(run=plan)


APPLIED = Path()
"""Stands for what the daemon has applied."""


def _day(text: str) -> date:
    from xiaolaba.settings.times import day
    from xiaolaba.settings.words import Wrong

    try:
        return day(text)
    except Wrong as wrong:
        raise argparse.ArgumentTypeError(f"{wrong.zh} / {wrong.en}") from None


def _days(text: str) -> int:
    if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"要写 1 到 {MOST_DAYS} / 1 to {MOST_DAYS}")
    return int(text)


def plan(args: argparse.Namespace) -> int:
    """Show what was asked for."""
    from xiaolaba.cli.folders import rhymes_folder, unfound_folders
    from xiaolaba.cli.schedules.reading import read_library, today
    from xiaolaba.settings import load_town

    if args.items and args.node is None:
        print("xiaolaba: --items 要和 --node 一起用 / --items needs --node", file=sys.stderr)
        return 2
    library = read_library(args)
    first = args.first or today()
    town, found = load_town(args.config, rhymes_folder(args), first, library)
    warnings = [*map(str, (*unfound_folders(args), *found))]
    shown = _views(args, town, library, first)
    if shown is None:
        return 2
    if not args.json:
        for warning in warnings:
            print(warning, file=sys.stderr)
    if args.diff is not None:
        return _diff(args, town, library, first)
    if args.json:
        _print_json(town, shown, warnings, args)
    elif args.html is None and args.ics is None:
        _print(shown, args)
    return _write(shown, args)


def _views(
    args: argparse.Namespace, town: Town, library: Library, first: date
) -> list[View] | None:
    """Return the views asked for; a node that does not exist is told, with the nearest."""
    if args.node is None:
        return list(views(town, library, first, args.days))
    try:
        found = site(town.places, NodeId(args.node))
    except KeyError:
        tell_unknown_node(town, args.node)
        return None
    return [view_of(town, library, found, first, args.days)]


def tell_unknown_node(town: Town, name: str) -> None:
    """Say that there is no such node, and which one may be meant."""
    zh, en = near(name, [own.node.id for own in sites(town.places)])
    print(f"xiaolaba: 没有喇叭 '{name}'{zh} / unknown node '{name}'{en}", file=sys.stderr)


def _print_json(
    town: Town, shown: list[View], warnings: list[str], args: argparse.Namespace
) -> None:
    from xiaolaba.cli.schedules.listing import facts

    found: dict[str, Any] = {"v": 1, "timezone": town.zone.name}
    if args.node is None:
        found["groups"] = [facts(view, args.items) for view in shown]
    else:
        found |= facts(shown[0], args.items)
    found["warnings"] = warnings
    print(json.dumps(found, ensure_ascii=False, indent=1))


def _print(shown: list[View], args: argparse.Namespace) -> None:
    from xiaolaba.cli.schedules import picture
    from xiaolaba.cli.schedules.listing import table
    from xiaolaba.cli.screen import screen

    console = screen()
    drawn = shown[:MOST_PICTURES]
    letters = marks(drawn)
    for view in drawn:
        picture.show(console, view, letters)
        if args.list or args.items or args.days == 1:
            console.print(table(view, args.items))
        console.print()
    left = len(shown) - MOST_PICTURES
    if left > 0:
        print(f"还有 {left} 组喇叭没有画出，请用 --node 或 --html / {left} more: --node or --html")


def _write(shown: list[View], args: argparse.Namespace) -> int:
    """Write the files asked for."""
    from xiaolaba.cli.schedules import agenda, page

    for path, render in ((args.html, page.render), (args.ics, agenda.render)):
        if path is not None:
            text = render(shown, datetime.now(UTC))
            try:
                path.write_text(text, encoding="utf-8", newline="")
            except OSError as error:
                zh, en = f"写不了 {path}：{refusal(error)}", f"cannot write {path}: {error}"
                print(f"xiaolaba: {zh} / {en}", file=sys.stderr)
                return 1
            print(f"已写入 {path} / written", file=sys.stderr)
    return 0


def _diff(args: argparse.Namespace, town: Town, library: Library, first: date) -> int:
    from xiaolaba.cli.schedules import changes
    from xiaolaba.core.telling.difference import difference

    before = _before(args, library, first)
    found = difference(before, town, library, first)
    if args.json:
        print(json.dumps(changes.facts(found), ensure_ascii=False, indent=1))
    else:
        changes.show(found, {own.id: own.name for t in (before, town) if t for own in t.programmes})
    return 0


def _before(args: argparse.Namespace, library: Library, first: date) -> Town | None:
    """Return what to compare with: what is applied, or another configuration folder."""
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.cli.folders import rhymes_folder, settings_file
    from xiaolaba.cli.schedules.desk import applied_town
    from xiaolaba.settings import load_daemon, load_town

    if args.diff != APPLIED:
        own = args.diff / "rhymes"
        rhymes = own if own.is_dir() else rhymes_folder(args)
        return load_town(args.diff, rhymes, first, library, applied=True)[0]
    settings = load_daemon(settings_file(args) or args.config / "daemon.yaml")
    found = applied_town(StateFolder(settings.state), first)
    if found is None:
        print("还没有启用过配置 / nothing was applied yet", file=sys.stderr)
    return found
