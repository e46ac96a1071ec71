"""When a playlist takes over: within seconds, unless all that is new in it is other clips.

What an operator changes is wanted soon, silence above all. But where the same
readings sound at the same times, only in other clips (a new chime, a better
voice), haste would have every node drop clips that it has for clips that it
has not yet. So nodes are given a second for each second of new sound, which a
line of 0.3 Mbit/s takes for its FLAC, and all of them the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from xiaolaba.core.errors import MessageError
from xiaolaba.core.library import Library
from xiaolaba.core.message import Manifest, body_from_bytes
from xiaolaba.core.timetable.score import Item, Loop, Score
from xiaolaba.core.units import RATE, Instant, Language, NodeId, RhymeId, Samples
from xiaolaba.scheduler.state import Mind

LONGEST = 1800
"""Seconds that a playlist waits for its clips at most; what is not here then is silent."""


def takeover(
    mind: Mind, fresh: Mapping[NodeId, Manifest], scores: Mapping[str, Score], now: int
) -> Instant:
    """Return when all that is published together takes over; `scores` are those of the bodies."""
    soonest = now + mind.terms.effective_after
    if any(_is_other(mind, node, told) for node, told in fresh.items()):
        return Instant(soonest * RATE)
    waits = [_wait(mind, *change, scores, soonest) for change in _changes(mind, fresh)]
    known = [wait for wait in waits if wait is not None]
    if len(known) < len(waits):
        return Instant(soonest * RATE)
    latest = soonest + min(LONGEST, max(known, default=0))
    return Instant(max((latest, *_moments(mind, fresh, now))) * RATE)


def due(mind: Mind, library: Library, now: int) -> int:
    """Return when to compile with other clips: after what was published last has taken over.

    One after the other they would put each other off; a clip that is to sound
    no more waits for nothing.
    """
    if _may_sound(mind.library) - _may_sound(library):
        return now
    return max((now, *_moments(mind, mind.publications, now)))


def is_ahead(mind: Mind, manifest: Manifest, now: int) -> bool:
    """Return whether only a clock that ran ahead can have said when this takes over."""
    longest = 0 if mind.compiled_at > now else LONGEST
    return manifest.effective_at > (now + mind.terms.effective_after + longest) * RATE


def _may_sound(library: Library) -> set[tuple[RhymeId, Language]]:
    return library.clips.keys() - library.withheld


def _moments(mind: Mind, nodes: Iterable[NodeId], now: int) -> Iterator[int]:
    """Yield when the last playlists of these nodes take over."""
    for node in nodes:
        last = mind.publications.get(node)
        if last is not None and not is_ahead(mind, last.manifest, now):
            yield last.manifest.effective_at // RATE


def _is_other(mind: Mind, node: NodeId, told: Manifest) -> bool:
    """Return whether a node is told more than another body."""
    if node not in mind.publications:
        return False
    last = mind.publications[node].manifest
    return replace(last, body=told.body, effective_at=told.effective_at) != told


def _changes(mind: Mind, fresh: Mapping[NodeId, Manifest]) -> set[tuple[str, str]]:
    """Return which body comes after which, at the nodes that had one."""
    last = mind.publications
    return {(last[node].manifest.body, told.body) for node, told in fresh.items() if node in last}


def _wait(mind: Mind, old: str, new: str, scores: Mapping[str, Score], soonest: int) -> int | None:
    """Return how many seconds the new clips of a body sound, None if it is more that is new."""
    if old == new:
        return 0
    try:
        last = body_from_bytes(mind.bodies[old])
    except (KeyError, MessageError):  # it was kept by another version
        return None
    samples = new_sound(last, scores[new], Instant(soonest * RATE))
    return None if samples is None else -(-samples // RATE)


def new_sound(last: Score, score: Score, at: Instant) -> Samples | None:
    """Return how long the clips sound that take the place of others soon after `at`.

    None if it is other readings that sound, or at other times, or one is to
    sound no more. What fills a silence is not waited for.
    """
    before, after = list(_soon(last, at)), list(_soon(score, at))
    if [_outline(*stretch) for stretch in before] != [_outline(*stretch) for stretch in after]:
        return None
    pairs = [pair for (*_, a), (*_, b) in zip(before, after, strict=True) for pair in _pairs(a, b)]
    if any(old.clip and not new.clip for old, new in pairs):
        return None
    had = {old.clip for old, _ in pairs}
    found = {new.clip: new.sound for old, new in pairs if old.clip and new.clip not in had}
    return Samples(sum(found.values()))


def _soon(score: Score, at: Instant) -> Iterator[tuple[int, int, Loop]]:
    """Yield what the score has soon after `at`, each stretch with its loop."""
    end = at + LONGEST * RATE
    for window in score.windows:
        if window.start < end and window.end > at:
            yield max(window.start, at), min(window.end, end), score.loops[window.loop]


def _outline(start: int, end: int, loop: Loop) -> tuple[object, ...]:
    """Return all of a stretch but its clips."""
    readings = [(item.rhyme, item.language, item.gap, item.last_day) for item in loop.items]
    return start, end, replace(loop, items=()), readings


def _pairs(before: Loop, after: Loop) -> Iterator[tuple[Item, Item]]:
    return zip(before.items, after.items, strict=True)
