"""`xiaolaba retire`: lets a node go, so that it counts no more and its machine is shut out."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from xiaolaba.cli.options import add_daemon

if TYPE_CHECKING:
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.core.units import NodeId

EPILOG = """\
例子 / examples:
  xiaolaba retire jinxiu-gate

先从 places.yaml 删去这只喇叭并 apply，它几秒内就安静；再退役，然后断电拆走。
退役后它的密钥和密码立即作废，正在运行的服务端一秒内断开它；播过的次数保留，
还没交回的播放记录不再计入。断网的机器收不到任何消息，断电以前会照旧播，最多 30 天。
First take the node out of places.yaml and apply: it falls silent within seconds. Then
retire it: its key and password are void at once, what it played stays counted, what it
has not handed in yet is lost. A machine without network hears nothing of this and plays
on for up to 30 days: unplug it.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = commands.add_parser(
        "retire",
        help="喇叭点位退役：不再连接，不再统计 / let a node go",
        description="喇叭点位退役：密钥和密码作废 / let a node go: its key and password are void",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("node", metavar="NODE", help="喇叭点位 id / the node's id")
    add_daemon(command)
    command.add_argument("--yes", action="store_true", help="不再询问 / do not ask")
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    command.set_defaults(run=retire)


def retire(args: argparse.Namespace) -> int:
    """Ask, then take the node off the list."""
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.cli.asking import agreed
    from xiaolaba.cli.nodes.planned import planned_nodes
    from xiaolaba.core.units import NodeId
    from xiaolaba.settings import load_daemon

    settings = load_daemon(args.daemon)
    folder, node = StateFolder(settings.state), NodeId(args.node)
    if node not in folder.enrolled():
        return _unknown(folder, node)
    planned = node in (planned_nodes(folder) or ())
    warnings = _warnings(node, planned, settings.broker.embedded)
    for warning in warnings:
        print(warning, file=sys.stderr)
    question, undone = f"让 {node} 退役吗？ / retire it?", ("没有退役", "not retired")
    if not args.yes and not agreed(question, undone):
        return 1
    archive = folder.retire(node)
    if args.json:
        said = {"retired": node, "archive": str(archive), "planned": planned, "warnings": warnings}
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        print(f"{node} 已退役，登记资料移到 {archive} / retired; what enrolled it lies there")
    return 0


def _unknown(folder: "StateFolder", node: "NodeId") -> int:
    from xiaolaba.core.checking.finding import near

    zh, en = near(node, folder.enrolled())
    said = f"没有登记过喇叭点位 '{node}'{zh} / no node '{node}' is enrolled{en}"
    print(f"xiaolaba: {said}", file=sys.stderr)
    return 2


def _warnings(node: "NodeId", planned: bool, embedded: bool) -> list[str]:
    found = []
    if planned:
        found.append(
            f"警告 warning: 启用的配置里还有 {node}，会一直算不在线；请从 places.yaml 删去再 apply"
            f" / the configuration in force still names {node}, which will count as offline:"
            " take it out of places.yaml and apply"
        )
    if not embedded:
        found.append(
            f"警告 warning: MQTT 服务不由本程序管理，请在那里删去用户 {node}"
            f" / the broker is not ours: remove its user {node} there"
        )
    return found
