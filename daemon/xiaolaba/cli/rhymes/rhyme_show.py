"""One rhyme with all that is known of it, as lines for people or JSON-ready facts."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from xiaolaba.cli.rhymes.rhyme_list import standing
from xiaolaba.core.errors import TextError
from xiaolaba.core.library import Clip, Library
from xiaolaba.core.rhyme import Reading, Rhyme
from xiaolaba.core.speech.written_cantonese import draft
from xiaolaba.core.units import RATE, Language
from xiaolaba.synth.plan import Said
from xiaolaba.synth.reader import Reader

MADE = ("engine", "voice", "why", "experimental", "loudness", "peak", "hash")
"""What is told of how a clip was made."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A rhyme, who says what its readings sound like, and the clips with what is withheld."""

    rhyme: Rhyme
    reader: Reader
    library: Library

    def clip(self, reading: Reading) -> Clip | None:
        """Return the clip of one of its readings, None while it is not made."""
        return self.library.clip(self.rhyme.id, reading.language)


def facts(shown: Shown) -> dict[str, Any]:
    """Return everything JSON-ready."""
    rhyme = shown.rhyme
    return {
        "rhyme": rhyme.id,
        "topic": rhyme.topic,
        "audience": sorted(rhyme.audiences),
        "expires": rhyme.expires and str(rhyme.expires),
        "readings": [_reading_facts(shown, reading) for reading in rhyme.readings],
        "draft": _draft(rhyme),
    }


def _reading_facts(shown: Shown, reading: Reading) -> dict[str, Any]:
    said, clip = shown.reader.said(reading), shown.clip(reading)
    spoken = said if isinstance(said, Said) else Said("", ())
    return {
        "language": reading.language,
        "text": reading.text,
        "says": spoken.text,
        "sounds": spoken.phonemes,
        "unspeakable": str(said) if isinstance(said, TextError) else None,
        "say": dict(reading.say),
        "clip": standing(shown.rhyme, reading, shown.library),
        "seconds": clip and round(clip.samples / RATE, 1),
        "made": clip and {name: asdict(clip)[name] for name in MADE},
    }


def lines(shown: Shown) -> Iterator[str]:
    """Yield everything for people to read."""
    rhyme = shown.rhyme
    yield f"{rhyme.id}：{rhyme.topic}（{'、'.join(sorted(rhyme.audiences))}）"
    if rhyme.expires:
        yield f"  最后播出 / last day: {rhyme.expires}"
    for reading in rhyme.readings:
        yield f"\n[{reading.language}] {reading.text}"
        yield from _said_lines(shown.reader.said(reading))
        for word, sounds in reading.say:
            yield f"  指定 / given: {word} = {sounds}"
        yield from _clip_lines(shown, reading)
    drafted = _draft(rhyme)
    if drafted is not None:
        yield f"\n[yue 草稿，请粤语母语者改 / a draft to be finished] {drafted}"


def _said_lines(said: Said | TextError) -> Iterator[str]:
    if isinstance(said, TextError):
        yield f"  读不出 / cannot be said: {said}"
        return
    yield f"  读作 / says: {said.text}"
    if said.phonemes:
        yield f"  读音 / sounds: {' '.join(said.phonemes)}"


def _clip_lines(shown: Shown, reading: Reading) -> Iterator[str]:
    clip = shown.clip(reading)
    if clip is None:
        yield "  音频 / clip: 还没有合成 / not made yet"
        return
    yield (
        f"  音频 / clip: {clip.samples / RATE:.1f} s，{clip.engine} {clip.voice}，"
        f"{clip.loudness:.1f} LUFS，{clip.peak:.1f} dBTP，{clip.hash[:12]}"
    )
    if clip.why:
        yield f"  为什么用它 / why this engine: {clip.why}"
    if clip.experimental:
        waits = standing(shown.rhyme, reading, shown.library) == "waiting"
        yield "  实验：还没有人认可 / not approved" if waits else "  实验：已认可 / approved"


def _draft(rhyme: Rhyme) -> str | None:
    """Draft a Cantonese reading where there is none."""
    written = rhyme.reading(Language("cmn"))
    if written is None or rhyme.reading(Language("yue")) is not None:
        return None
    return draft(written.text)
