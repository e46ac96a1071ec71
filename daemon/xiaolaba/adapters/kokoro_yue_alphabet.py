"""Jyutping in the alphabet of the Kokoro model, which was never taught Cantonese.

A syllable is spelt with IPA letters that the model knows from its Mandarin
and other voices. The vowel of eon and eot (ɵ) is not among them; the nearest
is ə. Tones are written as the Mandarin arrow of the nearest shape, for the
voice's colour only: the pitch is laid over the model's own by
`kokoro_yue_tones`, which is why it has to be known where each rime stands.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from xiaolaba.core.errors import TextError

# fmt: off
ONSETS = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l",
    "g": "k", "k": "kʰ", "ng": "ŋ", "h": "h", "gw": "kw", "kw": "kʰw", "w": "w",
    "z": "ʦ", "c": "ʦʰ", "s": "s", "j": "j", "": "",
}
VOWELS = {
    "aa": "a", "a": "ɐ", "e": "ɛ", "i": "i", "o": "ɔ", "u": "u", "oe": "œ", "eo": "ə", "yu": "y",
    "m": "m", "ng": "ŋ",
}
RIMES = {
    "ei": "ei", "ing": "ɪŋ", "ik": "ɪk", "ou": "ou", "ung": "ʊŋ", "uk": "ʊk", "eoi": "əy",
}
# fmt: on
"""Rimes whose vowel sounds otherwise than alone."""
CODAS = {"": "", "i": "i", "u": "u", "m": "m", "n": "n", "ng": "ŋ", "p": "p", "t": "t", "k": "k"}
ARROWS = {1: "→", 2: "↗", 3: "→", 4: "↓", 5: "↗", 6: "→"}
PAUSES = {"，": ", ", "。": ". ", "！": "! ", "？": "? "}

TABLES = (ONSETS, VOWELS, RIMES, CODAS, ARROWS, PAUSES)

_SYLLABLE = re.compile(
    r"(ng|gw|kw|[bpmfdtnlgkhwzcsj])?"
    r"(?:(yu|aa|oe|eo|[aeiou])(ng|[iumnptk])?|(m|ng))"
    r"([1-6])"
)


@dataclass(frozen=True, slots=True)
class Syllable:
    """One syllable: its tone, and where it, its rime and its coda begin and it ends, in symbols."""

    tone: int
    start: int
    rime: int
    coda: int
    end: int
    checked: bool
    """Whether it ends in p, t or k (入声)."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """What the model is given: the symbols, and the syllables of each clause."""

    symbols: str
    clauses: tuple[tuple[Syllable, ...], ...]


def spelling(sounds: Iterable[str]) -> Spelling:
    """Return Jyutping syllables and marks in the model's alphabet.

    Raises:
        TextError: if a syllable is no Jyutping.
    """
    symbols = ""
    clauses: list[list[Syllable]] = [[]]
    for sound in sounds:
        if sound in PAUSES:
            symbols += PAUSES[sound]
            clauses.append([])
            continue
        onset, vowel, coda, tone = _spelt(sound)
        start = len(symbols)
        rime = start + len(onset)
        close = rime + len(vowel) + len(ARROWS[tone])
        symbols += onset + vowel + ARROWS[tone] + coda
        checked = coda in {"p", "t", "k"}
        clauses[-1].append(Syllable(tone, start, rime, close, len(symbols), checked))
    return Spelling(symbols.rstrip(), tuple(tuple(clause) for clause in clauses if clause))


def _spelt(syllable: str) -> tuple[str, str, str, int]:
    """Return onset, vowel and coda of a syllable such as gwok3 in the model's letters, and tone."""
    found = _SYLLABLE.fullmatch(syllable)
    if found is None:
        raise TextError(f"不是粤拼: '{syllable}'", f"no Jyutping syllable: '{syllable}'")
    onset, vowel, coda, nasal, tone = found.groups(default="")
    rime = RIMES.get(vowel + coda)
    if rime:
        return _onset(onset, vowel), rime[0], rime[1], int(tone)
    return _onset(onset, vowel), VOWELS[vowel or nasal], CODAS[coda], int(tone)


def _onset(onset: str, vowel: str) -> str:
    """Return the letters of an onset; jyu begins with its vowel."""
    return "" if (onset, vowel) == ("j", "yu") else ONSETS[onset]
