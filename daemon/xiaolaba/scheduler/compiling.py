"""From the town to publications: compile, compare with what is published, seal what differs.

Equal content is never published twice: a node whose body, level, delay,
stagger and clip address are as before keeps its playlist and its revision.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from xiaolaba.core.checking.windows import undecided
from xiaolaba.core.errors import MessageError
from xiaolaba.core.message import Manifest, body_digest, body_to_bytes, manifest_to_json
from xiaolaba.core.message.report import Event as Report
from xiaolaba.core.message.seal import Envelope, seal
from xiaolaba.core.schedule import Town
from xiaolaba.core.timetable.compile import Group, groups, stagger_at
from xiaolaba.core.timetable.score import Score
from xiaolaba.core.units import RATE, Instant, NodeId, from_unix
from xiaolaba.core.where import Site, sites
from xiaolaba.ports.store import Publication, Unpublished
from xiaolaba.scheduler.clocks import may_date
from xiaolaba.scheduler.events import Action, Event, Keep, Note
from xiaolaba.scheduler.state import Mind, Order
from xiaolaba.scheduler.takeover import is_ahead, takeover

Stepped = tuple[Mind, tuple[Action, ...]]

EARLY = 300
"""How far a node's clock may lag and still accept what was just signed, in seconds."""


def compile_if_due(mind: Mind, event: Event) -> Stepped:
    """Publish anew if a change or a new day calls for it and the clock may date a signature."""
    if mind.town is None or event.since < mind.held_until:
        return mind, ()
    day = mind.town.zone.day(from_unix(event.now))
    if day == mind.day and (mind.due is None or event.since < mind.due):
        return mind, ()
    if not may_date(mind, event):
        return mind, ()
    is_new_day, town = day != mind.day, mind.town
    mind, actions = _compile(replace(mind, day=day, due=None), town, day, event.now)
    mind = replace(mind, compiled_at=event.now, compiled=event.since)
    mind, noted = _doubt(mind, town, day, event.now, is_new_day)
    return mind, (*actions, *noted)


def _doubt(mind: Mind, town: Town, day: date, now: int, again: bool) -> Stepped:
    """Tell which years that were compiled are not published: if that is news, and once a day."""
    days = [day + timedelta(days=number) for number in range(mind.terms.days)]
    years = tuple(year for year, _ in undecided(town, days))
    if years == mind.unpublished and not (years and again):
        return mind, ()
    return replace(mind, unpublished=years), (Note(Unpublished(years), now),)


def _compile(mind: Mind, town: Town, day: date, now: int) -> Stepped:
    bodies: dict[str, bytes] = {}
    scores: dict[str, Score] = {}
    told: dict[NodeId, str] = {}
    notes: list[Action] = []
    for group in _groups(mind, town, day):
        try:
            body = body_to_bytes(group.score)
        except MessageError as error:
            notes += [Note(Report(node, now, error.code, str(error)), now) for node in group.nodes]
            continue
        digest = body_digest(body)
        bodies[digest], scores[digest] = body, group.score
        told |= dict.fromkeys(group.nodes, digest)
    homes = {home.node.id: home for home in sites(town.places)}
    gone = frozenset(mind.publications.keys() - mind.keys.keys() - homes.keys())
    mind, kept = _keep(mind, _fresh(mind, homes, told, scores, now), bodies, gone)
    return mind, (*kept, *notes)


def _groups(mind: Mind, town: Town, day: date) -> Iterator[Group]:
    """Yield the town's groups, then the enrolled nodes that it has not, which fall silent."""
    known: set[NodeId] = set()
    for group in groups(town, mind.library, day, mind.terms.days, mind.terms.memory):
        known.update(group.nodes)
        yield group
    strays = tuple(sorted(mind.keys.keys() - known))
    if strays:
        horizon = town.zone.instant(day + timedelta(days=mind.terms.days))
        yield Group(strays, Score((), (), horizon))


def _fresh(
    mind: Mind,
    homes: Mapping[NodeId, Site],
    told: Mapping[NodeId, str],
    scores: Mapping[str, Score],
    now: int,
) -> dict[NodeId, Publication]:
    """Return what must be published, given each node's body and their scores."""
    wanted = {node: _manifest(mind, named, homes.get(node), now) for node, named in told.items()}
    fresh = {node: one for node, one in wanted.items() if _differs(mind, node, one, now)}
    at = takeover(mind, fresh, scores, now)
    found = {}
    for node, manifest in fresh.items():
        expires = scores[manifest.body].horizon // RATE
        manifest = replace(manifest, effective_at=at)
        found[node] = _publication(mind, node, manifest, now, expires)
    return found


def _keep(
    mind: Mind,
    fresh: Mapping[NodeId, Publication],
    bodies: Mapping[str, bytes],
    gone: frozenset[NodeId],
) -> Stepped:
    """Take publications over; those of nodes that are gone and bodies that nobody names go."""
    if not fresh and not gone:
        return mind, ()
    publications = {n: p for n, p in {**mind.publications, **fresh}.items() if n not in gone}
    named = {publication.manifest.body for publication in publications.values()}
    new = {digest: bodies[digest] for digest in named - mind.bodies.keys()}
    kept = {digest: body for digest, body in mind.bodies.items() if digest in named}
    mind = replace(mind, publications=publications, bodies=kept | new)
    return mind, (Keep(tuple(fresh.values()), new, tuple(sorted(gone))),)


def _manifest(mind: Mind, digest: str, home: Site | None, now: int) -> Manifest:
    """Return what a node is told, at the soonest; see `takeover`."""
    at = Instant((now + mind.terms.effective_after) * RATE)
    if home is None:
        return Manifest(digest, at, mind.terms.clips)
    node = home.node
    return Manifest(digest, at, mind.terms.clips, node.level, node.delay, stagger_at(home))


def _differs(mind: Mind, node: NodeId, manifest: Manifest, now: int) -> bool:
    """Return whether a node must be told: other content, or it or our last clock is ahead."""
    last = mind.publications.get(node)
    if (
        last is None
        or last.generation != mind.terms.generation
        or is_ahead(mind, last.manifest, now)
        or _reported(mind, node) > last.order
    ):
        return True
    return replace(last.manifest, effective_at=manifest.effective_at) != manifest


def _reported(mind: Mind, node: NodeId) -> Order:
    """Return the order that a node of our generation says it has, or (0, 0)."""
    heard = mind.heard.get(node)
    if heard is None or heard.playlist is None or heard.playlist[0] != mind.terms.generation:
        return 0, 0
    return heard.playlist


def _publication(
    mind: Mind, node: NodeId, manifest: Manifest, now: int, expires: int
) -> Publication:
    terms, last = mind.terms, mind.publications.get(node)
    order = max(_reported(mind, node), last.order if last else (0, 0))
    revision = order[1] + 1 if order[0] == terms.generation else 1
    envelope = Envelope("playlist", node, terms.generation, revision, now - EARLY, expires)
    sealed = seal(envelope, manifest_to_json(manifest), terms.kid, terms.sign)
    return Publication(node, terms.generation, revision, manifest, expires, sealed)
