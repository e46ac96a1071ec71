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
  sudo xiaolaba enrol jinxiu-gate --to /media/usb/identity --policy /media/usb/policy.pub

喇叭点位终身相信身份里的安全策略公钥。服务端有自己的用户时，用 --policy 指出服务端改不到的那一份
（在安全策略私钥旁边），并核对屏幕上的指纹。
A node trusts the policy key in its identity for good. Where the daemon has a user of its
own, --policy names the copy that the daemon cannot change, beside the private key; compare
the fingerprint that is shown.

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
        "--policy",
        type=Path,
        metavar="FILE",
        help="安全策略公钥，私钥旁边的 .pub / the policy key's public half, beside the key",
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
    if not folder.policy_key():
        hint = f"xiaolaba policy init --key FILE --daemon {args.daemon}"
        return _refuse(f"还没有安全策略密钥，请先运行 / no policy key yet; first run: {hint}", 1)
    if (args.to / "node.key").exists():
        return _refuse(f"{args.to} 已有身份 / already holds an identity", 1)
    if args.node in folder.enrolled() and not args.replace:
        hint = "换机器请加 --replace，旧的从此连不上 / --replace shuts the old machine out"
        return _refuse(f"{args.node} 已登记 / is enrolled already; {hint}", 1)
    wrong = _wrong_anchor(folder, args.policy)
    if wrong:
        return _refuse(wrong, 1)
    _doubt(folder, args.node)
    fingerprint = _write(folder, args.node, args.to, args.policy or folder.policy_pub)
    print(f"已登记 {args.node}，身份在 {args.to} / enrolled, identity in {args.to}")
    print(f"安全策略公钥指纹 / fingerprint of the policy key: {fingerprint}")
    return 0


def _wrong_anchor(folder: "StateFolder", policy: Path | None) -> str:
    """Return what is wrong with where the policy's key for an identity comes from, or ""."""
    from xiaolaba.adapters import keys
    from xiaolaba.adapters.owner import is_another_s

    if policy is None:
        if not is_another_s(folder.root):
            return ""
        return (
            "请用 --policy 指出安全策略私钥旁边的公钥（.pub）：服务端自己那一份，服务端能换掉"
            " / name the policy key's public half with --policy FILE, beside the private key:"
            " the daemon's user can replace the copy in its own folder"
        )
    if not policy.exists():
        return (
            f"没有 {policy}：安全策略公钥在私钥旁边，例如 policy.key 旁边的 policy.pub"
            " / is not there: the policy key's public half lies beside the private one"
        )
    if policy.resolve().is_relative_to(folder.root.resolve()):
        return f"服务端改得了 {policy}，请用私钥旁边的 / the daemon can change it: {policy}"
    kid, known = keys.verifier(policy)[0], next(iter(folder.policy_key()))
    if kid == known:
        return ""
    return (
        f"{policy}（{kid}）和服务端的安全策略公钥（{known}）不同，可能被人换过"
        " / is not the policy key that the daemon has: one of them was replaced"
    )


def _write(folder: "StateFolder", node: str, to: Path, policy: Path) -> str:
    """Write the identity first, then enrol: an unfinished one is never let in.

    Return the id of the policy key that the node will trust.
    """
    from xiaolaba.adapters import keys
    from xiaolaba.adapters.mosquitto import hashed
    from xiaolaba.adapters.owner import as_owner
    from xiaolaba.adapters.whole_file import make_folder, told, write_whole
    from xiaolaba.core.units import NodeId

    with told(policy):
        trusted = policy.read_bytes()
    password, programme = secrets.token_urlsafe(24), folder.programme_public()
    with as_owner(to):
        make_folder(to)
        write_whole(to / "id", f"{node}\n".encode(), 0o644)
        write_whole(to / "password", password.encode())
        write_whole(to / "programme.pub", programme, 0o644)
        write_whole(to / "policy.pub", trusted, 0o644)
        keys.generate(to / "node.key")
        public = keys.public_half(to / "node.key")
        fingerprint, _ = keys.verifier(to / "policy.pub")
    folder.enrol(NodeId(node), public, hashed(password, os.urandom(12)))
    return fingerprint


def _doubt(folder: "StateFolder", node: str) -> None:
    """Say if the configuration in force has no such node: it would stay silent."""
    from xiaolaba.cli.nodes.planned import planned_nodes
    from xiaolaba.core.checking.finding import near

    planned = planned_nodes(folder)
    if planned is not None and node not in planned:
        zh, en = near(node, planned)
        said = f"启用的配置里没有 {node}{zh}，它不会响 / the applied configuration lacks it{en}"
        print(f"警告 warning: {said}: it stays silent", file=sys.stderr)


def _refuse(said: str, code: int) -> int:
    print(said, file=sys.stderr)
    return code
