"""JSON objects as bytes: written the same for the same value, read with suspicion.

What a later program could choke on is refused here: numbers that a double
does not hold, NaN, half surrogates, nesting without end.
"""

import json
from collections.abc import Mapping
from typing import Any

from xiaolaba.core.errors import MessageError

MOST = 2**53
"""Whole numbers stay below this, in either direction."""


def dump(value: Mapping[str, Any]) -> bytes:
    """Return a value as UTF-8 JSON without spaces, keys sorted."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def load(payload: bytes) -> dict[str, Any]:
    """Read an object.

    Raises:
        MessageError: if the bytes are anything else.
    """
    try:
        value = json.loads(
            payload.decode(), parse_int=_whole, parse_float=_finite, parse_constant=_refuse
        )
        if b"\\u" in payload:
            dump({"": value})  # a lone surrogate has no UTF-8
    except (ValueError, RecursionError) as error:
        raise MessageError("malformed", "not JSON") from error
    if not isinstance(value, dict):
        raise MessageError("malformed", "not a JSON object")
    return value


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= MOST:
        raise ValueError("a number out of bounds")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if abs(number) > 1e300:
        raise ValueError("a number out of bounds")
    return number


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is no number")
