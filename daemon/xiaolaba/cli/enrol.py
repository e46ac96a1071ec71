"""`xiaolaba enrol`: takes a node in and writes its identity folder."""

import argparse
import os
import re
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xiaolaba.cli.options import add_daemon

if TYPE_CHECKING:
    from xiaolaba.adapters.state_folder import StateFolder

EPILOG = """\
例子 / examples:
  xiaolaba enrol jinxiu-gate --to /media/usb/identity

把写好的文件夹复制到喇叭点位（node.yaml 的 identity:）。里面有私钥和密码，请当面交接，用完删除。
服务端正在运行时一秒内生效，不必重启。
Copy the folder to the node (identity: in node.yaml). It holds a private key and a password:
hand it over in person, then delete it. A running daemon takes the node in within a second.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = commands.add_parser(
        "enrol",
        help="登记一个喇叭点位，生成它的身份文件 / take a node in",
        description="登记喇叭点位并写出它的身份文件夹 / enrol a node and write its identity",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("node", metavar="NODE", help="喇叭点位 id / the node's id")
    add_daemon(command)
    command.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="写到哪里 / where to write"
    )
    command.add_argument(
        "--replace",
        action="store_true",
        help="换新机器：旧机器从此连不上 / a new machine: the old one is shut out",
    )
    command.set_defaults(run=enrol)


def enrol(args: argparse.Namespace) -> int:
    """Make a node's key and password, and let the daemon know it."""
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.settings import load_daemon

    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,31}", args.node):
        return _refuse(f"'{args.node}' 不是喇叭点位 id / is not a node id: a-z, 0-9 and -", 2)
    folder = StateFolder(load_daemon(args.daemon).state)
    folder.prepare()
    if not folder.policy_pub.exists():
        hint = f"xiaolaba policy init --key FILE --daemon {args.daemon}"
        return _refuse(f"还没有安全策略密钥，请先运行 / no policy key yet; first run: {hint}", 1)
    if (args.to / "node.key").exists():
        return _refuse(f"{args.to} 已有身份 / already holds an identity", 1)
    if args.node in folder.enrolled() and not args.replace:
        hint = "换机器请加 --replace，旧的从此连不上 / --replace shuts the old machine out"
        return _refuse(f"{args.node} 已登记 / is enrolled already; {hint}", 1)
    _doubt(folder, args.node)
    _write(folder, args.node, args.to)
    print(f"已登记 {args.node}，身份在 {args.to} / enrolled, identity in {args.to}")
    return 0


def _write(folder: "StateFolder", node: str, to: Path) -> None:
    """Write the identity first, then enrol: an unfinished one is never let in."""
    from xiaolaba.adapters import keys
    from xiaolaba.adapters.mosquitto import hashed
    from xiaolaba.adapters.whole_file import make_folder, told, write_whole
    from xiaolaba.core.units import NodeId

    make_folder(to)
    password = secrets.token_urlsafe(24)
    write_whole(to / "password", password.encode())
    with told(folder.root):
        write_whole(to / "programme.pub", folder.programme_pub.read_bytes(), 0o644)
        write_whole(to / "policy.pub", folder.policy_pub.read_bytes(), 0o644)
    keys.generate(to / "node.key")
    public = keys.public_half(to / "node.key")
    folder.enrol(NodeId(node), public, hashed(password, os.urandom(12)))


def _doubt(folder: "StateFolder", node: str) -> None:
    """Say if the configuration in force has no such node: it would stay silent."""
    from xiaolaba.cli.planned import planned_nodes
    from xiaolaba.core.checking.finding import near

    planned = planned_nodes(folder)
    if planned is not None and node not in planned:
        zh, en = near(node, planned)
        said = f"启用的配置里没有 {node}{zh}，它不会响 / the applied configuration lacks it{en}"
        print(f"警告 warning: {said}: it stays silent", file=sys.stderr)


def _refuse(said: str, code: int) -> int:
    print(said, file=sys.stderr)
    return code
