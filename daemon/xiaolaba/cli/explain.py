"""`xiaolaba explain`: why a node sounds or is silent at a moment, rule by rule."""

import argparse
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xiaolaba.core.schedule import Town
    from xiaolaba.core.sounding.audible import Hold
    from xiaolaba.core.telling.explain import Explanation
    from xiaolaba.core.timetable.score import Sound
    from xiaolaba.core.units import Instant

EPILOG = """\
例子 / examples:
  xiaolaba explain --node jinxiu-gate                          现在为什么没响 / why silent now
  xiaolaba explain --node jinxiu-gate --at "2026-11-23 08:10"  那一刻 / at that moment
  xiaolaba explain --node jinxiu-gate --at "2026-11-23 08:10:30" --json
  xiaolaba explain --node jinxiu-gate --daemon config/daemon.yaml   再看喇叭自己怎么说

时刻是当地时间。只看配置文件，不连任何服务：回答按现在的配置应当如何；
加 --daemon 还算上静音令，包括已经结束的。
The time is local. Only files are read: the answer is what the configuration wants, and
with --daemon also the holds, past ones too.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    from xiaolaba.cli.folders import add_folders

    command = commands.add_parser(
        "explain",
        help="为什么响、为什么没响 / why a node sounds or is silent",
        description="某一刻为什么响或不响，以及接下来 / the rules that decide, and what is next",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--node", required=True, metavar="ID", help="喇叭的 id / the node's id")
    command.add_argument(
        "--at",
        type=_moment,
        metavar="TIME",
        help='当地时间 "年-月-日 时:分[:秒]"，默认现在 / local time, default now',
    )
    add_folders(command)
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    command.set_defaults(run=explain)


def _moment(text: str) -> tuple[date, int, int]:
    """Return a local day, minutes after its midnight, and seconds."""
    from xiaolaba.settings.times import moment
    from xiaolaba.settings.words import Wrong, halved

    shown, _, seconds = halved(text).partition(":")[2].partition(":")
    try:
        if seconds and not (seconds.isascii() and seconds.isdecimal() and int(seconds) < 60):
            raise Wrong(f"'{text}' 的秒不对", f"the seconds of '{text}' are wrong")
        day, minutes = moment(f"{halved(text).partition(':')[0]}:{shown}")
    except Wrong as wrong:
        raise argparse.ArgumentTypeError(f"{wrong.zh} / {wrong.en}") from None
    return day, minutes, int(seconds or 0)


def explain(args: argparse.Namespace) -> int:
    """Print why a node sounds or is silent."""
    from xiaolaba.cli.folders import rhymes_folder
    from xiaolaba.cli.plan import tell_unknown_node
    from xiaolaba.cli.reading import read_library, today
    from xiaolaba.core.telling import explain as core
    from xiaolaba.core.units import NodeId
    from xiaolaba.settings import load_town

    library = read_library(args)
    day = args.at[0] if args.at else today()
    town, _ = load_town(args.config, rhymes_folder(args), day, library, applied=True)
    node, at, holds = NodeId(args.node), _instant(town, args.at), _holds(args)
    try:
        found = core.explain(town, library, node, at, holds=holds)
    except KeyError:
        tell_unknown_node(town, args.node)
        return 2
    said = None if args.daemon is None else _reported(args.daemon, args.node)
    if args.json:
        shown = facts(town, found) | ({} if said is None else {"reported": said})
        print(json.dumps(shown, ensure_ascii=False, indent=1))
        return 0
    _print(town, found)
    if said is not None:
        print(_heard(said))
    return 0


def _holds(args: argparse.Namespace) -> "tuple[Hold, ...]":
    """Return the node's holds as the daemon has them, if it was named; those that are over too."""
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.core.sounding.hold_order import history
    from xiaolaba.core.units import NodeId
    from xiaolaba.settings import load_daemon

    if args.daemon is None:
        return ()
    messages = StateFolder(load_daemon(args.daemon).state).hold_file.messages()
    return history(held[-1] for held in messages.get(NodeId(args.node), ()))


def _reported(daemon: Path, node: str) -> dict[str, Any]:
    """Return what the daemon last heard from a node."""
    from xiaolaba.adapters.sqlite_status import read_status
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.cli.hold_standing import standing
    from xiaolaba.core.units import NodeId
    from xiaolaba.settings import load_daemon

    folder, now = StateFolder(load_daemon(daemon).state), datetime.now(UTC)
    for row in read_status(folder.store, 0, int(now.timestamp())):
        if row.node == node and row.seen:
            hold = standing(row, folder.holds().get(NodeId(node), ()), now)
            current, obeyed = row.applied == row.published, hold is None or hold.obeyed
            said = {"online": row.online, "now": row.now, "seen": row.seen}
            return said | {"current": current, "hold_obeyed": obeyed}
    return {"online": False, "now": "", "seen": 0, "current": False, "hold_obeyed": False}


def _heard(said: dict[str, Any]) -> str:
    from xiaolaba.cli.doing import doing

    if not said["seen"]:
        return "喇叭自己：还没有报过状态 / the node itself: never heard"
    seen = datetime.fromtimestamp(said["seen"], UTC).astimezone()
    online = "在线 online" if said["online"] else "离线 offline"
    late = "" if said["current"] else "，播放单不是最新 / its playlist is not the latest"
    if not said["hold_obeyed"]:
        late += "，静音令还没有送达 / it has not heard of its hold"
    return f"喇叭自己（{seen:%m-%d %H:%M:%S}，{online}）：{doing(said['now']) or '-'}{late}"


def _instant(town: "Town", at: tuple[date, int, int] | None) -> "Instant":
    from xiaolaba.core.units import RATE, Instant, instant

    if at is None:
        return instant(datetime.now(UTC))
    day, minutes, seconds = at
    return Instant(town.zone.instant(day, minutes) + seconds * RATE)


def facts(town: "Town", found: "Explanation") -> dict[str, Any]:
    """Return an explanation, JSON-ready."""
    from xiaolaba.cli.listing import local, utc

    decisive = found.decisive
    return {
        "v": 1,
        "node": found.node,
        "at": utc(found.at),
        "local": local(town.zone, found.at),
        "code": found.code.value,
        "zh": decisive.zh,
        "en": decisive.en,
        "sound": _sound(town, found.sound),
        "chain": [
            {"code": step.code.value, "zh": step.zh, "en": step.en, "decides": step.decides}
            for step in found.chain
        ],
        "next": None
        if found.next is None
        else {
            "at": utc(found.next[0]),
            "local": local(town.zone, found.next[0]),
            **_sound(town, found.next[1]),
        },
    }


def _sound(town: "Town", sound: "Sound") -> dict[str, Any]:
    from xiaolaba.cli.listing import local
    from xiaolaba.core.timetable.score import FOREVER, Playing

    until = local(town.zone, sound.until) if sound.until < FOREVER else None
    if not isinstance(sound, Playing):
        return {"playing": False, "reason": sound.reason.value, "until": until}
    return {
        "playing": True,
        "programme": sound.loop.programme,
        "rhyme": sound.item.rhyme,
        "language": sound.item.language,
        "estimated": sound.item.clip is None,
        "since": local(town.zone, sound.start),
        "until": until,
        "level_db": sound.level,
    }


def _print(town: "Town", found: "Explanation") -> None:
    """Print the answer first, then the chain, then what is next."""
    from xiaolaba.cli.views import day_title
    from xiaolaba.core.timetable.score import Playing
    from xiaolaba.core.where import site

    own = site(town.places, found.node)
    shown = town.zone.local(found.at)
    way = " › ".join((*(place.name for place in own.path), own.node.name))
    print(f"{way}（{found.node}） {day_title(shown.date(), town.calendar)} {shown:%H:%M:%S}")
    state = "响 / sounds" if isinstance(found.sound, Playing) else "不响 / silent"
    print(f"{state}：{found.decisive.zh} / {found.decisive.en}")
    print()
    for step in found.chain:
        mark = "→" if step.decides else " "
        print(f" {mark} {step.zh} / {step.en} [{step.code.value}]")
    print()
    print(_next(town, found))


def _next(town: "Town", found: "Explanation") -> str:
    from xiaolaba.core.timetable.score import Playing

    if found.next is None:
        return "接下来：一段时间内没有要播的 / next: nothing is planned for a while"
    at, sound = found.next
    shown = f"{town.zone.local(at):%m-%d %H:%M:%S}"
    if isinstance(sound, Playing):
        name = f"{sound.item.rhyme}（{sound.item.language}）"
        return f"下一次响：{shown} {name} / next: {shown} {sound.item.rhyme}"
    return f"到 {shown} 停：{sound.reason.value} / silent from {shown}: {sound.reason.value}"
