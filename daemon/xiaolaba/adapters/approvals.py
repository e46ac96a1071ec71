"""approvals.jsonl beside the rhymes: who approved which clip and when, one line each.

Lines are only ever added, so that the file is a record and two branches of
it merge.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xiaolaba.core.errors import StoreError
from xiaolaba.core.refusal import refusal
from xiaolaba.core.speech.approval import Approval
from xiaolaba.core.units import ClipHash, Language, RhymeId

FILE = "approvals.jsonl"
MAX_BYTES = 16 * 1024 * 1024


def read(rhymes: Path) -> tuple[Approval, ...]:
    """Return every approval in the folder of rhymes, the oldest first.

    Raises:
        StoreError: if the file cannot be read; names the line.
    """
    path = rhymes / FILE
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MAX_BYTES)
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: 读不了 / cannot be read: {error}") from error
    return tuple(
        _approval(path, number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    )


def add(rhymes: Path, approval: Approval) -> None:
    """Write one approval down, on disk when this returns.

    Raises:
        StoreError: if the folder cannot take it.
    """
    path = rhymes / FILE
    line = json.dumps(asdict(approval), ensure_ascii=False) + "\n"
    try:
        with path.open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(
            f"{path}：写不了，{refusal(error)} / cannot be written: {error.strerror}"
        ) from error


def _approval(path: Path, number: int, line: str) -> Approval:
    try:
        row: dict[str, Any] = json.loads(line)
        listener, at = row["listener"], row["at"]
        if not isinstance(listener, str) or not listener.strip() or type(at) is not int:
            raise ValueError("listener, at")
        names = (RhymeId(row["rhyme"]), Language(row["language"]), ClipHash(row["clip"]))
        return Approval(*names, listener, at)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"{path}:{number}:1: 不是认可记录 / not an approval: {error}") from error
