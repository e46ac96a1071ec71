"""Units as types, so that a mix-up is a type error and not a loud night.

The timeline is counted in samples: an `Instant` is a whole number of 48 kHz
samples since the Unix epoch, so that windows, items and DAC positions are
exact integers and two programs never round apart. 2**63 of them last six
million years.
"""

from datetime import UTC, datetime, timedelta
from typing import NewType

RATE = 48_000
"""Samples per second of every clip and every stream."""

Samples = NewType("Samples", int)
"""A duration in samples at `RATE`."""

Instant = NewType("Instant", int)
"""A moment: samples at `RATE` since 1970-01-01T00:00Z."""

Seconds = NewType("Seconds", float)
"""A duration in seconds."""

Decibels = NewType("Decibels", float)
"""A level relative to the node's calibrated full level; 0 or below."""

NodeId = NewType("NodeId", str)
"""A loudspeaker's name in topics, places and logs: `[a-z0-9][a-z0-9-]{0,31}`."""

PlaceId = NewType("PlaceId", str)
"""A branch of the place tree; shares its namespace with `NodeId`."""

RhymeId = NewType("RhymeId", str)
"""A rhyme's name."""

ProgrammeId = NewType("ProgrammeId", str)
"""A schedule entry's name."""

Language = NewType("Language", str)
"""A BCP 47 primary tag: `cmn`, `yue`, `hak` ..."""

ClipHash = NewType("ClipHash", str)
"""A clip's name: the SHA-256 of its FLAC file, 64 lower-case hex digits."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant(moment: datetime) -> Instant:
    """Return an aware datetime as an instant, rounded down to a sample."""
    return Instant((moment - _EPOCH) // _MICROSECOND * RATE // 1_000_000)


def moment(at: Instant) -> datetime:
    """Return an instant as an aware datetime in UTC, rounded down to a microsecond."""
    return _EPOCH + timedelta(microseconds=at * 1_000_000 // RATE)


def from_unix(seconds: float) -> Instant:
    """Return Unix seconds as an instant; whole seconds are exact."""
    return Instant(int(seconds * RATE))


def to_unix_ms(at: Instant) -> int:
    """Return an instant as whole Unix milliseconds, rounded down."""
    return at * 1000 // RATE


def samples(duration: timedelta) -> Samples:
    """Return a duration in samples, rounded down."""
    return Samples(duration // _MICROSECOND * RATE // 1_000_000)
