"""Readers of single fields in a message from a peer: each gives its type or refuses.

`strictly` is the way in: whatever a reader trips over becomes a refusal.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from xiaolaba.core.errors import MessageError
from xiaolaba.core.message.strict import MOST
from xiaolaba.core.units import RATE, Instant

LATEST = 2**36
"""Unix seconds stay below this, in either direction: the year 4147, which dates still hold."""

DAY = 86_400
"""Seconds in a day."""
QUIETEST = -60
"""The lowest level, in decibels, that anybody may set."""

T = TypeVar("T")


def strictly(read: Callable[[Any], T], value: Any) -> T:
    """Return `read(value)`, turning every way in which it can be misshapen into a refusal."""
    try:
        return read(value)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise MessageError("malformed", f"{type(error).__name__}: {error}"[:200]) from error


def take(value: dict[str, Any], key: str, kind: type[T]) -> T:
    """Return the value of a key that must be of one type."""
    found = value.get(key)
    if not isinstance(found, kind) or isinstance(found, bool):
        raise MessageError("malformed", f"{key!r} is missing or no {kind.__name__}")
    return found


def number(value: dict[str, Any], key: str) -> float:
    """Return the number of a key."""
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise MessageError("malformed", f"{key!r} is missing or no number")
    return float(found)


def optional(value: Any, read: Callable[[Any], T]) -> T | None:
    """Return what `read` makes of a value, or None for null."""
    return None if value is None else read(value)


def whole(value: Any, least: int = 0, most: int = MOST - 1) -> int:
    """Return a whole number within bounds, both included."""
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{str(value)[:40]!r} is no whole number from {least} to {most}")
    return value


def real(value: Any, least: float, most: float) -> float:
    """Return a number within bounds, both included."""
    if type(value) not in (int, float) or not least <= value <= most:
        raise ValueError(f"{str(value)[:40]!r} is no number from {least:g} to {most:g}")
    return float(value)


def second(value: Any) -> Instant:
    """Return Unix seconds as an instant."""
    return Instant(whole(value, -LATEST, LATEST) * RATE)


def text(value: Any, most: int = 200) -> str:
    """Return text that is not too long."""
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"not text of at most {most} characters")
    return value


def url(value: Any) -> str:
    """Return an address of http or https, with a host and a port that can be."""
    if not re.fullmatch(r"https?://[!-~]{1,190}", text(value)):
        raise ValueError("not an address of http or https")
    parts = urlsplit(value)
    if not parts.hostname or parts.port == 0:
        raise ValueError("an address without a host or with port 0")
    parts.hostname.encode("idna")  # a UnicodeError is a ValueError
    return str(value)


def digest(value: Any) -> str:
    """Return a SHA-256 in hex."""
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise MessageError("malformed", "not a SHA-256 in hex")
    return value
