"""Hanzi to pinyin, on the `pypinyin` library.

A text is cut into words first, for a character's sound is its word's (参 in
参加 and 人参). Of all ways to cut it, the one with the fewest words is taken; of
those the one with most words of our own table (牵着|手, not 牵|着手), and of
those the one with the longest words at the end (人|参加, not 人参|加).
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT

from xiaolaba.core.speech.mandarin_words import GUESSES, PLAIN
from xiaolaba.core.speech.neutral_tones import NEUTRAL
from xiaolaba.core.speech.pronunciations import Rule, by_neighbours
from xiaolaba.core.speech.sounds import RULES, WORDS, Say, sounds
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.speech.traditional import simplified
from xiaolaba.core.units import Language

CMN = Language("cmn")
_Span = tuple[int, int]
_SYLLABLE = re.compile(r"[a-zê]+[1-5]")
_KNOWN = frozenset((*PHRASES_DICT, *NEUTRAL, *PLAIN, *WORDS[CMN]))
_LONGEST = max(map(len, _KNOWN))


def pinyin(text: str, say: Say = ()) -> tuple[str, ...]:
    """Return the pinyin of a normalised text, a tone digit to each syllable (5 is neutral)."""
    plain = simplified(text)  # the phrases of the dictionary are in simplified characters
    words = _cut(plain)
    syllables = [sound for word in words for sound in _of_word(word)]
    for place, sound in _by_neighbours(plain, words):
        syllables[place] = sound
    return sounds(text, syllables, CMN, say)


def settled(text: str) -> set[int]:
    """Return the places whose sound a rule tells, or a word that no other runs into."""
    plain = simplified(text)
    words = _cut(plain)
    told = {place for place, _ in _by_neighbours(plain, words, RULES[CMN][len(GUESSES) :])}
    inside = {place for start, end in _long(words) for place in range(start, end)}
    return told | (inside - contested(text))


def contested(text: str) -> set[int]:
    """Return the places that sound otherwise in a word that runs into theirs (会计 in 会|计算)."""
    plain = simplified(text)
    words = _cut(plain)
    heard = [sound for word in words for sound in _of_word(word)]
    return {
        start + place
        for word in _long(words)
        for start, end in _around(plain, *word)
        if _crossing(word, (start, end))
        for place, sound in enumerate(_of_word(plain[start:end]))
        if sound != heard[start + place]
    }


def _cut(text: str) -> list[str]:
    """Return the words of a text; a character that is in none is by itself."""
    best, last = [(0, 0)], [0]
    for end in range(1, len(text) + 1):
        starts = range(max(0, end - _LONGEST), end)
        ways = ((_with(best[at], text[at:end]), at) for at in starts if _is_word(text[at:end]))
        way, start = min(ways)
        best.append(way)
        last.append(start)
    words, end = [], len(text)
    while end:
        words.append(text[last[end] : end])
        end = last[end]
    return words[::-1]


def _with(way: tuple[int, int], word: str) -> tuple[int, int]:
    """Return (words, words that are not our own) of a way that goes on with this word."""
    return way[0] + 1, way[1] + (word not in WORDS[CMN])


def _is_word(text: str) -> bool:
    return len(text) == 1 or text in _KNOWN


def _of_word(word: str) -> list[str]:
    """Return a word's sounds, one a character; "" where there is none."""
    if word in WORDS[CMN]:
        return WORDS[CMN][word].split()
    one_each: Any = list  # a run without pinyin, one entry a character; the stubs know only str
    found = lazy_pinyin([word], Style.TONE3, neutral_tone_with_five=True, errors=one_each)
    if word in NEUTRAL or (len(word) == 3 and word[1:] in NEUTRAL):
        found[-1] = found[-1][:-1] + "5"
    return [sound if sound in MARKS or _SYLLABLE.fullmatch(sound) else "" for sound in found]


def _by_neighbours(
    text: str, words: list[str], table: Sequence[Rule] = RULES[CMN]
) -> list[tuple[int, str]]:
    """Return what the rules tell of the characters that are in no word."""
    alone = {start for start, end in _spans(words) if end - start == 1}
    return [(at, sound) for at, sound in by_neighbours(text, table) if at in alone]


def _spans(words: list[str]) -> list[_Span]:
    ends = list(accumulate(map(len, words)))
    return list(zip([0, *ends], ends, strict=False))


def _long(words: list[str]) -> list[_Span]:
    return [(start, end) for start, end in _spans(words) if end - start > 1]


def _around(text: str, start: int, end: int) -> Iterator[_Span]:
    """Yield the known words that begin or end near this one."""
    for one in range(max(0, start - 3), end):
        for other in range(one + 2, min(len(text), end + 3) + 1):
            if text[one:other] in _KNOWN:
                yield one, other


def _crossing(word: _Span, other: _Span) -> bool:
    """Return whether the other has a part of the word and something beside it."""
    return other[0] < word[0] < other[1] < word[1] or word[0] < other[0] < word[1] < other[1]
