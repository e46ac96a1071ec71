"""`xiaolaba policy`: makes the policy key, and signs what each node may never do."""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xiaolaba.cli.options import add_daemon

if TYPE_CHECKING:
    from xiaolaba.adapters.state_folder import SignedPolicy, StateFolder
    from xiaolaba.core.message.seal import Sign
    from xiaolaba.core.policy import Policy
    from xiaolaba.core.schedule import Town
    from xiaolaba.core.units import NodeId

RENEW_S = 300 * 86_400
"""An unchanged policy that holds at least so long is not signed again."""
EARLY_S = 300
MOST_NAMED = 6

EPILOG = """\
例子 / examples:
  xiaolaba policy init --key /media/usb/policy.key --daemon config/daemon.yaml
  xiaolaba policy publish --config config --daemon config/daemon.yaml --key /media/usb/policy.key

安全策略（静音时段、封禁、音量上限）用单独的密钥签名，服务端读不到私钥：请放在 U 盘上。
签名前先显示会改哪些规定，确认后才签；一个静音时段也不剩时不签，除非另加 --no-quiet-hours。
The policy has a key of its own, which the daemon must not be able to read: keep it apart.
What changes is shown first and signed once confirmed; a policy that leaves a node without
any quiet hours is signed with --no-quiet-hours only.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = commands.add_parser(
        "policy",
        help="安全策略：生成密钥、签名发布 / the policy: its key, signing",
        description="安全策略的密钥和签名 / the policy key, and signing with it",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = command.add_subparsers(metavar="init | publish", required=True)
    init = parts.add_parser("init", help="生成安全策略密钥 / make the policy key")
    publish = parts.add_parser("publish", help="签名并交给服务端 / sign, hand to the daemon")
    publish.add_argument(
        "--config", type=Path, default=Path("config"), metavar="DIR", help="配置文件夹 / folder"
    )
    publish.add_argument("--yes", action="store_true", help="不再询问 / do not ask")
    publish.add_argument(
        "--no-quiet-hours",
        action="store_true",
        help="真的一个静音时段也不要 / sign even though no quiet hours are left",
    )
    for part in (init, publish):
        part.add_argument("--key", type=Path, required=True, metavar="FILE", help="私钥 / the key")
        add_daemon(part)
    init.set_defaults(run=make_key)
    publish.set_defaults(run=publish_policies)


def make_key(args: argparse.Namespace) -> int:
    """Make the policy key, or take the one there is, and give the daemon its public half."""
    from xiaolaba.adapters import keys
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.adapters.whole_file import make_folder
    from xiaolaba.settings import load_daemon

    folder = StateFolder(load_daemon(args.daemon).state)
    folder.prepare()
    if folder.policy_key():
        return _refuse(f"已有安全策略密钥 / there is a policy key already: {folder.policy_pub}")
    if args.key.resolve().is_relative_to(folder.root.resolve()):
        return _refuse(
            f"服务端读得到 {args.key}，请放到别处，例如 U 盘"
            f" / the daemon could read {args.key}: choose another place, such as a USB stick"
        )
    if not args.key.exists():
        make_folder(args.key.parent)
        keys.generate(args.key)
    folder.trust(keys.public_half(args.key))
    print(f"安全策略密钥在 {args.key}，请妥善保管 / the policy key is {args.key}; keep it apart")
    print(f"指纹 / fingerprint: {keys.opener(args.key)[0]}")
    return 0


def publish_policies(args: argparse.Namespace) -> int:
    """Show what changes, ask, sign it for every node and lay it where the daemon finds it."""
    from xiaolaba.adapters import keys
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.cli.schedules.unsigned import wanted_policies
    from xiaolaba.core.units import from_unix
    from xiaolaba.settings import load_daemon

    settings = load_daemon(args.daemon)
    folder = StateFolder(settings.state)
    folder.prepare()
    key = keys.signer(args.key)
    known = folder.policy_key()
    if known and key[0] not in known:
        return _refuse(f"{args.key} 不是这里的安全策略密钥 / is not the policy key used here")
    now = int(time.time())
    before = folder.policies(dict([keys.opener(args.key)]))
    after = wanted_policies(_town(args.config, settings.rhymes, now), from_unix(now))
    due = {node: own for node, own in after.items() if _is_due(before.get(node), own, now)}
    if not _meant(args, before, after, due, now):
        return 1
    if not known:
        folder.trust(keys.public_half(args.key))
    _sign_all(folder, before, due, key, now)
    kept = len(after) - len(due)
    print(f"已签名 {len(due)} 份，{kept} 份未变 / signed {len(due)}, {kept} unchanged")
    return 0


def _town(config: Path, rhymes: Path, now: int) -> "Town":
    """Return the town as written; what it warns of is told."""
    from xiaolaba.settings import load_town

    town, warnings = load_town(config, rhymes, datetime.fromtimestamp(now, UTC).date())
    for warning in warnings:
        print(warning, file=sys.stderr)
    return town


def _is_due(old: "SignedPolicy | None", policy: "Policy", now: int) -> bool:
    """Return whether what was signed says something else, or holds no longer long."""
    from xiaolaba.core.message import policy_to_json

    if old is None or old.body != policy_to_json(policy):
        return True
    return old.envelope.expires <= now + RENEW_S


def _meant(
    args: argparse.Namespace,
    before: "Mapping[NodeId, SignedPolicy]",
    after: "Mapping[NodeId, Policy]",
    due: "Mapping[NodeId, Policy]",
    now: int,
) -> bool:
    """Show what changes and return whether that is really meant."""
    from xiaolaba.cli.asking import agreed
    from xiaolaba.cli.schedules.changes import show_rules
    from xiaolaba.cli.schedules.unsigned import held
    from xiaolaba.core.telling.policy_change import policy_changes
    from xiaolaba.core.units import from_unix

    old = held(before)
    changes = policy_changes(old, after, from_unix(now))
    if changes:
        print("安全策略的变化 / what changes of the policy:")
        show_rules(changes)
    bare = _bare(old, after)
    if not bare.isdisjoint(due) and not args.no_quiet_hours:
        return _tell_bare([node for node in due if node in bare])
    return not changes or args.yes or agreed("签名吗？ / sign?", ("没有签名", "not signed"))


def _bare(before: "Mapping[NodeId, Policy]", after: "Mapping[NodeId, Policy]") -> "set[NodeId]":
    """Return the nodes that would have no quiet hours, but for those that were signed none before.

    Where no node has any left, they are all of them.
    """
    never_had = {node for node, own in before.items() if not own.quiet}
    bare = {node for node, own in after.items() if not own.quiet}
    return bare if len(bare) == len(after) else bare - never_had


def _tell_bare(nodes: "Sequence[NodeId]") -> bool:
    listed = "、".join(nodes[:MOST_NAMED]) + (" 等" if len(nodes) > MOST_NAMED else "")
    zh = f"{listed} 一个静音时段也没有，半夜也会响：没有签名。真要这样，请加 --no-quiet-hours"
    en = f"{len(nodes)} nodes would have no quiet hours at all: not signed"
    print(f"{zh} / {en}; if that is meant, add --no-quiet-hours", file=sys.stderr)
    return False


def _sign_all(
    folder: "StateFolder",
    before: "Mapping[NodeId, SignedPolicy]",
    due: "Mapping[NodeId, Policy]",
    key: "tuple[str, Sign]",
    now: int,
) -> None:
    """Sign policies, each newer than the one before."""
    from xiaolaba.cli.schedules.unsigned import SIGNED_DAYS
    from xiaolaba.core.errors import MessageError
    from xiaolaba.core.message import policy_to_json
    from xiaolaba.core.message.seal import MAX_SEALED, Envelope, seal

    end = now + SIGNED_DAYS * 86_400
    for node, policy in due.items():
        old = before.get(node)
        revision = max(now, old.envelope.revision + 1 if old else 0)  # grows, also on a new machine
        envelope = Envelope("policy", node, 1, revision, now - EARLY_S, end)
        sealed = seal(envelope, policy_to_json(policy), *key)
        if len(sealed) > MAX_SEALED:
            zh, en = f"{node} 的安全策略太长", f"the policy of {node} is too long"
            raise MessageError("too-large", f"{zh} / {en}: {len(sealed)} > {MAX_SEALED}")
        folder.put_policy(node, sealed)


def _refuse(said: str) -> int:
    print(said, file=sys.stderr)
    return 1
