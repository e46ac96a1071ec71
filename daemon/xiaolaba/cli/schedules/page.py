"""A preview as one self-contained web page: a row for each day, hours across."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from xiaolaba.cli.schedules.views import View, day_title, hours_shown, marks, rhythm
from xiaolaba.core.reason import Reason
from xiaolaba.core.telling.airtime import planned
from xiaolaba.core.telling.daybook import DayPage, Stretch
from xiaolaba.core.units import RATE, Instant, ProgrammeId

COLOURS = ("#1b7f5c", "#1f5fbf", "#b5500b", "#8a3ab9", "#0e7490", "#a61b3d", "#5b6b00", "#4b4e9b")
TURN = 137.508
"""Degrees from one hue to the next, so that none of many comes again (the golden angle)."""
LETTER = 0.014
"""The share of a day that a letter takes; a bar too short for its name has it as its title."""
WORDS = {
    Reason.QUIET: ("quiet", "静音时段"),
    Reason.BLACKOUT: ("blackout", "封禁"),
    Reason.SILENCE: ("silence", "静音日"),
    Reason.DAILY_CAP: ("cap", "已到每日上限"),
    Reason.NO_POLICY: ("blackout", "没有安全策略"),
}

STYLE = """
:root { color-scheme: light dark; --ink: #1c2127; --dim: #68707c; --line: #d9dde3;
  --paper: #fff; --shade: #e7e9ee; --dark: #b9bfca; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --dim: #9aa3b0; --line: #343a43;
  --paper: #16191d; --shade: #262b32; --dark: #464e5a; } }
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 70rem;
  padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.dim { color: var(--dim); }
.row { display: grid; grid-template-columns: 8.5rem 1fr 4.5rem; align-items: center; gap: .5rem; }
.day { position: relative; height: 1.9rem; border-bottom: 1px solid var(--line);
  background: repeating-linear-gradient(90deg, var(--line) 0 1px, transparent 1px 12.5%); }
.ruler { height: 1.3rem; border: 0; background: none; color: var(--dim); font-size: .8rem; }
.ruler span { position: absolute; transform: translateX(-50%); }
.day i { position: absolute; top: 0; bottom: 0; }
.quiet { background: var(--shade); }
.silence { background: repeating-linear-gradient(45deg, var(--shade) 0 5px, var(--dark) 5px 7px); }
.blackout { background: var(--dark); }
.cap { background: repeating-linear-gradient(-45deg, var(--shade) 0 6px, transparent 6px 9px); }
.day b { position: absolute; top: .2rem; bottom: .2rem; border-radius: 3px; color: #fff;
  font-weight: 500; font-size: .75rem; line-height: 1.5rem; padding-left: .2rem;
  overflow: hidden; white-space: nowrap; box-sizing: border-box; }
.day u { position: absolute; bottom: 0; height: .2rem; background: var(--ink); }
ul { list-style: none; padding: 0; margin: .6rem 0; display: flex; flex-wrap: wrap;
  gap: .3rem 1.4rem; }
li span { display: inline-block; width: .9rem; height: .9rem; border-radius: 3px;
  vertical-align: -2px; margin-right: .4rem; }
.total { text-align: right; font-variant-numeric: tabular-nums; }
section { break-inside: avoid; }
@media print { body { margin: 0; max-width: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
@media (max-width: 40rem) { .row { grid-template-columns: 6rem 1fr; } .total { display: none; } }
"""


def render(views: Iterable[View], now: datetime) -> str:
    """Return the page with a section for each view."""
    shown = list(views)
    colours = {programme: colour(n) for programme, n in marks(shown).items()}
    sections = "\n".join(line for view in shown for line in _section(view, colours))
    zone = ZoneInfo(shown[0].town.zone.name) if shown else None
    made = f"{now.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>小喇叭播放时段</title>
<style>{STYLE}</style>
</head>
<body>
<h1>小喇叭播放时段</h1>
<p class="dim">{_span(shown)}；底部的短线是每一条的播出时刻。{made} 生成</p>
{sections}
</body>
</html>
"""


def _span(shown: list[View]) -> str:
    if not shown:
        return "没有喇叭"
    days = [page.date for page in shown[0].pages()]
    return f"{days[0]} 至 {days[-1]}，{escape(shown[0].town.zone.name)} 时间"


def colour(n: int) -> str:
    """Return the n-th programme's colour."""
    return COLOURS[n] if n < len(COLOURS) else f"hsl({n * TURN % 360:.1f}deg,60%,35%)"


def _section(view: View, colours: dict[ProgrammeId, str]) -> Iterator[str]:
    pages = list(view.pages())
    items = [(segment.start, segment.item) for _, segment in planned(view.score, view.policy)]
    yield f"<section><h2>{escape(view.title)}</h2>"
    hours = "".join(f'<span style="left:{h / 24:.2%}">{h}</span>' for h in range(0, 25, 3))
    yield f'<div class="row"><span></span><div class="day ruler">{hours}</div><span></span></div>'
    for page in pages:
        starts = [
            (at, Instant(at + item.sound))
            for at, item in items
            if item is not None and item.clip is not None and page.start <= at < page.end
        ]
        yield _day(view, page, colours, starts)
    yield from _legend(view, pages, colours)
    yield "</section>"


def _day(
    view: View,
    page: DayPage,
    colours: dict[ProgrammeId, str],
    items: list[tuple[Instant, Instant]],
) -> str:
    shades = "".join(_shade(view, page, own) for own in page.silences)
    bars = "".join(_bar(view, page, own, colours) for own in page.windows)
    ticks = "".join(f'<u style="{_place(page, *item)}"></u>' for item in items)
    minutes = sum(end - start for start, end in items) / RATE / 60
    total = f"响 {max(minutes, 1):.0f} 分" if items else "不响"
    title = escape(day_title(page.date, view.town.calendar)[5:])
    return (
        f'<div class="row"><span>{title}</span><div class="day">{shades}{bars}{ticks}</div>'
        f'<span class="total dim">{total}</span></div>'
    )


def _shade(view: View, page: DayPage, own: Stretch) -> str:
    kind, word = WORDS[Reason(own.kind)]
    title = escape(f"{word} {own.name} {_hours(view, own)}")
    return f'<i class="{kind}" title="{title}" style="{_place(page, own.start, own.end)}"></i>'


def _bar(view: View, page: DayPage, own: Stretch, colours: dict[ProgrammeId, str]) -> str:
    colour = colours[own.programme] if own.programme is not None else COLOURS[0]
    title = escape(f"{own.name} {_hours(view, own)}")
    style = f"{_place(page, own.start, own.end)};background:{colour}"
    share = (own.end - own.start) / (page.end - page.start)
    name = own.name if share > len(own.name) * LETTER else ""
    return f'<b title="{title}" style="{style}">{escape(name)}</b>'


def _place(page: DayPage, start: Instant, end: Instant) -> str:
    whole = page.end - page.start
    left, width = (start - page.start) / whole, (min(end, page.end) - start) / whole
    return f"left:{left:.3%};width:{width:.3%}"


def _hours(view: View, own: Stretch) -> str:
    start, end = (view.town.zone.local(at) for at in (own.start, own.end))
    return f"{start:%H:%M}–{end:%H:%M}"


def _legend(view: View, pages: list[DayPage], colours: dict[ProgrammeId, str]) -> Iterator[str]:
    yield "<ul>"
    for own in view.programmes:
        hours = "、".join(hours_shown(hours) for hours in own.at)
        said = escape(f"{own.name}（{own.id}）{hours}，{rhythm(own)}")
        yield f'<li><span style="background:{colours[own.id]}"></span>{said}</li>'
    names: dict[Reason, dict[str, None]] = {}
    for silent in (silent for page in pages for silent in page.silences):
        names.setdefault(Reason(silent.kind), {}).setdefault(silent.name)
    for reason, found in names.items():
        kind, word = WORDS[reason]
        listed = "、".join(name for name in found if name)
        said = escape(f"{word}：{listed}" if listed else word)
        yield f'<li><span class="{kind}"></span>{said}</li>'
    yield from (f"<li>{escape(note)}</li>" for note in view.notes())
    yield "</ul>"
