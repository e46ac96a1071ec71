"""`xiaolaba plan`: when a node sounds and what, as a table or JSON."""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta, timezone
from typing import Any

from xiaolaba.core.calendar import Calendar
from xiaolaba.core.cap import cap_cut
from xiaolaba.core.compile import node_policy, score_of
from xiaolaba.core.finding import near
from xiaolaba.core.policy import Policy
from xiaolaba.core.schedule import Town
from xiaolaba.core.score import Score, Segment, Window, segments
from xiaolaba.core.units import RATE, Instant, NodeId, moment
from xiaolaba.core.where import Site, site, sites
from xiaolaba.core.zone import Zone

EPILOG = """\
例子 / examples:
  xiaolaba plan --node jinxiu-gate                     今后 7 天 / the next 7 days
  xiaolaba plan --node jinxiu-gate --from 2026-12-01 --days 30
  xiaolaba plan --node jinxiu-gate --items --json      每一条 / every item

还没合成的音频，时长按字数估计并注明；也可用 --lengths 给出
the length of a clip that is not made yet is estimated and marked so, unless --lengths gives it
"""
MOST_DAYS = 366
WEEKDAYS = "一二三四五六日"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    from xiaolaba.cli.reading import add_folders

    command = commands.add_parser(
        "plan",
        help="这个喇叭哪天几点响 / when a loudspeaker sounds",
        description="一只喇叭的时段表，不需要连接任何服务 / the windows of a node",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--node", required=True, metavar="ID", help="喇叭的 id / the node's id")
    add_folders(command)
    command.add_argument(
        "--from", dest="first", type=_day, metavar="DATE", help="从哪天起，默认今天 / first day"
    )
    command.add_argument(
        "--days", type=_days, default=7, metavar="N", help="几天 / how many days (%(default)s)"
    )
    command.add_argument("--items", action="store_true", help="列出每一条 / list every item")
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    command.set_defaults(run=plan)


def _day(text: str) -> date:
    from xiaolaba.settings.times import day
    from xiaolaba.settings.words import Wrong

    try:
        return day(text)
    except Wrong as wrong:
        raise argparse.ArgumentTypeError(f"{wrong.zh} / {wrong.en}") from None


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"1–{MOST_DAYS}")
    return int(text)


def plan(args: argparse.Namespace) -> int:
    """Print the windows of one node, and its items if asked."""
    from xiaolaba.cli.reading import read_library, today
    from xiaolaba.settings import load_town

    library = read_library(args)
    first = args.first or today()
    town, warnings = load_town(args.config, args.rhymes, first, library)
    found = _node(town, args.node)
    if found is None:
        return 2
    score = score_of(town, library, found, first, args.days)
    policy = node_policy(town, found.node.id, first, args.days)
    if args.json:
        shown = _as_json(town, found, score, policy, args.items)
        shown["warnings"] = [str(warning) for warning in warnings]
        print(json.dumps(shown, ensure_ascii=False, indent=1))
        return 0
    for warning in warnings:
        print(warning, file=sys.stderr)
    _print(town, found, score, policy, first, args)
    return 0


def _node(town: Town, name: str) -> Site | None:
    """Return a node with its way; one that does not exist is told, with the nearest that does."""
    try:
        return site(town.places, NodeId(name))
    except KeyError:
        zh, en = near(name, [own.node.id for own in sites(town.places)])
        print(f"xiaolaba: 没有喇叭 '{name}'{zh} / unknown node '{name}'{en}", file=sys.stderr)
        return None


def _as_json(town: Town, own: Site, score: Score, policy: Policy, items: bool) -> dict[str, Any]:
    names = {programme.id: programme.name for programme in town.programmes}
    shown: dict[str, Any] = {
        "v": 1,
        "node": own.node.id,
        "name": own.node.name,
        "timezone": town.zone.name,
        "windows": [_window(score, window, town.zone, names) for window in score.windows],
    }
    if items:
        shown["items"] = [
            _item(score, window, segment) for window, segment in _heard(score, policy)
        ]
    return shown


def _window(score: Score, window: Window, zone: Zone, names: dict[Any, str]) -> dict[str, Any]:
    programme = score.loops[window.loop].programme
    return {
        "start": _utc(window.start),
        "end": _utc(window.end),
        "local_start": _local(zone, window.start),
        "local_end": _local(zone, window.end),
        "programme": programme,
        "name": names[programme],
        "seconds": (window.end - window.start) / RATE,
    }


def _item(score: Score, window: Window, segment: Segment) -> dict[str, Any]:
    item = segment.item
    return {
        "start": _utc(segment.start),
        "seconds": round(item.sound / RATE, 6) if item else 0.0,
        "programme": score.loops[window.loop].programme,
        "rhyme": item.rhyme if item else "",
        "language": item.language if item else "",
        "estimated": item is not None and item.clip is None,
    }


def _utc(at: Instant) -> str:
    return moment(at).isoformat().replace("+00:00", "Z")


def _local(zone: Zone, at: Instant) -> str:
    here = timezone(timedelta(seconds=zone.offset(at)))
    return moment(at).astimezone(here).isoformat()


def _heard(score: Score, policy: Policy) -> Iterator[tuple[Window, Segment]]:
    """Yield the items that are the node's own to play, up to each day's cap."""
    for window in score.windows:
        loop = score.loops[window.loop]
        for segment in segments(loop, window):
            mine = score.stagger is None or score.stagger.mine(segment.turn, len(loop.items))
            if segment.item is not None and mine and not _capped(score, policy, segment.start):
                yield window, segment


def _capped(score: Score, policy: Policy, at: Instant) -> bool:
    cut = cap_cut(score, policy, policy.zone.day(at))
    return cut is not None and at >= cut


def _print(
    town: Town, own: Site, score: Score, policy: Policy, first: date, args: argparse.Namespace
) -> None:
    from rich.console import Console
    from rich.table import Table

    way = " › ".join(place.name for place in own.path)
    table = Table(title=f"{way} › {own.node.name}（{own.node.id}）", title_justify="left")
    for column in ("日期 / day", "时间 / time", "节目 / programme", "时长 / length"):
        table.add_column(column)
    for row in _table(town, score, policy, first, args):
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 100).print(table)


def _table(
    town: Town, score: Score, policy: Policy, first: date, args: argparse.Namespace
) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row for each window, under it for each item if asked; a day without says so."""
    names = {programme.id: programme.name for programme in town.programmes}
    heard = list(_heard(score, policy)) if args.items else []
    for n in range(args.days):
        day = first + timedelta(days=n)
        title = _title(day, town.calendar)
        mine = [own for own in score.windows if max(town.zone.day(own.start), first) == day]
        if not mine:
            yield title, "—", "不响 / silent", ""
        for window in mine:
            programme = names[score.loops[window.loop].programme]
            minutes = (window.end - window.start) / RATE / 60
            yield title, _hours(window, town.zone), programme, f"{minutes:g} min"
            title = ""
            yield from (_row(town.zone, segment) for at, segment in heard if at is window)


def _row(zone: Zone, segment: Segment) -> tuple[str, str, str, str]:
    item = segment.item
    if item is None:
        return "", "", "", ""
    about = "" if item.clip is not None else "约 "
    shown = f"{zone.local(segment.start):%H:%M:%S}"
    return (
        "",
        f"  {shown}",
        f"  {item.rhyme} ({item.language})",
        f"{about}{item.sound / RATE:.1f} s",
    )


def _hours(window: Window, zone: Zone) -> str:
    start, end = zone.local(window.start), zone.local(window.end)
    next_day = " (+1)" if end.date() > start.date() else ""
    return f"{start:%H:%M}-{end:%H:%M}{next_day}"


def _title(day: date, calendar: Calendar) -> str:
    """Return a day with its weekday and what kind of day it is."""
    kind = "上班" if calendar.is_workday(day) else "休息"
    kind = "放假" if calendar.is_holiday(day) else kind
    unknown = "" if calendar.knows(day) else "？"
    return f"{day} 周{WEEKDAYS[day.weekday()]} {kind}{unknown}"
