"""config/holidays-cn.yaml as a calendar of what was published, year by year."""

from collections.abc import Iterator
from datetime import date, timedelta

from xiaolaba.core.calendar import Calendar
from xiaolaba.core.schedule import Dates
from xiaolaba.settings import times, words
from xiaolaba.settings.document import Node
from xiaolaba.settings.fields import Log, Record, record, scalar, word

ROOT_KEYS = ("years",)
YEAR_KEYS = ("off", "work")
OFF_KEYS = ("name", "dates")

_NO_DATES = Dates(date.max, date.max)


def calendar(root: Record) -> Calendar:
    """Return the published years with their days off and make-up workdays."""
    root.require("years")
    years: set[int] = set()
    off: set[date] = set()
    work: set[date] = set()
    for key, node in root.record("years").node.entries:
        years.add(scalar(key, root.log, words.whole(times.FIRST_YEAR, times.LAST_YEAR), 0))
        row = record(node, root.log, *YEAR_KEYS)
        off.update(_off(row))
        own = frozenset(row.each("work", word(times.day, date.min)))
        _require_apart(row, own & off)
        work |= own
    return Calendar(frozenset(years), frozenset(off), frozenset(work))


def _off(row: Record) -> Iterator[date]:
    for span in row.each("off", _holiday):
        for n in range((span.last - span.first).days + 1):
            yield span.first + timedelta(days=n)


def _holiday(node: Node, log: Log) -> Dates:
    row = record(node, log, *OFF_KEYS)
    row.take("name", words.words, "")
    found = row.need("dates", times.dates, _NO_DATES)
    if (found.last - found.first).days > 31:
        log.add(row.mark("dates"), "一个假期最长一个月", "a holiday spans a month at most")
        return _NO_DATES
    return found


def _require_apart(row: Record, both: frozenset[date]) -> None:
    for day in sorted(both):
        row.log.add(row.mark("work"), f"{day} 又放假又上班", f"{day} is both off and work")
