"""A folder of another user, whom root must not obey there."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OTHER = 65_534 if os.geteuid() == 0 else os.geteuid()
"""Somebody who is not root; where the tests do not run as root, whoever runs them."""


@contextmanager
def shared() -> Iterator[Path]:
    """Give a folder of `OTHER` that everybody reaches, as pytest's own are not."""
    top = Path(tempfile.mkdtemp())
    try:
        top.chmod(0o755)
        folder = top / "theirs"
        folder.mkdir(mode=0o700)
        os.chown(folder, OTHER, -1)
        yield folder
    finally:
        for fenced_in in top.glob("*/"):
            fenced_in.chmod(0o755)
        shutil.rmtree(top)


def fenced(folder: Path) -> Path:
    """Return a new folder with a file, of which `OTHER` can change nothing."""
    folder.mkdir()
    (folder / "secret").write_text("untouched")
    (folder / "secret").chmod(0o400)
    folder.chmod(0o555)
    return folder


def content(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Return what a folder holds: each file's text, mode and owner."""
    return {
        path.name: (path.read_text(), path.stat().st_mode, path.stat().st_uid)
        for path in folder.iterdir()
    }


@contextmanager
def powerless(folder: Path) -> Iterator[None]:
    """Close a folder and act as somebody who may not enter it."""
    own, mode = os.geteuid(), folder.stat().st_mode
    folder.chmod(0)
    if own == 0:
        os.seteuid(OTHER)
    try:
        yield
    finally:
        os.seteuid(own)
        folder.chmod(mode)
