"""Syllables laid beside the characters they belong to, with words whose sound is known better.

A front end gives one sound for each character of a normalised text: a
syllable with its tone digit, a mark, or "" for a capital letter. What an
operator wrote under `say` replaces the sounds of whole words.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

from xiaolaba.core.errors import TextError
from xiaolaba.core.speech import cantonese_words, mandarin_words
from xiaolaba.core.speech.neutral_tones import NEUTRAL
from xiaolaba.core.speech.pronunciations import Rule
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.speech.traditional import simplified, traditional_forms
from xiaolaba.core.units import Language

Say = tuple[tuple[str, str], ...]
"""(word, its syllables with tone digits, one a space)."""

_SYLLABLE = {
    "cmn": re.compile(r"[a-zêü]+[1-5]"),
    "yue": re.compile(r"[a-z]+[1-6]"),
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "cmn": mandarin_words.WORDS,
    "yue": cantonese_words.WORDS,
}
RULES: Mapping[str, tuple[Rule, ...]] = {
    "cmn": mandarin_words.RULES,
    "yue": cantonese_words.RULES,
}

# fmt: off
_NAMES = {
    "cmn": {
        "A": "ei1", "B": "bi4", "C": "xi1", "D": "di4", "E": "yi4", "F": "ai2 fu5",
        "G": "ji4", "H": "ei2 chi5", "I": "ai4", "J": "zhei4", "K": "kei4", "L": "ai2 lou5",
        "M": "ai2 mu5", "N": "en1", "O": "ou1", "P": "pi4", "Q": "kiu1", "R": "a4",
        "S": "ai2 si5", "T": "ti4", "U": "you1", "V": "wei1", "W": "da2 bu5 liu5",
        "X": "ai2 ke5 si5", "Y": "wai4", "Z": "zei4",
    },
    "yue": {
        "A": "ei1", "B": "bi1", "C": "si1", "D": "di1", "E": "ji1", "F": "e1 fu4",
        "G": "zi1", "H": "ik1 cyu4", "I": "aai1", "J": "zei1", "K": "kei1", "L": "e1 lou4",
        "M": "em1", "N": "en1", "O": "ou1", "P": "pi1", "Q": "kiu1", "R": "aa1 lou4",
        "S": "e1 si4", "T": "ti1", "U": "ju1", "V": "wi1", "W": "dap1 bi1 ju1",
        "X": "ik1 si4", "Y": "waai1", "Z": "ji6 set1",
    },
}
# fmt: on


def tables_version(language: Language) -> str:
    """Return a short name of the tables of a language; it changes when they do."""
    more = sorted(NEUTRAL | mandarin_words.PLAIN) if language == "cmn" else traditional_forms()
    rules = [(pattern.pattern, sound) for pattern, sound in RULES[language]]
    tables = repr((WORDS[language], rules, _NAMES[language], more))
    return hashlib.sha256(tables.encode()).hexdigest()[:12]


def sounds(
    text: str, syllables: Sequence[str], language: Language, say: Say = ()
) -> tuple[str, ...]:
    """Return the sounds of `text` in order, marks among them.

    `syllables` holds one entry for each character.

    Raises:
        TextError: if a word's syllables do not fit it, or a character has no sound.
    """
    placed = laid(text, syllables, language, say)
    for place, character in enumerate(text):
        if not placed[place]:
            placed[place] = _NAMES[language].get(character, "")
        if not placed[place]:
            raise TextError(f"不知道怎么读 '{character}'", f"no known sound of '{character}'")
    return tuple(sound for group in placed for sound in group.split())


def laid(
    text: str, syllables: Sequence[str], language: Language, words: Iterable[tuple[str, str]]
) -> list[str]:
    """Return the syllables with those of `words` in their places; the longest word wins.

    A word is found in traditional characters as well.

    Raises:
        TextError: if a word's syllables do not fit it.
    """
    placed = list(syllables)
    for word, said in sorted(words, key=lambda pair: len(pair[0])):
        for start in _places(text, word):
            placed[start : start + len(word)] = _fitting(word, said, language)
    return placed


def clauses(phonemes: Iterable[str], ends: str = MARKS[1:]) -> list[list[str]]:
    """Return the sounds cut after each mark of `ends`."""
    found: list[list[str]] = [[]]
    for sound in phonemes:
        found[-1].append(sound)
        if sound in ends:
            found.append([])
    return [clause for clause in found if any(sound not in MARKS for sound in clause)]


def widths(text: str, language: Language) -> list[int]:
    """Return how many sounds each character of a normalised text has."""
    return [len(_NAMES.get(language, {}).get(character, "-").split()) for character in text]


def covered(text: str, language: Language, say: Say = ()) -> set[int]:
    """Return the places of characters whose sound a word of ours or of the operator settles."""
    words = (*WORDS.get(language, {}).items(), *say)
    return {
        start + place
        for word, _ in words
        for start in _places(text, word)
        for place in range(len(word))
    }


def _places(text: str, word: str) -> Iterable[int]:
    if not word:
        return ()
    wanted = re.escape(simplified(word))
    return (found.start() for found in re.finditer(wanted, simplified(text)))


def _fitting(word: str, said: str, language: Language) -> list[str]:
    given = said.split()
    if len(given) != len(word) or not all(_SYLLABLE[language].fullmatch(one) for one in given):
        raise TextError(
            f"'{word}' 的读音 '{said}' 不对：每个字要一个带声调数字的音节",
            f"'{said}' is no pronunciation of '{word}': one syllable with a tone digit a character",
        )
    return given
