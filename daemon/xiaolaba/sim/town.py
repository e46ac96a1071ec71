"""A town in virtual time: the daemon, a broker and any number of nodes, all from one seed.

The minds are the real ones, fed and obeyed by fakes; what goes over the roads
are the real bytes. Whoever fails a run says its seed, and the run repeats.
"""

import hashlib
import random
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from xiaolaba.core.library import Library
from xiaolaba.core.message import node_topic, policy_to_json
from xiaolaba.core.message.seal import Envelope, Sign, Verify, seal
from xiaolaba.core.schedule import Town
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.sounding.hold import hold_to_json
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
    Keep,
    NodeSaid,
    Note,
    PlaysCounted,
    PoliciesChanged,
    Publish,
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


class Station:
    """The daemon's real mind, its record, and a road to the broker."""

    def __init__(self, timeline: Timeline, network: Network, store: FakeStore) -> None:
        self._timeline, self._network, self._store = timeline, network, store
        self._road = network.road()
        self._road.subscribe(*NODE_TOPICS)
        self._road.start(self._hear, lambda up: self._take(Connected(self._now(), up)))
        self._runs = 0

    def switch_on(self, events: Iterable[Event]) -> None:
        """Start with what the record holds, and with what was applied."""
        store, self._runs = self._store, self._runs + 1
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
        self._runs += 1
        self._road.open(False)

    def _hear(self, message: Inbound) -> None:
        node, leaf = message.topic.split("/")[-2:]
        self._take(NodeSaid(self._now(), NodeId(node), leaf, message.payload, message.retained))

    def _sweep(self) -> None:
        """Look at what the broker retains of ours."""
        if self._road.up:
            ours = ("playlist", "policy")
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
        self._mind, actions = step(self._mind, event)
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
        """Return what the daemon is told at its start: keys, policies, clips, the town."""
        now = self.timeline.now // RATE
        names = [home.node.id for home in sites(self.town.places)]
        keys = {name: {str(name): verifier(name)} for name in names}
        return [
            Enrolled(now, keys),
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

    def order_hold(self, node: str, hold: Hold, revision: int = 1) -> None:
        """Have the broker retain an operator's hold for a node."""
        now = self.timeline.now // RATE
        envelope = Envelope("hold", node, 1, revision, now, hold.until // RATE)
        sealed = seal(envelope, hold_to_json(hold), "prog", signer("programme"))
        self.network.take(node_topic(node, "hold"), sealed, retain=True)

    def _policy(self, node: NodeId) -> SealedPolicy:
        day = self.town.zone.day(self.timeline.now)
        body = policy_to_json(node_policy(self.town, node, day, 90))
        envelope = Envelope("policy", node, 1, 1, self.timeline.now // RATE, _FOREVER)
        return SealedPolicy((1, 1), seal(envelope, body, "pol", signer("policy")))


def _machine(node: NodeId, rtc: bool) -> Machine:
    trusted = {"prog": verifier("programme")}, {"pol": verifier("policy")}
    return Machine(Identity(node, "boot", "sim", *trusted, GATHER), node, signer(node), rtc)


def _files(library: Library, folder: Path) -> dict[ClipHash, Path]:
    """Return a file of the right length for every clip; it has no content."""
    found = {}
    for clip in library.clips.values():
        found[clip.hash] = folder / clip.hash
        with found[clip.hash].open("wb") as file:
            file.truncate(2 * clip.samples)
    return found
