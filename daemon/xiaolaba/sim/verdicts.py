"""What must be true of a simulated town, judged apart from the nodes: from what operators wrote.

Each verdict is a list of sentences; an empty one is good.
"""

from bisect import bisect_right

from xiaolaba.core.policy import Policy
from xiaolaba.core.sounding.audible import audible
from xiaolaba.core.sounding.interlock import verdict
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.timetable.compile import score_of
from xiaolaba.core.timetable.score import Playing
from xiaolaba.core.units import RATE, ClipHash, Instant, NodeId, moment
from xiaolaba.core.where import site
from xiaolaba.node.take import FADE
from xiaolaba.sim.household import Household
from xiaolaba.sim.town import SimulatedTown

SLACK = 60 * RATE
"""How wrong a trusted clock may be."""

Span = tuple[int, int, ClipHash | None]


def planned(town: SimulatedTown, node: str, begin: Instant, end: Instant) -> list[Span]:
    """Return what must sound at a node from `begin` to `end`, straight from the configuration."""
    first = town.town.zone.day(begin)
    days = (town.town.zone.day(end) - first).days + 2
    score = score_of(town.town, town.library, site(town.town.places, node), first, days)
    policy = node_policy(town.town, site(town.town.places, node).node.id, first, days)
    found, at = [], begin
    while at < end:
        sound = audible(score, policy, at)
        until = min(sound.until, end)
        if isinstance(sound, Playing):
            found.append((int(at), int(until), sound.item.clip))
        at = Instant(until)
    return found


def off_the_loop(town: SimulatedTown, node: Household, begin: Instant, end: Instant) -> list[str]:
    """Return where a node did not sound exactly what was planned for its clock."""
    heard = [
        (max(s.start, begin), min(s.end, end), s.clip)
        for s in node.sounded
        if s.start < end and s.end > begin
    ]
    wanted = planned(town, node.name, begin, end)
    return [
        f"{node.name}: {'missing' if span in wanted else 'not planned'} {_told(span)}"
        for span in sorted(set(heard) ^ set(wanted))
    ]


def out_of_turn(town: SimulatedTown, node: Household) -> list[str]:
    """Return what a node sounded that was not that clip's moment by the node's own clock."""
    if not node.sounded:
        return []
    begin = min(stretch.start for stretch in node.sounded)
    end = max(stretch.end for stretch in node.sounded)
    wanted = planned(town, node.name, Instant(begin), Instant(end))
    starts = [span[0] for span in wanted]
    found = []
    for stretch in node.sounded:
        k = bisect_right(starts, stretch.start) - 1
        fits = k >= 0 and stretch.end <= wanted[k][1] and stretch.clip == wanted[k][2]
        if not fits:
            told = _told((stretch.start, stretch.end, stretch.clip))
            found.append(f"{node.name}: out of turn {told}")
    return found


def forbidden(town: SimulatedTown, node: Household) -> list[str]:
    """Return what sounded in a forbidden moment: by the node's clock, or surely in truth."""
    if not node.sounded:
        return []
    first = town.town.zone.day(Instant(node.sounded[0].start - node.sounded[0].ahead))
    policy = node_policy(town.town, site(town.town.places, node.name).node.id, first, 400)
    found = []
    for stretch in node.sounded:
        shown = _forbidden(policy, stretch.start, stretch.end)
        truth = _forbidden(policy, stretch.start - stretch.ahead, stretch.end - stretch.ahead)
        wrong = truth if abs(stretch.ahead) > SLACK else 0
        if shown or wrong > FADE:
            told = _told((stretch.start, stretch.end, stretch.clip))
            found.append(f"{node.name}: forbidden {told}")
    return found


def uncounted(town: SimulatedTown, node: Household) -> list[str]:
    """Return the plays in a node's ledger that the daemon has not, or has otherwise."""
    found = []
    for epoch, records in node.ledger.epochs.items():
        counted = town.store.records.get((NodeId(node.name), epoch), {})
        found += [
            f"{node.name}: play {record.seq} of {epoch} is not counted"
            for record in records
            if counted.get(record.seq) != record
        ]
    return found


def _forbidden(policy: Policy, begin: int, end: int) -> int:
    """Return how many samples of a stretch lie in forbidden moments."""
    total, at = 0, Instant(begin)
    while at < end:
        word = verdict(policy, at)
        until = min(word.until, end)
        total += until - at if word.reason is not None else 0
        at = Instant(until)
    return total


def _told(span: Span) -> str:
    start, end, clip = span
    return (
        f"{(clip or '')[:8]} {moment(Instant(start)):%m-%d %H:%M:%S.%f} +{(end - start) / RATE} s"
    )
