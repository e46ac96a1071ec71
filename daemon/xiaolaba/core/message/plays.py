"""Batches of ledger records, and the acknowledgement of what was counted."""

from itertools import pairwise
from typing import Any

from xiaolaba.core.errors import MessageError
from xiaolaba.core.ledger import Outcome, Play, Record, row_of
from xiaolaba.core.message.fields import digest, strictly, take, text, whole
from xiaolaba.core.units import ClipHash, Language, ProgrammeId, RhymeId, Samples

MAX_BATCH = 100
"""Most ledger records in one message."""


def batch_to_json(epoch: str, before: str, records: list[Record]) -> dict[str, Any]:
    """Return the body of a sealed `plays`: records in order after the link `before`."""
    return {
        "epoch": epoch,
        "before": before,
        "records": [[record.seq, *row_of(record.play), record.link] for record in records],
    }


def batch_from_json(value: dict[str, Any]) -> tuple[str, str, list[Record]]:
    """Return epoch, link before, and records of a sealed `plays`."""
    rows = take(value, "records", list)
    if len(rows) > MAX_BATCH:
        raise MessageError("too-large", f"{len(rows)} records, at most {MAX_BATCH}")
    records = [record_of(row) for row in rows]
    if any(later.seq != record.seq + 1 for record, later in pairwise(records)):
        raise MessageError("malformed", "records are not in order without gaps")
    return strictly(epoch_of, value.get("epoch")), digest(value.get("before")), records


def ack_to_json(epoch: str, upto: int) -> dict[str, Any]:
    """Return the body of a sealed `ack`: an epoch's records up to `upto` are counted."""
    return {"epoch": epoch, "upto": upto}


def ack_from_json(value: dict[str, Any]) -> tuple[str, int]:
    """Return epoch and seq of a sealed `ack`."""
    return strictly(epoch_of, value.get("epoch")), strictly(whole, value.get("upto"))


def record_of(row: Any) -> Record:
    """Return the record of a row as `batch_to_json` writes it, and the ledger's table too.

    Raises:
        MessageError: if it is none.
    """
    return strictly(_record_of, row)


def _record_of(row: Any) -> Record:
    seq, start_ms, programme, rhyme, language, clip, outcome, heard, link = row
    play = Play(
        whole(start_ms),
        ProgrammeId(text(programme)),
        RhymeId(text(rhyme)),
        Language(text(language)),
        ClipHash(digest(clip)),
        Outcome(outcome),
        Samples(whole(heard)),
    )
    return Record(whole(seq, 1), play, digest(link))


def epoch_of(value: Any) -> str:
    """Return an epoch's name."""
    if not text(value, 64):
        raise ValueError("an epoch without a name")
    return str(value)
