"""Files that are there whole or not at all, whatever is killed and whenever the power goes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xiaolaba.core.errors import StoreError
from xiaolaba.core.refusal import refusal

_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a file so that nobody ever reads half of it; readable by its owner only.

    It is written under a name that nobody can guess and that was not there: no
    link leads it astray, and of two that write at once one wins whole.

    Raises:
        StoreError: if it cannot be written; what was there stays.
    """
    partial = path.with_name(f".{path.name}.{os.urandom(8).hex()}.partial")
    with told(path):
        handle = os.open(partial, _FRESH, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, where it is missing.

    Raises:
        StoreError: if it cannot be made.
    """
    with told(path):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder against everybody else who asks for the same.

    Raises:
        StoreError: if there is no such folder, or something in it cannot be used meanwhile.
    """
    with told(folder):
        held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the system says of a path into a StoreError that names it."""
    try:
        yield
    except OSError as error:
        said = error.strerror or str(error)
        raise StoreError(
            f"无法读写 {path}：{refusal(error)} / cannot use {path}: {said}"
        ) from error
