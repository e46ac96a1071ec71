"""A score as the shared body of playlists: deflated JSON, named by its SHA-256."""

import hashlib
import zlib
from datetime import date
from typing import Any

from xiaolaba.core.errors import MessageError
from xiaolaba.core.message.fields import digest, second, strictly, take, text, whole
from xiaolaba.core.message.strict import dump, load
from xiaolaba.core.timetable.score import Item, Loop, Score, Stagger, Window
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    Decibels,
    Language,
    ProgrammeId,
    RhymeId,
    Samples,
)

MAX_BODY = 256 * 1024
"""Longest playlist body after inflating, in bytes."""
MOST_ITEMS = 100_000
"""Most items that one window may hold; a day of the shortest real ones holds half of that."""


def body_to_bytes(score: Score) -> bytes:
    """Return a score as a shared body: deflated JSON, the same bytes for the same score.

    Raises:
        MessageError: if it is longer than any node would read.
    """
    document = {
        "v": 1,
        "horizon": score.horizon // RATE,
        "loops": [_loop_to_json(loop) for loop in score.loops],
        "windows": [
            [w.start // RATE, w.end // RATE, w.loop, w.turn, w.day.isoformat()]
            for w in score.windows
        ],
    }
    inflated = dump(document)
    if len(inflated) > MAX_BODY:
        raise MessageError("too-large", f"{len(inflated)} bytes inflated, at most {MAX_BODY}")
    return zlib.compress(inflated, 9)


def body_digest(body: bytes) -> str:
    """Return the name of a shared body."""
    return hashlib.sha256(body).hexdigest()


def body_from_bytes(body: bytes, stagger: Stagger | None = None) -> Score:
    """Read a shared body.

    Raises:
        MessageError: if it is too large, malformed, or its windows overlap.
    """
    document = load(_inflate(body))
    if take(document, "v", int) != 1:
        raise MessageError("unknown-version", f"body version {document['v']!r}")
    loops = tuple(strictly(_loop_from_json, row) for row in take(document, "loops", list))
    windows = tuple(strictly(_window_from_json, row) for row in take(document, "windows", list))
    horizon = strictly(second, document.get("horizon"))
    _require_sound(loops, windows)
    return Score(loops, windows, horizon, stagger)


def _loop_to_json(loop: Loop) -> list[Any]:
    return [
        loop.programme,
        loop.every,
        loop.round,
        loop.level,
        [
            [i.rhyme, i.language, i.clip, i.sound, i.gap, i.last_day and i.last_day.isoformat()]
            for i in loop.items
        ],
    ]


def _loop_from_json(row: Any) -> Loop:
    programme, every, round_, level, items = row
    loop = Loop(
        ProgrammeId(text(programme)),
        tuple(_item_from_json(item) for item in items),
        None if every is None else Samples(whole(every, 1)),
        None if round_ is None else Samples(whole(round_, 1)),
        Decibels(min(0.0, float(level))),
    )
    if not loop.items:
        raise ValueError("a loop without items")
    return loop


def _item_from_json(row: Any) -> Item:
    rhyme, language, clip, sound, gap, last_day = row
    return Item(
        RhymeId(text(rhyme)),
        Language(text(language)),
        None if clip is None else ClipHash(digest(clip)),
        Samples(whole(sound, 1)),
        Samples(whole(gap)),
        None if last_day is None else date.fromisoformat(last_day),
    )


def _window_from_json(row: Any) -> Window:
    start, end, loop, turn, day = row
    return Window(
        second(start),
        second(end),
        whole(loop),
        whole(turn),
        date.fromisoformat(day),
    )


def _require_sound(loops: tuple[Loop, ...], windows: tuple[Window, ...]) -> None:
    """Refuse what could not be played: overlaps, missing loops, rounds that run into each other."""
    for loop in loops:
        _require_rounds(loop)
    end = 0
    for window in windows:
        if window.start < end or window.end <= window.start or window.loop >= len(loops):
            raise MessageError("malformed", "windows overlap, are empty or name no loop")
        shortest = min(item.length for item in loops[window.loop].items)
        if (window.end - window.start) // shortest > MOST_ITEMS:
            raise MessageError("too-large", f"a window of more than {MOST_ITEMS} items")
        end = window.end


def _require_rounds(loop: Loop) -> None:
    if loop.every is None:
        return
    longest = max(item.length for item in loop.items)
    if longest > loop.every or (loop.round or 0) > loop.every:
        raise MessageError("malformed", f"an item or round of {loop.programme!r} passes `every`")


def _inflate(body: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(body, MAX_BODY + 1)
    except zlib.error as error:
        raise MessageError("malformed", "not deflated") from error
    if len(inflated) > MAX_BODY:
        raise MessageError("too-large", f"more than {MAX_BODY} bytes inflated")
    if not stream.eof:
        raise MessageError("malformed", "the deflated body is cut short")
    return inflated
