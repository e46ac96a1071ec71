"""`xiaolaba daemon`: compiles, signs, publishes, serves clips and counts plays."""

import argparse
import logging
import sys
from pathlib import Path

EPILOG = """\
例子 / examples:
  xiaolaba daemon --config config/daemon.yaml

它从上次 apply 的配置启动，一直运行到收到 SIGTERM；改配置用 xiaolaba apply，不必重启。
It boots from the configuration last applied and runs until SIGTERM; xiaolaba apply
changes the configuration while it runs.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = commands.add_parser(
        "daemon",
        help="服务端：编排、签名、发布、计数 / compile, sign, publish, count",
        description="运行服务端，直到被停止 / run the daemon until it is stopped",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--config",
        type=Path,
        default=Path("config/daemon.yaml"),
        metavar="FILE",
        help="服务端设置 / the daemon's settings (%(default)s)",
    )
    command.set_defaults(run=daemon)


def daemon(args: argparse.Namespace) -> int:
    """Run the daemon until SIGTERM or Ctrl-C."""
    from xiaolaba.adapters.owner import become_owner
    from xiaolaba.adapters.state_folder import StateFolder
    from xiaolaba.cli.nodes.serving import serve
    from xiaolaba.settings import load_daemon

    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    for library in ("apscheduler", "uvicorn"):
        logging.getLogger(library).setLevel(logging.WARNING)
    settings = load_daemon(args.config)
    become_owner(settings.state)
    folder = StateFolder(settings.state)
    folder.prepare()
    lock = folder.lock()
    if lock is None:
        said = f"另一个服务端正在使用 {folder.root} / another daemon uses {folder.root}"
        print(said, file=sys.stderr)
        return 1
    with lock:
        serve(settings, folder)
    return 0
