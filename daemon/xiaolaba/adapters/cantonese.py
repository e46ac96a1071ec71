"""Hanzi to Jyutping, on the `ToJyutping` library."""

import ToJyutping

from xiaolaba.core.speech.sounds import Say, sounds
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.units import Language


def jyutping(text: str, say: Say = ()) -> tuple[str, ...]:
    """Return the Jyutping of a normalised text, simplified or traditional."""
    found = ToJyutping.get_jyutping_list(text)
    syllables = [character if character in MARKS else (said or "") for character, said in found]
    return sounds(text, syllables, Language("yue"), say)
