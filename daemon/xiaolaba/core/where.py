"""Where a programme sounds and a rule holds: places, nodes and tags made into nodes.

A name means its whole subtree, a tag every subtree that wears it; an
exclusion wins over any inclusion, in any order. One node is judged by its
*site*, the way to it from the root. A whole town is judged as a *row* of all
its nodes, walked place by place, in which every subtree is one stretch: so
ten thousand nodes cost no more than the stretches that tell them apart.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xiaolaba.core.schedule import Node, Place, Where
from xiaolaba.core.spans import Span, merge, subtract
from xiaolaba.core.units import Language, NodeId

Shares = tuple[tuple[Language, int], ...]
"""Languages with their shares, in the order written."""

DEFAULT_SHARES: Shares = ((Language("cmn"), 100),)


@dataclass(frozen=True, slots=True)
class Site:
    """A node and the way to it: its places from the root down, its own last."""

    node: Node
    path: tuple[Place, ...]

    @property
    def place(self) -> Place:
        """The node's own place."""
        return self.path[-1]

    @property
    def ids(self) -> frozenset[str]:
        """Every name that means this node: its own and those of the places above it."""
        return frozenset((self.node.id, *(place.id for place in self.path)))

    @property
    def tags(self) -> frozenset[str]:
        """Every tag on the way."""
        return frozenset().union(*(place.tags for place in self.path))

    @property
    def languages(self) -> Shares:
        """The shares written nearest to the node, else Mandarin alone."""
        written = (p.languages for p in reversed(self.path) if p.languages is not None)
        return next(written, DEFAULT_SHARES)


def sites(places: Sequence[Place], above: tuple[Place, ...] = ()) -> Iterator[Site]:
    """Yield every node with its way, a place's own nodes before those of its places."""
    for place in places:
        path = (*above, place)
        for node in place.nodes:
            yield Site(node, path)
        yield from sites(place.places, path)


def site(places: Sequence[Place], node: str) -> Site:
    """Return one node with its way.

    Raises:
        KeyError: if there is no such node.
    """
    found = _search(places, node, ())
    if found is None:
        raise KeyError(node)
    return found


def _search(places: Sequence[Place], node: str, above: tuple[Place, ...]) -> Site | None:
    for place in places:
        path = (*above, place)
        own = next((own for own in place.nodes if own.id == node), None)
        found = Site(own, path) if own is not None else _search(place.places, node, path)
        if found is not None:
            return found
    return None


def means(where: Where, ids: frozenset[str], tags: frozenset[str]) -> bool:
    """Return whether `where` means the node that `ids` and `tags` (see `Site`) belong to."""
    if not where.not_ids.isdisjoint(ids) or not where.not_tags.isdisjoint(tags):
        return False
    everywhere = not where.ids and not where.tags
    return everywhere or not where.ids.isdisjoint(ids) or not where.tags.isdisjoint(tags)


@dataclass(frozen=True, slots=True)
class Row:
    """All nodes of a town side by side: the stretch of each name and of each tag."""

    nodes: tuple[NodeId, ...]
    languages: tuple[Shares, ...]
    named: Mapping[str, Span]
    tagged: Mapping[str, Sequence[Span]]

    def meant(self, where: Where) -> list[Span]:
        """Return the stretches of nodes that `where` means, in order."""
        included = self._spans(where.ids, where.tags)
        if not where.ids and not where.tags:
            included = [(0, len(self.nodes))]
        excluded = merge(self._spans(where.not_ids, where.not_tags))
        return [left for span in merge(included) for left in subtract(span, excluded)[0]]

    def _spans(self, ids: frozenset[str], tags: frozenset[str]) -> list[Span]:
        named = [self.named[name] for name in ids if name in self.named]
        return named + [span for tag in tags for span in self.tagged.get(tag, ())]


def row(places: Sequence[Place]) -> Row:
    """Return all nodes of a town side by side, in the order of `sites`."""
    nodes: list[NodeId] = []
    languages: list[Shares] = []
    named: dict[str, Span] = {}
    tagged: defaultdict[str, list[Span]] = defaultdict(list)

    def walk(place: Place, inherited: Shares) -> None:
        begin, shares = len(nodes), place.languages or inherited
        for node in place.nodes:
            named[node.id] = (len(nodes), len(nodes) + 1)
            nodes.append(node.id)
            languages.append(shares)
        for below in place.places:
            walk(below, shares)
        named[place.id] = (begin, len(nodes))
        for tag in place.tags:
            tagged[tag].append((begin, len(nodes)))

    for place in places:
        walk(place, DEFAULT_SHARES)
    return Row(tuple(nodes), tuple(languages), named, tagged)


def runs(town: Row, wheres: Sequence[Where]) -> Iterator[tuple[Span, tuple[int, ...]]]:
    """Yield stretches of nodes alike, each with the indices of the `wheres` that mean them."""
    turns: defaultdict[int, list[int]] = defaultdict(list)
    for index, where in enumerate(wheres):
        for start, end in town.meant(where):
            turns[start].append(index)
            turns[end].append(index)
    begin, meant = 0, set[int]()
    for edge in sorted({*turns, len(town.nodes)}):
        if begin < edge:
            yield (begin, edge), tuple(sorted(meant))
        meant.symmetric_difference_update(turns[edge])
        begin = edge
