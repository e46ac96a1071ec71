"""What happens to a node, and what it does about it: the vocabulary of `mind.step`."""

from dataclasses import dataclass

from xiaolaba.core.ledger import Play
from xiaolaba.core.units import ClipHash, Instant, Seconds
from xiaolaba.node.player import Order, Told
from xiaolaba.ports.bus import Inbound
from xiaolaba.ports.clock import ClockReport


@dataclass(frozen=True, slots=True)
class Now:
    """The moment at which a step is taken; `since` never jumps."""

    at: Instant
    since: Seconds
    clock: ClockReport


@dataclass(frozen=True, slots=True)
class Connection:
    """The bus came up or went down."""

    up: bool


@dataclass(frozen=True, slots=True)
class ClipReady:
    """A clip is in the cache, checked; others are `gone` from it, to make room."""

    clip: ClipHash
    gone: frozenset[ClipHash] = frozenset()


@dataclass(frozen=True, slots=True)
class ClipFailed:
    """A clip could not be had this time: `code` is clip or store; `gone` as in `ClipReady`."""

    clip: ClipHash
    code: str
    detail: str
    gone: frozenset[ClipHash] = frozenset()


@dataclass(frozen=True, slots=True)
class Kept:
    """The ledger holds so many records that are not acknowledged."""

    waiting: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something the body tried went wrong."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What the body measures for a health report; None is what the machine cannot tell.

    `mixer` is a code for what is wrong with the card's own volume, "" if nothing is.
    """

    position_error_ms: float = 0.0
    underruns: int = 0
    uptime_s: int = 0
    memory_mb: float = 0.0
    disk_free_mb: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    temperature_c: float | None = None
    under_voltage: bool | None = None
    wifi_dbm: float | None = None
    mixer: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A second has passed."""

    measured: Measured


Event = Inbound | Connection | ClipReady | ClipFailed | Kept | Trouble | Tick | Told


@dataclass(frozen=True, slots=True)
class Instruct:
    """Give the player an order."""

    order: Order


@dataclass(frozen=True, slots=True)
class Retain:
    """Tell the cache what is needed, and what of it before others."""

    clips: frozenset[ClipHash]
    soon: frozenset[ClipHash]


@dataclass(frozen=True, slots=True)
class Fetch:
    """Have a clip downloaded; `ClipReady` or `ClipFailed` follows."""

    clip: ClipHash
    url: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Ask the bus for topics."""

    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Give topics up."""

    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Publish:
    """Send a message."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Save:
    """Have something outlive a power cut."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Append:
    """Write a play into the ledger."""

    play: Play


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Mark records as kept by the daemon; `Kept` follows."""

    epoch: str
    upto: int


@dataclass(frozen=True, slots=True)
class SendPlays:
    """Seal and send the oldest records that are not acknowledged, at `most` so many."""

    most: int


Action = (
    Instruct
    | Retain
    | Fetch
    | Subscribe
    | Unsubscribe
    | Publish
    | Save
    | Append
    | Acknowledge
    | SendPlays
)
