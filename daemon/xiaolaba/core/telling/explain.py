"""Why a node sounds or is silent at a moment: every rule in turn, and the next change.

The answer itself comes from `audible`, as for the node; the rules are asked
again one by one only to say what each of them has to do with it. Exactly one
step of the chain decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from xiaolaba.core.calendar import DayClass
from xiaolaba.core.library import Library
from xiaolaba.core.policy import Policy
from xiaolaba.core.reason import Reason, Remark
from xiaolaba.core.schedule import Programme, Silence, Town
from xiaolaba.core.sounding.audible import Hold, audible
from xiaolaba.core.sounding.hold import strictest
from xiaolaba.core.sounding.interlock import verdict
from xiaolaba.core.sounding.node_policy import policy_at
from xiaolaba.core.telling import sentences as say
from xiaolaba.core.telling.sentences import Step
from xiaolaba.core.timetable.compile import score_of
from xiaolaba.core.timetable.score import FOREVER, Playing, Score, Silent, Sound
from xiaolaba.core.timetable.windows import Piece, days, falls_on, silence, written
from xiaolaba.core.units import Decibels, Instant, NodeId
from xiaolaba.core.where import Site, means, site
from xiaolaba.core.zone import DAY

MAX_LOOKS = 3000
"""How many silences in a row are looked through for the next sound."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a node does at `at`, the rules that led to it, and what comes next.

    `code` is the code of the step that decides; `next` is None when nothing
    is planned any more, and a silence for want of a clip when nothing else is.
    """

    node: NodeId
    at: Instant
    sound: Sound
    code: Reason | Remark
    chain: tuple[Step, ...]
    next: tuple[Instant, Sound] | None

    @property
    def decisive(self) -> Step:
        """The step that decides."""
        return next(step for step in self.chain if step.decides)


@dataclass(frozen=True, slots=True)
class State:
    """What a node has in force; None where it has nothing. `clock` says whether it is trusted."""

    score: Score | None
    policy: Policy | None
    holds: tuple[Hold, ...] = ()
    clock: bool = True

    def hold(self, t: Instant) -> Hold | None:
        """Return the hold that counts at `t`; one that was given later is none yet."""
        return strictest((hold for hold in self.holds if hold.since <= t), t)

    def audible(self, t: Instant, level: Decibels) -> Sound:
        """Return what a node with this level lets sound at `t`."""
        if not self.clock:
            return Silent(Reason.CLOCK, FOREVER)
        return audible(self.score, self.policy, t, level, self.hold(t))


@dataclass(frozen=True, slots=True)
class _Moment:
    """Everything that bears on one node at one instant."""

    town: Town
    site: Site
    t: Instant
    state: State
    sound: Sound
    mine: tuple[Programme, ...]
    library: Library

    def written(self, programme: Programme) -> list[Piece]:
        """Return a programme's windows written for today, and yesterday's that last till now."""
        zone = self.town.zone
        today = zone.day(self.t)
        near = written(programme, days(zone, today - DAY, today), zone, self.town.calendar)
        return [piece for piece in near if piece.day == today or self.t < piece.end]

    def silence(self) -> Silence | None:
        """Return the silence that holds, or None."""
        ids, tags = self.site.ids, self.site.tags
        for rule in self.town.silences:
            spans = silence(rule, self.town.zone) if means(rule.where, ids, tags) else []
            if any(start <= self.t < end for start, end in spans):
                return rule
        return None


def explain(
    town: Town,
    library: Library,
    node: NodeId,
    t: Instant,
    state: State | None = None,
    holds: tuple[Hold, ...] = (),
) -> Explanation:
    """Return why `node` sounds or is silent at `t`.

    Without a `state` the node is taken to have what the configuration gives,
    and `holds`; one that still plays by older messages is explained by handing
    them in.

    Raises:
        KeyError: if there is no such node.
    """
    where, today = site(town.places, node), town.zone.day(t)
    if state is None:
        state = State(score_of(town, library, where, today), policy_at(town, where, today), holds)
    found = state.audible(t, where.node.level)
    at = _Moment(town, where, t, state, found, _meant(town, where), library)
    code = _code(at)
    chain = tuple(replace(step, decides=step.code == code) for step in _chain(at, code))
    return Explanation(node, t, at.sound, code, chain, _next(at))


def _meant(town: Town, where: Site) -> tuple[Programme, ...]:
    """Return the node's programmes, the strongest first."""
    ids, tags = where.ids, where.tags
    mine = [entry for entry in town.programmes if means(entry.where, ids, tags)]
    return tuple(sorted(mine, key=lambda entry: -entry.priority))


def _code(at: _Moment) -> Reason | Remark:
    """Return what decides; the configuration knows more than the score about an empty moment."""
    if isinstance(at.sound, Playing):
        return Remark.PLAYING
    if at.sound.reason is Reason.NO_WINDOW and at.silence() is not None:
        return Reason.SILENCE
    if at.sound.reason is Reason.NO_WINDOW and any(_now(at, own) for own in at.mine):
        return Reason.NOTHING_TO_PLAY
    if at.sound.reason is Reason.TAIL and _all_expired(at):
        return Reason.NOTHING_TO_PLAY
    item = at.sound.item if at.sound.reason is Reason.MISSING_CLIP else None
    if item is not None and (item.rhyme, item.language) in at.library.withheld:
        return Reason.UNAPPROVED
    return at.sound.reason


def _chain(at: _Moment, code: Reason | Remark) -> Iterator[Step]:
    word, hold = verdict(at.state.policy, at.t), at.state.hold(at.t)
    if not at.state.clock:
        yield say.clock()
    yield say.policy(word.reason, word.name)
    if hold is not None:
        yield say.hold(at.town.zone, hold.until, hold.level)
    quiet = at.silence()
    if quiet is not None:
        yield say.silence(quiet)
    yield from _programmes(at)
    if code in _OF_THE_SCORE:
        yield say.turn(at.town, at.sound, code, at.state.policy)
    yield from _unknown_year(at)


_OF_THE_SCORE = frozenset(
    {
        Remark.PLAYING,
        Reason.GAP,
        Reason.BETWEEN_ROUNDS,
        Reason.TAIL,
        Reason.OTHERS_TURN,
        Reason.MISSING_CLIP,
        Reason.UNAPPROVED,
        Reason.DAILY_CAP,
        Reason.NO_PLAYLIST,
        Reason.NO_WINDOW,
        Reason.NOTHING_TO_PLAY,
        Reason.HORIZON,
    }
)
"""Codes that none of the rules before the score says."""


def _programmes(at: _Moment) -> Iterator[Step]:
    """Say of each programme of the node whether its window is now, and who wins."""
    winner = None
    if not at.mine:
        yield say.no_programme()
    for programme in at.mine:
        now = _now(at, programme)
        if now is None:
            yield _elsewhen(at, programme)
        elif winner is None:
            winner = programme
            yield say.window(at.town.zone, programme, now)
        else:
            yield say.lower_priority(programme, winner)


def _now(at: _Moment, programme: Programme) -> Piece | None:
    return next((own for own in at.written(programme) if own.start <= at.t < own.end), None)


def _elsewhen(at: _Moment, programme: Programme) -> Step:
    today = at.town.zone.day(at.t)
    if falls_on(programme, today, at.town.calendar):
        return say.other_hours(programme)
    return say.not_today(programme, today)


def _all_expired(at: _Moment) -> bool:
    score = at.state.score
    index = None if score is None else score.window_at(at.t)
    if score is None or index is None:
        return False
    window = score.windows[index]
    items = score.loops[window.loop].items
    return all(item.last_day is not None and item.last_day < window.day for item in items)


def _unknown_year(at: _Moment) -> Iterator[Step]:
    """Say that a published holiday list is missing, where a rule of the node would need it."""
    today = at.town.zone.day(at.t)
    rules = [entry.days for entry in at.mine]
    policy = at.state.policy
    rules += [quiet.days for quiet in policy.quiet] if policy is not None else []
    named = any(isinstance(rule, DayClass) and rule is not DayClass.EVERYDAY for rule in rules)
    if named and not at.town.calendar.knows(today):
        yield say.unknown_year(today.year)


def _next(at: _Moment) -> tuple[Instant, Sound] | None:
    """Return when the item that plays ends, or when the next one sounds, and what is then.

    If none will sound, it is the next that would, had it a clip.
    """
    found, score = at.sound, at.state.score
    mute: tuple[Instant, Sound] | None = None
    for _ in range(MAX_LOOKS):
        t = found.until
        if score is None or t > score.horizon:
            break
        found = at.state.audible(t, at.site.node.level)
        if isinstance(found, Playing) or isinstance(at.sound, Playing):
            return t, found
        if mute is None and found.reason is Reason.MISSING_CLIP:
            mute = t, found
    return mute
