"""A preview as an iCalendar file (RFC 5545) that calendar apps open.

A window's UID is made of its node, programme and start, so that a file made
anew updates what was imported before instead of doubling it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from xiaolaba import __version__
from xiaolaba.cli.schedules.views import View, hours_shown, rhythm
from xiaolaba.core.schedule import Programme
from xiaolaba.core.timetable.score import Window
from xiaolaba.core.units import RATE, Instant, moment
from xiaolaba.core.zone import Zone

LINE = 75
"""Most octets in a line, the line end not counted (RFC 5545, 3.1)."""


def render(views: Iterable[View], now: datetime) -> str:
    """Return one calendar with an event for each window of each view."""
    shown = list(views)
    zone = shown[0].town.zone if shown else None
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//xiaolaba//xiaolaba {__version__}//ZH",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:小喇叭播放时段",
        *(_timezone(zone) if zone is not None else ()),
        *(line for view in shown for line in _events(view, now)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in fold(line))


def fold(line: str) -> Iterator[str]:
    """Yield a line in pieces of at most 75 octets, cut between characters."""
    piece, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + width
    yield piece


def escaped(text: str) -> str:
    """Return text with what iCalendar takes for its own marks escaped."""
    for mark, safe in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(mark, safe)
    return text


def _timezone(zone: Zone) -> Iterator[str]:
    """Yield the zone's offsets, each from its change on."""
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{zone.name}"
    usual = min(zone.offsets)
    for n, (since, offset) in enumerate(zip(zone.since, zone.offsets, strict=True)):
        before = zone.offsets[n - 1] if n else offset
        kind = "STANDARD" if offset == usual else "DAYLIGHT"
        shown = moment(Instant(since + before * RATE)) if n else datetime(1970, 1, 1)  # noqa: DTZ001  # a wall clock
        yield from (
            f"BEGIN:{kind}",
            f"DTSTART:{shown:%Y%m%dT%H%M%S}",
            f"TZOFFSETFROM:{_offset(before)}",
            f"TZOFFSETTO:{_offset(offset)}",
            f"END:{kind}",
        )
    yield "END:VTIMEZONE"


def _offset(seconds: int) -> str:
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, odd = divmod(rest, 60)
    return f"{sign}{hours:02}{minutes:02}" + (f"{odd:02}" if odd else "")


def _events(view: View, now: datetime) -> Iterator[str]:
    programmes = {own.id: own for own in view.town.programmes}
    for window in view.score.windows:
        yield from _event(view, window, programmes[view.score.loops[window.loop].programme], now)


def _event(view: View, window: Window, programme: Programme, now: datetime) -> Iterator[str]:
    zone = view.town.zone
    hours = "、".join(hours_shown(own) for own in programme.at)
    start = moment(window.start)
    yield from (
        "BEGIN:VEVENT",
        f"UID:{view.site.node.id}.{programme.id}.{start:%Y%m%dT%H%M%SZ}@xiaolaba",
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
        f"DTSTART{_when(zone, window.start)}",
        f"DTEND{_when(zone, window.end)}",
        f"SUMMARY:{escaped(programme.name)}",
        f"LOCATION:{escaped(view.title)}",
        f"DESCRIPTION:{escaped(f'{hours}，{rhythm(programme)}')}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    )


def _when(zone: Zone, at: Instant) -> str:
    """Return an instant by the local clock; in UTC where clocks go back and show it twice."""
    shown = zone.local(at)
    if zone.instant(shown.date(), shown.hour * 60 + shown.minute) > at - 60 * RATE:
        return f";TZID={zone.name}:{shown:%Y%m%dT%H%M%S}"
    return f":{moment(at):%Y%m%dT%H%M%SZ}"
