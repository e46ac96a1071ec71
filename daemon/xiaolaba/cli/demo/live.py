"""The live picture of a demonstration in the terminal: what each node plays, and the counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node's line: `now` is the text it speaks, or the reason why it is silent."""

    name: str
    online: bool
    now: str
    sounding: bool
    plays: int
    playlist: str
    restarts: int


@dataclass(frozen=True, slots=True)
class RunView:
    """Everything on the screen; `left` is the time to the end in seconds, None for ever."""

    nodes: Sequence[NodeView]
    clips: int
    wanted: int
    left: float | None
    notes: Sequence[str]
    making: bool


def screen(view: RunView) -> RenderableType:
    """Return the whole picture."""
    return Group(_nodes(view), _progress(view), *(Text(f"  {note}") for note in view.notes))


def line(view: RunView) -> str:
    """Return the picture as one line, for a log or a pipe."""
    nodes = " | ".join(
        f"{n.name} {'♪' if n.sounding else '·'} {n.now or '—'} 已计 {n.plays}" for n in view.nodes
    )
    return f"[{view.clips}/{view.wanted}] {nodes}"


def _nodes(view: RunView) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("点位 node", no_wrap=True)
    table.add_column("状态", no_wrap=True)
    table.add_column("正在播放 now", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("已计 plays", justify="right", no_wrap=True)
    table.add_column("播放单", no_wrap=True)
    table.add_column("重启", justify="right", no_wrap=True)
    for node in view.nodes:
        state = Text("● 在线", "green") if node.online else Text("○ 离线", "red")
        now = Text(f"♪ {node.now}", "bold") if node.sounding else Text(node.now or "—", "dim")
        restarts = str(node.restarts or "")
        table.add_row(node.name, state, now, str(node.plays), node.playlist, restarts)
    left = "" if view.left is None else f" · 还有 {max(0, round(view.left))} 秒"
    return Panel(table, title=f"小喇叭 Xiaolaba · 演示 demonstration{left}", border_style="cyan")


def _progress(view: RunView) -> RenderableType:
    row = Table.grid(padding=(0, 1))
    row.add_row(
        "  音频 clips",
        ProgressBar(total=max(1, view.wanted), completed=view.clips, width=40),
        f"{view.clips}/{view.wanted}" + (" 合成中 …" if view.making else ""),
    )
    return row
