"""Do the names in a town's files meet? Doubled ids, and names of what is not there.

A name that could not be read is empty and is passed over.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from xiaolaba.core.checking.finding import Finding, Path, near, nearest, unknown
from xiaolaba.core.schedule import Place, Selection, Town, Where

MOST_LISTED = 4
"""Most ids that are listed of one name."""


def names(town: Town) -> Iterator[Finding]:
    """Yield every doubled id and every name that nothing bears."""
    yield from doubled(chain(_tree_ids(town.places, ("places",))))
    ids = ((("programmes", n, "id"), own.id) for n, own in enumerate(town.programmes))
    yield from doubled(ids)
    yield from _places(town)
    for n, programme in enumerate(town.programmes):
        wanted = programme.selection
        if wanted and wanted not in town.selections:
            path = ("programmes", n, "playlist")
            yield unknown(path, "播放内容", "playlist", wanted, town.selections)
    for selection in town.selections.values():
        yield from _rhymes(town, selection)


def doubled(ids: Iterable[tuple[Path, str]]) -> Iterator[Finding]:
    """Yield each id that was used before."""
    seen: set[str] = set()
    for path, name in ids:
        if name and name in seen:
            zh = f"id '{name}' 已用过；地点和喇叭共用一套 id，不能重复"
            zh = zh if path[0] == "places" else f"id '{name}' 已用过"
            yield Finding(path, zh, f"duplicate id '{name}'")
        seen.add(name)


def _tree_ids(places: Iterable[Place], above: Path) -> Iterator[tuple[Path, str]]:
    """Yield the id of every place and node with where it was written."""
    for n, place in enumerate(places):
        here = (*above, n)
        yield (*here, "id"), place.id
        for k, node in enumerate(place.nodes):
            yield (*here, "nodes", k, "id"), node.id
        yield from _tree_ids(place.places, (*here, "places"))


def _places(town: Town) -> Iterator[Finding]:
    """Yield every place, node and tag that `where` names in vain."""
    ids = {name for _, name in _tree_ids(town.places, ())}
    called = defaultdict[str, list[str]](list)
    for called_name, own in _called(town.places):
        called[called_name].append(own)
    tags = set(_tags(town.places))
    for path, where in wheres(town):
        for prefix, named in (("", where.ids), ("-", where.not_ids)):
            for name in sorted(named - ids):
                yield _no_place((*path, prefix + name), name, ids, called)
        for prefix, named in (("tag:", where.tags), ("-tag:", where.not_tags)):
            for name in sorted(named - tags):
                yield unknown((*path, prefix + name), "标签", "tag", name, tags)


def _called(places: Iterable[Place]) -> Iterator[tuple[str, str]]:
    """Yield the name and the id of every place and node."""
    for place in places:
        yield place.name, place.id
        yield from ((node.name, node.id) for node in place.nodes)
        yield from _called(place.places)


def _no_place(path: Path, name: str, ids: set[str], called: Mapping[str, list[str]]) -> Finding:
    """Return that nothing has the id `name`, with the id of what is called so or nearly so."""
    if name.isascii():
        return unknown(path, "地点或喇叭", "place", name, ids)
    meant = name if name in called else nearest(name, called)
    zh, en = f"这里要写 id，没有哪个 id 是 '{name}'", f"no place has the id '{name}'"
    if meant is not None:
        shown = [f"'{one}'" for one in called[meant][:MOST_LISTED]]
        zh_ids, en_ids = " 或 ".join(shown), " or ".join(shown)
        same = meant == name
        zh += f"（写 {zh_ids}）" if same else f"（是不是“{meant}”？写 {zh_ids}）"
        en += f" (write {en_ids})" if same else f" (did you mean {meant}, {en_ids}?)"
    return Finding(path, zh, en)


def wheres(town: Town) -> Iterator[tuple[Path, Where]]:
    """Yield every `where` with its path."""
    written = {
        "programmes": [own.where for own in town.programmes],
        "silence": [own.where for own in town.silences],
        "quiet": [own.where for own in town.policy.quiet],
        "blackouts": [own.where for own in town.policy.blackouts],
    }
    for key, found in written.items():
        for n, where in enumerate(found):
            yield (key, n, "where"), where


def _tags(places: Iterable[Place]) -> Iterator[str]:
    for place in places:
        yield from place.tags
        yield from _tags(place.places)


def _rhymes(town: Town, selection: Selection) -> Iterator[Finding]:
    """Yield the rhymes that a selection names in vain, and the topics that no rhyme has."""
    for rhyme in selection.rhymes:
        if rhyme and rhyme not in town.rhymes:
            path = ("playlists", selection.id, "rhymes", rhyme)
            yield unknown(path, "顺口溜", "rhyme", rhyme, town.rhymes)
    topics = {rhyme.topic for rhyme in town.rhymes.values()}
    for topic in sorted((selection.topics or frozenset()) - topics - {""}):
        zh, en = near(topic, topics)
        yield Finding(
            ("playlists", selection.id, "pick", "topics", topic),
            f"没有顺口溜属于主题“{topic}”{zh}",
            f"no rhyme has the topic '{topic}'{en}",
            warning=True,
        )
