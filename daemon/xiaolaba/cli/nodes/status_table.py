"""The nodes with all that is known of them, as a table or JSON-ready facts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from xiaolaba.adapters.sqlite_status import NodeStatus
from xiaolaba.cli.doing import in_words
from xiaolaba.cli.nodes.hold_standing import Standing, cell
from xiaolaba.cli.nodes.hold_standing import facts as hold_facts

WIDEST = 24
"""Most columns for ids; a longer one goes on in the next line, none is cut."""

NARROW = ("在线", "今天", "共计", "最后联系")
"""These stay as wide as what stands in them; the others give way."""


@dataclass(frozen=True, slots=True)
class Line:
    """One node: what it said, its name, whether it is enrolled, and its hold."""

    status: NodeStatus
    name: str
    is_enrolled: bool
    hold: Standing | None

    @property
    def is_fine(self) -> bool:
        """Whether it is online and has heard of everything."""
        current = self.status.online and self.status.applied == self.status.published
        return current and (self.hold is None or self.hold.obeyed)


def facts(line: Line) -> dict[str, Any]:
    """Return a node JSON-ready."""
    said = {"name": line.name, "hold": hold_facts(line.hold), "enrolled": line.is_enrolled}
    return asdict(line.status) | said


def table(lines: Sequence[Line], now: datetime) -> Table:
    """Return a row for each node; times are local as `now` is."""
    holds = any(line.hold is not None for line in lines)
    caption = "node · online · now · revision · plays today, total · last seen"
    found = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    found.caption = caption + " · hold" * holds
    found.add_column("点位", width=_width(lines), overflow="fold")
    for title in ("在线", "正在播 / 为何静音", "播放单", "今天", "共计", "最后联系"):
        found.add_column(title, overflow="fold", no_wrap=title in NARROW)
    if holds:
        found.add_column("静音令", overflow="fold")
    for line in lines:
        found.add_row(*_cells(line, now), *([cell(line.hold, now)] if holds else []))
    return found


def _width(lines: Sequence[Line]) -> int:
    longest = max((len(line.status.node) for line in lines), default=0)
    return min(max(longest, len("点位") * 2), WIDEST)


def _cells(line: Line, now: datetime) -> tuple[str, ...]:
    row = line.status
    current = row.applied == row.published
    return (
        f"{row.node}\n[dim]{escape(line.name)}[/]" if line.name not in ("", row.node) else row.node,
        "[green]●[/]" if row.online else "[red]○[/]",
        _doing(line),
        f"{row.applied}" if current else f"[yellow]{row.applied} → {row.published}[/]",
        str(row.plays_today),
        str(row.plays_total),
        _seen(row.seen, now),
    )


def _doing(line: Line) -> str:
    if not line.is_enrolled:
        return "[yellow]未登记[/]"
    return escape(in_words(line.status.now)) if line.status.online else "-"


def _seen(seen: int, now: datetime) -> str:
    """Return when a node was last heard, in as few signs as will do."""
    if not seen:
        return "-"
    at = datetime.fromtimestamp(seen, now.tzinfo)
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%m-%d %H:%M}"
