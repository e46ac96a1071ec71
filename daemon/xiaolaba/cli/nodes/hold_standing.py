"""How a node stands to its holds: which counts, and whether the node has heard of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xiaolaba.adapters.sqlite_status import NodeStatus
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.sounding.hold import Held, running, strictest
from xiaolaba.core.units import RATE, instant, moment


@dataclass(frozen=True, slots=True)
class Standing:
    """The hold that counts, None where they were lifted, and whether the node has heard of it."""

    hold: Hold | None
    obeyed: bool


def standing(row: NodeStatus, held: tuple[Held, ...], now: datetime) -> Standing | None:
    """Return how a node stands to the last message about it; None where nothing is to be told."""
    at = instant(now)
    if not held or at >= held[-1].envelope.expires * RATE:
        return None
    hold, obeyed = strictest(running(held, at), at), row.hold >= held[-1].order
    return None if hold is None and obeyed else Standing(hold, obeyed)


def facts(found: Standing | None) -> dict[str, Any] | None:
    """Return it JSON-ready."""
    if found is None:
        return None
    until = moment(found.hold.until).isoformat() if found.hold else None
    level = found.hold.level if found.hold else None
    return {"until": until, "level_db": level, "obeyed": found.obeyed}


def cell(found: Standing | None, now: datetime) -> str:
    """Return it in a few words, local as `now` is; what the node has not heard of is marked."""
    if found is None:
        return "-"
    if found.hold is None:
        return "[yellow]解除\n未送达[/]"
    end, level = moment(found.hold.until).astimezone(now.tzinfo), found.hold.level
    until = f"到 {end:%H:%M}" if end.date() == now.date() else f"到 {end:%m-%d %H:%M}"
    said = until if level is None else f"{level:+g} dB {until}"
    return said if found.obeyed else f"{said}\n[yellow]未送达[/]"
