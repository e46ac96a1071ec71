"""`xiaolaba policy`: makes the policy key, and signs what each node may never do."""

import argparse
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xiaolaba.cli.options import add_daemon

if TYPE_CHECKING:
    from xiaolaba.adapters.state_folder import SignedPolicy, StateFolder
    from xiaolaba.core.message.seal import Sign
    from xiaolaba.core.schedule import Town
    from xiaolaba.core.units import NodeId

DAYS = 400
"""How long a signed policy holds."""
RENEW_S = 300 * 86_400
"""An unchanged policy that holds at least so long is not signed again."""
EARLY_S = 300

EPILOG = """\
例子 / examples:
  xiaolaba policy init --key /media/usb/policy.key --daemon config/daemon.yaml
  xiaolaba policy publish --config config --daemon config/daemon.yaml --key /media/usb/policy.key

安全策略（静音时段、封禁、音量上限）用单独的密钥签名，服务端读不到私钥：请放在 U 盘上。
The policy has a key of its own, which the daemon must not be able to read: keep it apart.
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
    """Sign the policy of every node and lay it where the daemon finds it."""
    from xiaolaba.adapters import keys
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.settings import load_daemon, load_town

    settings = load_daemon(args.daemon)
    folder = StateFolder(settings.state)
    folder.prepare()
    kid, sign = keys.signer(args.key)
    known = folder.policy_key()
    if not known:
        folder.trust(keys.public_half(args.key))
    elif kid not in known:
        return _refuse(f"{args.key} 不是这里的安全策略密钥 / is not the policy key used here")
    today = datetime.now(UTC).date()
    town, warnings = load_town(args.config, settings.rhymes, today)
    for warning in warnings:
        print(warning, file=sys.stderr)
    before = folder.policies(dict([keys.opener(args.key)]))
    signed, kept = _sign_all(folder, town, before, (kid, sign))
    print(f"已签名 {signed} 份，{kept} 份未变 / signed {signed}, {kept} unchanged")
    return 0


def _sign_all(
    folder: "StateFolder",
    town: "Town",
    before: "Mapping[NodeId, SignedPolicy]",
    key: "tuple[str, Sign]",
) -> tuple[int, int]:
    """Sign what differs from what was signed, or holds no longer long; return both numbers."""
    from xiaolaba.core.errors import MessageError
    from xiaolaba.core.message import policy_to_json
    from xiaolaba.core.message.seal import MAX_SEALED, Envelope, seal
    from xiaolaba.core.sounding.node_policy import node_policy
    from xiaolaba.core.units import from_unix
    from xiaolaba.core.where import sites

    now = int(time.time())
    first = town.zone.day(from_unix(now))
    signed = kept = 0
    for site in sites(town.places):
        node = site.node.id
        body = policy_to_json(node_policy(town, node, first, DAYS))
        old = before.get(node)
        if old is not None and old.body == body and old.envelope.expires > now + RENEW_S:
            kept += 1
            continue
        revision = max(now, old.envelope.revision + 1 if old else 0)  # grows, also on a new machine
        envelope = Envelope("policy", node, 1, revision, now - EARLY_S, now + DAYS * 86_400)
        sealed = seal(envelope, body, *key)
        if len(sealed) > MAX_SEALED:
            zh, en = f"{node} 的安全策略太长", f"the policy of {node} is too long"
            raise MessageError("too-large", f"{zh} / {en}: {len(sealed)} > {MAX_SEALED}")
        folder.put_policy(node, sealed)
        signed += 1
    return signed, kept


def _refuse(said: str) -> int:
    print(said, file=sys.stderr)
    return 1
