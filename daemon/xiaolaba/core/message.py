"""What the programs say to each other, as bytes: topics, bodies, strict readers.

Everything below `xiaolaba/v1/`; `daemon/asyncapi.yaml` documents it and a
test holds every payload against that. A reader refuses what it does not
know with a `MessageError`; nothing half-read is ever returned.
"""

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar

from xiaolaba.core.calendar import Calendar, DayClass, Days
from xiaolaba.core.errors import MessageError
from xiaolaba.core.ledger import Outcome, Play, Record, row_of
from xiaolaba.core.policy import MINUTES_A_DAY, Blackout, Caps, Policy, Quiet
from xiaolaba.core.score import Item, Loop, Score, Stagger, Window
from xiaolaba.core.strict import MOST, dump, load
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    Decibels,
    Instant,
    Language,
    NodeId,
    ProgrammeId,
    RhymeId,
    Samples,
    Seconds,
)
from xiaolaba.core.zone import Zone

ROOT = "xiaolaba/v1"
DAEMON_STATE = f"{ROOT}/daemon/state"
MAX_BODY = 256 * 1024
"""Longest playlist body after inflating, in bytes."""
MOST_ITEMS = 100_000
"""Most items that one window may hold; a day of the shortest real ones holds half of that."""
MAX_BATCH = 100
"""Most ledger records in one message."""

T = TypeVar("T")


def node_topic(node: str, leaf: str) -> str:
    """Return a node's own topic.

    Leaves: policy, hold, playlist, command, state, health, events, plays, plays/ack.
    """
    return f"{ROOT}/nodes/{node}/{leaf}"


def body_topic(digest: str) -> str:
    """Return the topic of a shared playlist body."""
    return f"{ROOT}/playlists/{digest}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A node's playlist in short: which body, from when, and what is the node's own.

    `clips` is the URL that a clip's file name is appended to. `level` and
    `delay` are the node's.
    """

    body: str
    effective_at: Instant
    clips: str
    level: Decibels = Decibels(0.0)
    delay: Seconds = Seconds(0.0)
    stagger: Stagger | None = None


def manifest_to_json(manifest: Manifest) -> dict[str, Any]:
    """Return the body of a sealed `playlist`."""
    found: dict[str, Any] = {
        "body": manifest.body,
        "effective_at": manifest.effective_at // RATE,
        "clips": manifest.clips,
        "level": manifest.level,
        "delay": manifest.delay,
    }
    if manifest.stagger is not None:
        found["stagger"] = {"nodes": list(manifest.stagger.nodes), "me": manifest.stagger.me}
    return found


def manifest_from_json(value: dict[str, Any]) -> Manifest:
    """Read the body of a sealed `playlist`."""
    stagger = None
    if "stagger" in value:
        turns = _get(value, "stagger", dict)
        nodes = tuple(NodeId(_strict(_text, node)) for node in _get(turns, "nodes", list))
        me = _get(turns, "me", int)
        if not 0 <= me < len(nodes):
            raise MessageError("malformed", "stagger.me is not one of its nodes")
        stagger = Stagger(nodes, me)
    return Manifest(
        _digest(_get(value, "body", str)),
        Instant(_strict(_whole, value.get("effective_at")) * RATE),
        _strict(_url, value.get("clips")),
        Decibels(min(0.0, _number(value, "level"))),
        Seconds(_number(value, "delay")),
        stagger,
    )


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
    if _get(document, "v", int) != 1:
        raise MessageError("unknown-version", f"body version {document['v']!r}")
    loops = tuple(_strict(_loop_from_json, row) for row in _get(document, "loops", list))
    windows = tuple(_strict(_window_from_json, row) for row in _get(document, "windows", list))
    horizon = Instant(_strict(_whole, document.get("horizon")) * RATE)
    _require_sound(loops, windows)
    return Score(loops, windows, horizon, stagger)


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """Return the body of a sealed `policy`; the node is in its envelope."""
    zone, calendar, caps = policy.zone, policy.calendar, policy.caps
    return {
        "zone": [
            zone.name,
            [[t // RATE, o] for t, o in zip(zone.since, zone.offsets, strict=True)],
        ],
        "quiet": [[q.name, q.start, q.end, _days_to_json(q.days)] for q in policy.quiet],
        "blackouts": [[b.name, b.start // RATE, b.end // RATE] for b in policy.blackouts],
        "caps": {"level": caps.level, "daily": caps.daily, "announcement": caps.announcement},
        "calendar": {
            "years": sorted(calendar.years),
            "off": [day.isoformat() for day in sorted(calendar.off)],
            "work": [day.isoformat() for day in sorted(calendar.work)],
        },
    }


def policy_from_json(node: NodeId, value: dict[str, Any]) -> Policy:
    """Read the body of a sealed `policy`."""
    return _strict(lambda body: _policy(node, body), value)


def batch_to_json(epoch: str, before: str, records: list[Record]) -> dict[str, Any]:
    """Return the body of a sealed `plays`: records in order after the link `before`."""
    return {
        "epoch": epoch,
        "before": before,
        "records": [[record.seq, *row_of(record.play), record.link] for record in records],
    }


def batch_from_json(value: dict[str, Any]) -> tuple[str, str, list[Record]]:
    """Return epoch, link before, and records of a sealed `plays`."""
    rows = _get(value, "records", list)
    if len(rows) > MAX_BATCH:
        raise MessageError("too-large", f"{len(rows)} records, at most {MAX_BATCH}")
    records = [_strict(_record_from_json, row) for row in rows]
    if any(later.seq != record.seq + 1 for record, later in pairwise(records)):
        raise MessageError("malformed", "records are not in order without gaps")
    return _strict(_epoch, value.get("epoch")), _digest(value.get("before")), records


def ack_to_json(epoch: str, upto: int) -> dict[str, Any]:
    """Return the body of a sealed `ack`: an epoch's records up to `upto` are counted."""
    return {"epoch": epoch, "upto": upto}


def ack_from_json(value: dict[str, Any]) -> tuple[str, int]:
    """Return epoch and seq of a sealed `ack`."""
    return _strict(_epoch, value.get("epoch")), _strict(_whole, value.get("upto"))


def to_bytes(value: Mapping[str, Any]) -> bytes:
    """Return an unsealed message (state, health, events, daemon state) as JSON."""
    return dump(value)


def from_bytes(payload: bytes, limit: int = 16 * 1024) -> dict[str, Any]:
    """Read an unsealed message of at most `limit` bytes."""
    if len(payload) > limit:
        raise MessageError("too-large", f"{len(payload)} bytes, at most {limit}")
    return load(payload)


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
        ProgrammeId(_text(programme)),
        tuple(_item_from_json(item) for item in items),
        None if every is None else Samples(_whole(every, 1)),
        None if round_ is None else Samples(_whole(round_, 1)),
        Decibels(min(0.0, float(level))),
    )
    if not loop.items:
        raise ValueError("a loop without items")
    return loop


def _item_from_json(row: Any) -> Item:
    rhyme, language, clip, sound, gap, last_day = row
    return Item(
        RhymeId(_text(rhyme)),
        Language(_text(language)),
        None if clip is None else ClipHash(_digest(clip)),
        Samples(_whole(sound, 1)),
        Samples(_whole(gap)),
        None if last_day is None else date.fromisoformat(last_day),
    )


def _window_from_json(row: Any) -> Window:
    start, end, loop, turn, day = row
    return Window(
        Instant(_whole(start) * RATE),
        Instant(_whole(end) * RATE),
        _whole(loop),
        _whole(turn),
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


def _policy(node: NodeId, value: dict[str, Any]) -> Policy:
    name, offsets = value["zone"]
    zone = Zone(
        _text(name),
        tuple(Instant(_whole(since, -(2**40)) * RATE) for since, _ in offsets),
        tuple(_whole(offset, -86_400) for _, offset in offsets),
    )
    if not zone.since or list(zone.since) != sorted(zone.since):
        raise ValueError("the zone has no offsets in order")
    caps, calendar = value["caps"], value["calendar"]
    return Policy(
        node,
        zone,
        tuple(_quiet(row) for row in value["quiet"]),
        tuple(
            Blackout(_text(n), Instant(_whole(start) * RATE), Instant(_whole(end) * RATE))
            for n, start, end in value["blackouts"]
        ),
        Caps(
            _optional(caps["level"], lambda number: Decibels(float(number))),
            _optional(caps["daily"], lambda number: Seconds(float(number))),
            _optional(caps["announcement"], lambda number: Seconds(float(number))),
        ),
        Calendar(
            frozenset(_whole(year) for year in calendar["years"]),
            frozenset(date.fromisoformat(day) for day in calendar["off"]),
            frozenset(date.fromisoformat(day) for day in calendar["work"]),
        ),
    )


def _quiet(row: Any) -> Quiet:
    name, start, end, days = row
    quiet = Quiet(_text(name), _whole(start), _whole(end), _days_from_json(days))
    if not quiet.start < quiet.end <= 2 * MINUTES_A_DAY:
        raise ValueError("quiet hours that never hold")
    return quiet


def _record_from_json(row: Any) -> Record:
    seq, start_ms, programme, rhyme, language, clip, outcome, heard, link = row
    play = Play(
        _whole(start_ms),
        ProgrammeId(_text(programme)),
        RhymeId(_text(rhyme)),
        Language(_text(language)),
        ClipHash(_digest(clip)),
        Outcome(outcome),
        Samples(_whole(heard)),
    )
    return Record(_whole(seq, 1), play, _digest(link))


def _days_to_json(days: Days) -> str | list[int]:
    return days.value if isinstance(days, DayClass) else sorted(days)


def _days_from_json(value: Any) -> Days:
    return DayClass(value) if isinstance(value, str) else frozenset(_whole(day) for day in value)


def _strict(read: Callable[[Any], T], value: Any) -> T:
    """Return `read(value)`, turning every way in which it can be misshapen into a refusal."""
    try:
        return read(value)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise MessageError("malformed", f"{type(error).__name__}: {error}"[:200]) from error


def _get(value: dict[str, Any], key: str, kind: type[T]) -> T:
    found = value.get(key)
    if not isinstance(found, kind) or isinstance(found, bool):
        raise MessageError("malformed", f"{key!r} is missing or no {kind.__name__}")
    return found


def _number(value: dict[str, Any], key: str) -> float:
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise MessageError("malformed", f"{key!r} is missing or no number")
    return float(found)


def _optional(value: Any, read: Callable[[Any], T]) -> T | None:
    return None if value is None else read(value)


def _whole(value: Any, least: int = 0) -> int:
    if type(value) is not int or not least <= value < MOST:
        raise ValueError(f"{str(value)[:40]!r} is no whole number from {least}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200:
        raise ValueError("not text of at most 200 characters")
    return value


def _epoch(value: Any) -> str:
    if not 1 <= len(_text(value)) <= 64:
        raise ValueError("an epoch has 1 to 64 characters")
    return str(value)


def _url(value: Any) -> str:
    if not re.fullmatch(r"https?://[!-~]{1,190}", _text(value)):
        raise ValueError("not a URL of http or https")
    return str(value)


def _digest(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise MessageError("malformed", "not a SHA-256 in hex")
    return value


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
