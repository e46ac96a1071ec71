"""What a preview shows: one node, or every kind of nodes that play alike."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from xiaolaba.core.calendar import Calendar
from xiaolaba.core.library import Library
from xiaolaba.core.policy import Policy
from xiaolaba.core.schedule import Hours, Programme, Together, Town
from xiaolaba.core.sounding.node_policy import policy_at
from xiaolaba.core.telling.airtime import planned
from xiaolaba.core.telling.daybook import DayPage, day_page
from xiaolaba.core.timetable.compile import groups, score_of
from xiaolaba.core.timetable.score import Item, Score
from xiaolaba.core.units import RATE, NodeId, ProgrammeId
from xiaolaba.core.where import Site, means, sites

WEEKDAYS = "一二三四五六日"
MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class View:
    """Nodes that play alike: `site` is the first of them, whose score and policy are shown."""

    town: Town
    library: Library
    site: Site
    nodes: tuple[Site, ...]
    score: Score
    policy: Policy
    first: date
    days: int

    @property
    def title(self) -> str:
        """Where it is: the way to one node, or the names of several."""
        if len(self.nodes) == 1:
            way = " › ".join(place.name for place in self.site.path)
            return f"{way} › {self.site.node.name}（{self.site.node.id}）"
        named = "、".join(f"{own.place.name}·{own.node.name}" for own in self.nodes[:MOST_NAMED])
        more = " 等" if len(self.nodes) > MOST_NAMED else ""
        return f"{named}{more}（{len(self.nodes)} 个点位）"

    @property
    def programmes(self) -> tuple[Programme, ...]:
        """The programmes that sound here, in the order written."""
        played = {self.score.loops[window.loop].programme for window in self.score.windows}
        return tuple(own for own in self.town.programmes if own.id in played)

    def notes(self) -> Iterator[str]:
        """Yield what a reader must know besides, a sentence each."""
        years = dict.fromkeys((self.first.year, (self.first + timedelta(self.days - 1)).year))
        unknown = [str(year) for year in years if year not in self.town.calendar.years]
        if unknown:
            yield f"？ {'、'.join(unknown)} 年的放假安排未录入：暂按周一至周五为工作日、没有节假日"
        yield from self._silent()
        if self._share_turns:
            yield "轮播：每一条由其中一只播；分钟数是几只合起来的"

    def _silent(self) -> Iterator[str]:
        """Yield how many readings stay silent when it is their turn, and for how long a day."""
        loops = (item for loop in self.score.loops for item in loop.items)
        readings = {(item.rhyme, item.language): self.standing(item) for item in loops}
        length = Counter[str]()
        for _, segment in planned(self.score, self.policy):
            if segment.item is not None:
                length[self.standing(segment.item)] += segment.item.sound
        for standing, word in (("waiting", "待认可"), ("missing", "未合成")):
            if count := Counter(readings.values())[standing]:
                minutes = f"平均每天 {length[standing] / RATE / 60 / self.days:.0f} 分"
                yield f"另有 {count} 条{word}，轮到时不出声：{minutes}，不算在内"

    @property
    def _share_turns(self) -> bool:
        stagger = (own.place.together is Together.STAGGER for own in self.nodes)
        return len(self.nodes) > 1 and all(stagger)

    def standing(self, item: Item) -> str:
        """Return `ready`, or why an item stays silent: `waiting` for a listener, or `missing`."""
        if (item.rhyme, item.language) in self.library.withheld:
            return "waiting"
        return "missing" if item.clip is None else "ready"

    def minutes(self) -> dict[date, float]:
        """Return how many minutes of each day sound."""
        found = {page.date: 0.0 for page in self.pages()}
        for _, segment in planned(self.score, self.policy):
            day = self.town.zone.day(segment.start)
            item = segment.item
            if item is not None and item.clip is not None and day in found:
                found[day] += item.sound / RATE / 60
        return found

    def pages(self) -> Iterator[DayPage]:
        """Yield each day."""
        for n in range(self.days):
            day = self.first + timedelta(days=n)
            yield day_page(self.town, self.site, self.score, self.policy, day)


def view_of(town: Town, library: Library, site: Site, first: date, days: int) -> View:
    """Return one node's own view, its turns in a stagger included."""
    score = score_of(town, library, site, first, days)
    policy = policy_at(town, site, first, days)
    return View(town, library, site, (site,), score, policy, first, days)


def views(town: Town, library: Library, first: date, days: int) -> Iterator[View]:
    """Yield a view for each kind of nodes that play alike and must be silent alike."""
    known: dict[NodeId, Site] = {site.node.id: site for site in sites(town.places)}
    for group in groups(town, library, first, days):
        alike: dict[Hashable, list[Site]] = {}
        for node in group.nodes:
            alike.setdefault(_rules(town, known[node]), []).append(known[node])
        for nodes in alike.values():
            policy = policy_at(town, nodes[0], first, days)
            yield View(town, library, nodes[0], tuple(nodes), group.score, policy, first, days)


def marks(shown: Sequence[View]) -> dict[ProgrammeId, int]:
    """Return a number for each programme that sounds in some view: one mark on the whole page."""
    played = {own.id for view in shown for own in view.programmes}
    order = [own.id for view in shown[:1] for own in view.town.programmes if own.id in played]
    return {programme: n for n, programme in enumerate(order)}


def _rules(town: Town, own: Site) -> Hashable:
    """Return which rules mean a node."""
    wheres = [
        *(rule.where for rule in town.policy.quiet),
        *(rule.where for rule in town.policy.blackouts),
        *(rule.where for rule in town.silences),
    ]
    ids, tags = own.ids, own.tags
    return tuple(k for k, where in enumerate(wheres) if means(where, ids, tags))


def day_title(day: date, calendar: Calendar) -> str:
    """Return a day with its weekday and what kind of day it is; `？` if its year is not known."""
    kind = "上班" if calendar.is_workday(day) else "休息"
    kind = "放假" if calendar.is_holiday(day) else kind
    unknown = "" if calendar.knows(day) else "？"
    return f"{day} 周{WEEKDAYS[day.weekday()]} {kind}{unknown}"


def hours_shown(hours: Hours) -> str:
    """Return hours as an operator writes them."""
    return f"{_clock(hours.start)}-{_clock(hours.end)}"


def rhythm(programme: Programme) -> str:
    """Return how often a programme's rounds begin."""
    if programme.every is None:
        return "连续播"
    minutes = programme.every / 60
    return f"每 {minutes:g} 分钟一轮" if minutes >= 1 else f"每 {programme.every:g} 秒一轮"


def _clock(minutes: int) -> str:
    shown = minutes if minutes == 1440 else minutes % 1440
    return f"{shown // 60:02}:{shown % 60:02}"
