"""Which readings need a clip: those whose key is in no whole clip of the library.

A *key* names everything that decides how a clip sounds. An *offer* is one
voice that may speak a language, in the order of voices.yaml; the first that
can is taken. A clip made by a later voice is kept when an earlier one comes
back, until an upgrade is asked for.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from xiaolaba.core.errors import TextError
from xiaolaba.core.library import Clip, Library
from xiaolaba.core.units import Language, RhymeId

CHAIN_VERSION = "2"
"""Raised when levelling, composition or the file format make other samples."""

NO_VOICE = (
    "没有引擎会说这种语言，请导入录音（xiaolaba record import） / "
    "no engine speaks this language: import a recording"
)

Name = tuple[RhymeId, Language]


@dataclass(frozen=True, slots=True)
class Said:
    """What is said: the normalised text and its sounds."""

    text: str
    phonemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A voice for a language; `trouble` is why it cannot be used now, "" if it can.

    A human voice offers only the texts that were recorded: `recorded` maps
    each to its speaker and the recording's version.
    """

    engine: str
    voice: str
    version: str
    rate: float = 1.0
    experimental: bool = False
    offline: bool = True
    trouble: str = ""
    synthetic: bool = True
    recorded: Mapping[str, tuple[str, str]] | None = None

    def of(self, text: str) -> "Offer | None":
        """Return the offer for one text, or None where it was not recorded."""
        if self.recorded is None:
            return self
        if text not in self.recorded:
            return None
        speaker, version = self.recorded[text]
        return replace(self, voice=speaker, version=version, recorded=None)


@dataclass(frozen=True, slots=True)
class Job:
    """One clip to make; `keys` has one for each offer.

    `after` is what a synthetic voice says after the reading.
    """

    rhyme: RhymeId
    language: Language
    said: Said
    offers: tuple[Offer, ...]
    keys: tuple[str, ...]
    after: tuple[Said, ...] = ()

    @property
    def name(self) -> Name:
        """Which reading it is for."""
        return self.rhyme, self.language

    def parts(self, offer: Offer) -> tuple[Said, ...]:
        """Return what this voice says: a person only what was read for the recording."""
        return (self.said, *self.after) if offer.synthetic else (self.said,)


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
    """What to make, what stays, what cannot be made, and what a better voice could make anew.

    `stale` names the readings whose clip is damaged or says something else.
    """

    jobs: tuple[Job, ...] = ()
    kept: tuple[Clip, ...] = ()
    refused: tuple[Failure, ...] = ()
    better: tuple[Name, ...] = ()
    stale: frozenset[Name] = frozenset()


def key(said: Said, offer: Offer, chain: str, after: Sequence[Said] = ()) -> str:
    """Return the name of a sound, from all that decides it: 64 hex digits.

    A voice that is asked over the net reads the text itself; the others are
    given the sounds.
    """
    parts: list[object] = [offer.engine, offer.voice, offer.version, f"{offer.rate:.2f}", chain]
    for part in (said, *after):
        parts += [" ".join(part.phonemes), "" if offer.offline else part.text]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def plan(
    readings: Iterable[tuple[Name, Said | TextError]],
    offers: Mapping[Language, Sequence[Offer]],
    library: Library,
    is_whole: Callable[[Clip], bool],
    chain: str,
    upgrade: bool = False,
    after: Mapping[Language, tuple[Said, ...]] | None = None,
) -> Plan:
    """Return what has to be done; Mandarin comes first, else in the order given."""
    jobs: list[Job] = []
    refused: list[Failure] = []
    for name, said in readings:
        if isinstance(said, TextError):
            refused.append(Failure(*name, str(said)))
            continue
        job = _job(name, said, offers.get(name[1], ()), chain, (after or {}).get(name[1], ()))
        if job.offers:
            jobs.append(job)
        else:
            refused.append(Failure(*name, NO_VOICE))
    made = {job.name: clip for job in jobs if (clip := _made(job, library)) and is_whole(clip)}
    better = {
        job.name for job in jobs if job.name in made and _could_be_better(job, made[job.name])
    }
    wanted = [job for job in jobs if job.name not in made or (upgrade and job.name in better)]
    left = {job.name for job in wanted}
    return Plan(
        tuple(sorted(wanted, key=lambda job: job.language != "cmn")),
        tuple(made[job.name] for job in jobs if job.name not in left),
        tuple(refused),
        () if upgrade else tuple(sorted(better)),
        frozenset(
            {job.name for job in jobs if job.name not in made}
            | {(failure.rhyme, failure.language) for failure in refused}
        ),
    )


def _job(
    name: Name, said: Said, offers: Sequence[Offer], chain: str, after: tuple[Said, ...]
) -> Job:
    job = Job(*name, said, tuple(own for offer in offers if (own := offer.of(said.text))), ())
    job = replace(job, after=after)
    keys = (key(said, offer, chain, job.parts(offer)[1:]) for offer in job.offers)
    return replace(job, keys=tuple(keys))


def _made(job: Job, library: Library) -> Clip | None:
    """Return the clip that one of the job's voices made from these very sounds, or None."""
    clip = library.clip(*job.name)
    return clip if clip and clip.key in job.keys else None


def _could_be_better(job: Job, clip: Clip) -> bool:
    """Return whether a voice before the one that made the clip can be used now."""
    before = job.offers[: job.keys.index(clip.key)]
    return any(not offer.trouble for offer in before)
