"""All that a node's mind holds, as one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from xiaolaba.core.message import Manifest
from xiaolaba.core.message.report import Event as Report
from xiaolaba.core.message.seal import Verify
from xiaolaba.core.policy import Policy
from xiaolaba.core.reason import Reason
from xiaolaba.core.sounding.hold import Held
from xiaolaba.core.timetable.score import Score
from xiaolaba.core.units import ClipHash, NodeId, Seconds
from xiaolaba.node.events import Measured
from xiaolaba.ports.bus import Inbound


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the node is, and whose signatures it obeys, by key id.

    News that can wait (what sounds, plays) are gathered for `gather` seconds.
    """

    node: NodeId
    boot: str
    version: str
    programme_keys: Mapping[str, Verify]
    policy_keys: Mapping[str, Verify]
    gather: Seconds = Seconds(0.0)


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """The policy in force, by its order; it stays in force after it `expires` (Unix seconds)."""

    order: tuple[int, int]
    not_before: int
    expires: int
    sealed: bytes
    policy: Policy


@dataclass(frozen=True, slots=True)
class Wanted:
    """A playlist that was accepted and whose body is still to come."""

    order: tuple[int, int]
    sealed: bytes
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class HeldPlaylist:
    """A playlist with its body, as received and as read."""

    order: tuple[int, int]
    sealed: bytes
    manifest: Manifest
    body: bytes
    score: Score


@dataclass(frozen=True, slots=True)
class Failure:
    """How often a clip could not be had, and when it is tried again."""

    tries: int
    again: Seconds


@dataclass(frozen=True, slots=True)
class Told:
    """When something was told last, and for how many seconds it is not told again."""

    at: Seconds
    pause: float


@dataclass(frozen=True, slots=True)
class Mind:
    """What a node knows.

    `clips` are those needed, soonest first, with their addresses, and `soon`
    those of the next two days. `holds` are messages that count, or the last
    of their signer. `floor` is a Unix second that has surely passed, moved last at
    `floored`, and `floor_kept` what of it is saved. `early` are messages that
    came while the clock could not tell whether they hold. `told` says when an
    event of a kind was last told, `sent` when a batch of plays went out that
    is not acknowledged yet, `unanswered` how many before it never were.
    `heard` is whether the daemon is there, by its own word or, from `heard_from`
    on, because nobody said that it is `away`.
    `waiting` counts the ledger's records that are not, and `plays_due` is when
    they are sent. `said` is what the last state said of the sound, at `stated`.
    """

    identity: Identity
    policy: HeldPolicy | None = None
    playlist: HeldPlaylist | None = None
    before: HeldPlaylist | None = None
    wanted: Wanted | None = None
    holds: tuple[Held, ...] = ()
    floor: int = 0
    floored: Seconds = Seconds(0.0)
    floor_kept: int = 0
    early: Mapping[str, Inbound] = field(default_factory=dict)
    clips: Mapping[ClipHash, str] = field(default_factory=dict)
    ready: frozenset[ClipHash] = frozenset()
    soon: frozenset[ClipHash] = frozenset()
    stock_due: Seconds = Seconds(0.0)
    fetching: ClipHash | None = None
    failed: Mapping[ClipHash, Failure] = field(default_factory=dict)
    connected: bool = False
    heard: bool = False
    away: bool = False
    heard_from: Seconds = Seconds(0.0)
    now: str = Reason.NO_PLAYLIST.value
    device: bool = True
    waiting: int = 0
    sent: Seconds | None = None
    unanswered: int = 0
    plays_due: Seconds = Seconds(0.0)
    said: str = ""
    stated: Seconds = Seconds(0.0)
    alerts: frozenset[str] = frozenset()
    outbox: tuple[Report, ...] = ()
    told: Mapping[str, Told] = field(default_factory=dict)
    measured: Measured = field(default_factory=Measured)
    health_due: Seconds = Seconds(0.0)
    health_key: tuple[object, ...] = ()
