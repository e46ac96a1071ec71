"""The YAML files of a folder in which every file counts."""

from pathlib import Path

from xiaolaba.core.errors import ConfigError, Problem
from xiaolaba.core.refusal import refusal


def yaml_files(folder: Path) -> list[Path]:
    """Return them by name; none without a folder.

    `Path.glob` takes a folder that is closed for an empty one.

    Raises:
        ConfigError: if one may not look.
    """
    try:
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
        return [path for path in inside if path.match("*.yaml") and path.is_file()]
    except OSError as error:
        zh, en = f"读不了：{refusal(error)}", f"cannot read: {error}"
        raise ConfigError((Problem(str(folder), 1, 1, zh, en),)) from None
