"""Can everything that is to sound be heard? Readings without a clip, and clips without a listener.

Each is told once with its count: what to do about it is one command for all.
"""

from collections.abc import Iterator

from xiaolaba.core.checking.finding import Finding
from xiaolaba.core.checking.programmes import wanted_shares
from xiaolaba.core.library import Library
from xiaolaba.core.schedule import Town
from xiaolaba.core.timetable.loop import items
from xiaolaba.core.units import Language, RhymeId
from xiaolaba.core.where import row


def clips(town: Town, library: Library) -> Iterator[Finding]:
    """Yield how many readings of the playlists stay silent, for want of a clip or of a listener."""
    names = _names(town, library)
    missing = len(names - library.clips.keys())
    waiting = len(names & library.withheld)
    if missing:
        zh = f"{missing} 条要播的还没有音频，轮到时不出声；请运行 xiaolaba synth"
        en = f"{missing} readings to be played have no clip yet: run xiaolaba synth"
        yield Finding(("playlists",), zh, en, warning=True)
    if waiting:
        zh = f"{waiting} 条要播的实验音频还没有人听过认可，轮到时不出声；xiaolaba rhyme list 会列出"
        en = f"{waiting} experimental clips to be played await a listener: see xiaolaba rhyme list"
        yield Finding(("playlists",), zh, en, warning=True)


def _names(town: Town, library: Library) -> set[tuple[RhymeId, Language]]:
    """Return the readings that some programme plays somewhere."""
    wanted = wanted_shares(town, row(town.places))
    used = {programme.selection for programme in town.programmes}
    return {
        (item.rhyme, item.language)
        for name in used & wanted.keys()
        for shares in wanted[name].values()
        for item in items(town, library, town.selections[name], shares)
    }
