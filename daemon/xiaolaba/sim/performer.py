"""A node's stage in virtual time: all that sounds, without its samples.

It passes over the timeline from change to change. What would have come out of
the horn is kept as *stretches*: from when until when which clip sounded.
"""

from collections.abc import Callable
from dataclasses import dataclass

from xiaolaba.core.reason import Reason
from xiaolaba.core.units import RATE, ClipHash, Instant
from xiaolaba.node.player import Order, SetFloor, SetHolds, SetPart, SetPolicy, Told
from xiaolaba.node.stage import Report, Stage
from xiaolaba.ports.clock import Clock, Trust
from xiaolaba.sim.timeline import Timeline

_LONGEST = 3600 * RATE


@dataclass(slots=True)
class Stretch:
    """A clip sounded from `start` to `end` by the node's clock, which was `ahead` of the truth."""

    start: int
    end: int
    clip: ClipHash | None
    ahead: int


class Performer:
    """Carries out the orders a sound thread would, by the same stage; adds to `sounded`."""

    def __init__(
        self,
        timeline: Timeline,
        stage: Stage,
        clock: Clock,
        tell: Callable[[Told], None],
        sounded: list[Stretch],
    ) -> None:
        self._timeline, self._stage, self._clock, self._tell = timeline, stage, clock, tell
        self._at = clock.now()
        self._floor = Instant(0)
        self._wakes = 0
        self._sounded = sounded
        stage.leave(self._at)
        self.look()

    def order(self, order: Order) -> None:
        """Carry out an order at once."""
        self._catch_up()
        match order:
            case SetPart(part, effective_at):
                self._stage.set_part(part, effective_at, self._at)
            case SetPolicy(policy):
                self._stage.set_policy(policy, self._at)
            case SetHolds(holds):
                self._stage.set_holds(holds, self._at)
            case SetFloor(floor):
                self._floor = floor
        if isinstance(order, SetPolicy | SetHolds) and self._stage.forbidden(self._at):
            self._report(list(self._stage.lost(self._stage.written)))
        self._wake_soon()

    def look(self) -> None:
        """Come up to the present, and be silent while the clock is not to be trusted."""
        self._catch_up()
        trusted = self._clock.report().trust is not Trust.UNTRUSTED
        trusted &= self._clock.now() >= self._floor
        self._stage.mute(None if trusted else Reason.CLOCK, self._at)
        self._wake_soon()

    def stepped(self) -> None:
        """Derive the position anew, since the clock jumped."""
        self._report(list(self._stage.lost(self._stage.written)))
        self._at = self._clock.now()
        self._stage.leave(self._at)
        self.look()

    def end(self) -> None:
        """Stop without a word, as when the power goes."""
        self._catch_up()
        self._wakes += 1

    def _catch_up(self) -> None:
        """Let the stream come up to the present."""
        ahead = self._clock.now() - self._timeline.now
        size = self._clock.now() - self._at
        for begin, length, playing in self._stage.skim(self._at, size):
            if playing is not None:
                self._note(Stretch(begin, begin + length, playing.item.clip, ahead))
        self._at = Instant(self._at + size)
        self._report(list(self._stage.heard(self._stage.written)))

    def _note(self, stretch: Stretch) -> None:
        last = self._sounded[-1] if self._sounded else None
        if last and (last.end, last.clip, last.ahead) == (
            stretch.start,
            stretch.clip,
            stretch.ahead,
        ):
            last.end = stretch.end
        else:
            self._sounded.append(stretch)

    def _report(self, reports: list[Report]) -> None:
        for report in reports:
            self._tell(report)

    def _wake_soon(self) -> None:
        """Come back one sample after the next change; an earlier appointment is void."""
        self._wakes += 1
        due = min(max(self._stage.until - self._at, 0) + 1, _LONGEST)
        mine = self._wakes
        self._timeline.at(self._timeline.now + due, lambda: self._wake(mine))

    def _wake(self, mine: int) -> None:
        if mine == self._wakes:
            self._catch_up()
            self._wake_soon()
