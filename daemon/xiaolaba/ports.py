"""What the programs need from the world; adapters provide it, fakes stand in for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from xiaolaba.core.ledger import Play, Record
from xiaolaba.core.units import ClipHash, Instant, Language, Samples, Seconds


class Trust(StrEnum):
    """How far the wall clock may be relied on."""

    TRUSTED = "trusted"
    COASTING = "coasting"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True)
class ClockReport:
    """The clock's standing: `bound` is how wrong it may be, `source` who says so."""

    trust: Trust
    bound: Seconds
    source: str


class Clock(Protocol):
    """Time, as a thing one is handed."""

    def now(self) -> Instant:
        """Return the wall time; it may jump when it is corrected."""
        ...

    def monotonic(self) -> Seconds:
        """Return seconds since some fixed moment; never jumps."""
        ...

    def report(self) -> ClockReport:
        """Return how far `now` may be trusted."""
        ...


class Sink(Protocol):
    """One open stream to a loudspeaker: 48 kHz, mono, signed 16 bit little-endian."""

    def delay(self) -> Samples:
        """Return how long the next sample written will take until it sounds.

        Raises:
            DeviceError: if the device is gone.
        """
        ...

    def write(self, block: bytes | memoryview) -> bool:
        """Hand over samples, blocking until the buffer takes them.

        Returns False after an underrun: the stream has been prepared anew and
        positions must be derived again.

        Raises:
            DeviceError: if the device is gone.
        """
        ...

    def drop(self) -> None:
        """Fall silent at once, forgetting what was written and has not sounded."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message that came in from the bus."""

    topic: str
    payload: bytes
    retained: bool = False


class Bus(Protocol):
    """The MQTT broker as a program sees it. Callbacks run on the bus's own thread."""

    def start(
        self,
        on_message: Callable[[Inbound], None],
        on_connection: Callable[[bool], None],
    ) -> None:
        """Connect in the background and go on trying for ever."""
        ...

    def subscribe(self, *patterns: str) -> None:
        """Subscribe at QoS 1, now and at every reconnection."""
        ...

    def unsubscribe(self, *patterns: str) -> None:
        """Give up subscriptions."""
        ...

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool:
        """Hand a message over; False if it cannot be taken now (not connected, or too many)."""
        ...

    def stop(self) -> None:
        """Say goodbye and disconnect."""
        ...


class Ledger(Protocol):
    """The node's append-only record of what sounded."""

    @property
    def epoch(self) -> str:
        """The epoch of this boot and database."""
        ...

    def append(self, play: Play) -> Record:
        """Write one play down and return its record.

        Raises:
            StoreError: if it cannot be written.
        """
        ...

    def unacknowledged(self, most: int) -> tuple[str, str, list[Record]]:
        """Return epoch, the link before, and the oldest records not acknowledged, of one epoch."""
        ...

    def acknowledge(self, epoch: str, upto: int) -> None:
        """Mark an epoch's records up to `upto` as kept by the daemon."""
        ...


class ClipCache(Protocol):
    """The node's own copies of clips, whole and checked or not there at all."""

    def pcm(self, clip: ClipHash) -> Path | None:
        """Return the decoded clip's file (raw 48 kHz s16 mono), or None while it is not ready."""
        ...

    def fetch(self, clip: ClipHash, url: str) -> None:
        """Download, check and decode a clip; blocking.

        Raises:
            ClipError: if the bytes are not the clip, or the server does not have it.
            StoreError: if the folder cannot take it (full disk).
        """
        ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a voice is asked to say; `phonemes` are pinyin or Jyutping syllables with tones."""

    language: Language
    text: str
    phonemes: tuple[str, ...]
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Speech:
    """What a voice said: 32-bit floats, mono, little-endian, at `rate` samples a second."""

    rate: int
    frames: bytes


@dataclass(frozen=True, slots=True)
class Capability:
    """What an engine is: which languages, and which of them are experimental (实验)."""

    engine: str
    voice: str
    version: str
    languages: frozenset[Language]
    experimental: frozenset[Language] = frozenset()
    offline: bool = True


class Voice(Protocol):
    """A speech engine."""

    @property
    def capability(self) -> Capability:
        """What the engine is and can."""
        ...

    def probe(self) -> str | None:
        """Return why the engine cannot be used now, or None if it can; quick."""
        ...

    def synthesize(self, utterance: Utterance) -> Speech:
        """Say it.

        Raises:
            VoiceError: if no complete, usable speech came out.
        """
        ...


Facts = Mapping[str, Any]
"""JSON-ready facts about the world, such as a health report's."""
