"""A week in the terminal: a row for each day, hours across, letters for what sounds.

               0     3     6     9     12    15    18    21    24 响
11-23 周一 上班 ░░░░░░░░░░░░░░░AA·······░░░░░·····BBBB·····░░░░░ 12分
"""

from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from xiaolaba.cli.schedules.views import View, day_title, hours_shown, rhythm
from xiaolaba.core.calendar import Calendar
from xiaolaba.core.reason import Reason
from xiaolaba.core.telling.daybook import DayPage, Stretch
from xiaolaba.core.units import ProgrammeId

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PLAIN = ("green", "cyan", "yellow", "magenta", "blue", "red")
COLOURS = (*PLAIN, *(f"bright_{name}" for name in PLAIN))
SHADES = {
    Reason.QUIET: ("░", "静音时段"),
    Reason.BLACKOUT: ("▓", "封禁"),
    Reason.SILENCE: ("▒", "静音日"),
    Reason.DAILY_CAP: ("-", "已到每日上限"),
    Reason.NO_POLICY: ("x", "没有安全策略"),
}
LABEL = 17
LENGTH = 7
HOURS = 24


def show(console: Console, view: View, marks: Mapping[ProgrammeId, int]) -> None:
    """Print a view: title, picture, what the letters mean; `marks` numbers the programmes."""
    pages = list(view.pages())
    minutes = view.minutes()
    cells = _cells_an_hour(console.width)
    console.print(Text(view.title, style="bold"), soft_wrap=True)
    console.print(_ruler(cells))
    for page in pages:
        console.print(
            _row(view, page, cells, marks).append(_length(minutes[page.date])), soft_wrap=True
        )
    for line in (*_legend(view, marks), *_shades(pages)):
        console.print(line, soft_wrap=True)
    for note in view.notes():
        console.print(Text(f"  {note}"), soft_wrap=True)


def _cells_an_hour(width: int) -> int:
    """Return how many cells an hour gets: 1, 2 or 4, so that quarters of an hour fall on edges."""
    room = (width - LABEL - LENGTH) // HOURS
    return max(cells for cells in (1, 2, 4) if cells <= max(1, room))


def _ruler(cells: int) -> Text:
    marks = "".join(f"{hour:<{cells * 3}}" for hour in range(0, HOURS, 3)) + f"{HOURS} 响"
    return Text(" " * LABEL + marks, style="dim")


def _row(view: View, page: DayPage, cells: int, marks: Mapping[ProgrammeId, int]) -> Text:
    label = _label(page, view.town.calendar)
    row = Text(label + " " * (LABEL - cell_len(label)))
    count = HOURS * cells
    for n in range(count):
        begin = page.start + (page.end - page.start) * n // count
        end = page.start + (page.end - page.start) * (n + 1) // count
        row.append(*_cell(page, marks, begin, end))
    return row


def _label(page: DayPage, calendar: Calendar) -> str:
    return day_title(page.date, calendar)[5:]


def _cell(
    page: DayPage, marks: Mapping[ProgrammeId, int], begin: int, end: int
) -> tuple[str, Style | str]:
    """Return the sign for a part of the day: a window before a silence, the longest first."""
    sounding = _longest(page.windows, begin, end)
    if sounding is not None and sounding.programme is not None:
        n = marks[sounding.programme]
        return letter(n), _style(n)
    silent = _longest(page.silences, begin, end)
    if silent is None:
        return "·", "dim"
    return SHADES[Reason(silent.kind)][0], "bright_black"


def _style(n: int) -> Style:
    return Style(color="black", bgcolor=COLOURS[n % len(COLOURS)])


def letter(n: int) -> str:
    """Return the letter of the n-th programme; those after the 26th share `*`."""
    return LETTERS[n] if n < len(LETTERS) else "*"


def _longest(stretches: tuple[Stretch, ...], begin: int, end: int) -> Stretch | None:
    found = [(min(own.end, end) - max(own.start, begin), own) for own in stretches]
    length, longest = max(found, key=lambda pair: pair[0], default=(0, None))
    return longest if length > 0 else None


def _length(minutes: float) -> str:
    return f" {max(minutes, 1):.0f}分" if minutes else " 不响"


def _legend(view: View, marks: Mapping[ProgrammeId, int]) -> Iterator[Text]:
    for programme in view.programmes:
        n = marks[programme.id]
        hours = "、".join(hours_shown(own) for own in programme.at)
        said = f" {programme.name}（{programme.id}）{hours}，{rhythm(programme)}"
        yield Text("  ").append(letter(n), _style(n)).append(said)


def _shades(pages: list[DayPage]) -> Iterator[Text]:
    """Yield the shades that occur, with the names of their rules."""
    names: dict[Reason, dict[str, None]] = {}
    for page in pages:
        for own in page.silences:
            names.setdefault(Reason(own.kind), {}).setdefault(own.name)
    for reason, found in names.items():
        sign, word = SHADES[reason]
        listed = "、".join(name for name in found if name)
        yield (
            Text("  ").append(sign, "bright_black").append(f" {word}{'：' * bool(listed)}{listed}")
        )
