"""How well the offline Cantonese voice sings its tones: pitch against tone, in shipped rhymes."""

import statistics
from pathlib import Path

from tests.bench.figures import Figure
from tests.tones import likeness
from xiaolaba.adapters.cantonese import jyutping
from xiaolaba.adapters.kokoro_yue import KokoroYue
from xiaolaba.adapters.kokoro_yue_alphabet import spelling
from xiaolaba.core.speech.text import normalise
from xiaolaba.core.units import Language
from xiaolaba.settings.rhymes import load_rhymes

RHYMES = Path(__file__).parents[2] / "audio" / "rhymes"
YUE = Language("yue")
MOST = 20
PACE = 0.9


def measure() -> list[Figure]:
    """Return the correlation of what is heard with what the tones ask for."""
    voice, found = KokoroYue(), []
    for rhyme in list(load_rhymes(RHYMES).values())[:MOST]:
        if reading := rhyme.reading(YUE):
            spelt = spelling(jyutping(normalise(reading.text, YUE), reading.say))
            found.append(likeness(voice.sing(spelt, PACE), spelt))
    what = f"kokoro-yue, pitch against tone in {len(found)} rhymes"
    return [
        Figure(f"{what}, median", statistics.median(found), "correlation", least=0.75),
        Figure(f"{what}, least", min(found), "correlation"),
    ]
