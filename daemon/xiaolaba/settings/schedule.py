"""config/schedule.yaml as silences, selections and programmes."""

from dataclasses import replace
from datetime import date, timedelta

from xiaolaba.core.rhyme import Audience
from xiaolaba.core.schedule import Dates, Hours, Priority, Programme, Selection, Silence
from xiaolaba.core.units import Decibels, ProgrammeId, RhymeId, Seconds
from xiaolaba.settings import times, words
from xiaolaba.settings.clauses import days, several, shares, where
from xiaolaba.settings.document import Node, Sequence
from xiaolaba.settings.fields import Log, Record, each, few, record, word
from xiaolaba.settings.rhymes import audiences

ROOT_KEYS = ("silence", "playlists", "programmes")
SILENCE_KEYS = ("name", "dates", "where")
PLAYLIST_KEYS = ("id", "pick", "rhymes", "languages", "gap")
PICK_KEYS = ("topics", "audiences")
PROGRAMME_KEYS = (
    "id",
    "name",
    "where",
    "days",
    "dates",
    "except",
    "at",
    "every",
    "round",
    "playlist",
    "level",
    "priority",
)
DEFAULT_EVERY: Seconds | None = Seconds(900.0)
A_DAY = 86_400.0
MOST_SILENCES = 500
MOST_PROGRAMMES = 1500
MOST_RANGES = 24
"""Ranges of hours in one programme."""
MOST_RANGES_TOGETHER = 1800
"""Ranges of hours in all of them: checking each takes 1 to 3 ms, over 400 days."""

_PRIORITIES = {priority.name.lower(): priority for priority in Priority}
_ANY_DATES = Dates(date(times.FIRST_YEAR, 1, 1), date(times.LAST_YEAR, 12, 31))


def silences(root: Record) -> tuple[Silence, ...]:
    """Return the days without sound."""
    few(root, "silence", MOST_SILENCES)
    return root.each("silence", _silence)


def _silence(node: Node, log: Log) -> Silence:
    row = record(node, log, *SILENCE_KEYS)
    name = row.need("name", words.words, "")
    return Silence(name, row.need("dates", times.dates, _ANY_DATES), where(row))


def selections(root: Record) -> dict[str, Selection]:
    """Return the playlists by id; an id used twice is told."""
    found: dict[str, Selection] = {}

    def add(node: Node, log: Log) -> None:
        selection = _selection(node, log)
        if selection.id and selection.id in found:
            mark = record(node, Log("")).mark("id")
            log.add(mark, f"id '{selection.id}' 已用过", f"duplicate id '{selection.id}'")
        found.setdefault(selection.id, selection)

    root.each("playlists", add)
    return found


def _selection(node: Node, log: Log) -> Selection:
    row = record(node, log, *PLAYLIST_KEYS)
    row.require("pick", "rhymes")
    if row.has("pick") and row.has("rhymes"):
        zh, en = "pick 和 rhymes 只能写一个", "write either pick or rhymes, not both"
        log.add(row.mark("rhymes"), zh, en)
    pick = row.record("pick", *PICK_KEYS)
    return Selection(
        row.need("id", words.identifier, ""),
        tuple(RhymeId(r) for r in row.each("rhymes", word(words.identifier, ""), empty=False)),
        _topics(pick),
        _audiences(pick),
        shares(row),
        row.take("gap", words.duration(0, 300), Seconds(3.0)),
    )


def _topics(pick: Record) -> frozenset[str] | None:
    if not pick.has("topics"):
        return None
    return frozenset(pick.each("topics", word(words.words, ""), empty=False))


def _audiences(pick: Record) -> frozenset[Audience] | None:
    return audiences(pick.at("audiences"), pick.log) if pick.has("audiences") else None


def programmes(root: Record) -> tuple[Programme, ...]:
    """Return the programmes in the order written.

    None beyond the most there may be is read, unless they were applied.
    """
    few(root, "programmes", MOST_PROGRAMMES)
    node = root.at("programmes")
    if isinstance(node, Sequence) and not root.log.applied:
        node = replace(node, items=node.items[:MOST_PROGRAMMES])
    found = () if node is None else each(node, root.log, _programme)
    if (count := sum(len(programme.at) for programme in found)) > MOST_RANGES_TOGETHER:
        zh = f"所有节目的 at 加起来 {count} 段，最多 {MOST_RANGES_TOGETHER} 段；请合并相同的节目"
        en = f"the programmes have {count} ranges of hours together, {MOST_RANGES_TOGETHER} at most"
        root.log.exceed(root.mark("programmes"), zh, en)
    return found


def _programme(node: Node, log: Log) -> Programme:
    row = record(node, log, *PROGRAMME_KEYS)
    row.require("where")
    name = row.need("id", words.identifier, "")
    every = row.take("every", _every, DEFAULT_EVERY)
    return Programme(
        id=ProgrammeId(name),
        name=row.take("name", words.words, name),
        where=where(row),
        at=_at(row),
        selection=row.need("playlist", words.identifier, ""),
        days=days(row),
        dates=row.take("dates", times.dates, None),
        exceptions=_exceptions(row),
        every=every,
        round=_round(row, every),
        level=row.take("level", words.level, Decibels(0.0)),
        priority=row.take("priority", words.one_of(_PRIORITIES), Priority.NORMAL),
    )


def _at(row: Record) -> tuple[Hours, ...]:
    row.require("at")
    few(row, "at", MOST_RANGES)
    node = row.at("at")
    return () if node is None else several(node, row.log, times.hours, Hours(0, 1))


def _every(text: str) -> Seconds | None:
    return None if text == "continuous" else words.duration(1, A_DAY)(text)


def _round(row: Record, every: Seconds | None) -> Seconds | None:
    """Return `round` if it was written; it must fit `every`."""
    found = row.take("round", words.duration(1, A_DAY), None)
    if found is not None and every is None:
        row.log.add(
            row.mark("round"),
            "every: continuous 是一直播，不能再写 round",
            "round cannot stand beside every: continuous",
        )
    elif found is not None and every is not None and found > every:
        row.log.add(
            row.mark("round"),
            f"round 比 every（{words.shown(every)}）还长",
            f"round is longer than every ({words.shown(every)})",
        )
    return found


def _exceptions(row: Record) -> frozenset[date]:
    """Return the excepted days; ranges are spread out."""
    node = row.at("except")
    if node is None:
        return frozenset()
    spans = several(node, row.log, _short_dates, Dates(date.min, date.min))
    return frozenset(
        span.first + timedelta(days=n)
        for span in spans
        for n in range((span.last - span.first).days + 1)
    )


def _short_dates(text: str) -> Dates:
    found = times.dates(text)
    if (found.last - found.first).days > 366:
        raise words.Wrong(
            "例外日期最长一年；更长请用 dates", "except spans a year at most; use dates"
        )
    return found
