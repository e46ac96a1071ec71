"""Hanzi to pinyin, on the `pypinyin` library."""

import re
from typing import Any

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT

from xiaolaba.core.speech.sounds import Say, sounds
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.speech.traditional import simplified
from xiaolaba.core.units import Language

_SYLLABLE = re.compile(r"[a-zê]+[1-5]")


def pinyin(text: str, say: Say = ()) -> tuple[str, ...]:
    """Return the pinyin of a normalised text, a tone digit to each syllable (5 is neutral)."""
    one_each: Any = list  # a run without pinyin, one entry a character; the stubs know only str
    plain = simplified(text)  # the phrases of the dictionary are in simplified characters
    found = lazy_pinyin(plain, Style.TONE3, neutral_tone_with_five=True, errors=one_each)
    syllables = [sound if sound in MARKS or _SYLLABLE.fullmatch(sound) else "" for sound in found]
    return sounds(text, syllables, Language("cmn"), say)


def in_phrases(text: str) -> set[int]:
    """Return the places of characters that stand in a phrase of the dictionary."""
    plain = simplified(text)
    spans = (
        (start, start + length)
        for length in (2, 3, 4)
        for start in range(len(plain) - length + 1)
        if plain[start : start + length] in PHRASES_DICT
    )
    return {place for start, end in spans for place in range(start, end)}
