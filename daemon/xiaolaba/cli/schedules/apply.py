"""`xiaolaba apply`: checks a configuration, shows what it changes, and puts it in force."""

import argparse
import json
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from xiaolaba.cli.options import add_daemon

if TYPE_CHECKING:
    from xiaolaba.core.schedule import Town
    from xiaolaba.core.telling.difference import Difference

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
    add_daemon(command)
    command.add_argument("--yes", action="store_true", help="不再询问 / do not ask")
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    command.set_defaults(run=apply)


def apply(args: argparse.Namespace) -> int:
    """Check, compare, ask, keep."""
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.cli.asking import agreed
    from xiaolaba.cli.folders import unfound
    from xiaolaba.cli.schedules.desk import applied_town
    from xiaolaba.cli.schedules.reading import applied_library
    from xiaolaba.cli.schedules.unsigned import advice
    from xiaolaba.core.errors import ConfigError, StoreError
    from xiaolaba.core.telling.difference import difference
    from xiaolaba.settings import load_daemon, load_town

    settings = load_daemon(args.daemon)
    folder = StateFolder(settings.state)
    now = datetime.now(UTC)
    library = applied_library(settings)
    content = _content(args.config, settings.rhymes)
    town, warnings = load_town(args.config, settings.rhymes, now.date(), library)
    try:
        before = applied_town(folder, now.date())
    except (ConfigError, StoreError):
        before = None
    found = difference(before, town, library, now.date())
    name = f"{now:%Y%m%dT%H%M%SZ}-{content}"
    unsigned = advice(folder, town, now)
    told = [*map(str, (*unfound(args.daemon, "clips"), *warnings)), *filter(None, [unsigned])]
    if not args.json:
        _show(found, told, (before, town))
    if not args.yes and not agreed("启用吗？ / apply?", ("没有启用", "not applied")):
        return 1
    if _content(args.config, settings.rhymes) != content:
        print("检查之后文件又改动了，请重来 / files changed since the check", file=sys.stderr)
        return 1
    folder.prepare()
    folder.apply(name, args.config, settings.rhymes, town.zone.name)
    _tell(args, name, found, told)
    return 0


def _content(*folders: Path) -> str:
    """Return a short name of what the folders' YAML says."""
    digest = sha256()
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]


def _show(found: "Difference", warnings: list[str], towns: "tuple[Town | None, ...]") -> None:
    from xiaolaba.cli.schedules import changes

    for warning in warnings:
        print(warning, file=sys.stderr)
    changes.show(found, {own.id: own.name for town in towns if town for own in town.programmes})


def _tell(
    args: argparse.Namespace,
    name: str,
    found: "Difference",
    warnings: list[str],
) -> None:
    from xiaolaba.cli.schedules import changes

    if args.json:
        shown = changes.facts(found)
        said = {"applied": name, "changes": shown, "warnings": warnings}
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        print(f"已启用 {name} / applied")
