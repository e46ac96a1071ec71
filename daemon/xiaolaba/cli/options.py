"""The option that commands around a daemon share."""

import argparse
from pathlib import Path


def add_daemon(command: argparse.ArgumentParser) -> None:
    """Give a command the option that names the daemon's settings."""
    command.add_argument(
        "--daemon",
        type=Path,
        default=Path("config/daemon.yaml"),
        metavar="FILE",
        help="服务端设置 / the daemon's settings (%(default)s)",
    )
