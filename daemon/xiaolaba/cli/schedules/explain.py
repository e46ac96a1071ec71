"""`xiaolaba explain`: why a node sounds or is silent at a moment, rule by rule."""

import argparse
import json
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xiaolaba.core.schedule import Town
    from xiaolaba.core.telling.explain import Explanation
    from xiaolaba.core.timetable.score import Sound
    from xiaolaba.core.units import Instant

EPILOG = """\
例子 / examples:
  xiaolaba explain --node jinxiu-gate                          现在为什么没响 / why silent now
  xiaolaba explain --node jinxiu-gate --at "2026-11-23 08:10"  那一刻 / at that moment
  xiaolaba explain --node jinxiu-gate --at "2026-11-23 08:10:30" --json

时刻是当地时间。回答按这些文件应当如何；旁边有服务端的状态（daemon.yaml 的 state）时，静音令
也算上，包括已经结束的；改了还没有 apply 或 publish 的会说明，并先说正在生效的是什么。
The time is local. The answer is what the files want. Where the daemon's state is found, its
holds count, past ones too, and what was changed but not applied or published is told, after
what is in force.
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

    head, _, rest = halved(text).partition(":")
    minute, _, seconds = rest.partition(":")
    try:
        if seconds and not (seconds.isascii() and seconds.isdecimal() and int(seconds) < 60):
            raise Wrong(f"'{text}' 的秒不对", f"the seconds of '{text}' are wrong")
        day, minutes = moment(f"{head}:{minute}" if rest else halved(text))
    except Wrong as wrong:
        raise argparse.ArgumentTypeError(f"{wrong.zh} / {wrong.en}") from None
    return day, minutes, int(seconds or 0)


def explain(args: argparse.Namespace) -> int:
    """Print why a node sounds or is silent."""
    from xiaolaba.cli.folders import rhymes_folder, unfound_folders
    from xiaolaba.cli.schedules.in_force import found_in_force
    from xiaolaba.cli.schedules.plan import tell_unknown_node
    from xiaolaba.cli.schedules.reading import read_library, today
    from xiaolaba.core.telling import explain as core
    from xiaolaba.core.units import NodeId
    from xiaolaba.settings import load_town

    library = read_library(args)
    day = args.at[0] if args.at else today()
    town, _ = load_town(args.config, rhymes_folder(args), day, library, applied=True)
    for warning in unfound_folders(args):
        print(warning, file=sys.stderr)
    node, at, now = NodeId(args.node), _instant(town, args.at), datetime.now(UTC)
    force = found_in_force(args, node, day, now)
    try:
        found = core.explain(town, library, node, at, holds=force.holds)
    except KeyError:
        tell_unknown_node(town, args.node)
        return 2
    pending = force.pending(town, node, now)
    other = force.explained(town, library, node, at) if pending else None
    if args.json:
        shown = facts(town, found) | force.facts(pending, other)
        print(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        _print(town, found, other, [*force.remarks(pending)])
        for line in force.heard(town.zone):
            print(line)
    return 0


def _instant(town: "Town", at: tuple[date, int, int] | None) -> "Instant":
    from xiaolaba.core.units import RATE, Instant, instant

    if at is None:
        return instant(datetime.now(UTC))
    day, minutes, seconds = at
    return Instant(town.zone.instant(day, minutes) + seconds * RATE)


def facts(town: "Town", found: "Explanation") -> dict[str, Any]:
    """Return an explanation, JSON-ready."""
    from xiaolaba.cli.schedules.listing import local, utc

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
    from xiaolaba.cli.schedules.listing import local
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


def _print(
    town: "Town", found: "Explanation", other: "Explanation | None", remarks: list[str]
) -> None:
    """Print the answer first, then the chain, then what is next.

    `other` is what is in force instead; then the chain is that of the files.
    """
    from xiaolaba.cli.schedules.views import day_title
    from xiaolaba.core.where import site

    own = site(town.places, found.node)
    shown = town.zone.local(found.at)
    way = " › ".join((*(place.name for place in own.path), own.node.name))
    print(f"{way}（{found.node}） {day_title(shown.date(), town.calendar)} {shown:%H:%M:%S}")
    if other is not None:
        print(f"正在生效的 / in force：{_answer(other)}")
    print("按这些文件 / by these files：" * (other is not None) + _answer(found))
    print(*remarks, "", sep="\n")
    for step in found.chain:
        mark = "→" if step.decides else " "
        print(f" {mark} {step.zh} / {step.en} [{step.code.value}]")
    print()
    print(_next(town, found))


def _answer(found: "Explanation") -> str:
    from xiaolaba.core.timetable.score import Playing

    state = "响 / sounds" if isinstance(found.sound, Playing) else "不响 / silent"
    return f"{state}：{found.decisive.zh} / {found.decisive.en}"


def _next(town: "Town", found: "Explanation") -> str:
    from xiaolaba.cli.doing import WORDS
    from xiaolaba.core.timetable.score import Playing

    if found.next is None:
        return "接下来：一段时间内没有要播的 / next: nothing is planned for a while"
    at, sound = found.next
    shown = f"{town.zone.local(at):%m-%d %H:%M:%S}"
    if isinstance(sound, Playing):
        name = f"{sound.item.rhyme}（{sound.item.language}）"
        return f"下一次响：{shown} {name} / next: {shown} {sound.item.rhyme}"
    if sound.item is not None and not isinstance(found.sound, Playing):
        zh = f"接下来：{shown} 轮到 {sound.item.rhyme}（{sound.item.language}），没做好或没人认可"
        return f"{zh} / next: {shown} {sound.item.rhyme}, but its clip is not made or not approved"
    reason = sound.reason
    return f"到 {shown} 停：{WORDS[reason]} / silent from {shown}: {reason.value}"
