"""config/policy.yaml as the rules that no schedule can pass over."""

from datetime import date

from xiaolaba.core.policy import MINUTES_A_DAY, Caps
from xiaolaba.core.schedule import BlackoutRule, Dates, Hours, PolicyRules, QuietRule
from xiaolaba.settings import times, words
from xiaolaba.settings.clauses import days, where
from xiaolaba.settings.document import Node
from xiaolaba.settings.fields import Log, Record, few, record

ROOT_KEYS = ("quiet", "blackouts", "caps")
QUIET_KEYS = ("name", "from", "to", "days", "where", "dates")
MOST_RULES = 200
"""Most quiet hours, and most blackouts."""
MOST_DAYS = 1000
"""Most days that all quiet hours with dates may span together."""
MOST_DATES = 100
"""Most days that quiet hours with dates may span; each of them is signed by itself."""

BLACKOUT_KEYS = ("name", "from", "to", "where")
CAPS_KEYS = ("level", "daily", "announcement")


def policy(root: Record) -> PolicyRules:
    """Return the whole file."""
    few(root, "quiet", MOST_RULES)
    few(root, "blackouts", MOST_RULES)
    quiet = root.each("quiet", _quiet)
    _require_few_days(root, quiet)
    return PolicyRules(
        quiet,
        root.each("blackouts", _blackout),
        _caps(root.record("caps", *CAPS_KEYS)),
    )


def _require_few_days(root: Record, quiet: tuple[QuietRule, ...]) -> None:
    """Tell quiet hours with dates that span more days together than a node should be sent."""
    spans = (rule.dates for rule in quiet if rule.dates is not None)
    total = sum((span.last - span.first).days + 1 for span in spans)
    if total > MOST_DAYS:
        zh = f"有日期的静音时段加起来 {total} 天，最多 {MOST_DAYS} 天"
        en = f"quiet hours with dates span {total} days together, {MOST_DAYS} at most"
        root.log.add(root.mark("quiet"), zh, en)


def _quiet(node: Node, log: Log) -> QuietRule:
    row = record(node, log, *QUIET_KEYS)
    start = row.need("from", times.time_of_day, 0)
    end = row.need("to", times.end_of_day, MINUTES_A_DAY)
    hours = Hours(0, MINUTES_A_DAY)
    try:
        hours = times.span_of(start, end)
    except words.Wrong as wrong:
        log.add(row.mark("to"), wrong.zh, wrong.en)
    dates = row.take("dates", _few_dates, None)
    return QuietRule(row.need("name", words.words, ""), hours, days(row), where(row), dates)


def _few_dates(text: str) -> Dates:
    found = times.dates(text)
    if (found.last - found.first).days >= MOST_DATES:
        raise words.Wrong(
            f"有日期的静音时段最长 {MOST_DATES} 天；一直有效的不要写 dates",
            f"quiet hours with dates span {MOST_DATES} days at most; without dates they hold on",
        )
    return found


def _blackout(node: Node, log: Log) -> BlackoutRule:
    row = record(node, log, *BLACKOUT_KEYS)
    start = row.need("from", times.moment, (date.min, 0))
    end = row.need("to", times.end_moment, (date.max, 0))
    if end <= start:
        log.add(row.mark("to"), "结束不晚于开始", "ends no later than it starts")
    return BlackoutRule(row.need("name", words.words, ""), start, end, where(row))


def _caps(row: Record) -> Caps:
    return Caps(
        row.take("level", words.level, None),
        row.take("daily", words.duration(0, 86_400), None),
        row.take("announcement", words.duration(1, 3600), None),
    )
