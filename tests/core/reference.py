"""What a schedule means, the slow way: cell by cell, item by item, with nothing clever.

An independent reading of the rules, to hold the real compiler against. Time
is cut into cells of `step` minutes, which every written time must be a
multiple of; what the clock on the wall shows in a cell comes from zoneinfo.
Only the written types (`Town` and below) are shared with the package.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from zoneinfo import ZoneInfo

from xiaolaba.core.calendar import DayClass
from xiaolaba.core.library import Library, estimated_length
from xiaolaba.core.rhyme import Audience, Rhyme
from xiaolaba.core.schedule import Place, Programme, Selection, Together, Town, Where

SECOND = 48_000


class Clash(Exception):
    """Two programmes of equal priority overlap at the node: the schedule is refused."""


@dataclass(frozen=True)
class Turn:
    """An item of a loop: which reading, and how long clip and gap last."""

    rhyme: str
    language: str
    made: bool
    sound: int
    gap: int
    expires: date | None


@dataclass(frozen=True)
class Stretch:
    """What the timetable says between two instants."""

    start: int
    end: int
    label: str
    programme: str = ""
    rhyme: str = ""
    language: str = ""


@dataclass(frozen=True)
class Piece:
    """A stretch of a written window that nothing cuts."""

    start: int
    end: int
    programme: str
    day: date


class Reference:
    """One node's timetable from `first` on for `days` days."""

    def __init__(
        self, town: Town, library: Library, node: str, first: date, days: int, step: int
    ) -> None:
        self.town, self.library, self.node = town, library, node
        self.zone = ZoneInfo(town.zone.name)
        self.first, self.last = first, first + timedelta(days=days - 1)
        eve = first - timedelta(days=1)
        self.month = date(eve.year, eve.month, 1)
        self.step = timedelta(minutes=step)
        self.path = path_to(town.places, node)
        self.cells = self._cells()
        self.shown = [cell.astimezone(self.zone).replace(tzinfo=None) for cell in self.cells]
        self.begin = self.at(self._first_showing(midnight(first)))
        self.horizon = self.at(self._first_showing(midnight(self.last + timedelta(days=1))))

    def _cells(self) -> list[datetime]:
        cell = datetime(self.month.year, self.month.month, 1, tzinfo=UTC) - timedelta(days=3)
        end = midnight(self.last).replace(tzinfo=UTC) + timedelta(days=4)
        found = []
        while cell < end:
            found.append(cell)
            cell += self.step
        return found

    def at(self, index: int) -> int:
        """Return a cell's start in samples since the epoch."""
        return round(self.cells[index].timestamp()) * SECOND

    def _first_showing(self, local: datetime) -> int:
        """Return the first cell in which the clock shows `local` or later."""
        for index, shown in enumerate(self.shown):
            if shown >= local:
                return index
        return len(self.shown) - 1

    def forbidden(self, index: int) -> str | None:
        """Return which rule of the policy forbids a cell, by the clock shown in it."""
        shown = self.shown[index]
        for rule in self.town.policy.blackouts:
            start = midnight(rule.start[0]) + timedelta(minutes=rule.start[1])
            end = midnight(rule.end[0]) + timedelta(minutes=rule.end[1])
            if self._meant(rule.where) and start <= shown < end:
                return "blackout"
        for quiet in sorted(self.town.policy.quiet, key=lambda rule: rule.dates is None):
            for day in (shown.date(), shown.date() - timedelta(days=1)):
                if quiet.dates and not quiet.dates.first <= day <= quiet.dates.last:
                    continue
                start = midnight(day) + timedelta(minutes=quiet.hours.start)
                end = midnight(day) + timedelta(minutes=quiet.hours.end)
                if start <= shown < end and self._is(quiet.days, day) and self._meant(quiet.where):
                    return "quiet-hours" if quiet.dates is None else "blackout"
        return None

    def _silenced(self, index: int) -> bool:
        return any(
            self._meant(silence.where)
            and silence.dates.first <= self.shown[index].date() <= silence.dates.last
            for silence in self.town.silences
        )

    def _meant(self, where: Where) -> bool:
        names = {self.node} | {place.id for place in self.path}
        tags = {tag for place in self.path for tag in place.tags}
        for name in where.not_ids:
            if name in names:
                return False
        for tag in where.not_tags:
            if tag in tags:
                return False
        if not where.ids and not where.tags:
            return True
        return any(name in names for name in where.ids) or any(tag in tags for tag in where.tags)

    def _is(self, days: DayClass | frozenset[int], day: date) -> bool:
        known = self.town.calendar
        listed = day.year in known.years
        off, made_up = listed and day in known.off, listed and day in known.work
        works = made_up or (day.weekday() < 5 and not off)
        if off:
            works = False
        if isinstance(days, frozenset):
            return day.weekday() in days
        return {"everyday": True, "workday": works, "restday": not works, "holiday": off}[days]

    def _written(self, programme: Programme) -> dict[int, tuple[date, int]]:
        """Return for each cell in a written window the day and range it belongs to."""
        found: dict[int, tuple[date, int]] = {}
        day = self.month - timedelta(days=1)
        while day <= self.last + timedelta(days=1):
            for number, hours in enumerate(programme.at):
                if self._falls_on(programme, day):
                    start = self._first_showing(midnight(day) + timedelta(minutes=hours.start))
                    end = self._first_showing(midnight(day) + timedelta(minutes=hours.end))
                    for index in range(start, end):
                        found[index] = (day, number)
            day += timedelta(days=1)
        return found

    def _falls_on(self, programme: Programme, day: date) -> bool:
        within = programme.dates is None or programme.dates.first <= day <= programme.dates.last
        return self._is(programme.days, day) and within and day not in programme.exceptions

    @cached_property
    def pieces(self) -> list[Piece]:
        """Every piece from the first of the month on, in order of start."""
        mine = [entry for entry in self.town.programmes if self._meant(entry.where)]
        cover = {entry.id: self._written(entry) for entry in mine}
        found: list[Piece] = []
        open_: dict[str, tuple[int, tuple[date, int]]] = {}
        for index in range(len(self.cells)):
            here = [entry for entry in mine if index in cover[entry.id]]
            if len({entry.priority for entry in here}) < len(here):
                raise Clash
            top = max(here, key=lambda entry: entry.priority, default=None)
            cut = self.forbidden(index) is not None or self._silenced(index)
            for entry in mine:
                now = None
                if entry is top and not cut:
                    now = cover[entry.id][index]
                before = open_.get(entry.id)
                if before is not None and before[1] != now:
                    start, (day, _) = before
                    found.append(Piece(self.at(start), self.at(index), entry.id, day))
                    del open_[entry.id]
                if now is not None and entry.id not in open_:
                    open_[entry.id] = (index, now)
        kept = [piece for piece in found if self.month <= piece.day <= self.last]
        return sorted(kept, key=lambda piece: piece.start)

    def loop(self, programme: Programme) -> list[Turn]:
        """Return a programme's items in turn at this node."""
        selection = self.town.selections[programme.selection]
        shares = list(selection.languages or self._shares())
        rhymes = self._rhymes(selection)
        smallest = next(
            scale
            for scale in range(1, 10_001)
            if all((share * scale) % sum(s for _, s in shares) == 0 for _, share in shares)
        )
        queues: dict[str, list[Turn]] = {}
        for language, share in shares:
            times = share * smallest // sum(s for _, s in shares)
            once = []
            for rhyme in rhymes:
                for reading in rhyme.readings:
                    if reading.language == language:
                        clip = self.library.clips.get((rhyme.id, reading.language))
                        length = clip.samples if clip else estimated_length(reading)
                        gap = round(selection.gap * SECOND)
                        made = clip is not None
                        once.append(Turn(rhyme.id, language, made, length, gap, rhyme.expires))
            queues[language] = once * times
        counts = {language: len(queue) for language, queue in queues.items()}
        placed = dict.fromkeys(counts, 0)
        found: list[Turn] = []
        for k in range(1, sum(counts.values()) + 1):
            best, best_need = "", Fraction(-(10**9))
            for language, _ in shares:
                need = Fraction(k * counts[language], sum(counts.values())) - placed[language]
                if need > best_need:
                    best, best_need = language, need
            found.append(queues[best][placed[best]])
            placed[best] += 1
        return found

    def _rhymes(self, selection: Selection) -> list[Rhyme]:
        if selection.rhymes:
            return [self.town.rhymes[name] for name in selection.rhymes]
        found = []
        for name in sorted(self.town.rhymes):
            rhyme = self.town.rhymes[name]
            topic = selection.topics is None or rhyme.topic in selection.topics
            heard = selection.audiences is None or any(
                audience is Audience.ALL or audience in selection.audiences
                for audience in rhyme.audiences
            )
            if topic and heard:
                found.append(rhyme)
        return found

    def _shares(self) -> tuple[tuple[str, int], ...]:
        for place in reversed(self.path):
            if place.languages is not None:
                return place.languages
        return (("cmn", 100),)

    def timeline(self) -> list[Stretch]:
        """Return what the score holds in each piece that reaches into the days asked for."""
        found: list[Stretch] = []
        turns: dict[tuple[str, int, int], int] = {}
        for piece in self.pieces:
            programme = next(p for p in self.town.programmes if p.id == piece.programme)
            loop = self.loop(programme)
            if loop:
                key = (piece.programme, piece.day.year, piece.day.month)
                stretches, turns[key] = self._play(programme, loop, piece, turns.get(key, 0))
                found += stretches if piece.end > self.begin else []
        capped = self._cap(found)
        return [stretch for stretch in capped if self._asked_for(stretch)]

    def _asked_for(self, stretch: Stretch) -> bool:
        return stretch.end > self.begin

    def _play(
        self, programme: Programme, loop: list[Turn], piece: Piece, turn: int
    ) -> tuple[list[Stretch], int]:
        every, longest = spacing(programme)
        found: list[Stretch] = []
        fits = [self._fits(item, piece) for item in loop]
        if not any(fits):
            return [Stretch(piece.start, piece.end, "tail")], turn
        round_start = piece.start
        while round_start < piece.end:
            next_round = piece.end if every is None else min(round_start + every, piece.end)
            now, played, why = round_start, 0, ""
            while not why:
                due = turn
                while not fits[due % len(loop)]:
                    due += 1
                item = loop[due % len(loop)]
                end = now + item.sound + item.gap
                if played and longest is not None and end > round_start + longest:
                    why = "between-rounds"
                elif end > piece.end:
                    why = "tail"
                else:
                    if piece.end > self.begin:
                        found += self._sounding(item, due, len(loop), now, piece.programme)
                    now, turn, played = end, due + 1, played + 1
            if now < next_round:
                found.append(Stretch(now, next_round, why))
            round_start = next_round
        return found, turn

    def _fits(self, item: Turn, piece: Piece) -> bool:
        expired = item.expires is not None and piece.day > item.expires
        return item.sound + item.gap <= piece.end - piece.start and not expired

    def _sounding(self, item: Turn, turn: int, items: int, at: int, name: str) -> list[Stretch]:
        label = "playing" if item.made else "missing-clip"
        place = self.path[-1]
        if place.together is Together.STAGGER:
            names = [node.id for node in place.nodes]
            if names[(turn % items + turn // items) % len(names)] != self.node:
                label = "others-turn"
        end = at + item.sound
        found = [Stretch(at, end, label, name, item.rhyme, item.language)]
        if item.gap:
            found.append(Stretch(end, end + item.gap, "gap"))
        return found

    def _day_at(self, t: int) -> date:
        return datetime.fromtimestamp(t // SECOND, UTC).astimezone(self.zone).date()

    def _cap(self, stretches: list[Stretch]) -> list[Stretch]:
        """Return the timeline with what the daily cap takes marked as such."""
        limit = self.town.policy.caps.daily
        if limit is None:
            return stretches
        sums: dict[date, int] = {}
        over: set[date] = set()
        found = []
        for stretch in stretches:
            if not stretch.rhyme:
                found.append(stretch)
                continue
            day = self._day_at(stretch.start)
            if stretch.label in ("playing", "missing-clip"):
                sums[day] = sums.get(day, 0) + stretch.end - stretch.start
                if sums[day] > limit * SECOND:
                    over.add(day)
            taken = day in over and stretch.label == "playing"
            label = "daily-cap" if taken else stretch.label
            item = (stretch.programme, stretch.rhyme, stretch.language)
            found.append(Stretch(stretch.start, stretch.end, label, *item))
        return found


def spacing(programme: Programme) -> tuple[int | None, int | None]:
    """Return how often a round begins and how long it is at most; nothing if continuous."""
    if programme.every is None:
        return None, None
    every = round(programme.every * SECOND)
    if programme.round is None:
        return every, min(120 * SECOND, every)
    return every, round(programme.round * SECOND)


def midnight(day: date) -> datetime:
    """Return a day's midnight as the clock shows it."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  # what the wall clock shows


def path_to(places: tuple[Place, ...], node: str) -> list[Place]:
    """Return the places above a node, from the root down."""
    for place in places:
        if any(own.id == node for own in place.nodes):
            return [place]
        below = path_to(place.places, node)
        if below:
            return [place, *below]
    return []
