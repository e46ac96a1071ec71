"""What the programs need from the world; adapters provide it, fakes stand in for it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from xiaolaba.core.ledger import Play, Record
from xiaolaba.core.library import Clip, Library
from xiaolaba.core.register import Batch, Counted, Publication, Standing
from xiaolaba.core.report import Event, Health, NodeState
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

    def waiting(self) -> int:
        """Return how many records are not acknowledged."""
        ...

    def flush(self) -> None:
        """Have everything on the disk, so that a power cut takes nothing."""
        ...


class ClipCache(Protocol):
    """The node's own copies of clips, whole and checked or not there at all."""

    def pcm(self, clip: ClipHash) -> Path | None:
        """Return the decoded clip's file (raw 48 kHz s16 mono), or None while it is not ready."""
        ...

    @property
    def received(self) -> int:
        """How many bytes were downloaded since the start."""
        ...

    def retain(self, clips: frozenset[ClipHash], soon: frozenset[ClipHash]) -> None:
        """Say which clips are needed, and which of them soon.

        To make room for one that is needed soon, any that is not may be
        removed; for others only what is not needed at all.
        """
        ...

    def fetch(self, clip: ClipHash, url: str) -> None:
        """Have a clip here, checked and decoded, downloading it if need be; blocking.

        Raises:
            ClipError: if the bytes are not the clip, or the server does not have it.
            StoreError: if the folder cannot take it (full disk).
        """
        ...


class Store(Protocol):
    """The daemon's record; every method raises StoreError if it cannot be read or written."""

    def generation(self) -> int:
        """Return the generation of everything published; it begins at 1."""
        ...

    def publications(self) -> tuple[Publication, ...]:
        """Return the last publication of every node."""
        ...

    def bodies(self) -> dict[str, bytes]:
        """Return the shared bodies that publications name, by digest."""
        ...

    def keep(self, publications: Sequence[Publication], bodies: Mapping[str, bytes]) -> None:
        """Write down publications and the new bodies they name, all or nothing."""
        ...

    def count(self, batches: Sequence[Batch]) -> list[Counted]:
        """Count every record exactly once; on disk when this returns."""
        ...

    def report(self, reports: Sequence[tuple[NodeState | Health | Event | Standing, int]]) -> None:
        """Write down what nodes said, each with the Unix second at which it came, and the clock."""
        ...

    def tidy(self, now: int) -> None:
        """Forget what is too old to be asked for."""
        ...


class Saved(Protocol):
    """Small things that outlive a power cut, by name."""

    def load(self, name: str) -> bytes | None:
        """Return what was saved last and is whole, or None."""
        ...

    def save(self, name: str, content: bytes) -> None:
        """Replace what is saved, in one step.

        Raises:
            StoreError: if it cannot be written; what was there stays.
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
class Levelled:
    """Finished speech: 48 kHz s16 mono frames, their loudness in LUFS and true peak in dBTP."""

    frames: bytes
    loudness: float
    peak: float


@dataclass(frozen=True, slots=True)
class Capability:
    """What an engine is: which languages, and which of them are experimental (实验).

    `synthetic` is false for a human voice.
    """

    engine: str
    voice: str
    version: str
    languages: frozenset[Language]
    experimental: frozenset[Language] = frozenset()
    offline: bool = True
    synthetic: bool = True


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


class Shelf(Protocol):
    """The folder of finished clips: whole files named by their hash, and the manifest."""

    def writing(self) -> AbstractContextManager[None]:
        """Hold the folder for one batch; it is created if need be.

        Raises:
            StoreError: if it cannot be written, or another batch holds it.
        """
        ...

    def library(self) -> tuple[Library, str]:
        """Return what the manifest lists, and what is wrong with it ("" if nothing)."""
        ...

    def is_whole(self, clip: Clip) -> bool:
        """Return whether a clip's file is there and is what its name says."""
        ...

    def put(self, data: bytes) -> ClipHash:
        """Keep a clip's bytes under their hash, all or nothing.

        Raises:
            StoreError: if the folder cannot take it (full, read-only).
        """
        ...

    def save(self, lib: Library) -> None:
        """Replace the manifest, all or nothing.

        Raises:
            StoreError: if the folder cannot take it.
        """
        ...


Facts = Mapping[str, Any]
"""JSON-ready facts about the world, such as a health report's."""
