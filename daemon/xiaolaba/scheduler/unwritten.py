"""What nodes said that could not be written down yet, kept short: a disk may be full for long."""

from collections.abc import Hashable, Sequence
from itertools import count

from xiaolaba.core.message.report import Event as Report
from xiaolaba.core.message.report import NodeState
from xiaolaba.scheduler.events import Note

MOST_EVENTS = 1000
"""Most events that wait to be written down; the oldest go."""


def shortened(notes: Sequence[Note]) -> list[Note]:
    """Return notes in order: of a node's states and health the last, of events the last ones."""
    kept: dict[Hashable, Note] = {}
    events = count(1)
    for note in reversed(notes):
        about = next(events) if isinstance(note.report, Report) else _about(note)
        if about not in kept and (not isinstance(about, int) or about <= MOST_EVENTS):
            kept[about] = note
    return list(reversed(kept.values()))


def _about(note: Note) -> Hashable:
    """Return what a later note replaces this one by; a Last Will tells less than a state."""
    report = note.report
    online = report.online if isinstance(report, NodeState) else None
    return type(report), getattr(report, "node", ""), online
