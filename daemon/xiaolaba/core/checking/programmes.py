"""Is each programme sound in itself? Its ranges, its lengths."""

from collections.abc import Iterator
from itertools import accumulate

from xiaolaba.core.checking.finding import Finding, Path
from xiaolaba.core.library import Library
from xiaolaba.core.policy import MINUTES_A_DAY
from xiaolaba.core.schedule import Hours, Programme, Town
from xiaolaba.core.spans import Span
from xiaolaba.core.timetable.loop import items
from xiaolaba.core.timetable.score import Item
from xiaolaba.core.units import RATE, NodeId
from xiaolaba.core.where import Row, Shares

TWELVE_HOURS = 12 * 60
MOST_AT_A_NODE = 400
"""Ranges of hours that one node may have; judging them takes a second."""


def crowded(town: Town, nodes: Row) -> Iterator[Finding]:
    """Yield the programme with which some node has more ranges of hours than it may."""
    spans = [nodes.meant(programme.where) for programme in town.programmes]
    change = [0] * (len(nodes.nodes) + 1)
    for programme, meant in zip(town.programmes, spans, strict=True):
        for start, end in meant:
            change[start] += len(programme.at)
            change[end] -= len(programme.at)
    counts = list(accumulate(change))
    if max(counts) > MOST_AT_A_NODE:
        fullest = counts.index(max(counts))
        yield _too_many(town, spans, fullest, nodes.nodes[fullest])


def _too_many(town: Town, spans: list[list[Span]], fullest: int, name: NodeId) -> Finding:
    """Return the finding at the first programme that is too many for the fullest node."""
    here = [n for n, meant in enumerate(spans) if any(a <= fullest < b for a, b in meant)]
    counts = list(accumulate(len(town.programmes[n].at) for n in here))
    count, n = next((c, n) for c, n in zip(counts, here, strict=True) if c > MOST_AT_A_NODE)
    zh = f"喇叭 '{name}' 到这个节目有 {count} 段时段，最多 {MOST_AT_A_NODE} 段；请合并或分到别处"
    en = f"'{name}' has {count} ranges of hours up to here, {MOST_AT_A_NODE} at most; merge some"
    return Finding(("programmes", n, "where"), zh, en)


def ranges(town: Town) -> Iterator[Finding]:
    """Yield ranges of one programme that overlap, and ranges that are very long."""
    for n, programme in enumerate(town.programmes):
        for k, hours in enumerate(programme.at):
            path = ("programmes", n, "at", k)
            for before in programme.at[:k]:
                if overlap(before, hours):
                    zh = f"{shown(hours)} 与 {shown(before)} 重叠；请合并或错开"
                    yield Finding(path, zh, f"{shown(hours)} overlaps {shown(before)}")
            if hours.end - hours.start > TWELVE_HOURS:
                zh = f"{shown(hours)} 超过 12 小时，确定吗？"
                en = f"{shown(hours)} is longer than 12 hours; is it meant?"
                yield Finding(path, zh, en, warning=True)


def overlap(one: Hours, other: Hours) -> bool:
    """Return whether two ranges overlap on one day or across midnight."""
    return any(
        one.start + shift < other.end and other.start < one.end + shift
        for shift in (-MINUTES_A_DAY, 0, MINUTES_A_DAY)
    )


def shown(hours: Hours) -> str:
    """Return hours as an operator writes them."""
    end = hours.end if hours.end <= MINUTES_A_DAY else hours.end - MINUTES_A_DAY
    return f"{clock(hours.start)}-{clock(end)}"


def clock(minutes: int) -> str:
    """Return minutes after midnight as HH:MM."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def wanted_shares(town: Town, nodes: Row) -> dict[str, dict[Shares, Shares]]:
    """Return each selection's shares, wherever its programmes sound, in a fixed order."""
    found: dict[str, dict[Shares, Shares]] = {
        own.id: {own.languages: own.languages}
        for own in town.selections.values()
        if own.languages is not None
    }
    for programme in town.programmes:
        selection = town.selections.get(programme.selection)
        if selection is not None and selection.languages is None:
            found.setdefault(selection.id, {}).update(_shares_where(programme, nodes))
    return found


def lengths(town: Town, library: Library, nodes: Row) -> Iterator[Finding]:
    """Yield items longer than their programme's `every` or than its longest written range.

    Only what a programme plays at its own nodes counts. A length that is only
    estimated gives a warning.
    """
    made: dict[tuple[str, Shares], tuple[Item, ...]] = {}
    for n, programme in enumerate(town.programmes):
        selection = town.selections[programme.selection]
        limit, key, what = _limit(programme)
        shares = _shares_where(programme, nodes)
        if selection.languages is not None and shares:
            shares = {selection.languages: selection.languages}
        for own in shares:
            if (selection.id, own) not in made:
                made[selection.id, own] = items(town, library, selection, own)
        played = dict.fromkeys(item for own in shares for item in made[selection.id, own])
        for item in played:
            if item.length > limit:
                yield _too_long(("programmes", n, key), item, what, limit)


def _shares_where(programme: Programme, nodes: Row) -> dict[Shares, Shares]:
    """Return the shares of the places where a programme sounds, in a fixed order."""
    spans = nodes.meant(programme.where)
    return {own: own for start, end in spans for own in nodes.languages[start:end]}


def _limit(programme: Programme) -> tuple[int, str, str]:
    """Return the tighter of `every` and the longest range, in samples, and which it is."""
    longest = max((hours.end - hours.start) * 60 * RATE for hours in programme.at)
    every = longest if programme.every is None else round(programme.every * RATE)
    return (every, "every", "every") if every < longest else (longest, "at", "at")


def _too_long(path: Path, item: Item, what: str, limit: int) -> Finding:
    guessed = item.clip is None
    seconds, most = item.length / RATE, limit / RATE
    name = f"'{item.rhyme}' ({item.language})"
    zh = f"{name} 连同间隔长 {seconds:.0f} 秒，比 {what}（{most:.0f} 秒）还长"
    en = f"{name} takes {seconds:.0f} s with its gap, longer than {what} ({most:.0f} s)"
    if guessed:
        zh, en = zh + "；时长是估计的", en + "; its length is estimated"
    return Finding(path, zh, en, warning=guessed)
