"""`xiaolaba apply`: checks a configuration, shows what it changes, and puts it in force."""

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xiaolaba.core.errors import Problem
    from xiaolaba.core.library import Library
    from xiaolaba.core.schedule import Town

DAYS = 30

EPILOG = """\
例子 / examples:
  xiaolaba apply --config config --daemon config/daemon.yaml
  xiaolaba apply --config config --daemon config/daemon.yaml --yes --json

先全部检查：有一处错误就什么也不改，退出码 2。然后显示变化，确认后存为快照；
正在运行的服务端一秒内看到它，没在运行的下次启动时用它。
Everything is checked first; one error and nothing changes (exit code 2). Then the
difference is shown and, once confirmed, kept as a snapshot: a running daemon sees it
within a second, one that is off boots from it.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = commands.add_parser(
        "apply",
        help="检查并启用一份配置 / check a configuration and put it in force",
        description="检查、比较、存快照、启用 / check, compare, snapshot, put in force",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--config", type=Path, default=Path("config"), metavar="DIR", help="配置文件夹 / folder"
    )
    command.add_argument(
        "--daemon",
        type=Path,
        default=Path("config/daemon.yaml"),
        metavar="FILE",
        help="服务端设置 / the daemon's settings (%(default)s)",
    )
    command.add_argument("--yes", action="store_true", help="不再询问 / do not ask")
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    command.set_defaults(run=apply)


def apply(args: argparse.Namespace) -> int:
    """Check, compare, ask, keep."""
    from xiaolaba.adapters.clip_folder import ClipFolder
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.cli.desk import applied_town
    from xiaolaba.core.errors import ConfigError
    from xiaolaba.settings import load_daemon, load_town

    settings = load_daemon(args.daemon)
    folder = StateFolder(settings.state)
    folder.prepare()
    now = datetime.now(UTC)
    library, _ = ClipFolder(settings.clips.folder).library()
    town, warnings = load_town(args.config, settings.rhymes, now.date(), library)
    try:
        before = applied_town(folder, now.date())
    except ConfigError:
        before = None
    changes = difference(before, town, library, now.date())
    name = f"{now:%Y%m%dT%H%M%SZ}-{_content(args.config, settings.rhymes)}"
    if not args.json:
        _show(changes, warnings)
    if not args.yes and not _agreed():
        return 1
    folder.apply(name, args.config, settings.rhymes, town.zone.name)
    _tell(args, name, changes, warnings)
    return 0


def difference(
    before: "Town | None", after: "Town", library: "Library", today: date
) -> dict[str, list[str]]:
    """Return what changes: programmes and silences by name, nodes by what they will play."""
    old = before or type(after)(after.zone, ())
    rows = (
        ("programme", {p.id: p for p in old.programmes}, {p.id: p for p in after.programmes}),
        ("silence", {s.name: s for s in old.silences}, {s.name: s for s in after.silences}),
        ("node", _plays(old, library, today), _plays(after, library, today)),
    )
    found: dict[str, list[str]] = {}
    for kind, was, will in rows:
        found |= _compared(kind, was, will)
    if old.policy != after.policy or old.calendar != after.calendar:
        found["policy"] = ["changed"]
    return {kind: names for kind, names in found.items() if names}


def _compared(kind: str, was: Mapping[Any, Any], will: Mapping[Any, Any]) -> dict[str, list[str]]:
    return {
        f"{kind}s_added": sorted(will.keys() - was.keys()),
        f"{kind}s_removed": sorted(was.keys() - will.keys()),
        f"{kind}s_changed": sorted(n for n in was.keys() & will.keys() if was[n] != will[n]),
    }


def _plays(town: "Town", library: "Library", today: date) -> dict[str, object]:
    """Return what each node plays, comparable."""
    from xiaolaba.core.compile import groups, stagger_at
    from xiaolaba.core.where import sites

    own = {s.node.id: (s.node.level, s.node.delay, stagger_at(s)) for s in sites(town.places)}
    return {
        node: (group.score, own[node])
        for group in groups(town, library, today, DAYS)
        for node in group.nodes
    }


def _content(*folders: Path) -> str:
    """Return a short name of what the folders' YAML says."""
    digest = sha256()
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]


WORDS = {
    "programmes_added": "新节目",
    "programmes_removed": "删去的节目",
    "programmes_changed": "改动的节目",
    "silences_added": "新增静音",
    "silences_removed": "取消静音",
    "silences_changed": "改动的静音",
    "nodes_added": "新喇叭点位",
    "nodes_removed": "删去的喇叭点位",
    "nodes_changed": "播放有变的喇叭点位",
    "policy": "安全策略或放假安排有变，另需 xiaolaba policy publish",
}


def _show(changes: Mapping[str, list[str]], warnings: "tuple[Problem, ...]") -> None:
    for warning in warnings:
        print(warning, file=sys.stderr)
    if not changes:
        print("没有变化 / nothing changes")
    for kind, names in changes.items():
        listed = ", ".join(names[:20]) + (f" … (+{len(names) - 20})" if len(names) > 20 else "")
        print(f"{WORDS[kind]} / {kind.replace('_', ' ')}: {listed}")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        print("没有启用：不能询问，请加 --yes / not applied: add --yes", file=sys.stderr)
        return False
    return input("启用吗？ / apply? [y/N] ").strip().lower() in ("y", "yes", "是")


def _tell(
    args: argparse.Namespace,
    name: str,
    changes: Mapping[str, list[str]],
    warnings: "tuple[Problem, ...]",
) -> None:
    if args.json:
        said = {"applied": name, "changes": changes, "warnings": [str(w) for w in warnings]}
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        print(f"已启用 {name} / applied")
