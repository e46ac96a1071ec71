"""What an operator must look at: raised beyond one mark, cleared only well within another.

Each is told once when it is raised (`alert-...`) and once when it is cured
(`cured-...`), and stands in every health report in between. One that comes
and goes stays as it was told last for longer and longer, up to an hour.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from xiaolaba.node import telling
from xiaolaba.node.events import Action, Measured, Now
from xiaolaba.node.state import Mind
from xiaolaba.ports.clock import Trust


@dataclass(frozen=True, slots=True)
class Mark:
    """A measure with the value that raises an alert and the one that clears it."""

    code: str
    value: Callable[[Mind, Measured, Now], float | None]
    raised: float
    cleared: float


MARKS = (
    Mark("late", lambda _, m, now: abs(m.position_error_ms), 5.0, 2.0),
    Mark("clock", lambda _, m, now: now.clock.bound, 30.0, 15.0),
    Mark("clock-untrusted", lambda _, m, now: now.clock.trust is Trust.UNTRUSTED, 1, 0),
    Mark("no-device", lambda mind, m, now: not mind.device, 1, 0),
    Mark("clips-missing", lambda mind, m, now: _in_vain(mind), 1, 0),
    Mark("plays-waiting", lambda mind, m, now: mind.waiting, 5000, 500),
    Mark("disk-full", lambda _, m, now: -m.disk_free_mb if m.uptime_s else None, -100, -200),
    Mark("memory", lambda _, m, now: m.memory_mb, 100, 80),
    Mark("hot", lambda _, m, now: m.temperature_c, 80.0, 70.0),
    Mark("under-voltage", lambda _, m, now: m.under_voltage, 1, 0),
    Mark("weak-wifi", lambda _, m, now: None if m.wifi_dbm is None else -m.wifi_dbm, 80, 75),
)
"""Units as in `Health`; what is better when larger is negated. A Pi slows down from 80 °C on."""
TRIES = 3
"""Failed downloads of one clip before it is an alert."""


def watch(mind: Mind, now: Now) -> tuple[Mind, list[Action]]:
    """Raise and clear alerts by what was measured last, telling each change."""
    standing = frozenset(mark.code for mark in MARKS if _stands(mark, mind, now))
    actions: list[Action] = []
    for code in sorted(standing ^ mind.alerts):
        kind = "alert" if code in standing else "cured"
        rested = telling.after_a_pause(mind, now, f"alert-{code}", telling.SAME_EVENT_EVERY)
        if rested is not None:
            mind = replace(rested, alerts=rested.alerts ^ {code})
            mind, told = telling.at_once(mind, now, f"{kind}-{code}", "")
            actions += told
    return mind, actions


def _stands(mark: Mark, mind: Mind, now: Now) -> bool:
    value = mark.value(mind, mind.measured, now)
    if value is None:
        return False
    if mark.code in mind.alerts:
        return value > mark.cleared
    return value >= mark.raised


def _in_vain(mind: Mind) -> int:
    """Return how many clips of the next two days were tried for and are not here."""
    missing = mind.soon - mind.ready
    return sum(mind.failed[clip].tries >= TRIES for clip in missing & mind.failed.keys())
