"""What changes in what nodes may never do: quiet hours, blackouts, caps, days off.

Compared is what each node holds, so that a rule that means other nodes than
before is told as well. A rule is written as in policy.yaml; blackouts that
are over are not told.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xiaolaba.core.calendar import Calendar, DayClass, Days
from xiaolaba.core.policy import MINUTES_A_DAY, Blackout, Caps, Policy, Quiet
from xiaolaba.core.units import Instant, NodeId
from xiaolaba.core.zone import Zone

KINDS = ("quiet", "blackouts", "level", "daily", "announcement", "holidays", "timezone")
"""What a rule can be about, in the order in which changes are told."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Rules = dict[tuple[str, str], tuple[str, ...]]
"""Each rule's words by its kind and name."""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A rule that came (nothing `before`), went (nothing `after`) or says something else.

    `before` and `after` are the words that differ; `everywhere` says whether
    `nodes` are all there are.
    """

    kind: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    nodes: tuple[NodeId, ...]
    everywhere: bool


def policy_changes(
    before: Mapping[NodeId, Policy], after: Mapping[NodeId, Policy], at: Instant
) -> tuple[PolicyChange, ...]:
    """Return what changes for the nodes of `after` from `at` on, nodes alike together."""
    rows: defaultdict[tuple[str, str, tuple[str, ...], tuple[str, ...]], list[NodeId]]
    rows = defaultdict(list)
    for node, policy in after.items():
        old = _rules(before[node], at) if node in before else {}
        for row in _changed(old, _rules(policy, at)):
            rows[row].append(node)
    return tuple(
        PolicyChange(*row, tuple(nodes), len(nodes) == len(after))
        for row, nodes in sorted(rows.items(), key=lambda own: KINDS.index(own[0][0]))
    )


def _changed(old: Rules, new: Rules) -> Iterator[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    for key in dict.fromkeys((*old, *new)):
        was, will = old.get(key, ()), new.get(key, ())
        gone = tuple(word for word in was if word not in will)
        come = tuple(word for word in will if word not in was)
        if gone or come:
            yield (*key, gone, come)


def _rules(policy: Policy, at: Instant) -> Rules:
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for quiet in policy.quiet:
        found["quiet", quiet.name].append(_hours(quiet))
    for blackout in policy.blackouts:
        if blackout.end > at:
            found["blackouts", blackout.name].append(_span(blackout, policy.zone))
    for kind, limit in _limits(policy.caps):
        found[kind, ""].append(limit)
    for year in sorted(policy.calendar.years):
        found["holidays", str(year)] = [str(year), *_published(policy.calendar, year)]
    found["timezone", ""].append(policy.zone.name)
    return {key: tuple(words) for key, words in found.items()}


def _hours(quiet: Quiet) -> str:
    hours = f"{_clock(quiet.start)}-{_clock(quiet.end)}"
    return hours if quiet.days is DayClass.EVERYDAY else f"{hours} {_days(quiet.days)}"


def _clock(minutes: int) -> str:
    shown = minutes if minutes == MINUTES_A_DAY else minutes % MINUTES_A_DAY
    return f"{shown // 60:02}:{shown % 60:02}"


def _days(days: Days) -> str:
    if isinstance(days, DayClass):
        return days.value
    return f"[{', '.join(WEEKDAYS[day] for day in sorted(days))}]"


def _span(blackout: Blackout, zone: Zone) -> str:
    start, end = zone.local(blackout.start), zone.local(blackout.end)
    return f"{start:%Y-%m-%d %H:%M}..{end:%Y-%m-%d %H:%M}"


def _limits(caps: Caps) -> Iterator[tuple[str, str]]:
    if caps.level is not None:
        yield "level", f"{caps.level:g}dB"
    if caps.daily is not None:
        yield "daily", f"{caps.daily / 60:g}min"
    if caps.announcement is not None:
        yield "announcement", f"{caps.announcement:g}s"


def _published(calendar: Calendar, year: int) -> Iterator[str]:
    yield from (f"off {day}" for day in sorted(calendar.off) if day.year == year)
    yield from (f"work {day}" for day in sorted(calendar.work) if day.year == year)
