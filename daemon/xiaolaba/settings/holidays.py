"""config/holidays-cn.yaml as what was published, year by year."""

from collections.abc import Iterator
from datetime import date, timedelta

from xiaolaba.core.calendar import Calendar
from xiaolaba.core.notice import Holiday, Year
from xiaolaba.core.schedule import Dates
from xiaolaba.settings import times, words
from xiaolaba.settings.document import Mapping, Node, Scalar, parse_document
from xiaolaba.settings.fields import Log, Record, record, scalar

ROOT_KEYS = ("years",)
YEAR_KEYS = ("off", "work")
OFF_KEYS = ("name", "dates")

NEIGHBOURS = timedelta(days=14)
"""How far a notice reaches over its year's ends: New Year and the days made up for it."""

_NO_DATES = Dates(date.max, date.max)


def parse_published(raw: bytes, name: str) -> tuple[Year, ...]:
    """Return what a file's bytes say was published; problems call the file `name`.

    Raises:
        ConfigError: with everything that is wrong in it.
    """
    log = Log(name)
    root = parse_document(raw, name)
    if isinstance(root, Scalar) and root.empty:
        root = Mapping(root.mark)
    found = published(record(root, log, *ROOT_KEYS))
    log.require_clean()
    return found


def calendar(root: Record) -> Calendar:
    """Return the published years with their days off and make-up workdays."""
    years = published(root)
    off = {day for year in years for one in year.off for day in _days(one.dates)}
    work = {day for year in years for day in year.work}
    return Calendar(frozenset(year.year for year in years), frozenset(off), frozenset(work))


def published(root: Record) -> tuple[Year, ...]:
    """Return each year as written, in the order written."""
    root.require("years")
    return tuple(_year(key, node, root.log) for key, node in root.record("years").node.entries)


def _year(key: Scalar, node: Node, log: Log) -> Year:
    number = scalar(key, log, words.whole(times.FIRST_YEAR, times.LAST_YEAR), 0)
    row = record(node, log, *YEAR_KEYS)
    off = row.each("off", lambda node, log: _holiday(node, log, number))
    work = row.each("work", lambda node, log: _make_up_day(node, log, number))
    _require_apart(row, set(work) & {day for one in off for day in _days(one.dates)})
    return Year(number, off, work)


def _days(span: Dates) -> Iterator[date]:
    for n in range((span.last - span.first).days + 1):
        yield span.first + timedelta(days=n)


def _holiday(node: Node, log: Log, year: int) -> Holiday:
    row = record(node, log, *OFF_KEYS)
    name = row.take("name", words.words, "")
    found = row.need("dates", times.dates, _NO_DATES)
    if (found.last - found.first).days > 31:
        log.add(row.mark("dates"), "一个假期最长一个月", "a holiday spans a month at most")
        found = _NO_DATES
    elif found is not _NO_DATES and not _may_publish(year, found):
        span = str(found.first) if found.first == found.last else f"{found.first}..{found.last}"
        log.add(row.mark("dates"), f"{span} 不在 {year} 年", f"{span} is not in {year}")
    return Holiday(name, found)


def _make_up_day(node: Node, log: Log, year: int) -> date:
    found = scalar(node, log, times.day, date.min)
    if found == date.min:
        return found
    if not _may_publish(year, Dates(found, found)):
        log.add(node.mark, f"{found} 不在 {year} 年", f"{found} is not in {year}")
    elif found.weekday() < 5:
        zh = f"{found} 是周{'一二三四五'[found.weekday()]}，补班只会在周末"
        log.add(node.mark, zh, f"{found} is no weekend day to make up")
    return found


def _may_publish(year: int, span: Dates) -> bool:
    """Return whether a notice for `year` may say something of these days; any may if it is 0."""
    return not year or (
        date(year, 1, 1) - NEIGHBOURS <= span.first and span.last <= date(year, 12, 31) + NEIGHBOURS
    )


def _require_apart(row: Record, both: set[date]) -> None:
    for day in sorted(both):
        row.log.add(row.mark("work"), f"{day} 又放假又上班", f"{day} is both off and work")
