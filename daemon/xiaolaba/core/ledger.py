"""What sounded: records, their hash chain, and batches of them.

A record is known by (node, epoch, seq): a new epoch begins at each boot and
with each new database, and seq counts from 1 in it. Each record's `link` is
the SHA-256 over the link before it and the record itself, so that a row
taken out or altered later is seen.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from xiaolaba.core.units import ClipHash, Language, ProgrammeId, RhymeId, Samples


class Outcome(StrEnum):
    """How an item's turn went."""

    FINISHED = "finished"
    JOINED = "joined"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Play:
    """One item that sounded: when its first sample was due (Unix ms) and how much was heard."""

    start_ms: int
    programme: ProgrammeId
    rhyme: RhymeId
    language: Language
    clip: ClipHash
    outcome: Outcome
    heard: Samples


@dataclass(frozen=True, slots=True)
class Record:
    """A play with its place in the ledger; `link` is 64 hex digits."""

    seq: int
    play: Play
    link: str


GENESIS = "0" * 64
"""The link before the first record of an epoch."""


def link(before: str, epoch: str, seq: int, play: Play) -> str:
    """Return the link of a record that follows `before`."""
    row = json.dumps([before, epoch, seq, *row_of(play)], separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(row.encode()).hexdigest()


def row_of(play: Play) -> tuple[int, str, str, str, str, str, int]:
    """Return a play's fields in the order in which they are linked and sent."""
    return (
        play.start_ms,
        play.programme,
        play.rhyme,
        play.language,
        play.clip,
        play.outcome.value,
        play.heard,
    )


def first_break(before: str, epoch: str, records: Sequence[Record]) -> int | None:
    """Return the seq of the first record whose link does not follow, or None if all do."""
    for record in records:
        if link(before, epoch, record.seq, record.play) != record.link:
            return record.seq
        before = record.link
    return None
