"""A speech engine: what it is asked, what it says, what it is."""

from dataclasses import dataclass
from typing import Protocol

from xiaolaba.core.units import Language


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
