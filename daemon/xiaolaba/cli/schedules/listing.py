"""A view as a list: every window, every item, for people or as JSON-ready facts."""

from collections.abc import Iterator
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

from xiaolaba.cli.schedules.views import View, day_title
from xiaolaba.core.telling.airtime import planned
from xiaolaba.core.telling.daybook import DayPage
from xiaolaba.core.timetable.score import Item, Score, Segment, Window
from xiaolaba.core.units import RATE, Instant, moment
from xiaolaba.core.zone import Zone

if TYPE_CHECKING:
    from rich.table import Table

SILENT = {"ready": ("", ""), "waiting": ("", "，待认可，不出声"), "missing": ("约 ", "，未合成")}
"""What is said before and after the length of an item that stands so."""


def facts(view: View, items: bool) -> dict[str, Any]:
    """Return a view's windows, and its items if asked."""
    score, zone = view.score, view.town.zone
    names = {programme.id: programme.name for programme in view.town.programmes}
    found: dict[str, Any] = {"node": view.site.node.id, "name": view.site.node.name}
    if len(view.nodes) > 1:
        found = {"nodes": [own.node.id for own in view.nodes]}
    found["windows"] = [_window(score, window, zone, names) for window in score.windows]
    if items:
        rows = planned(score, view.policy)
        found["items"] = [_item(view, window, segment) for window, segment in rows]
    return found


def _window(score: Score, window: Window, zone: Zone, names: dict[Any, str]) -> dict[str, Any]:
    programme = score.loops[window.loop].programme
    return {
        "start": utc(window.start),
        "end": utc(window.end),
        "local_start": local(zone, window.start),
        "local_end": local(zone, window.end),
        "programme": programme,
        "name": names[programme],
        "seconds": (window.end - window.start) / RATE,
    }


def _item(view: View, window: Window, segment: Segment) -> dict[str, Any]:
    item = segment.item
    return {
        "start": utc(segment.start),
        "seconds": round(item.sound / RATE, 6) if item else 0.0,
        "programme": view.score.loops[window.loop].programme,
        "rhyme": item.rhyme if item else "",
        "language": item.language if item else "",
        "clip": view.standing(item) if item else "",
        "estimated": item is not None and view.standing(item) == "missing",
    }


def utc(at: Instant) -> str:
    """Return an instant in UTC, by ISO 8601."""
    return moment(at).isoformat().replace("+00:00", "Z")


def local(zone: Zone, at: Instant) -> str:
    """Return an instant as the clock shows it, by ISO 8601 with its offset."""
    here = timezone(timedelta(seconds=zone.offset(at)))
    return moment(at).astimezone(here).isoformat()


def table(view: View, items: bool) -> "Table":
    """Return a row for each window, under it for each item if asked; a day without says so."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    found = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("日期 / day", "时间 / time", "节目 / programme", "时长 / length"):
        found.add_column(column)
    for row in _rows(view, items):
        found.add_row(*row)
    return found


def _rows(view: View, items: bool) -> Iterator[tuple[str, str, str, str]]:
    sounding = list(planned(view.score, view.policy)) if items else []
    for page in view.pages():
        title = day_title(page.date, view.town.calendar)
        if not page.windows:
            yield title, "—", "不响 / silent", ""
        yield from _windows(view, page, title, sounding)


def _windows(
    view: View, page: DayPage, title: str, sounding: list[tuple[Window, Segment]]
) -> Iterator[tuple[str, str, str, str]]:
    zone = view.town.zone
    for own in page.windows:
        start = zone.local(own.start)
        end = "24:00" if own.end == page.end else f"{zone.local(own.end):%H:%M}"
        minutes = (own.end - own.start) / RATE / 60
        yield title, f"{start:%H:%M}-{end}", own.name, f"{round(minutes, 1):g} 分"
        title = ""
        for _, segment in sounding:
            if segment.item is not None and own.start <= segment.start < own.end:
                yield _row(view, segment.start, segment.item)


def _row(view: View, at: Instant, item: Item) -> tuple[str, str, str, str]:
    about, silent = SILENT[view.standing(item)]
    shown = f"{view.town.zone.local(at):%H:%M:%S}"
    return (
        "",
        f"  {shown}",
        f"  {item.rhyme}（{item.language}）",
        f"{about}{item.sound / RATE:.1f} 秒{silent}",
    )
