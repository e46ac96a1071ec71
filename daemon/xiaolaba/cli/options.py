"""Options that several commands share."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from xiaolaba.core.units import Language

T = TypeVar("T")


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


def word(parse: Callable[[str], T], text: str) -> T:
    """Return what a word means that is read as in a configuration, in full width, too."""
    from xiaolaba.settings.words import Wrong, halved

    try:
        return parse(halved(text))
    except Wrong as wrong:
        raise argparse.ArgumentTypeError(f"{wrong.zh} / {wrong.en}") from None


def language(text: str) -> "Language":
    """Return a language by its tag; one by its name is told the tag."""
    from xiaolaba.settings import words

    return word(words.language, text)
