"""The folders that `check`, `plan` and `explain` read: those that `apply` reads.

Rhymes and clips that are not named are those of the daemon.yaml in the
configuration folder. A copy of a folder whose daemon.yaml leads nowhere is
read with the usual ones, and that is told.
"""

import argparse
from collections.abc import Iterator
from os.path import normpath
from pathlib import Path

from xiaolaba.cli.options import add_folder
from xiaolaba.core.errors import Problem
from xiaolaba.settings import DaemonSettings, load_daemon
from xiaolaba.settings.document import Mark
from xiaolaba.settings.fields import Log, open_record

USUAL = {"rhymes": Path("audio/rhymes"), "clips": Path("audio/clips")}
UNFOUND = {
    "rhymes": ("顺口溜文件夹", "folder of rhymes", ""),
    "clips": ("音频文件夹", "folder of clips", "（写错了，或还没有 xiaolaba synth）"),
}


def add_folders(command: argparse.ArgumentParser) -> None:
    """Give a command the options that name the folders."""
    add_folder(command, "config", "config", "配置文件夹", "configuration folder")
    usual = "默认按 daemon.yaml / by default as daemon.yaml says"
    for name, zh, en in (
        ("clips", "音频文件夹", "folder of clips"),
        ("rhymes", "顺口溜文件夹", "folder of rhymes"),
    ):
        command.add_argument(f"--{name}", type=Path, metavar="DIR", help=f"{zh} / {en} ({usual})")
    command.add_argument(
        "--daemon",
        type=Path,
        metavar="FILE",
        help="服务端设置 / the daemon's settings (CONFIG/daemon.yaml)",
    )
    command.add_argument(
        "--lengths",
        type=Path,
        metavar="FILE",
        help="JSON：顺口溜 → 语言 → 秒，代替音频的时长 / rhyme → language → seconds",
    )


def settings_file(args: argparse.Namespace) -> Path | None:
    """Return the daemon's settings as named, else those in the configuration folder."""
    if args.daemon is not None:
        return Path(args.daemon)
    own = Path(args.config) / "daemon.yaml"
    return own if own.exists() else None


def rhymes_folder(args: argparse.Namespace) -> Path:
    """Return the folder of rhymes: as given, else the daemon's, else the configuration's own.

    Raises:
        ConfigError: if daemon.yaml is not one.
    """
    return _found(args.rhymes, _named(args, "rhymes"), args.config / "rhymes", USUAL["rhymes"])


def clips_folder(args: argparse.Namespace) -> Path:
    """Return the folder of clips: as given, else the daemon's, else the usual one.

    Raises:
        ConfigError: if daemon.yaml is not one.
    """
    return _found(args.clips, _named(args, "clips"), USUAL["clips"])


def unfound_folders(args: argparse.Namespace) -> Iterator[Problem]:
    """Yield a warning for each folder that was named and is not there."""
    file = settings_file(args)
    for name, read in (("rhymes", rhymes_folder(args)), ("clips", clips_folder(args))):
        given = getattr(args, name)
        if given is None and file is not None:
            yield from unfound(file, name, read)
        elif given is not None and not given.is_dir():
            yield _no_folder(name, (str(given), Mark()), given)


def unfound(daemon: Path, name: str, read: Path | None = None) -> Iterator[Problem]:
    """Yield a warning if a folder that daemon.yaml names is not there; `read` is the stand-in."""
    folder = _of(load_daemon(daemon), name)
    if folder.is_dir():
        return
    root = open_record(daemon, Log(str(daemon)))
    mark = root.mark("rhymes") if name == "rhymes" else root.record("clips").mark("folder")
    yield _no_folder(name, (str(daemon), mark), folder, None if read == folder else read)


def _no_folder(
    name: str, place: tuple[str, Mark], folder: Path, read: Path | None = None
) -> Problem:
    zh, en, hint = UNFOUND[name]
    instead_zh, instead_en = (f"，改看 {read}", f", {read} is read instead") if read else ("", "")
    file, mark = place
    zh = f"没有这个{zh}：{normpath(folder)}{hint}{instead_zh}"
    en = f"no such {en}: {normpath(folder)}{instead_en}"
    return Problem(file, mark.line, mark.column, zh, en, warning=True)


def _named(args: argparse.Namespace, name: str) -> Path | None:
    """Return the folder that daemon.yaml names, None without one."""
    settings = own_settings(args)
    return None if settings is None else _of(settings, name)


def _of(settings: DaemonSettings, name: str) -> Path:
    return settings.rhymes if name == "rhymes" else settings.clips.folder


def _found(given: Path | None, named: Path | None, *usual: Path) -> Path:
    """Return the folder that was given, else the first that is there, else what is meant."""
    if given is not None:
        return given
    wanted = [named, *usual] if named is not None else [*usual]
    return next((folder for folder in wanted if folder.is_dir()), named or usual[-1])


def own_settings(args: argparse.Namespace) -> DaemonSettings | None:
    """Return the daemon's settings, None without a daemon.yaml.

    Raises:
        ConfigError: if daemon.yaml is not one.
    """
    file = settings_file(args)
    return None if file is None else load_daemon(file)
