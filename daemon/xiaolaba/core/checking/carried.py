"""Does what nodes are told fit into the messages that carry it?

A node's own message lists the neighbours it takes turns with; the shared body
holds a month of windows with their loops.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from xiaolaba.core.checking.finding import Finding, Path
from xiaolaba.core.errors import MessageError
from xiaolaba.core.library import Library
from xiaolaba.core.message import MAX_BODY, Manifest, body_to_bytes, manifest_to_json
from xiaolaba.core.message.body import MOST_A_DAY
from xiaolaba.core.message.fields import LATEST
from xiaolaba.core.message.seal import MAX_SEALED, Envelope, seal
from xiaolaba.core.schedule import Place, Together, Town
from xiaolaba.core.timetable.compile import Group, groups
from xiaolaba.core.timetable.score import Stagger
from xiaolaba.core.units import RATE, Decibels, Instant, Seconds

LONGEST_URL = "https://" + "x" * 190


def turns(town: Town) -> Iterator[Finding]:
    """Yield each staggered place with more nodes than a message can list."""
    return _turns(town.places, ("places",))


def _turns(places: tuple[Place, ...], above: Path) -> Iterator[Finding]:
    for n, place in enumerate(places):
        here = (*above, n)
        size = _size(place) if place.together is Together.STAGGER and place.nodes else 0
        if size > MAX_SEALED:
            count = len(place.nodes)
            most = count * MAX_SEALED // size
            zh = f"轮播的喇叭太多：{count} 只，一条消息列不下（约 {most} 只）；请分成几个地点"
            en = f"{count} nodes take turns, one message lists about {most}; make several places"
            yield Finding((*here, "together"), zh, en)
        yield from _turns(place.places, (*here, "places"))


def _size(place: Place) -> int:
    """Return how long the message of a place's last node is at most, in bytes."""
    names = tuple(node.id for node in place.nodes)
    stagger = Stagger(names, len(names) - 1)
    manifest = Manifest(
        "0" * 64, Instant(LATEST * RATE), LONGEST_URL, Decibels(-60.25), Seconds(1.125), stagger
    )
    envelope = Envelope("playlist", names[-1], 10**9, 10**9, LATEST, LATEST)
    return len(seal(envelope, manifest_to_json(manifest), "0" * 16, lambda _: bytes(64)))


def bodies(town: Town, library: Library, first: date) -> Iterator[Finding]:
    """Yield each programme that makes a month from `first` on such that no node would read it."""
    told: set[int] = set()
    for group in groups(town, library, first):
        try:
            body_to_bytes(group.score)
        except MessageError:
            n = _longest(town, group)
            if n not in told:
                told.add(n)
                yield _too_long(town, n, group)


def _longest(town: Town, group: Group) -> int:
    """Return the index of the programme with most windows and items in a group's score."""
    score, weight = group.score, Counter[str]()
    for loop in score.loops:
        weight[loop.programme] += len(loop.items)
    for window in score.windows:
        weight[score.loops[window.loop].programme] += 1
    name = weight.most_common(1)[0][0]
    return next(n for n, own in enumerate(town.programmes) if own.id == name)


def _too_long(town: Town, n: int, group: Group) -> Finding:
    name, node, most = town.programmes[n].id, group.nodes[0], MAX_BODY // 1024
    zh = f"'{node}' 一个月的播放单超过节点能读的（{most} KB；一天 {MOST_A_DAY} 条，每条至少"
    zh += f" 0.1 秒），节目 '{name}' 占得最多；请减少条数或时段"
    en = f"a month of '{node}' is longer than nodes read ({most} KB; {MOST_A_DAY} items a day,"
    en += f" each at least 0.1 s), most of it programme '{name}'"
    return Finding(("programmes", n), zh, en)
