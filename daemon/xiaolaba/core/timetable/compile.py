"""Turn a town's schedule into scores: every window of every node for the days to come.

Nodes that the same programmes and rules mean, at equal language shares, form
a group; a group is worked out once. Turns are counted from the first of the
month as if today's configuration had held since, so that two compilers agree
whatever day they start on.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from xiaolaba.core.library import Library
from xiaolaba.core.schedule import (
    BlackoutRule,
    Place,
    Programme,
    QuietRule,
    Silence,
    Together,
    Town,
    Where,
)
from xiaolaba.core.spans import Span, merge
from xiaolaba.core.timetable import windows
from xiaolaba.core.timetable.loop import items, loop
from xiaolaba.core.timetable.score import Item, Loop, Score, Stagger, Window
from xiaolaba.core.timetable.turns import Counter
from xiaolaba.core.timetable.windows import Piece
from xiaolaba.core.units import Instant, NodeId
from xiaolaba.core.where import Row, Shares, Site, means, row, runs
from xiaolaba.core.zone import DAY

Rule = QuietRule | BlackoutRule | Silence


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that play the same score; stagger is each node's own (`stagger_at`)."""

    nodes: tuple[NodeId, ...]
    score: Score


@dataclass(slots=True)
class Memory:
    """What the last compilation worked out, for the next one to take up what is unchanged.

    `frame` is what every score depends on; `scores` are kept by what each
    depends on besides, in which `loops` number the items of a loop.
    """

    frame: Hashable = None
    loops: dict[tuple[Item, ...], int] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    row: Row | None = None
    scores: dict[Hashable, Score] = field(default_factory=dict)

    def row_of(self, places: tuple[Place, ...]) -> Row:
        """Return all nodes of these places side by side."""
        if self.row is None or self.places != places:
            self.places, self.row = places, row(places)
        return self.row


def groups(
    town: Town, library: Library, first: date, days: int = 30, memory: Memory | None = None
) -> tuple[Group, ...]:
    """Return every node of the town with its score for `days` local days from `first` on.

    Windows that began the day before and run past midnight are included. A
    `memory` handed in again makes a small change cheap; the answer is the same.
    """
    memory = memory if memory is not None else Memory()
    work = Compilation(town, library, first, days)
    if memory.frame != work.frame:
        memory.frame, memory.scores, memory.loops = work.frame, {}, {}
    known, memory.scores = memory.scores, {}
    sharing: defaultdict[Hashable, list[NodeId]] = defaultdict(list)
    for (meant, shares), nodes in _alike(town, memory.row_of(town.places)):
        key = work.key(meant, shares, memory.loops)
        if key not in memory.scores:
            memory.scores[key] = known.get(key) or work.score(meant, shares)
        sharing[key] += nodes
    return tuple(Group(tuple(nodes), memory.scores[key]) for key, nodes in sharing.items())


def score_of(town: Town, library: Library, node: Site, first: date, days: int = 30) -> Score:
    """Return one node's own score, its stagger included."""
    ids, tags = node.ids, node.tags
    meant = tuple(k for k, where in enumerate(_wheres(town)) if means(where, ids, tags))
    score = Compilation(town, library, first, days).score(meant, node.languages)
    return replace(score, stagger=stagger_at(node))


def stagger_at(node: Site) -> Stagger | None:
    """Return how the node of a site takes turns with its neighbours, or None."""
    if node.place.together is not Together.STAGGER:
        return None
    neighbours = tuple(own.id for own in node.place.nodes)
    return Stagger(neighbours, neighbours.index(node.node.id))


class Compilation:
    """One run over a town: what has been worked out is kept for the groups to come."""

    def __init__(self, town: Town, library: Library, first: date, days: int) -> None:
        self._town, self._library = town, library
        self._last = first + timedelta(days=days - 1)
        self._since = (first - DAY).replace(day=1)
        self._begin = town.zone.instant(first)
        self._horizon = town.zone.instant(self._last + DAY)
        self._days = windows.days(town.zone, self._since - DAY, self._last + DAY)
        self._rules = _rules(town)
        self._written: dict[int, list[Piece]] = {}
        self._cuts: dict[tuple[int, ...], list[Span]] = {}
        self._items: dict[tuple[str, Shares], tuple[Item, ...]] = {}
        self._numbers: dict[tuple[str, Shares], int] = {}
        self._loops: dict[tuple[int, Shares], tuple[Loop, Counter] | None] = {}

    @property
    def frame(self) -> Hashable:
        """What every score depends on."""
        town = self._town
        return (self._begin, self._horizon, town.zone, town.calendar)

    def key(
        self, meant: tuple[int, ...], shares: Shares, loops: dict[tuple[Item, ...], int]
    ) -> Hashable:
        """Return everything that `score` depends on, besides the frame; `loops` number items."""
        programmes = self._town.programmes
        return tuple(
            (programmes[index], self._number(programmes[index], shares, loops))
            if index < len(programmes)
            else self._rules[index - len(programmes)]
            for index in meant
        )

    def _number(
        self, programme: Programme, shares: Shares, loops: dict[tuple[Item, ...], int]
    ) -> int:
        """Return the number of the items that a programme plays at nodes with these shares."""
        key = (programme.selection, shares)
        if key not in self._numbers:
            held = self._selected(programme, shares)
            self._numbers[key] = loops.setdefault(held, len(loops))
        return self._numbers[key]

    def score(self, meant: tuple[int, ...], shares: Shares) -> Score:
        """Return the score of nodes with these shares; `meant` are indices into `_wheres`."""
        programmes = self._town.programmes
        mine = [index for index in meant if index < len(programmes)]
        mine.sort(key=lambda index: (-programmes[index].priority, index))
        taken = self._cut(tuple(index - len(programmes) for index in meant[len(mine) :]))
        loops: list[Loop] = []
        found: list[Window] = []
        for index in mine:
            written = self._windows(index)
            own = self._loop(index, shares)
            if own is not None:
                pieces = windows.pieces(written, taken)
                held = self._numbered(pieces, own[1], len(loops))
                loops += [own[0]] if held else []
                found += held
            if index != mine[-1]:
                taken = merge([*taken, *((start, end) for start, end, _ in written)])
        found.sort(key=lambda window: window.start)
        return Score(tuple(loops), tuple(found), self._horizon)

    def _numbered(self, pieces: list[Piece], counter: Counter, index: int) -> list[Window]:
        """Return the windows wanted, each with the turn it begins with."""
        found, month, turn = [], (0, 0), 0
        for start, end, day in pieces:
            if not self._since <= day <= self._last:
                continue
            if (day.year, day.month) != month:
                month, turn = (day.year, day.month), 0
            if end > self._begin:
                found.append(Window(Instant(start), Instant(end), index, turn, day))
            turn = counter.after(end - start, day, turn)
        return found

    def _windows(self, index: int) -> list[Piece]:
        """Return a programme's written windows, from the eve of the month to the day after."""
        if index not in self._written:
            town = self._town
            self._written[index] = windows.written(
                town.programmes[index], self._days, town.zone, town.calendar
            )
        return self._written[index]

    def _cut(self, rules: tuple[int, ...]) -> list[Span]:
        """Return what these rules take, tidy."""
        if rules not in self._cuts:
            spans = (span for rule in rules for span in self._taken_by(self._rules[rule]))
            self._cuts[rules] = merge(spans)
        return self._cuts[rules]

    def _taken_by(self, rule: Rule) -> list[Span]:
        zone = self._town.zone
        match rule:
            case QuietRule():
                return windows.quiet(rule, self._days, zone, self._town.calendar)
            case BlackoutRule():
                return windows.blackout(rule, zone)
            case Silence():
                return windows.silence(rule, zone)

    def _loop(self, index: int, shares: Shares) -> tuple[Loop, Counter] | None:
        """Return a programme's loop at nodes with these shares, or None if it holds nothing."""
        if (index, shares) not in self._loops:
            programme = self._town.programmes[index]
            held = self._selected(programme, shares)
            made = loop(programme, held)
            self._loops[index, shares] = (made, Counter(made)) if held else None
        return self._loops[index, shares]

    def _selected(self, programme: Programme, shares: Shares) -> tuple[Item, ...]:
        selection = self._town.selections.get(programme.selection)
        if selection is None:
            return ()
        wanted = selection.languages if selection.languages is not None else shares
        if (selection.id, wanted) not in self._items:
            self._items[selection.id, wanted] = items(self._town, self._library, selection, wanted)
        return self._items[selection.id, wanted]


def _rules(town: Town) -> tuple[Rule, ...]:
    return (*town.policy.quiet, *town.policy.blackouts, *town.silences)


def _wheres(town: Town) -> list[Where]:
    """Return where each programme sounds, then where each rule holds."""
    return [entry.where for entry in (*town.programmes, *_rules(town))]


def _alike(town: Town, nodes: Row) -> Iterable[tuple[tuple[tuple[int, ...], Shares], list[NodeId]]]:
    """Return the nodes that the same programmes and rules mean, at equal shares."""
    alike: defaultdict[tuple[tuple[int, ...], Shares], list[NodeId]] = defaultdict(list)
    for (start, end), meant in runs(nodes, _wheres(town)):
        for k in range(start, end):
            alike[meant, nodes.languages[k]].append(nodes.nodes[k])
    return alike.items()
