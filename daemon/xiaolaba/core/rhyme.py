"""A rhyme with its readings, as operators write it under `audio/rhymes/`."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from xiaolaba.core.units import Language, RhymeId


class Audience(StrEnum):
    """Whom a rhyme speaks to; `ALL` matches whatever is asked for."""

    ALL = "all"
    ELDERLY = "elderly"
    STUDENT = "student"
    WORKER = "worker"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True)
class Reading:
    """A rhyme's text in one language.

    `say` overrides how words are pronounced: (word, pinyin or Jyutping with
    tone digits, one syllable a space), such as ("行长", "hang2 zhang3").
    """

    language: Language
    text: str
    say: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rhyme:
    """One anti-fraud text; `expires` is the last local day on which it may sound."""

    id: RhymeId
    topic: str
    audiences: frozenset[Audience]
    readings: tuple[Reading, ...]
    expires: date | None = None

    def reading(self, language: Language) -> Reading | None:
        """Return the reading in `language`, or None."""
        return next((r for r in self.readings if r.language == language), None)
