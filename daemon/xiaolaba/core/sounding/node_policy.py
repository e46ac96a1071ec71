"""The policy file as one node holds it: the rules that mean it, and the clock they go by."""

from datetime import date, timedelta

from xiaolaba.core.policy import Blackout, Policy, Quiet
from xiaolaba.core.schedule import BlackoutRule, QuietRule, Town
from xiaolaba.core.timetable import windows
from xiaolaba.core.units import Instant, NodeId
from xiaolaba.core.where import Site, means, site
from xiaolaba.core.zone import DAY, Zone

GRACE = timedelta(days=400)
"""How far past its days a policy still knows blackouts and clock changes: expired, it holds on."""


def node_policy(town: Town, node: NodeId, first: date, days: int = 30) -> Policy:
    """Return the policy as one node holds it, for `days` days from `first` on and some grace."""
    return policy_at(town, site(town.places, node), first, days)


def policy_at(town: Town, node: Site, first: date, days: int = 30) -> Policy:
    """Return the policy of the node of a site; quiet hours of a few dates become blackouts."""
    ids, tags = node.ids, node.tags
    last = first + timedelta(days=days) + GRACE
    quiet = [rule for rule in town.policy.quiet if means(rule.where, ids, tags)]
    blackouts = (rule for rule in town.policy.blackouts if means(rule.where, ids, tags))
    spans = [span for rule in blackouts for span in _blackouts(rule, town.zone, first, last)]
    spans += [span for rule in quiet for span in _dated(rule, town, first, last)]
    return Policy(
        node.node.id,
        _table(town.zone, first - DAY, last + DAY),
        tuple(
            Quiet(rule.name, rule.hours.start, rule.hours.end, rule.days)
            for rule in quiet
            if rule.dates is None
        ),
        tuple(spans),
        town.policy.caps,
        town.calendar,
    )


def _blackouts(rule: BlackoutRule, zone: Zone, first: date, last: date) -> list[Blackout]:
    """Return a rule's spans that touch the days from `first` to `last`."""
    begin, end = zone.instant(first), zone.instant(last + DAY)
    return [
        Blackout(rule.name, Instant(start), Instant(stop))
        for start, stop in windows.blackout(rule, zone)
        if begin < stop and start < end
    ]


def _dated(rule: QuietRule, town: Town, first: date, last: date) -> list[Blackout]:
    """Return the spans of quiet hours with dates that may touch the days from `first` to `last`."""
    if rule.dates is None:
        return []
    begin, end = max(rule.dates.first, first - DAY), min(rule.dates.last, last)
    over = windows.days(town.zone, begin, end)
    return [
        Blackout(rule.name, Instant(start), Instant(stop))
        for start, stop in windows.quiet(rule, over, town.zone, town.calendar)
    ]


def _table(zone: Zone, first: date, last: date) -> Zone:
    """Return the part of the table that holds from `first` to `last`."""
    begin, end = zone.instant(first), zone.instant(last)
    rows = [
        (since, offset)
        for k, (since, offset) in enumerate(zip(zone.since, zone.offsets, strict=True))
        if (since < end or k == 0) and (k + 1 == len(zone.since) or zone.since[k + 1] > begin)
    ]
    return Zone(zone.name, tuple(since for since, _ in rows), tuple(offset for _, offset in rows))
