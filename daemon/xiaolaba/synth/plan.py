"""Which readings need a clip: those whose key is in no whole clip of the library.

A *key* names everything that decides how a clip sounds. An *offer* is one
voice that may speak a language, in the order of voices.yaml; the first that
can is taken. A clip made by a later voice is kept when an earlier one comes
back, until an upgrade is asked for.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from xiaolaba.core.errors import TextError
from xiaolaba.core.library import Clip, Library
from xiaolaba.core.units import Language, RhymeId

CHAIN_VERSION = "1"
"""Raised when levelling, composition or the file format make other samples."""

Name = tuple[RhymeId, Language]


@dataclass(frozen=True, slots=True)
class Said:
    """What is said: the normalised text and its sounds."""

    text: str
    phonemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A voice for a language; `trouble` is why it cannot be used now, "" if it can."""

    engine: str
    voice: str
    version: str
    rate: float = 1.0
    experimental: bool = False
    offline: bool = True
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One clip to make; `keys` has one for each offer."""

    rhyme: RhymeId
    language: Language
    said: Said
    offers: tuple[Offer, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A reading without a clip and why; `stop` says that the others would fail as well."""

    rhyme: RhymeId
    language: Language
    why: str
    stop: bool = False

    def __str__(self) -> str:
        return f"{self.rhyme} ({self.language}): {self.why}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make, what stays, what cannot be made, and what a better voice could make anew."""

    jobs: tuple[Job, ...] = ()
    kept: tuple[Clip, ...] = ()
    refused: tuple[Failure, ...] = ()
    better: tuple[Name, ...] = ()


def key(said: Said, offer: Offer, chain: str) -> str:
    """Return the name of a sound, from all that decides it: 64 hex digits.

    A voice that is asked over the net reads the text itself; the others are
    given the sounds.
    """
    parts = [" ".join(said.phonemes), "" if offer.offline else said.text]
    parts += [offer.engine, offer.voice, offer.version, f"{offer.rate:.2f}", chain]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def plan(
    readings: Iterable[tuple[Name, Said | TextError]],
    offers: Mapping[Language, Sequence[Offer]],
    library: Library,
    is_whole: Callable[[Clip], bool],
    chain: str,
    upgrade: bool = False,
) -> Plan:
    """Return what has to be done; Mandarin comes first, else in the order given."""
    jobs: list[Job] = []
    kept: list[Clip] = []
    refused: list[Failure] = []
    better: list[Name] = []
    for name, said in readings:
        usable = tuple(offers.get(name[1], ()))
        if isinstance(said, TextError):
            refused.append(Failure(*name, str(said)))
            continue
        job = Job(*name, said, usable, tuple(key(said, offer, chain) for offer in usable))
        clip = library.clip(*name)
        rank = _rank(job, clip)
        if clip is None or rank is None or not is_whole(clip):
            jobs.append(job)
        elif rank <= _first_usable(job):
            kept.append(clip)
        elif upgrade:
            jobs.append(job)
        else:
            kept.append(clip)
            better.append(name)
    jobs.sort(key=lambda job: job.language != "cmn")
    return Plan(tuple(jobs), tuple(kept), tuple(refused), tuple(better))


def _rank(job: Job, clip: Clip | None) -> int | None:
    """Return which offer made the clip from these very sounds, or None."""
    return job.keys.index(clip.key) if clip and clip.key in job.keys else None


def _first_usable(job: Job) -> int:
    """Return the first offer without trouble, or one past the last."""
    usable = (rank for rank, offer in enumerate(job.offers) if not offer.trouble)
    return next(usable, len(job.offers))
