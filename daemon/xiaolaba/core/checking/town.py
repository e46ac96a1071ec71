"""Findings that need the whole town: names that do not meet, and what would sound.

`names` may be asked of a town read with holes; `sounding` wants one in which
every name meets, and so does `sent`, which also wants the clips.
"""

from collections.abc import Iterator
from datetime import date

from xiaolaba.core.checking import carried as check_carried
from xiaolaba.core.checking import programmes as check_programmes
from xiaolaba.core.checking import silence as check_silence
from xiaolaba.core.checking import windows as check_windows
from xiaolaba.core.checking.clips import clips
from xiaolaba.core.checking.finding import Finding
from xiaolaba.core.checking.names import names
from xiaolaba.core.checking.outlook import DAYS, Outlook
from xiaolaba.core.checking.past import past
from xiaolaba.core.checking.readings import readings
from xiaolaba.core.library import Library
from xiaolaba.core.schedule import Town
from xiaolaba.core.where import row

__all__ = ["DAYS", "names", "sent", "sounding"]


def sounding(town: Town, library: Library, first: date) -> Iterator[Finding]:
    """Yield what is wrong or doubtful about what would sound from `first` on.

    Lengths of clips that `library` does not have are estimated.
    """
    nodes = row(town.places)
    if crowd := list(check_programmes.crowded(town, nodes)):
        yield from crowd  # the rest would take minutes
        return
    if all(rule.dates is not None for rule in town.policy.quiet):
        zh = "安全策略里没有静音时段；夜里也会响"
        yield Finding(("quiet",), zh, "the policy has no quiet hours; nights too may sound", True)
    yield from past(town, first)
    yield from check_programmes.ranges(town)
    yield from readings(town, nodes)
    yield from check_programmes.lengths(town, library, nodes)
    outlook = Outlook(town, nodes, first)
    yield from check_windows.clashes(outlook)
    yield from check_windows.quiet(outlook)
    yield from check_silence.silent(outlook, library)
    yield from check_silence.unison(outlook)
    yield from check_windows.holidays(outlook)


def sent(town: Town, library: Library, first: date) -> Iterator[Finding]:
    """Yield what could not be sent to nodes from `first` on, and what they could not sound."""
    yield from check_carried.turns(town)
    yield from check_carried.bodies(town, library, first)
    yield from clips(town, library, first)
