"""Fill blocks of samples with what is audible at their moments, to the sample.

The stage knows the score, the policy and the stream's position; it opens a
*take* when an item begins and writes zeros for every silence. Ragged ends
are faded: an item joined in its middle fades in, one that is cut short fades
out before the cut. What was written is not heard yet, so what became of it
is told turn by turn, see `turns`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from xiaolaba.core.errors import ClipError
from xiaolaba.core.policy import Policy
from xiaolaba.core.reason import Reason
from xiaolaba.core.sounding.audible import Hold, audible
from xiaolaba.core.sounding.hold import strictest
from xiaolaba.core.sounding.interlock import verdict
from xiaolaba.core.timetable.score import FOREVER, Playing, Score, Silent, Sound, between_items
from xiaolaba.core.units import ClipHash, Decibels, Instant, Samples
from xiaolaba.node.take import FADE, Take
from xiaolaba.node.turns import Began, Ended, Quiet, Turns

_NONE = Samples(0)
_FULL = Decibels(0.0)
_SKIPPED = 1
"""Samples of an item's beginning that the servo may skip: the item is whole without them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A score and what is this node's own in it: its level, and how much earlier it is fed."""

    score: Score
    level: Decibels = _FULL
    delay: Samples = _NONE


@dataclass(frozen=True, slots=True)
class Damaged:
    """A clip in the cache is not what the score says; silence stands for it."""

    clip: ClipHash
    detail: str


Report = Began | Ended | Quiet | Damaged


class Stage:
    """What is being performed, and how far the loudspeaker has come with it."""

    def __init__(self, pcm: Callable[[ClipHash], Path | None]) -> None:
        self._pcm = pcm
        self._part: Part | None = None
        self._next: tuple[Part, Instant] | None = None
        self._policy: Policy | None = None
        self._holds: tuple[Hold, ...] = ()
        self._muted: Reason | None = None
        self._take: Take | None = None
        self._until = Instant(0)
        self._turns = Turns()
        self._damaged: list[Damaged] = []
        self.written = 0
        """How many samples the stream has had."""

    @property
    def delay(self) -> Samples:
        """How much earlier than the timeline says this node is fed."""
        return self._part.delay if self._part else Samples(0)

    @property
    def sounding(self) -> bool:
        """Whether the next sample belongs to a clip."""
        return self._take is not None

    @property
    def until(self) -> Instant:
        """When what sounds, or the silence, has to be judged anew."""
        return self._until

    def settled(self, until: Instant) -> bool:
        """Whether there is silence, and no item begins, before `until`."""
        return self._take is None and until <= self._until

    @property
    def unheard(self) -> bool:
        """Whether a clip was written that the loudspeaker has not finished with."""
        return self._turns.sounding

    def set_part(self, part: Part, effective_at: Instant, at: Instant) -> None:
        """Take over `part` at the first instant from `effective_at` on that is between items."""
        self._take_over(at)
        moment = max(effective_at, at)
        if self._part is not None:
            moment = between_items(self._part.score, moment)
        self._next, self._until = (part, moment), at

    def set_policy(self, policy: Policy | None, at: Instant) -> None:
        """Obey `policy` from now on."""
        self._policy, self._until = policy, at

    def set_holds(self, holds: tuple[Hold, ...], at: Instant) -> None:
        """Obey these holds from now on, and no others."""
        self._holds, self._until = holds, at

    def mute(self, reason: Reason | None, at: Instant) -> None:
        """Be silent for `reason` whatever the score says; None lifts it."""
        if reason is not self._muted:
            self._muted, self._until = reason, at

    def forbidden(self, at: Instant) -> bool:
        """Return whether the policy or a hold lets nothing sound at `at`."""
        hold = strictest(self._holds, at)
        held = hold is not None and hold.level is None
        return held or verdict(self._policy, at).reason is not None

    def fill(self, at: Instant, out: memoryview) -> None:
        """Write what sounds from `at` on, as the next samples of the stream."""
        done = 0
        for begin, size in self._stretches(at, len(out) // 2):
            self._perform(begin, out[2 * done : 2 * (done + size)])
            done += size

    def skim(self, at: Instant, size: int) -> Iterator[tuple[Instant, int, Playing | None]]:
        """Pass over the next `size` samples of the stream, yielding what each stretch holds."""
        for begin, length in self._stretches(at, size):
            yield begin, length, self._take.playing if self._take else None

    def _stretches(self, at: Instant, size: int) -> Iterator[tuple[Instant, int]]:
        """Yield the stretches of `size` samples in which nothing changes."""
        while size:
            if at >= self._until:
                self._enter(at)
            step = min(size, self._until - at)
            yield at, step
            self.written += step
            at, size = Instant(at + step), size - step

    def fade_out(self, at: Instant) -> None:
        """Let the take end 20 ms from `at`; what follows is judged anew."""
        if self._take is not None:
            self._take.end = Instant(min(self._take.end, at + FADE))
            self._until = self._take.end

    def leave(self, at: Instant) -> None:
        """Judge anew at the next sample, which need not follow the last one."""
        self._end_take(Instant(0))
        self._until = at

    def heard(self, upto: int) -> Iterator[Report]:
        """Yield what became true when the loudspeaker reached stream position `upto`."""
        while self._damaged:
            yield self._damaged.pop()
        yield from self._turns.heard(upto)

    def lost(self, upto: int) -> Iterator[Report]:
        """Yield how turns ended when everything after stream position `upto` was lost."""
        yield from self.heard(upto)
        self._end_take(Instant(0))
        self._until = Instant(0)
        yield from self._turns.lost(upto)

    def _sound(self, at: Instant) -> tuple[Sound, Instant]:
        """Return what sounds at `at`, and when to judge anew: a softer hold may end within it."""
        limit = self._next[1] if self._next else FOREVER
        if self._muted is not None:
            return Silent(self._muted, limit), limit
        score, level = (self._part.score, self._part.level) if self._part else (None, _FULL)
        hold = strictest(self._holds, at)
        found = audible(score, self._policy, at, level, hold)
        look = min(found.until, limit)
        end = found.until
        if hold is not None and isinstance(found, Playing):
            end = audible(score, self._policy, at, level).until
        return replace(found, until=min(end, limit)), look

    def _take_over(self, at: Instant) -> None:
        if self._next is not None and at >= self._next[1]:
            self._part, self._next = self._next[0], None

    def _enter(self, at: Instant) -> None:
        """Decide what sounds from `at` on."""
        self._take_over(at)
        found, look = self._sound(at)
        take = self._take
        if take is not None and at < take.end:
            if isinstance(found, Playing) and _same(found, take.playing):
                take.end, self._until = found.until, look
                take.soften(found.level)
            else:
                self.fade_out(at)
            return
        self._end_take(at)
        if isinstance(found, Playing):
            self._open(found, at)
        else:
            self._turns.begin(found.reason, self.written)
        self._until = look

    def _open(self, playing: Playing, at: Instant) -> None:
        """Begin a take; a clip that is missing or damaged is silence of equal length."""
        path = self._pcm(playing.item.clip) if playing.item.clip else None
        if path is None:
            self._turns.begin(Reason.MISSING_CLIP, self.written)
            return
        begin = at if at > playing.start + _SKIPPED else playing.start
        try:
            self._take = Take(path, playing, begin)
            self._turns.begin(playing, self.written, joined=begin > playing.start)
        except ClipError as error:
            self._report_damage(playing, error)
            self._turns.begin(Reason.MISSING_CLIP, self.written)

    def _perform(self, at: Instant, out: memoryview) -> None:
        if self._take is None:
            out[:] = bytes(len(out))
            return
        try:
            self._take.read(at, out)
        except ClipError as error:
            if not self._turns.is_cut:
                self._report_damage(self._take.playing, error)
            self._turns.cut()

    def _report_damage(self, playing: Playing, error: ClipError) -> None:
        if playing.item.clip is not None:
            self._damaged.append(Damaged(playing.item.clip, str(error)))

    def _end_take(self, at: Instant) -> None:
        """Close the take, if there is one, before `at`; ahead of the clip's end it was cut."""
        if self._take is not None:
            self._turns.end(self.written, cut=at < self._take.whole)
            self._take.close()
            self._take = None


def _same(one: Playing, other: Playing) -> bool:
    return one.start == other.start and one.item == other.item
