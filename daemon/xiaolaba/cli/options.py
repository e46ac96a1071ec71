"""Options that several commands share."""

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


def add_folder(command: argparse.ArgumentParser, name: str, default: str, zh: str, en: str) -> None:
    """Give a command an option that names a folder."""
    text = f"{zh} / {en} (%(default)s)"
    command.add_argument(f"--{name}", type=Path, default=Path(default), metavar="DIR", help=text)
