"""A score as the shared body of playlists: deflated JSON, named by its SHA-256.

An item that several loops or turns share is written once; loops name items by index.
What no node could play in time, or hold, is neither made nor read.
"""

import hashlib
import zlib
from collections import Counter
from datetime import date
from typing import Any

from xiaolaba.core.errors import MessageError
from xiaolaba.core.message.fields import (
    DAY,
    QUIETEST,
    digest,
    real,
    second,
    strictly,
    take,
    text,
    whole,
)
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
SHORTEST = Samples(RATE // 10)
"""No item is shorter, its gap included."""
MOST_A_DAY = 200_000
"""Most items that a day's windows may hold and look through; one a second makes half of that."""


def body_to_bytes(score: Score) -> bytes:
    """Return a score as a shared body: deflated JSON, the same bytes for the same score.

    Raises:
        MessageError: if no node would read it.
    """
    _require_sound(score.loops, score.windows)
    used = dict.fromkeys(item for loop in score.loops for item in loop.items)
    numbers = {item: number for number, item in enumerate(used)}
    document = {
        "v": 1,
        "horizon": score.horizon // RATE,
        "items": [_item_to_json(item) for item in numbers],
        "loops": [_loop_to_json(loop, numbers) for loop in score.loops],
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
    items = [strictly(_item_from_json, row) for row in take(document, "items", list)]
    loops = tuple(
        strictly(lambda row: _loop_from_json(row, items), row)
        for row in take(document, "loops", list)
    )
    windows = tuple(strictly(_window_from_json, row) for row in take(document, "windows", list))
    horizon = strictly(second, document.get("horizon"))
    _require_sound(loops, windows)
    return Score(loops, windows, horizon, stagger)


def _item_to_json(item: Item) -> list[Any]:
    last_day = item.last_day and item.last_day.isoformat()
    return [item.rhyme, item.language, item.clip, item.sound, item.gap, last_day]


def _loop_to_json(loop: Loop, numbers: dict[Item, int]) -> list[Any]:
    turns = [numbers[item] for item in loop.items]
    return [loop.programme, loop.every, loop.round, loop.level, turns]


def _loop_from_json(row: Any, items: list[Item]) -> Loop:
    programme, every, round_, level, turns = row
    loop = Loop(
        ProgrammeId(text(programme)),
        tuple(items[whole(number, 0, len(items) - 1)] for number in turns),
        None if every is None else Samples(whole(every, 1)),
        None if round_ is None else Samples(whole(round_, 1)),
        Decibels(real(level, QUIETEST, 0)),
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
    """Refuse what could not be played: overlaps, missing loops, more items than can be counted."""
    shortest = [_shortest(loop) for loop in loops]
    days = Counter[int]()
    end = 0
    for window in windows:
        if window.start < end or window.end <= window.start or window.loop >= len(loops):
            raise MessageError("malformed", "windows overlap, are empty or name no loop")
        held = (window.end - window.start) // shortest[window.loop]
        days[window.start // (DAY * RATE)] += held + len(loops[window.loop].items)
        end = window.end
    if max(days.values(), default=0) > MOST_A_DAY:
        raise MessageError("too-large", f"a day of more than {MOST_A_DAY} items")


def _shortest(loop: Loop) -> Samples:
    """Return the length of a loop's shortest item; refuse what nobody could hear."""
    found = min(item.length for item in loop.items)
    if found < SHORTEST:
        raise MessageError("malformed", f"an item of {loop.programme!r} is below 0.1 s")
    if loop.every is not None and (loop.round or 0) > loop.every:
        raise MessageError("malformed", f"the round of {loop.programme!r} passes `every`")
    return found


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
