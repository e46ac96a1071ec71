"""`xiaolaba hold`: makes nodes silent or softer until a time, at once; the policy key lifts it."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xiaolaba.cli.options import add_daemon, word

if TYPE_CHECKING:
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.cli.nodes.aim import Known
    from xiaolaba.core.sounding.hold import Held
    from xiaolaba.core.units import NodeId
    from xiaolaba.core.zone import Zone

EPILOG = """\
例子 / examples:
  xiaolaba hold --place jinxiu --for 2h                       整个小区安静两小时 / silent for 2 h
  xiaolaba hold --node jinxiu-gate --until "2026-11-23 08:00" 到那一刻为止（当地时间）/ until then
  xiaolaba hold --all --for 30min --softer 6                  全部调低 6 分贝 / softer by 6 dB
  xiaolaba hold --list                                        正在生效的静音令 / those in force
  xiaolaba hold --lift --place jinxiu --key /media/usb/policy.key

谁都可以下静音令，不再询问；先后几道同时算数，最严的为准，最长 90 天。
只有掌握安全策略密钥的人能提前解除。服务端没在运行时先记下，启动后送到喇叭。
Anyone may add silence, and is not asked; holds add up and the strictest counts, 90 days
at most. Only the policy key lifts them early. A daemon that is off delivers them later.

退出码 / exit code: 0 已下达 given · 1 失败 failed · 2 用法有误 bad usage
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = commands.add_parser(
        "hold",
        help="静音令：立刻安静或调低，到某一刻为止 / silence now, until a time",
        description="静音令：让喇叭立刻安静或调低 / make nodes silent or softer at once",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--until", type=_moment, metavar="TIME", help='到何时 "年-月-日 时:分" / local time'
    )
    what.add_argument(
        "--for", dest="lasting", type=_duration, metavar="2h", help="多久 / how long: min, h"
    )
    what.add_argument("--list", action="store_true", help="列出静音令 / list the holds")
    what.add_argument("--lift", action="store_true", help="全部解除 / lift them, with --key")
    where = command.add_mutually_exclusive_group()
    where.add_argument("--place", metavar="ID", help="一个地点的全部喇叭 / every node of a place")
    where.add_argument("--node", metavar="ID", help="一只喇叭 / one node")
    where.add_argument("--all", action="store_true", help="全部喇叭 / every node")
    command.add_argument(
        "--softer",
        type=_decibels,
        metavar="DB",
        help="不静音，只调低这么多分贝 / softer by so many dB instead of silent",
    )
    command.add_argument(
        "--key", type=Path, metavar="FILE", help="安全策略私钥，解除用 / the policy key, to lift"
    )
    add_daemon(command)
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    command.set_defaults(run=hold)


def _moment(text: str) -> tuple[date, int]:
    from xiaolaba.settings.times import end_moment

    return word(end_moment, text)


def _duration(text: str) -> int:
    """Return a duration in whole seconds."""
    from xiaolaba.core.sounding.hold_order import LONGEST
    from xiaolaba.settings.words import duration

    return int(word(duration(60.0, float(LONGEST)), text))


def _decibels(text: str) -> float:
    from xiaolaba.settings.words import halved

    shown = halved(text).lower().removesuffix("db").strip()
    try:
        found = float(shown) if len(shown) <= 8 else 0.0
    except ValueError:
        found = 0.0
    if not 0.0 < found <= 60.0:
        said = f"'{text}'：要写调低多少分贝，大于 0、不超过 60"
        raise argparse.ArgumentTypeError(f"{said} / how many dB softer: above 0, at most 60")
    return found


def hold(args: argparse.Namespace) -> int:
    """List, lift or give holds."""
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.cli.nodes.aim import known, meant
    from xiaolaba.settings import load_daemon
    from xiaolaba.settings.words import Wrong

    folder = StateFolder(load_daemon(args.daemon).state)
    town = known(folder)
    try:
        _require_sense(args)
        if args.list:
            _tell_lack(town)
            return _show(args, folder, town, sorted(folder.holds()))
        nodes = meant(town, args.place, args.node)
        return (_lift if args.lift else _give)(args, folder, town, nodes)
    except Wrong as wrong:
        print(f"xiaolaba hold: {wrong.zh} / {wrong.en}", file=sys.stderr)
        return 2


def _require_sense(args: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    from xiaolaba.settings.words import Wrong

    where = bool(args.all or args.place is not None or args.node is not None)
    if where == args.list:
        if where:
            raise Wrong("--list 列出全部，不用再写在哪里", "--list lists every one, name no place")
        raise Wrong("请写在哪里：--place、--node 或 --all", "say where: --place, --node or --all")
    if args.lift != (args.key is not None):
        raise Wrong("解除要 --lift 和 --key 一起用", "--lift and --key go together")
    if args.softer is not None and (args.lift or args.list):
        raise Wrong("--softer 只用在新的静音令上", "--softer belongs to a new hold")


def _give(
    args: argparse.Namespace, folder: "StateFolder", town: "Known", nodes: "Sequence[NodeId]"
) -> int:
    """Lay the hold where the daemon finds it, and tell."""
    from xiaolaba.core.sounding.audible import Hold
    from xiaolaba.core.sounding.hold_order import added
    from xiaolaba.core.units import RATE, Decibels, Instant

    now = _now()
    level = None if args.softer is None else Decibels(-args.softer)
    since, until = (Instant(second * RATE) for second in (now, _end(args, town.town.zone, now)))
    wanted, key = Hold(until, level, since), folder.signer()
    fresh = _lay(folder, nodes, lambda node, before: added(before, node, wanted, now, key))
    if not fresh and not args.json:
        print("已有同样严或更严的静音令 / holds as strict are in force already")
    _warn(folder)
    return _show(args, folder, town, nodes)


def _end(args: argparse.Namespace, zone: "Zone", now: int) -> int:
    """Return when the hold ends, in Unix seconds; what lasts for a while ends on a full minute."""
    from xiaolaba.core.sounding.hold_order import LONGEST
    from xiaolaba.core.units import RATE
    from xiaolaba.settings.words import Wrong

    if args.until is None:
        return -(-(now + int(args.lasting)) // 60) * 60
    end = zone.instant(*args.until) // RATE
    if end <= now:
        raise Wrong("这个时刻已经过了", "that moment has passed")
    if end > now + LONGEST:
        raise Wrong("最长 90 天", "90 days at most")
    return end


def _lift(
    args: argparse.Namespace, folder: "StateFolder", town: "Known", nodes: "Sequence[NodeId]"
) -> int:
    """Lay the policy key's word that ends every hold of these nodes, and tell."""
    from xiaolaba.adapters import keys
    from xiaolaba.core.sounding.hold_order import lifted

    now, key = _now(), keys.signer(args.key)
    if key[0] not in folder.policy_key():
        said = f"{args.key} 不是这里的安全策略密钥 / is not the policy key used here"
        print(said, file=sys.stderr)
        return 1
    _lay(folder, nodes, lambda node, before: lifted(before, node, now, key))
    if not args.json:
        print(f"已解除 {len(nodes)} 个喇叭的静音令 / lifted at {len(nodes)} nodes")
    _warn(folder)
    return _show(args, folder, town, nodes)


def _lay(
    folder: "StateFolder",
    nodes: "Sequence[NodeId]",
    compose: "Callable[[NodeId, tuple[Held, ...]], bytes | None]",
) -> int:
    """Compose each node's next message and lay them down together; return how many there were.

    Two commands at once take turns.
    """
    with folder.hold_file.changing() as messages:
        last = {node: row[-1] for node, row in messages.items()}
        composed = [compose(node, last.get(node, ())) for node in nodes]
        fresh = [sealed for sealed in composed if sealed is not None]
        if fresh:
            folder.hold_file.put(messages, fresh)
    return len(fresh)


def _show(
    args: argparse.Namespace, folder: "StateFolder", town: "Known", nodes: "Sequence[NodeId]"
) -> int:
    """Print the holds that run at these nodes."""
    from xiaolaba.cli.nodes.hold_list import facts, lines
    from xiaolaba.core.units import RATE, Instant

    held, at = folder.holds(), Instant(_now() * RATE)
    if args.json:
        found = {"v": 1, "timezone": town.town.zone.name, "daemon": folder.is_locked()}
        found["holds"] = facts(town, held, nodes, at)
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return 0
    shown = list(lines(town, held, nodes, at))
    print("\n".join(shown) or "没有静音令 / no holds")
    return 0


def _tell_lack(town: "Known") -> None:
    """Say that there is nothing to list, or not by name."""
    if town.lack is not None:
        print(f"注意：{' / '.join(town.lack)}", file=sys.stderr)


def _warn(folder: "StateFolder") -> None:
    """Say what may keep the hold from being obeyed now, or until the right moment."""
    if not folder.is_locked():
        said = "服务端没在运行，启动后才送到喇叭 / the daemon is off: nodes get it once it runs"
        print(f"注意：{said}", file=sys.stderr)
    elif _clock(folder) in ("untrusted", "differs"):
        said = "本机时钟没有对准，截止时刻可能不准 / this machine's clock is wrong, so is the end"
        print(f"注意：{said}", file=sys.stderr)


def _clock(folder: "StateFolder") -> str:
    """Return how the daemon's clock stands; "" while its record cannot be read."""
    from xiaolaba.adapters.sqlite_status import read_clock
    from xiaolaba.core.errors import StoreError

    try:
        return read_clock(folder.store)
    except StoreError:
        return ""


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
