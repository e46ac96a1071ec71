import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages import (
    CLIP,
    CMN,
    GATE,
    ITEM,
    LOOP,
    MANIFEST,
    MARKET,
    ONE,
    POLICY,
    SCORE,
    UNMADE,
    URLS_WITHOUT_A_SERVER,
    WINDOW,
    at,
    lasting,
    records,
)
from xiaolaba.core.errors import MessageError
from xiaolaba.core.ledger import GENESIS
from xiaolaba.core.message import (
    MAX_BATCH,
    MAX_BODY,
    ack_from_json,
    ack_to_json,
    batch_from_json,
    batch_to_json,
    body_digest,
    body_from_bytes,
    body_to_bytes,
    from_bytes,
    manifest_from_json,
    manifest_to_json,
    policy_from_json,
    policy_to_json,
    to_bytes,
)
from xiaolaba.core.message.body import SHORTEST
from xiaolaba.core.message.strict import dump, load
from xiaolaba.core.timetable.score import Item, Loop, Score, Window
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    ProgrammeId,
    RhymeId,
    Samples,
)


def changed(value: Any, path: list[Any], new: Any) -> Any:
    """Return a copy of nested JSON with one place replaced."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


def test_every_body_comes_back_as_it_went_out():
    assert manifest_from_json(manifest_to_json(MANIFEST)) == MANIFEST
    assert body_from_bytes(body_to_bytes(SCORE)) == SCORE
    assert policy_from_json(GATE, policy_to_json(POLICY)) == POLICY
    assert batch_from_json(batch_to_json("e", GENESIS, records(3))) == ("e", GENESIS, records(3))
    assert ack_from_json(ack_to_json("e", 5)) == ("e", 5)


def test_the_same_score_gives_the_same_bytes_and_another_one_another_name():
    other = Score((LOOP,), (WINDOW,), at(9001))

    assert body_to_bytes(SCORE) == body_to_bytes(body_from_bytes(body_to_bytes(SCORE)))
    assert body_digest(body_to_bytes(SCORE)) != body_digest(body_to_bytes(other))


BODY = load(zlib.decompress(body_to_bytes(SCORE)))


@pytest.mark.parametrize(
    ("path", "new"),
    [
        (["windows", 0, 0], 5000),
        (["windows", 0, 2], 1),
        (["windows", 0, 0], 2**40),
        (["windows", 0, 0], 1000.5),
        (["windows", 0, 4], "someday"),
        (["windows"], [[1000, 4600, 0, 0, "2026-11-22"], [4000, 5000, 0, 0, "2026-11-22"]]),
        (["loops", 0, 4], []),
        (["loops", 0, 4, 0], 2),
        (["loops", 0, 4, 0], -1),
        (["loops", 0, 4, 0], True),
        (["loops", 0, 2], 901 * RATE),
        (["loops", 0, 3], "-6"),
        (["loops", 0, 3], 6),
        (["items", 0, 3], 0),
        (["items", 0, 4], -1),
        (["items", 0, 2], "not-a-hash"),
        (["items"], {"no": "list"}),
        (["loops", 0, 0], "\ud800"),
        (["horizon"], None),
        (["v"], 2),
        (["loops"], {"no": "list"}),
    ],
    ids=[
        "a window that ends before it begins",
        "a window of no loop",
        "a window past the end of dates",
        "half a second",
        "no date",
        "windows that overlap",
        "a loop without items",
        "an item past the last one",
        "an item before the first one",
        "an item that is no number",
        "a round longer than every",
        "a level that is text",
        "a level louder than full",
        "a clip without a sample",
        "a gap before the clip",
        "a clip without a hash",
        "an object for the items",
        "half a surrogate",
        "no horizon",
        "another version",
        "an object for a list",
    ],
)
def test_a_body_that_cannot_be_played_is_refused(path, new):
    document = changed(BODY, path, new)
    body = zlib.compress(json.dumps(document).encode())

    with pytest.raises(MessageError):
        body_from_bytes(body)


def deflated(score: Score) -> bytes:
    """Return a score as a body, whether or not any node would read it."""
    items = list(dict.fromkeys(item for loop in score.loops for item in loop.items))
    days = [item.last_day and item.last_day.isoformat() for item in items]
    document = {
        "v": 1,
        "horizon": score.horizon // RATE,
        "items": [
            [i.rhyme, i.language, i.clip, i.sound, i.gap, day]
            for i, day in zip(items, days, strict=True)
        ],
        "loops": [
            [own.programme, own.every, own.round, own.level, [items.index(i) for i in own.items]]
            for own in score.loops
        ],
        "windows": [
            [w.start // RATE, w.end // RATE, w.loop, w.turn, w.day.isoformat()]
            for w in score.windows
        ],
    }
    return zlib.compress(json.dumps(document).encode())


def brief(count: int) -> Loop:
    """Return a loop of `count` items of a second, each played on one day that is long past."""
    old = Item(ONE, CMN, CLIP, lasting(1), lasting(0), date(2020, 1, 1))
    return Loop(MARKET, (ITEM, *[old] * (count - 1)))


TENTHS = Loop(MARKET, (Item(ONE, CMN, CLIP, SHORTEST, lasting(0)),))


def windows_from(start: int, count: int, seconds: int = 1) -> tuple[Window, ...]:
    """Return windows of so many seconds, two seconds apart."""
    starts = range(start, start + count * (seconds + 2), seconds + 2)
    return tuple(Window(at(t), at(t + seconds), 0, 0, date(2026, 11, 22)) for t in starts)


@pytest.mark.parametrize(
    ("loop", "windows"),
    [
        (TENTHS, windows_from(0, 1, 30_000)),
        (TENTHS, windows_from(0, 2, 15_000)),
        (brief(50_000), windows_from(0, 5)),
    ],
    ids=["of a tenth of a second", "in two windows", "passed over in five windows"],
)
def test_a_day_of_hundreds_of_thousands_of_items_is_refused(loop, windows):
    with pytest.raises(MessageError, match="too-large"):
        body_from_bytes(deflated(Score((loop,), windows, at(900_000))))


def test_many_windows_of_a_long_loop_on_many_days_are_read():
    days = tuple(window for day in range(30) for window in windows_from(day * 86_400, 3))
    score = Score((brief(20_000),), days, at(9_000_000))

    assert body_from_bytes(body_to_bytes(score)) == score


def test_a_clip_of_many_programmes_is_written_once():
    items = tuple(replace(ITEM, rhyme=RhymeId(f"r{n}"), clip=_clip(n)) for n in range(400))
    loops = tuple(Loop(ProgrammeId(f"p{n}"), items) for n in range(6))
    score = Score(loops, (WINDOW,), at(9000))
    body = body_to_bytes(score)

    assert zlib.decompress(body).count(_clip(7).encode()) == 1
    assert body_from_bytes(body) == score


def _clip(number: int) -> ClipHash:
    return ClipHash(f"{number:064}")


def test_an_item_shorter_than_any_sound_is_refused():
    tiny = Loop(MARKET, (Item(ONE, CMN, CLIP, Samples(SHORTEST - 1), lasting(0)),))

    with pytest.raises(MessageError, match="malformed"):
        body_from_bytes(deflated(Score((tiny,), (WINDOW,), at(9000))))


def test_an_item_longer_than_every_is_read_for_it_is_passed_over():
    loop = Loop(MARKET, (ITEM, UNMADE), lasting(3), lasting(3))
    score = Score((loop,), (WINDOW,), at(9000))

    assert body_from_bytes(body_to_bytes(score)) == score


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not deflated",
        body_to_bytes(SCORE)[:-5],
        zlib.compress(b" " * (MAX_BODY + 1)),
        zlib.compress(b"[" * 200_000),
    ],
    ids=["nothing", "not deflated", "cut short", "a bomb", "nested without end"],
)
def test_a_body_that_is_no_body_is_refused(body):
    with pytest.raises(MessageError):
        body_from_bytes(body)


def test_a_body_that_no_node_would_read_is_never_made():
    windows = tuple(Window(at(k), at(k + 1), 0, 0, date(2026, 11, 22)) for k in range(0, 20_000, 2))

    with pytest.raises(MessageError, match="too-large"):
        body_to_bytes(Score((LOOP,), windows, at(9_000_000)))


@pytest.mark.parametrize(
    ("path", "new"),
    [
        (["body"], "short"),
        (["clips"], "file:///etc/passwd"),
        (["clips"], "http://h/" + "x" * 300),
        *((["clips"], url) for url in URLS_WITHOUT_A_SERVER),
        (["effective_at"], 2**50),
        (["effective_at"], True),
        (["level"], "loud"),
        (["stagger", "me"], 2),
        (["stagger", "nodes"], "ab"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(path, new):
    with pytest.raises(MessageError):
        manifest_from_json(changed(manifest_to_json(MANIFEST), path, new))


def test_a_manifest_cannot_make_a_node_louder_than_it_was_calibrated():
    assert manifest_from_json(manifest_to_json(MANIFEST) | {"level": 12.0}).level == 0.0


@pytest.mark.parametrize(
    ("path", "new"),
    [
        (["quiet", 0, 1], 1890),
        (["quiet", 0, 2], 5000),
        (["quiet", 1, 3], [7]),
        (["zone", 1], []),
        (["zone", 1], [[5, 0], [4, 0]]),
        (["zone", 1, 0, 1], 100_000),
        (["caps"], {}),
        (["caps", "level"], "-3"),
        (["caps", "level"], 6),
        (["caps", "daily"], "nan"),
        (["caps", "daily"], True),
        (["caps", "daily"], -1),
        (["caps", "announcement"], 1e9),
        (["calendar", "off"], ["2026-02-30"]),
        (["blackouts", 0], ["高考", 0]),
    ],
)
def test_a_policy_that_would_not_hold_is_refused(path, new):
    with pytest.raises(MessageError):
        policy_from_json(GATE, changed(policy_to_json(POLICY), path, new))


@pytest.mark.parametrize(
    ("path", "new"),
    [
        (["epoch"], ""),
        (["epoch"], "e" * 65),
        (["before"], "0" * 63),
        (["records", 0, 0], 0),
        (["records", 1, 0], 3),
        (["records", 0, 6], "imagined"),
        (["records", 0, 1], -1),
        (["records", 0], []),
    ],
)
def test_a_batch_that_is_not_in_order_is_refused(path, new):
    with pytest.raises(MessageError):
        batch_from_json(changed(batch_to_json("e", GENESIS, records(3)), path, new))


def test_a_batch_of_too_many_records_is_refused():
    with pytest.raises(MessageError, match="too-large"):
        batch_from_json(batch_to_json("e", GENESIS, records(MAX_BATCH + 1)))


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["http://h/", "c" * 64, "2026-11-22", "everyday", "finished"]),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=20,
)
KEYS = {
    "manifest": sorted(manifest_to_json(MANIFEST)),
    "policy": sorted(policy_to_json(POLICY)),
    "batch": ["epoch", "before", "records"],
    "ack": ["epoch", "upto"],
    "body": sorted(BODY),
}
READERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "manifest": manifest_from_json,
    "policy": lambda value: policy_from_json(GATE, value),
    "batch": batch_from_json,
    "ack": ack_from_json,
}


@pytest.mark.parametrize("kind", READERS)
@given(st.data())
def test_a_reader_given_anything_reads_it_or_refuses_it(kind, data):
    value = data.draw(st.dictionaries(st.sampled_from(KEYS[kind]), anything))

    try:
        READERS[kind](value)
    except MessageError:
        return


@given(st.dictionaries(st.sampled_from(KEYS["body"]), anything))
def test_a_body_of_anything_is_read_or_refused(document):
    try:
        body_from_bytes(zlib.compress(json.dumps(document).encode()))
    except MessageError:
        return


@given(st.binary(max_size=200))
def test_a_report_of_any_bytes_is_an_object_or_refused(payload):
    try:
        assert isinstance(from_bytes(payload), dict)
    except MessageError:
        return


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"NaN",
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": 9007199254740992}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\ud800"}',
        b"\xff\xfe{\x00}\x00",
        b'{"a":' * 5000,
        b'{"a": "' + b"x" * 20_000 + b'"}',
    ],
    ids=[
        "a list",
        "no number",
        "infinity",
        "infinity in disguise",
        "more than a double holds",
        "five thousand digits",
        "half a surrogate",
        "UTF-16",
        "nested without end",
        "too long",
    ],
)
def test_json_that_somebody_might_choke_on_is_refused(payload):
    with pytest.raises(MessageError):
        from_bytes(payload)


@given(st.dictionaries(st.text(), st.integers(-(2**52), 2**52) | st.text() | st.booleans()))
def test_what_is_written_is_read_back(value):
    assert from_bytes(to_bytes(value), 10**6) == value
    assert dump(value) == dump(dict(reversed(value.items())))
