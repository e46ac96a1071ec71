"""Every rhyme with its readings: which can be heard, which await a clip or a listener."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from xiaolaba.core.library import Library
from xiaolaba.core.rhyme import Reading, Rhyme
from xiaolaba.core.units import RATE, RhymeId

if TYPE_CHECKING:
    from rich.table import Table

WORDS = {
    "ready": "可播 ready",
    "waiting": "待认可 waiting",
    "missing": "未合成 no clip",
}


def show(rhymes: Mapping[RhymeId, Rhyme], library: Library) -> None:
    """Print a row for each reading; `library` withholds what nobody approved."""
    from xiaolaba.cli.screen import screen

    screen().print(_table(rhymes, library))


def to_json(rhymes: Mapping[RhymeId, Rhyme], library: Library) -> str:
    """Return the same for machines."""
    return json.dumps(list(_rows(rhymes, library)), ensure_ascii=False, indent=1)


def _rows(rhymes: Mapping[RhymeId, Rhyme], library: Library) -> Iterator[dict[str, Any]]:
    for rhyme in rhymes.values():
        for reading in rhyme.readings:
            clip = library.clip(rhyme.id, reading.language)
            yield {
                "rhyme": rhyme.id,
                "topic": rhyme.topic,
                "expires": rhyme.expires and str(rhyme.expires),
                "language": reading.language,
                "clip": standing(rhyme, reading, library),
                "seconds": clip and round(clip.samples / RATE, 1),
            }


def standing(rhyme: Rhyme, reading: Reading, library: Library) -> str:
    """Return `ready`, `waiting` for a listener, or `missing`."""
    name = (rhyme.id, reading.language)
    if name not in library.clips:
        return "missing"
    return "waiting" if name in library.withheld else "ready"


def _table(rhymes: Mapping[RhymeId, Rhyme], library: Library) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    found = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("顺口溜 / rhyme", "主题 / topic", "语言", "音频 / clip", "秒 / s", "最后播出"):
        found.add_column(column)
    last = ""
    for row in _rows(rhymes, library):
        name, topic = ("", "") if row["rhyme"] == last else (row["rhyme"], row["topic"])
        last = row["rhyme"]
        seconds = "" if row["seconds"] is None else f"{row['seconds']}"
        found.add_row(
            name, topic, row["language"], WORDS[row["clip"]], seconds, row["expires"] or ""
        )
    return found
