"""A town over the next 400 days, for checks: written windows and what cuts them.

Nodes that the same programmes and rules mean are judged once, as a *stretch*
of the town's row of nodes.
"""

from datetime import date, timedelta
from functools import cached_property

from xiaolaba.core.schedule import BlackoutRule, QuietRule, Silence, Town
from xiaolaba.core.spans import Span, merge
from xiaolaba.core.timetable import windows
from xiaolaba.core.timetable.windows import Piece
from xiaolaba.core.where import Row, runs

DAYS = 400
"""How far ahead a configuration is judged."""

DAY = timedelta(days=1)

Rule = QuietRule | BlackoutRule | Silence


class Outlook:
    """A town from `first` on: its written windows and cuts, each worked out once."""

    def __init__(self, town: Town, nodes: Row, first: date) -> None:
        self.town, self.nodes = town, nodes
        self.begin = town.zone.instant(first)
        self.days = windows.days(town.zone, first - DAY, first + timedelta(days=DAYS))
        self._written: dict[int, list[Piece]] = {}
        self._spans: dict[int, list[Span]] = {}
        self._cuts: dict[tuple[tuple[int, ...], tuple[int, ...]], list[Span]] = {}

    @cached_property
    def stretches(self) -> list[tuple[Span, tuple[int, ...], tuple[int, ...]]]:
        """Nodes alike, with the programmes and the rules that mean them, by index."""
        count = len(self.town.programmes)
        wheres = [own.where for own in (*self.town.programmes, *self.rules)]
        return [
            (
                span,
                tuple(index for index in meant if index < count),
                tuple(index - count for index in meant if index >= count),
            )
            for span, meant in runs(self.nodes, wheres)
        ]

    @cached_property
    def rules(self) -> list[Rule]:
        """Quiet hours, then blackouts, then silences."""
        policy = self.town.policy
        return [*policy.quiet, *policy.blackouts, *self.town.silences]

    def written(self, index: int) -> list[Piece]:
        """Return a programme's written windows that end after `begin`."""
        if index not in self._written:
            found = windows.written(
                self.town.programmes[index], self.days, self.town.zone, self.town.calendar
            )
            self._written[index] = [piece for piece in found if piece.end > self.begin]
        return self._written[index]

    def pieces(self, index: int, mine: tuple[int, ...], rules: tuple[int, ...]) -> list[Piece]:
        """Return what is left of a programme's windows beside `mine` and under `rules`."""
        priority = self.town.programmes[index].priority
        higher = tuple(n for n in mine if self.town.programmes[n].priority > priority)
        return windows.pieces(self.written(index), self._cut(higher, rules))

    def _cut(self, higher: tuple[int, ...], rules: tuple[int, ...]) -> list[Span]:
        if (higher, rules) not in self._cuts:
            spans = [span for rule in rules for span in self.spans(rule)]
            spans += [(start, end) for n in higher for start, end, _ in self.written(n)]
            self._cuts[higher, rules] = merge(spans)
        return self._cuts[higher, rules]

    def spans(self, rule: int) -> list[Span]:
        """Return what one rule takes."""
        if rule not in self._spans:
            self._spans[rule] = self._taken_by(self.rules[rule])
        return self._spans[rule]

    def _taken_by(self, rule: Rule) -> list[Span]:
        match rule:
            case QuietRule():
                return windows.quiet(rule, self.days, self.town.zone, self.town.calendar)
            case BlackoutRule():
                return windows.blackout(rule, self.town.zone)
            case Silence():
                return windows.silence(rule, self.town.zone)
