"""Hanzi to Jyutping, on the `ToJyutping` library."""

import ToJyutping

from xiaolaba.core.speech.pronunciations import by_neighbours
from xiaolaba.core.speech.sounds import RULES, WORDS, Say, laid, sounds
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.speech.traditional import simplified, traditional
from xiaolaba.core.units import Language

YUE = Language("yue")


def jyutping(text: str, say: Say = ()) -> tuple[str, ...]:
    """Return the Jyutping of a normalised text, simplified or traditional."""
    found = ToJyutping.get_jyutping_list(traditional(text))  # its words are traditional
    syllables = [character if character in MARKS else (said or "") for character, said in found]
    for place, sound in by_neighbours(simplified(text), RULES[YUE]):
        syllables[place] = sound
    return sounds(text, laid(text, syllables, YUE, WORDS[YUE].items()), YUE, say)
