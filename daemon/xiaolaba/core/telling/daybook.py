"""A node's day at a glance: when it may sound by programme, and when it must not.

What is forbidden is asked of the interlock itself, from change to change, so
that a picture shades exactly what the node refuses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from xiaolaba.core.policy import Policy
from xiaolaba.core.reason import Reason, Remark
from xiaolaba.core.schedule import Town
from xiaolaba.core.sounding.cap import cap_cut
from xiaolaba.core.sounding.interlock import verdict
from xiaolaba.core.timetable.score import Score
from xiaolaba.core.timetable.windows import silence
from xiaolaba.core.units import Instant, ProgrammeId
from xiaolaba.core.where import Site, means
from xiaolaba.core.zone import DAY


@dataclass(frozen=True, slots=True)
class Stretch:
    """`[start, end)` of a day: a programme's window, or a silence with its reason.

    `name` is the programme's or the rule's, as operators read it.
    """

    start: Instant
    end: Instant
    kind: Reason | Remark
    name: str
    programme: ProgrammeId | None = None


@dataclass(frozen=True, slots=True)
class DayPage:
    """One local day of a node; windows and silences are each in order."""

    date: date
    start: Instant
    end: Instant
    windows: tuple[Stretch, ...]
    silences: tuple[Stretch, ...]


def day_page(town: Town, site: Site, score: Score, policy: Policy, day: date) -> DayPage:
    """Return what a node does on one local day."""
    start, end = town.zone.instant(day), town.zone.instant(day + DAY)
    cut = cap_cut(score, policy, day)
    capped = [] if cut is None else [Stretch(cut, end, Reason.DAILY_CAP, "")]
    limit = end if cut is None else cut
    asked = _asked_for(town, site, start, end)
    return DayPage(
        day,
        start,
        end,
        tuple(_windows(town, score, start, limit)),
        (*_forbidden(policy, start, end), *asked, *capped),
    )


def _windows(town: Town, score: Score, start: Instant, end: Instant) -> Iterator[Stretch]:
    names = {programme.id: programme.name for programme in town.programmes}
    for window in score.windows:
        begin, stop = max(start, window.start), min(end, window.end)
        if begin < stop:
            programme = score.loops[window.loop].programme
            yield Stretch(begin, stop, Remark.WINDOW, names[programme], programme)


def _forbidden(policy: Policy, start: Instant, end: Instant) -> Iterator[Stretch]:
    """Yield what the interlock forbids; one rule's stretch is not broken at its looks."""
    t, open_ = start, None
    while t < end:
        word = verdict(policy, t)
        until = Instant(min(word.until, end))
        if open_ is not None and (word.reason, word.name) == (open_.kind, open_.name):
            open_ = Stretch(open_.start, until, open_.kind, open_.name)
        else:
            if open_ is not None:
                yield open_
            open_ = None if word.reason is None else Stretch(t, until, word.reason, word.name)
        t = until
    if open_ is not None:
        yield open_


def _asked_for(town: Town, site: Site, start: Instant, end: Instant) -> Iterator[Stretch]:
    """Yield the silences that operators wrote."""
    for rule in town.silences:
        spans = silence(rule, town.zone) if means(rule.where, site.ids, site.tags) else []
        for since, until in spans:
            if max(since, start) < min(until, end):
                begin, stop = Instant(max(since, start)), Instant(min(until, end))
                yield Stretch(begin, stop, Reason.SILENCE, rule.name)
