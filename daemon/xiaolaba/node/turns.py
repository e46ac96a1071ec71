"""Turns: what was written to the stream, told once the loudspeaker has come to it.

A *turn* is a stretch of the stream, counted in samples ever written: one
item, or one reason for silence. It ends where the next begins.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from xiaolaba.core.ledger import Outcome
from xiaolaba.core.reason import Reason
from xiaolaba.core.timetable.score import Playing
from xiaolaba.core.units import Samples


@dataclass(frozen=True, slots=True)
class Began:
    """An item's first sample has sounded; `joined` if that was not the clip's first."""

    playing: Playing
    joined: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """An item's turn is over, and how much of it was heard."""

    playing: Playing
    outcome: Outcome
    heard: Samples


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing sounds, and why."""

    reason: Reason


@dataclass(slots=True)
class _Turn:
    """One stretch from `begin` to `end`, which is None while it goes on."""

    what: Playing | Reason
    begin: int
    joined: bool
    cut: bool = False
    end: int | None = None
    told: bool = False


class Turns:
    """The turns that the loudspeaker has not finished with, oldest first."""

    def __init__(self) -> None:
        self._turns: deque[_Turn] = deque()

    @property
    def sounding(self) -> bool:
        """Whether any of them is an item's."""
        return any(isinstance(turn.what, Playing) for turn in self._turns)

    @property
    def is_cut(self) -> bool:
        """Whether the last one is known not to have its whole clip."""
        return self._turns[-1].cut

    def begin(self, what: Playing | Reason, at: int, joined: bool = False) -> None:
        """Begin a turn at `at`, unless it is what goes on already."""
        if self._turns and self._turns[-1].end is None:
            if self._turns[-1].what == what:
                return
            self._turns[-1].end = at
        self._turns.append(_Turn(what, at, joined))

    def cut(self) -> None:
        """Note that the last one does not have its whole clip."""
        self._turns[-1].cut = True

    def end(self, at: int, cut: bool) -> None:
        """End the last one."""
        self._turns[-1].end = at
        self._turns[-1].cut |= cut

    def heard(self, upto: int) -> Iterator[Began | Ended | Quiet]:
        """Yield what became true when the loudspeaker reached stream position `upto`."""
        while self._turns:
            turn = self._turns[0]
            if not turn.told and upto > turn.begin:
                turn.told = True
                yield _beginning(turn)
            if turn.end is None or upto < turn.end:
                return
            self._turns.popleft()
            if isinstance(turn.what, Playing):
                yield Ended(turn.what, _outcome(turn), Samples(turn.end - turn.begin))

    def lost(self, upto: int) -> Iterator[Ended]:
        """Forget all of them, yielding how those ended that had begun by `upto`."""
        for turn in self._turns:
            if isinstance(turn.what, Playing) and upto > turn.begin:
                yield Ended(turn.what, Outcome.INTERRUPTED, Samples(upto - turn.begin))
        self._turns.clear()


def _beginning(turn: _Turn) -> Began | Quiet:
    if isinstance(turn.what, Playing):
        return Began(turn.what, turn.joined)
    return Quiet(turn.what)


def _outcome(turn: _Turn) -> Outcome:
    if turn.cut:
        return Outcome.INTERRUPTED
    return Outcome.JOINED if turn.joined else Outcome.FINISHED
