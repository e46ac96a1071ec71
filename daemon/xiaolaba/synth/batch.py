"""One batch: plan it, let the workers make it, write each clip down as it comes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from time import monotonic

from xiaolaba.core.errors import TextError
from xiaolaba.core.library import Clip, Library
from xiaolaba.core.rhyme import Reading, Rhyme
from xiaolaba.core.units import Language
from xiaolaba.ports.shelf import Shelf
from xiaolaba.synth.plan import CHAIN_VERSION, Failure, Name, Offer, Plan, Said, plan
from xiaolaba.synth.reader import Reader
from xiaolaba.synth.step import (
    Action,
    Died,
    Dismiss,
    Done,
    Event,
    Give,
    Hire,
    Keep,
    Started,
    State,
    Tell,
    Worker,
    step,
)
from xiaolaba.synth.worker import Hand, OpenStudio, hire

LOOK_S = 0.2
"""How often a batch asks whether it has been cancelled."""

News = Plan | Clip | Failure
"""What a batch tells while it goes: the plan first, then each clip and each failure."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What a batch works with; `sound` names the settings that shape every clip.

    `after` is what a synthetic voice says after each reading of a language.
    """

    reader: Reader
    offers: Mapping[Language, Sequence[Offer]]
    shelf: Shelf
    open_studio: OpenStudio
    workers: int
    sound: str = ""
    after: Sequence[Reading] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a batch; `damage` tells what was wrong with the manifest before it."""

    plan: Plan
    library: Library = field(default_factory=Library)
    made: tuple[Clip, ...] = ()
    failures: tuple[Failure, ...] = ()
    damage: str = ""
    seconds: float = 0.0


def propose(
    rhymes: Iterable[Rhyme],
    shop: Shop,
    languages: Sequence[Language] = (),
    upgrade: bool = False,
) -> Plan:
    """Return what `run` would do."""
    library, _ = shop.shelf.library()
    return _propose(rhymes, shop, library, languages, upgrade)


def run(
    rhymes: Iterable[Rhyme],
    shop: Shop,
    languages: Sequence[Language] = (),
    upgrade: bool = False,
    tell: Callable[[News], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Report:
    """Make what is missing and return what came of it.

    Raises:
        StoreError: if the folder cannot be written, or another batch is at work there.
    """
    begun = monotonic()
    with shop.shelf.writing():
        library, damage = shop.shelf.library()
        proposed = _propose(rhymes, shop, library, languages, upgrade)
        tell(proposed)
        batch = _Batch(shop, dict(library.clips), proposed.stale, tell)
        for failure in proposed.refused:
            batch.give_up(failure)
        batch.work(proposed, cancelled)
    made, failures = tuple(batch.made), tuple(batch.failures)
    return Report(proposed, Library(batch.clips), made, failures, damage, monotonic() - begun)


def _propose(
    rhymes: Iterable[Rhyme],
    shop: Shop,
    library: Library,
    languages: Sequence[Language],
    upgrade: bool,
) -> Plan:
    after, untold = _after(shop)
    readings = [
        ((rhyme.id, reading.language), untold.get(reading.language) or shop.reader.said(reading))
        for rhyme, reading in _readings(rhymes)
        if not languages or reading.language in languages
    ]
    chain = f"{CHAIN_VERSION} {shop.sound}"
    return plan(readings, shop.offers, library, shop.shelf.is_whole, chain, upgrade, after)


def _after(shop: Shop) -> tuple[dict[Language, tuple[Said, ...]], dict[Language, TextError]]:
    """Return what is said after the readings of each language, and what cannot be said."""
    after: dict[Language, tuple[Said, ...]] = {}
    untold: dict[Language, TextError] = {}
    for reading in shop.after:
        said = shop.reader.said(reading)
        if isinstance(said, TextError):
            untold[reading.language] = said
        else:
            after[reading.language] = (*after.get(reading.language, ()), said)
    return after, untold


def _readings(rhymes: Iterable[Rhyme]) -> Iterable[tuple[Rhyme, Reading]]:
    return ((rhyme, reading) for rhyme in rhymes for reading in rhyme.readings)


@dataclass
class _Batch:
    """A batch under way: its workers and what they have made."""

    shop: Shop
    clips: dict[Name, Clip]
    stale: frozenset[Name]
    tell: Callable[[News], None]
    made: list[Clip] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    hands: dict[Worker, Hand] = field(default_factory=dict)

    def work(self, proposed: Plan, cancelled: Callable[[], bool]) -> None:
        """Carry out the plan's jobs; whatever happens, no worker is left behind."""
        state = State(proposed.jobs)
        try:
            state = self._take(state, Started(self.shop.workers))
            while self.hands and not cancelled():
                for event in self._events():
                    state = self._take(state, event)
        finally:
            for hand in self.hands.values():
                hand.kill()

    def give_up(self, failure: Failure) -> None:
        """Note a reading that has no new clip; an old one that says something else goes."""
        self.failures.append(failure)
        name = (failure.rhyme, failure.language)
        if name in self.stale and name in self.clips:
            del self.clips[name]
            self.shop.shelf.save(Library(self.clips))
        self.tell(failure)

    def _take(self, state: State, event: Event) -> State:
        state, actions = step(state, event)
        for action in actions:
            self._carry_out(action)
        return state

    def _events(self) -> Iterable[Event]:
        """Return what the workers report, after waiting for it a moment."""
        pipes = {hand.pipe: worker for worker, hand in self.hands.items()}
        return [self._heard(pipes[pipe]) for pipe in wait(list(pipes), LOOK_S)]  # type: ignore[index]  # wait() returns what it is given

    def _heard(self, worker: Worker) -> Event:
        try:
            return Done(worker, self.hands[worker].pipe.recv())
        except (EOFError, OSError):
            hand = self.hands.pop(worker)
            how = hand.end()
            hand.dismiss()
            return Died(worker, how)

    def _carry_out(self, action: Action) -> None:
        match action:
            case Hire(worker, job):
                self.hands[worker] = hire(self.shop.open_studio)
                self.hands[worker].send(job)
            case Give(worker, job):
                self.hands[worker].send(job)
            case Dismiss(worker):
                self.hands.pop(worker).dismiss()
            case Keep(clip):
                self._keep(clip)
            case Tell(failure):
                self.give_up(failure)

    def _keep(self, clip: Clip) -> None:
        self.clips[clip.rhyme, clip.language] = clip
        self.shop.shelf.save(Library(self.clips))
        self.made.append(clip)
        self.tell(clip)
