"""Can a notice for this year have published these days? Mostly it is a year written wrong."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from xiaolaba.core.checking.finding import Finding, Path
from xiaolaba.core.notice import Year
from xiaolaba.core.schedule import Dates

NEIGHBOURS = timedelta(days=14)
"""How far a notice reaches over its year's ends: New Year and the days made up for it."""


def published(years: Sequence[Year]) -> Iterator[Finding]:
    """Yield days off and make-up days outside their year, and make-up days on weekdays.

    Days that could not be read, the first and the last there are, are passed over.
    """
    for year in years:
        path = ("years", str(year.year))
        for n, one in enumerate(year.off):
            yield from _of_year(year.year, one.dates, (*path, "off", n, "dates"))
        for n, day in enumerate(year.work):
            yield from _made_up(year.year, day, (*path, "work", n))


def _of_year(year: int, span: Dates, path: Path) -> Iterator[Finding]:
    if year and span.first not in (date.min, date.max) and not _near(year, span):
        days = str(span.first) if span.first == span.last else f"{span.first}..{span.last}"
        yield Finding(path, f"{days} 不在 {year} 年", f"{days} is not in {year}")


def _near(year: int, span: Dates) -> bool:
    first, last = date(year, 1, 1) - NEIGHBOURS, date(year, 12, 31) + NEIGHBOURS
    return first <= span.first and span.last <= last


def _made_up(year: int, day: date, path: Path) -> Iterator[Finding]:
    misplaced = list(_of_year(year, Dates(day, day), path))
    yield from misplaced
    if not misplaced and day != date.min and day.weekday() < 5:
        zh = f"{day} 是周{'一二三四五'[day.weekday()]}，补班只会在周末"
        yield Finding(path, zh, f"{day} is no weekend day to make up")
