"""Root among another user's files, with no more rights than that user.

Whoever owns a folder can put a link there in place of anything. Root that
follows it writes where the owner never could, and a daemon that was taken over
would be root with the next `sudo xiaolaba apply`. So root does what it has to
do there as the folder's owner; what it makes is the owner's too.
"""

import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from xiaolaba.adapters.whole_file import told

P = ParamSpec("P")
T = TypeVar("T")


class Rooted(Protocol):
    """Something below one folder."""

    root: Path


S = TypeVar("S", bound=Rooted)


@contextmanager
def as_owner(folder: Path) -> Iterator[None]:
    """Act as the owner of a folder, if root is asked to; one that is missing becomes root's.

    The whole process acts so: it is for commands, which have one thread.

    Raises:
        StoreError: if this cannot be done.
    """
    user, group = _whose(folder)
    if user == os.geteuid():
        yield
        return
    groups, own = os.getgroups(), os.getegid()
    with told(folder):
        os.setgroups(_groups(user, group))
    try:
        with told(folder):
            os.setegid(group)
            os.seteuid(user)
        yield
    finally:
        os.seteuid(0)
        os.setegid(own)
        os.setgroups(groups)


def become_owner(folder: Path) -> None:
    """Be the owner of a folder from now on, if root is; for programs that go on for years.

    Raises:
        StoreError: if this cannot be done.
    """
    user, group = _whose(folder)
    if user != os.geteuid():
        with told(folder):
            os.setgroups(_groups(user, group))
            os.setresgid(group, group, group)
            os.setresuid(user, user, user)


def is_another_s(folder: Path) -> bool:
    """Return whether root is among another user's files."""
    return _whose(folder)[0] != os.geteuid()


def owned(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Let a method act as the owner of its object's folder."""

    @wraps(method)
    def acting(own: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with as_owner(own.root):
            return method(own, *args, **kwargs)

    return acting


def _whose(folder: Path) -> tuple[int, int]:
    """Return as whom to act, user and group: only root can choose."""
    if os.geteuid() != 0 or not folder.exists():
        return os.geteuid(), os.getegid()
    with told(folder):
        found = folder.stat()
    try:
        return found.st_uid, pwd.getpwuid(found.st_uid).pw_gid
    except KeyError:
        return found.st_uid, found.st_gid


def _groups(user: int, group: int) -> list[int]:
    """Return every group of a user: the one of the sound cards, say."""
    try:
        return os.getgrouplist(pwd.getpwuid(user).pw_name, group)
    except KeyError:
        return [group]
