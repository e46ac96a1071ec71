"""The options of commands that read a configuration folder, and what they read.

Nothing here needs a daemon, a broker or a store: `--config DIR`, `--rhymes
DIR`, and for the length of what sounds `--clips DIR` or `--lengths FILE`.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from xiaolaba.adapters import approvals
from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.cli.options import add_folder
from xiaolaba.core.errors import ConfigError, Problem
from xiaolaba.core.library import Clip, Library, library
from xiaolaba.core.refusal import refusal
from xiaolaba.core.speech.approval import released
from xiaolaba.core.units import RATE, ClipHash, Language, RhymeId, Samples
from xiaolaba.settings import DaemonSettings, load_daemon

GIVEN = ClipHash("0" * 64)
"""Stands for a clip of which only the length is given."""


def add_folders(command: argparse.ArgumentParser) -> None:
    """Give a command the options that name the folders."""
    add_folder(command, "config", "config", "配置文件夹", "configuration folder")
    add_folder(command, "clips", "audio/clips", "音频文件夹", "folder of clips")
    command.add_argument(
        "--rhymes",
        type=Path,
        metavar="DIR",
        help="顺口溜文件夹 / folder of rhymes (CONFIG/rhymes, 没有就用 else audio/rhymes)",
    )
    command.add_argument(
        "--lengths",
        type=Path,
        metavar="FILE",
        help="JSON：顺口溜 → 语言 → 秒，代替音频的时长 / rhyme → language → seconds",
    )


def rhymes_folder(args: argparse.Namespace) -> Path:
    """Return the folder of rhymes: as given, else the configuration's own, else the usual one."""
    if args.rhymes is not None:
        return Path(args.rhymes)
    own = Path(args.config) / "rhymes"
    return own if own.is_dir() else Path("audio/rhymes")


def today() -> date:
    """Return the day on this machine's clock."""
    return datetime.now(UTC).astimezone().date()


def read_library(args: argparse.Namespace) -> Library:
    """Return the finished clips, with the lengths given instead of theirs.

    Experimental clips that nobody approved are withheld, unless the
    daemon.yaml in the configuration folder airs them.

    Raises:
        ConfigError: if the file of lengths or daemon.yaml is not one.
    """
    made, _ = ClipFolder(args.clips).library()
    if not _airs_unapproved(args.config):
        made = released(made, approvals.read(rhymes_folder(args)))
    if args.lengths is None:
        return made
    return replace(made, clips=library([*made.clips.values(), *_given(args.lengths)]).clips)


def applied_library(settings: DaemonSettings) -> Library:
    """Return the finished clips as the daemon with these settings airs them."""
    made, _ = ClipFolder(settings.clips.folder).library()
    return made if settings.air_unapproved else released(made, approvals.read(settings.rhymes))


def _airs_unapproved(config: Path) -> bool:
    path = config / "daemon.yaml"
    return path.exists() and load_daemon(path).air_unapproved


def _given(path: Path) -> list[Clip]:
    """Return clips that are nothing but a length."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [_clip(*row) for row in _rows(rows)]
    except OSError as error:
        raise _bad(path, f"读不了：{refusal(error)}", f"cannot be read: {error}") from None
    except (ValueError, TypeError, AttributeError) as error:
        zh = '要写 {"顺口溜 id": {"语言": 秒}}'
        raise _bad(path, zh, f"expected {{rhyme: {{language: seconds}}}}: {error}") from None


def _rows(rows: dict[str, dict[str, float]]) -> Iterator[tuple[str, str, float]]:
    for rhyme, languages in rows.items():
        for language, seconds in languages.items():
            yield rhyme, language, seconds


def _clip(rhyme: str, language: str, seconds: float) -> Clip:
    if isinstance(seconds, bool) or not 0 < seconds <= 3600:
        raise ValueError(f"{rhyme}/{language}: {seconds!r} is no length in seconds")
    length = Samples(round(seconds * RATE))
    name = (RhymeId(rhyme), Language(language))
    return Clip(*name, GIVEN, length, "given", "", "", False, 0.0, 0.0)


def _bad(path: Path, zh: str, en: str) -> ConfigError:
    return ConfigError((Problem(str(path), 1, 1, zh, en),))
