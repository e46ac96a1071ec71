"""A town in virtual time: the daemon, a broker and any number of nodes, all from one seed.

The minds are the real ones, fed and obeyed by fakes; what goes over the roads
are the real bytes. Whoever fails a run says its seed, and the run repeats.
"""

import hashlib
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from xiaolaba.core.library import Library
from xiaolaba.core.message import policy_to_json
from xiaolaba.core.message.seal import Envelope, Sign, Verify, seal
from xiaolaba.core.schedule import Town
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.sounding.hold import Held, opened
from xiaolaba.core.sounding.hold_order import added, lifted
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.units import RATE, ClipHash, Instant, NodeId, Seconds
from xiaolaba.core.where import sites
from xiaolaba.node.state import Identity
from xiaolaba.ports.bus import Inbound
from xiaolaba.scheduler.events import (
    Action,
    Applied,
    ClipsChanged,
    Connected,
    Count,
    Enrolled,
    Event,
    HoldsChanged,
    Keep,
    NodeSaid,
    Note,
    PlaysCounted,
    PoliciesChanged,
    Publish,
    SealedHold,
    SealedPolicy,
    Swept,
    Ticked,
)
from xiaolaba.scheduler.mind import step
from xiaolaba.scheduler.retained import digest
from xiaolaba.scheduler.service import NODE_TOPICS
from xiaolaba.scheduler.state import Mind, Terms
from xiaolaba.sim import household
from xiaolaba.sim.fakes import FakeStore
from xiaolaba.sim.household import Household, Machine
from xiaolaba.sim.network import FINE, Network, Weather
from xiaolaba.sim.timeline import Timeline

TICK = 30.0
"""Seconds between two ticks of the daemon."""
GATHER = Seconds(300.0)
_FOREVER = 2**40


def signer(secret: str) -> Sign:
    """Return a signing function that is quick and good enough where nobody cheats."""
    return lambda message: hashlib.sha512(secret.encode() + message).digest()


def verifier(secret: str) -> Verify:
    """Return what verifies `signer(secret)`."""
    sign = signer(secret)
    return lambda message, signature: sign(message) == signature


TRUSTED = {"prog": verifier("programme")}, {"pol": verifier("policy")}
"""What a node trusts: the programme keys, the policy keys."""


class Station:
    """The daemon's real mind, its record, and a road to the broker."""

    def __init__(self, timeline: Timeline, network: Network, store: FakeStore) -> None:
        self._timeline, self._network, self._store = timeline, network, store
        self._road = network.road()
        self._road.subscribe(*NODE_TOPICS)
        self._road.start(self._hear, lambda up: self._take(Connected(self._now(), up)))
        self._runs, self._on = 0, False

    def switch_on(self, events: Iterable[Event]) -> None:
        """Start with what the record holds, and with what was applied."""
        store, self._runs, self._on = self._store, self._runs + 1, True
        terms = Terms("prog", signer("programme"), "http://town/", "sim", 1)
        known = {publication.node: publication for publication in store.publications()}
        self._mind = Mind(terms, publications=known, bodies=store.bodies())
        self._tick(self._runs)
        for event in events:
            self._take(event)
        self._road.open()
        self._timeline.after(1, self._sweep)

    def switch_off(self) -> None:
        """Stop; the record stays."""
        self._runs, self._on = self._runs + 1, False
        self._road.open(False)

    def tell(self, event: Event) -> None:
        """Let the daemon know of something, if it is on."""
        if self._on:
            self._take(event)

    def _hear(self, message: Inbound) -> None:
        (node, leaf), what = message.topic.split("/")[-2:], (message.payload, message.retained)
        self._take(NodeSaid(self._now(), NodeId(node), leaf, *what))

    def _sweep(self) -> None:
        """Look at what the broker retains of ours."""
        if self._road.up:
            ours = ("playlist", "policy", "hold")
            held = {
                topic: digest(payload)
                for topic, payload in self._network.retained.items()
                if topic.rsplit("/", 1)[1] in ours or "/playlists/" in topic
            }
            self._take(Swept(self._now(), held))

    def _tick(self, run: int) -> None:
        if run == self._runs:
            self._take(Ticked(self._now(), True, "trusted"))
            self._timeline.after(TICK, lambda: self._tick(run))

    def _take(self, event: Event) -> None:
        self._mind, actions = step(self._mind, replace(event, since=self._since()))
        for action in actions:
            self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case Keep(publications, bodies):
                self._store.keep(publications, bodies)
            case Publish(topic, payload, retain):
                self._road.publish(topic, payload, retain=retain)
            case Count(batch):
                self._take(PlaysCounted(self._now(), tuple(self._store.count([batch]))))
            case Note(report, now):
                self._store.report([(report, now)])

    def _now(self) -> int:
        return self._timeline.now // RATE

    def _since(self) -> float:
        return self._timeline.now / RATE


class SimulatedTown:
    """Everything that happens follows from the town, its library, the start and the seed.

    `folder` takes the clips' files, all holes; machines named in `bare` have
    no RTC; `tick` seconds lie between two ticks of a node.
    """

    def __init__(
        self,
        town: Town,
        library: Library,
        folder: Path,
        start: Instant,
        seed: int,
        weather: Weather = FINE,
        bare: frozenset[str] = frozenset(),
        tick: float = household.TICK,
    ) -> None:
        self.town, self.library, self.seed = town, library, seed
        self.timeline = Timeline(start)
        self.chance = random.Random(seed)  # noqa: S311  # weather, not secrets
        self.network = Network(self.timeline, self.chance, weather)
        self.store = FakeStore()
        self.holds: dict[NodeId, tuple[Held, ...]] = {}
        self.station = Station(self.timeline, self.network, self.store)
        files = _files(library, folder)
        self.nodes = [
            Household(
                self.timeline,
                self.chance,
                _machine(home.node.id, rtc=home.node.id not in bare),
                self.network.road(),
                files,
                tick,
            )
            for home in sites(town.places)
        ]

    def switch_on(self) -> None:
        """Start the daemon, and all nodes within a minute."""
        self.station.switch_on(self.applied())
        for node in self.nodes:
            self.timeline.after(self.chance.uniform(0, 60), node.switch_on)

    def applied(self) -> list[Event]:
        """Return what the daemon is told at its start: keys, holds, policies, clips, the town."""
        now = self.timeline.now // RATE
        names = [home.node.id for home in sites(self.town.places)]
        keys = {name: {str(name): verifier(name)} for name in names}
        return [
            Enrolled(now, keys),
            self._holds(),
            PoliciesChanged(now, {name: self._policy(name) for name in names}),
            ClipsChanged(now, self.library),
            Applied(now, self.town),
        ]

    def run(self, days: float) -> None:
        """Let days pass; what goes wrong on the way tells the seed."""
        try:
            self.timeline.run(Instant(self.timeline.now + int(days * 86_400 * RATE)))
        except Exception as error:
            error.add_note(f"this run repeats with seed {self.seed}")
            raise

    def today(self) -> date:
        """Return the day that the town's clocks show."""
        return self.town.zone.day(self.timeline.now)

    def order_hold(self, node: str, hold: Hold) -> None:
        """Have an operator give a hold, which the daemon sends."""
        name, now = NodeId(node), self.timeline.now // RATE
        key = "prog", signer("programme")
        self._lay(name, added(self.holds.get(name, ()), name, hold, now, key))

    def lift_holds(self, node: str) -> None:
        """Have the holder of the policy key lift a node's holds."""
        name, now = NodeId(node), self.timeline.now // RATE
        self._lay(name, lifted(self.holds.get(name, ()), name, now, ("pol", signer("policy"))))

    def _lay(self, node: NodeId, sealed: bytes | None) -> None:
        if sealed is not None:
            self.holds[node] = opened(sealed, *TRUSTED)
            self.station.tell(self._holds())

    def _holds(self) -> HoldsChanged:
        last = {node: held[-1] for node, held in self.holds.items()}
        found = {n: SealedHold(h.order, h.envelope.expires, h.sealed) for n, h in last.items()}
        return HoldsChanged(self.timeline.now // RATE, found)

    def _policy(self, node: NodeId) -> SealedPolicy:
        day = self.town.zone.day(self.timeline.now)
        body = policy_to_json(node_policy(self.town, node, day, 90))
        envelope = Envelope("policy", node, 1, 1, self.timeline.now // RATE, _FOREVER)
        return SealedPolicy((1, 1), seal(envelope, body, "pol", signer("policy")))


def _machine(node: NodeId, rtc: bool) -> Machine:
    return Machine(Identity(node, "boot", "sim", *TRUSTED, GATHER), node, signer(node), rtc)


def _files(library: Library, folder: Path) -> dict[ClipHash, Path]:
    """Return a file of the right length for every clip; it has no content."""
    found = {}
    for clip in library.clips.values():
        found[clip.hash] = folder / clip.hash
        with found[clip.hash].open("wb") as file:
            file.truncate(2 * clip.samples)
    return found
