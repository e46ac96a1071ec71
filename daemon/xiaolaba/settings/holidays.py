"""config/holidays-cn.yaml as what was published, year by year."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from xiaolaba.core.calendar import Calendar
from xiaolaba.core.checking import published as judge
from xiaolaba.core.notice import Holiday, Year
from xiaolaba.core.schedule import Dates
from xiaolaba.settings import times, words
from xiaolaba.settings.document import Mapping, Node, Scalar, parse_document
from xiaolaba.settings.fields import Log, Record, record, scalar, word
from xiaolaba.settings.sources import descend

ROOT_KEYS = ("years",)
YEAR_KEYS = ("off", "work")
OFF_KEYS = ("name", "dates")

_NO_DATES = Dates(date.max, date.max)


def parse_published(raw: bytes, name: str, judged: bool = True) -> tuple[Year, ...]:
    """Return what a file's bytes say was published; problems call the file `name`.

    Unless it is `judged`, days that no notice for their year can have named pass.

    Raises:
        ConfigError: with everything that is wrong in it.
    """
    log = Log(name)
    root = parse_document(raw, name)
    if isinstance(root, Scalar) and root.empty:
        root = Mapping(root.mark)
    found = published(record(root, log, *ROOT_KEYS))
    for finding in judge.published(found) if judged else ():
        log.add(descend(root, finding.path), finding.zh, finding.en)
    log.require_clean()
    return found


def calendar(years: Sequence[Year]) -> Calendar:
    """Return the published years with their days off and make-up workdays."""
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
    off = row.each("off", _holiday)
    work = row.each("work", word(times.day, date.min))
    _require_apart(row, set(work) & {day for one in off for day in _days(one.dates)})
    return Year(number, off, work)


def _days(span: Dates) -> Iterator[date]:
    for n in range((span.last - span.first).days + 1):
        yield span.first + timedelta(days=n)


def _holiday(node: Node, log: Log) -> Holiday:
    row = record(node, log, *OFF_KEYS)
    name = row.take("name", words.words, "")
    found = row.need("dates", times.dates, _NO_DATES)
    if (found.last - found.first).days > 31:
        log.add(row.mark("dates"), "一个假期最长一个月", "a holiday spans a month at most")
        found = _NO_DATES
    return Holiday(name, found)


def _require_apart(row: Record, both: set[date]) -> None:
    for day in sorted(both):
        row.log.add(row.mark("work"), f"{day} 又放假又上班", f"{day} is both off and work")
