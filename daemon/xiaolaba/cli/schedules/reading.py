"""The clips that commands reckon with: finished ones, or lengths that were given instead.

Nothing here needs a daemon, a broker or a store.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from xiaolaba.adapters import approvals
from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.cli.folders import clips_folder, own_settings, rhymes_folder
from xiaolaba.core.errors import ConfigError, Problem
from xiaolaba.core.library import Clip, Library, library
from xiaolaba.core.refusal import refusal
from xiaolaba.core.speech.approval import released
from xiaolaba.core.units import RATE, ClipHash, Language, RhymeId, Samples
from xiaolaba.settings import DaemonSettings

GIVEN = ClipHash("0" * 64)
"""Stands for a clip of which only the length is given."""


def today() -> date:
    """Return the day on this machine's clock."""
    return datetime.now(UTC).astimezone().date()


def read_library(args: argparse.Namespace) -> Library:
    """Return the finished clips, with the lengths given instead of theirs.

    Experimental clips that nobody approved are withheld, unless daemon.yaml
    airs them.

    Raises:
        ConfigError: if the file of lengths or daemon.yaml is not one.
    """
    made, _ = ClipFolder(clips_folder(args)).library()
    settings = own_settings(args)
    if settings is None or not settings.air_unapproved:
        made = released(made, approvals.read(rhymes_folder(args)))
    if args.lengths is None:
        return made
    return replace(made, clips=library([*made.clips.values(), *_given(args.lengths)]).clips)


def applied_library(settings: DaemonSettings) -> Library:
    """Return the finished clips as the daemon with these settings airs them."""
    made, _ = ClipFolder(settings.clips.folder).library()
    return made if settings.air_unapproved else released(made, approvals.read(settings.rhymes))


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
