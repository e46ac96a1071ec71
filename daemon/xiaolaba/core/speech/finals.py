"""What makes two syllables rhyme (押韵): the group of their finals, in each language.

Mandarin goes by the thirteen tracks (十三辙) of northern song, with the vowel
of zhi, chi, shi, ri, zi, ci, si apart from that of yi. Cantonese goes by the
Jyutping final, long and short a alike, as its songs do.
"""

import re
from collections import Counter
from collections.abc import Sequence

from xiaolaba.core.speech.sounds import clauses
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.units import Language

_TRACKS = {
    "发花": "a ia ua",
    "梭坡": "o uo e",
    "乜斜": "ie ue ve üe ê",
    "姑苏": "u",
    "一七": "i v ü",
    "儿": "er",
    "知时": "-i",
    "怀来": "ai uai",
    "灰堆": "ei ui uei",
    "遥条": "ao iao",
    "由求": "ou iu iou",
    "言前": "an ian uan van üan",
    "人辰": "en in un vn ün uen",
    "江阳": "ang iang uang",
    "中东": "eng ing ong iong ueng",
}
_TRACK = {final: name for name, finals in _TRACKS.items() for final in finals.split()}
_CMN = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]?)([a-zêü]+?)[1-5]?")
_YUE = re.compile(r"(gw|kw|ng(?=[aeiou])|[bpmfdtnlgkhwzcsj]?)([a-z]+?)[1-6]?")


def group(sound: str, language: Language) -> str:
    """Return what a syllable rhymes by; itself where nothing is known of the language."""
    match language:
        case "cmn":
            return _mandarin(sound)
        case "yue":
            found = _YUE.fullmatch(sound)
            return re.sub("^aa", "a", found[2]) if found else sound
        case _:
            return sound


def ends(sounds: Sequence[str]) -> list[str]:
    """Return the last syllable of each clause."""
    return [
        [sound for sound in clause if sound not in MARKS][-1] for clause in clauses(sounds, MARKS)
    ]


def rhymes(sounds: Sequence[str], language: Language) -> bool:
    """Return whether a text rhymes: half its clause ends do, and the last with one of them.

    A text of one clause has nothing to rhyme with.
    """
    groups = [group(sound, language) for sound in ends(sounds)]
    often = Counter(groups)
    paired = [name for name in groups if often[name] > 1]
    return len(groups) > 1 and 2 * len(paired) >= len(groups) and often[groups[-1]] > 1


def _mandarin(sound: str) -> str:
    found = _CMN.fullmatch(sound)
    if not found:
        return sound
    initial, final = found[1], found[2]
    if final == "i" and initial in ("zh", "ch", "sh", "r", "z", "c", "s"):
        return _TRACK_OF_ZHI
    if initial in ("j", "q", "x", "y") and final.startswith("u"):
        final = "v" + final[1:]
    if initial == "y" and final == "e":
        final = "ie"
    return _TRACK.get(final, final)


_TRACK_OF_ZHI = _TRACK["-i"]
