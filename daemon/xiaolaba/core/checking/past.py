"""Days that nobody will live through again: a silence of last year is mostly a slip of the pen."""

from collections.abc import Iterator
from datetime import date, timedelta

from xiaolaba.core.checking.finding import Finding, Path
from xiaolaba.core.policy import MINUTES_A_DAY
from xiaolaba.core.schedule import QuietRule, Town


def past(town: Town, first: date) -> Iterator[Finding]:
    """Yield the silences, quiet hours and blackouts that ended before the day `first`."""
    for n, silence in enumerate(town.silences):
        if silence.dates.last < first:
            yield _past(("silence", n, "dates"), silence.name)
    for n, rule in enumerate(town.policy.quiet):
        if rule.dates is not None and _last_day(rule, rule.dates.last) < first:
            yield _past(("quiet", n, "dates"), rule.name)
    for n, blackout in enumerate(town.policy.blackouts):
        if blackout.end[0] < first:
            yield _past(("blackouts", n, "to"), blackout.name)


def _last_day(rule: QuietRule, start: date) -> date:
    """Return the day on which hours end that start on the day `start`."""
    return start + timedelta(days=rule.hours.end > MINUTES_A_DAY)


def _past(path: Path, name: str) -> Finding:
    zh = f"“{name}”已全部过去；年份写对了吗？"
    return Finding(path, zh, f"'{name}' is wholly past: is the year right?", warning=True)
