"""Can everything that is to sound be heard? Readings without a clip, and clips without a listener.

Each is told once with its count: what to do about it is one command for all.
"""

from collections.abc import Iterator
from datetime import date

from xiaolaba.core.checking.finding import Finding
from xiaolaba.core.checking.programmes import wanted_shares
from xiaolaba.core.library import Library
from xiaolaba.core.schedule import Town
from xiaolaba.core.timetable.loop import items
from xiaolaba.core.units import Language, RhymeId
from xiaolaba.core.where import row


def clips(town: Town, library: Library, first: date) -> Iterator[Finding]:
    """Yield how many readings stay silent from `first` on, for want of a clip or of a listener."""
    names = _names(town, library, first)
    missing = len(names - library.clips.keys())
    waiting = len(names & library.withheld)
    if missing:
        zh = f"{missing} 条要播的还没有音频，轮到时不出声；请运行 xiaolaba synth"
        en = f"readings to be played without a clip: {missing}; run xiaolaba synth"
        yield Finding(("playlists",), zh, en, warning=True)
    if waiting:
        zh = f"{waiting} 条要播的实验音频还没有人听过认可，轮到时不出声；xiaolaba rhyme list 会列出"
        en = f"experimental clips that await a listener: {waiting}; see xiaolaba rhyme list"
        yield Finding(("playlists",), zh, en, warning=True)


def _names(town: Town, library: Library, first: date) -> set[tuple[RhymeId, Language]]:
    """Return the readings that some programme plays somewhere."""
    wanted = wanted_shares(town, row(town.places))
    used = {programme.selection for programme in town.programmes}
    return {
        (item.rhyme, item.language)
        for name in used & wanted.keys()
        for shares in wanted[name].values()
        for item in items(town, library, town.selections[name], shares)
        if item.last_day is None or item.last_day >= first
    }
