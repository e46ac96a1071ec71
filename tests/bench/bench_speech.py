"""How well the voices are understood, dry and from a horn in a street, and how even they are.

Every clip is said by every voice, levelled as for the air, and heard by the
listener of `hearing.py`; some are heard again through the horn of `horn.py`.
The texts are the shipped rhymes and, until there are enough of those, the
sentences in `speech/`. Intervals are 95 %.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import soxr

from tests.bench.figures import Figure
from tests.bench.hearing import RATE as HEARING_RATE
from tests.bench.hearing import (
    Heard,
    Listener,
    compare,
    error,
    interval,
    require_parts,
    syllables,
    without_tone,
)
from tests.bench.horn import Wave, heard
from xiaolaba.adapters.cantonese import jyutping
from xiaolaba.adapters.espeak import Espeak
from xiaolaba.adapters.kokoro import Kokoro
from xiaolaba.adapters.kokoro_yue import KokoroYue
from xiaolaba.adapters.loudness import TARGET_LUFS, level
from xiaolaba.adapters.mandarin import pinyin
from xiaolaba.adapters.meter import loudness
from xiaolaba.core.rhyme import Reading, Rhyme
from xiaolaba.core.speech.text import MARKS, normalise
from xiaolaba.core.units import RATE, Language
from xiaolaba.ports.voice import Speech, Utterance, Voice
from xiaolaba.settings.rhymes import load_rhymes
from xiaolaba.settings.voices import load_voices

ROOT = Path(__file__).parents[2]
ENOUGH = 1600
"""Syllables in each language."""
CMN, YUE = Language("cmn"), Language("yue")
FRONTS = {CMN: pinyin, YUE: jyutping}

VOICES: dict[str, tuple[Language, tuple[str, ...]]] = {
    "kokoro zf_xiaobei": (CMN, ("dry", "10 dB", "3 dB", "3 dB, no equaliser")),
    "kokoro zm_yunjian": (CMN, ("dry",)),
    "espeak cmn": (CMN, ("dry",)),
    "kokoro-yue zf_xiaobei": (YUE, ("dry", "10 dB", "3 dB")),
    "espeak yue": (YUE, ("dry",)),
}
"""What is measured: each voice, and how it is listened to."""

UNLISTED_RATE = 0.9
"""The pace of a voice that voices.yaml does not name."""

GOALS = {("kokoro zf_xiaobei", "dry"): (0.05, 0.10)}
"""Most syllables in error, without and with tone."""


@dataclass(frozen=True, slots=True)
class Result:
    """One clip said by one voice and heard in one way; loudness in LUFS, peak in dBTP."""

    voice: str
    way: str
    toned: Heard
    plain: Heard
    loudness: float
    peak: float


def texts() -> list[Rhyme]:
    """Return the shipped rhymes, and of the sentences as many as make enough."""
    shipped = load_rhymes(ROOT / "audio" / "rhymes").values()
    more = load_rhymes(Path(__file__).parent / "speech").values()
    found: list[Rhyme] = []
    for rhyme in (*shipped, *more):
        if _count(found, CMN) < ENOUGH or _count(found, YUE) < ENOUGH:
            found.append(rhyme)
    return found


def _count(rhymes: list[Rhyme], language: Language) -> int:
    said = (utterance(rhyme.reading(language), 1.0) for rhyme in rhymes)
    return sum(sound not in MARKS for one in said if one for sound in one.phonemes)


@cache
def utterance(reading: Reading | None, rate: float) -> Utterance | None:
    """Return what a voice is asked to say."""
    if reading is None:
        return None
    text = normalise(reading.text, reading.language)
    sounds = FRONTS[reading.language](text, reading.say)
    return Utterance(reading.language, text, sounds, rate)


@cache
def _voice(name: str) -> Voice:
    engine, _, voice = name.partition(" ")
    if engine == "espeak":
        return Espeak(Language(voice))
    return KokoroYue(voice) if engine == "kokoro-yue" else Kokoro(voice)


@cache
def _rate(name: str) -> float:
    """Return the pace of a voice as shipped."""
    language, engine = VOICES[name][0], name.partition(" ")[0]
    choices = load_voices(ROOT / "config" / "voices.yaml").languages[language]
    return next((choice.rate for choice in choices if choice.engine == engine), UNLISTED_RATE)


@cache
def _listener() -> Listener:
    return Listener(threads=1)


def listen(rhyme: Rhyme) -> list[Result]:
    """Return what came of one rhyme, with every voice and in every way."""
    return [
        result
        for name, (language, ways) in VOICES.items()
        if (said := utterance(rhyme.reading(language), _rate(name)))
        for result in _heard(rhyme.id, name, said, ways)
    ]


def _heard(rhyme: str, name: str, said: Utterance, ways: tuple[str, ...]) -> Iterator[Result]:
    speech = _voice(name).synthesize(said)
    levelled = level(speech)
    clip = np.frombuffer(levelled.frames, "<i2") / 32768
    asked = [sound for sound in said.phonemes if sound not in MARKS]
    for way in ways:
        wave = _flat(speech) if "no equaliser" in way else clip
        if way != "dry":
            wave = heard(wave, float(way.split()[0]), rhyme)
        words = _listener().words(soxr.resample(wave, RATE, HEARING_RATE), said.language)
        found = syllables(words, said.language, FRONTS[said.language])
        toned, plain = compare(asked, found), compare(without_tone(asked), without_tone(found))
        yield Result(name, way, toned, plain, levelled.loudness, levelled.peak)


def _flat(speech: Speech) -> Wave:
    """Return the voice as it came, only made as loud as a clip."""
    wave = np.frombuffer(speech.frames, "<f4").astype(np.float64)
    wave = soxr.resample(wave, speech.rate, RATE)
    return np.asarray(wave * 10 ** ((TARGET_LUFS - loudness(wave)) / 20))


def results() -> list[Result]:
    """Return every result; one process a core, in the order of the texts."""
    rhymes, found = texts(), []
    with get_context("spawn").Pool(len(os.sched_getaffinity(0))) as pool:
        for done, some in enumerate(pool.imap(listen, rhymes), start=1):
            found += some
            print(f"\r  {done}/{len(rhymes)}", end="", file=sys.stderr, flush=True)
        pool.close()
        pool.join()
    print(file=sys.stderr)
    return found


def measure() -> list[Figure]:
    """Listen to everything."""
    require_parts()
    found = results()
    figures = [Figure("syllables a voice, least", min(map(_said, _rows(found))), "", least=1500)]
    for name, (_, ways) in VOICES.items():
        for way in ways:
            figures += _errors(name, way, [r for r in found if (r.voice, r.way) == (name, way)])
    return figures + _judge(found) + _loudness([r for r in found if r.way == "dry"])


def _rows(found: list[Result]) -> Iterator[list[Result]]:
    for name in VOICES:
        yield [result for result in found if (result.voice, result.way) == (name, "dry")]


def _said(row: list[Result]) -> int:
    return sum(len(result.toned.said) for result in row)


def _errors(name: str, way: str, row: list[Result]) -> list[Figure]:
    most = GOALS.get((name, way), (None, None))
    return [
        _share(f"{name}, {way}: in error without tone", [r.plain for r in row], most[0]),
        _share(f"{name}, {way}: in error with tone", [r.toned for r in row], most[1]),
    ]


def _share(what: str, clips: list[Heard], most: float | None) -> Figure:
    low, high = interval(clips)
    return Figure(what, error(clips), f"({low:.3f} to {high:.3f})", most)


def _judge(found: list[Result]) -> list[Figure]:
    """Return how many Mandarin syllables both voices lose: the listener's and the texts' own share.

    What one voice says badly the other may say well; what is lost with both
    is more likely a word that the listener does not expect there.
    """
    one, other = (
        [r.plain for r in found if (r.voice, r.way) == (f"kokoro {voice}", "dry")]
        for voice in ("zf_xiaobei", "zm_yunjian")
    )
    both = sum(len(a.missed & b.missed) for a, b in zip(one, other, strict=True))
    said = sum(len(clip.said) for clip in one)
    return [Figure("missed without tone with both Mandarin voices", both / said, "of all")]


def _loudness(dry: list[Result]) -> list[Figure]:
    lufs = np.array([result.loudness for result in dry])
    return [
        Figure("loudness of all clips, mean", float(lufs.mean()), "LUFS"),
        Figure("... standard deviation", float(lufs.std()), "LU"),
        Figure("... range", float(np.ptp(lufs)), "LU", most=1.0),
        Figure("... highest true peak", max(result.peak for result in dry), "dBTP", most=-1.0),
    ]
