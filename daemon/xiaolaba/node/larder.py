"""Which clips a node must have, and which of them to fetch next."""

from collections.abc import Iterator
from dataclasses import replace

from xiaolaba.core.timetable.score import FOREVER, Score
from xiaolaba.core.units import RATE, ClipHash, Instant, Samples, Seconds
from xiaolaba.node.events import Action, Fetch, Now, Retain
from xiaolaba.node.state import Failure, HeldPlaylist, Mind

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds after which a failed clip is tried again: doubled each time, up to the second."""


SOON = Samples(48 * 3600 * RATE)
"""What is needed within two days is never removed to make room."""
RESTOCK = 3600.0
"""Seconds after which, at the latest, it is looked at anew what is needed soon."""


def soonest_first(score: Score, at: Instant, until: Instant = FOREVER) -> Iterator[ClipHash]:
    """Yield the clips that the score needs from `at` to `until`, those that sound soonest first."""
    seen: set[tuple[int, ClipHash]] = set()
    full = [len({item.clip for item in loop.items if item.clip}) for loop in score.loops]
    for window in score.windows:
        items = score.loops[window.loop].items
        if window.start >= until:
            return
        if window.end <= at or not full[window.loop]:
            continue
        for n in range(len(items)):
            clip = items[(window.turn + n) % len(items)].clip
            if clip is not None and (window.loop, clip) not in seen:
                seen.add((window.loop, clip))
                full[window.loop] -= 1
                yield clip


def stock(mind: Mind, now: Now) -> tuple[Mind, list[Action]]:
    """Look at the playlists anew: what is needed, and begin to fetch it."""
    clips: dict[ClipHash, str] = {}
    soon: set[ClipHash] = set()
    wait = RESTOCK
    for playlist, until in _in_force(mind, now):
        wait = min(wait, (until - now.at) / RATE)
        soon.update(soonest_first(playlist.score, now.at, min(until, Instant(now.at + SOON))))
        for clip in soonest_first(playlist.score, now.at, until):
            clips.setdefault(clip, _address(playlist, clip))
    due = Seconds(now.since + wait)
    mind = replace(mind, clips=clips, soon=frozenset(soon), stock_due=due)
    mind, actions = next_fetch(mind, now)
    return mind, [Retain(frozenset(clips), mind.soon), *actions]


def _in_force(mind: Mind, now: Now) -> Iterator[tuple[HeldPlaylist, Instant]]:
    """Yield the playlists that are in force or will be, each with the instant of its end."""
    if mind.playlist is None:
        return
    moment = mind.playlist.manifest.effective_at
    if mind.before is not None and moment > now.at:
        yield mind.before, moment
    yield mind.playlist, FOREVER


def restock(mind: Mind, now: Now) -> tuple[Mind, list[Action]]:
    """Look at the playlists anew if it was long ago or another has taken over since."""
    return stock(mind, now) if now.since >= mind.stock_due else (mind, [])


def next_fetch(mind: Mind, now: Now) -> tuple[Mind, list[Action]]:
    """Fetch the first clip that is needed, not ready and not resting from a failure."""
    if mind.fetching is not None:
        return mind, []
    for clip, url in mind.clips.items():
        failure = mind.failed.get(clip)
        if clip not in mind.ready and (failure is None or failure.again <= now.since):
            return replace(mind, fetching=clip), [Fetch(clip, url)]
    return mind, []


def fetched(mind: Mind, clip: ClipHash, now: Now) -> tuple[Mind, list[Action]]:
    """Note that a clip is ready, and go on with the next."""
    failed = {other: failure for other, failure in mind.failed.items() if other != clip}
    return next_fetch(replace(mind, fetching=None, failed=failed, ready=mind.ready | {clip}), now)


def failed(mind: Mind, clip: ClipHash, now: Now) -> tuple[Mind, list[Action]]:
    """Let a clip rest, longer each time, and go on with the next."""
    tries = mind.failed[clip].tries + 1 if clip in mind.failed else 1
    pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
    resting = {**mind.failed, clip: Failure(tries, Seconds(now.since + pause))}
    return next_fetch(replace(mind, fetching=None, failed=resting), now)


def without(mind: Mind, gone: frozenset[ClipHash]) -> Mind:
    """Note that clips had to make way; those that are needed are fetched again."""
    return replace(mind, ready=mind.ready - gone) if gone else mind


def damaged(mind: Mind, clip: ClipHash, now: Now) -> tuple[Mind, list[Action]]:
    """Have a clip checked and fetched again that did not play."""
    return next_fetch(replace(mind, ready=mind.ready - {clip}), now)


def _address(playlist: HeldPlaylist, clip: ClipHash) -> str:
    return f"{playlist.manifest.clips}{clip}.flac"
