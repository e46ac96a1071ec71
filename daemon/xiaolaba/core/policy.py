"""What a node may never do: quiet hours, blackouts, caps. Signed with a key of its own.

Here is the policy as one node holds it: the spans that apply to it, the
published holidays and the zone's offsets, so that the node can judge every
moment by itself.
"""

from dataclasses import dataclass, field

from xiaolaba.core.calendar import Calendar, DayClass, Days
from xiaolaba.core.units import Decibels, Instant, NodeId, Seconds
from xiaolaba.core.zone import Zone

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of each matching day, in minutes after midnight.

    `end` above 1440 runs past midnight; the span belongs to its start day.
    """

    name: str
    start: int
    end: int
    days: Days = DayClass.EVERYDAY


@dataclass(frozen=True, slots=True)
class Blackout:
    """From a moment to a moment, `[start, end)`, by the clock shown."""

    name: str
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits that no order can raise; None means there is none."""

    level: Decibels | None = None
    daily: Seconds | None = None
    announcement: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything `interlock` needs to forbid a moment at one node."""

    node: NodeId
    zone: Zone
    quiet: tuple[Quiet, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    caps: Caps = Caps()
    calendar: Calendar = field(default_factory=Calendar)

    @property
    def asks_what_day_it_is(self) -> bool:
        """Whether some quiet hours depend on which days are worked, and so on the calendar."""
        return any(
            isinstance(quiet.days, DayClass) and quiet.days is not DayClass.EVERYDAY
            for quiet in self.quiet
        )
