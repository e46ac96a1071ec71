"""Pinyin in the alphabet that the Kokoro model was trained on.

IPA with three habits of its own: affricates are single letters (ʦ ꭧ ʨ), the
buzzing vowel of zi and zhi is ɨ, and the tone is an arrow right after the
vowel (→ first, ↗ second, ↓ third, ↘ fourth, nothing for neutral), before a
final n or ŋ. In the tables below `·` marks where the arrow goes. Tones are
written as in the dictionary: the model learned sandhi by ear, and so the
neutral tone of 里, of 少 in 多少 and of what is said twice (想想): written as
neutral, these were heard worse.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

from xiaolaba.core.errors import TextError

# fmt: off
INITIALS = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l",
    "g": "k", "k": "kʰ", "h": "x", "j": "ʨ", "q": "ʨʰ", "x": "ɕ",
    "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s", "": "",
}
# fmt: on

# fmt: off
FINALS = {
    "a": "a·", "o": "wo·", "e": "ɤ·", "ai": "ai·", "ei": "ei·", "ao": "au·", "ou": "ou·",
    "an": "a·n", "en": "ə·n", "ang": "a·ŋ", "eng": "ə·ŋ", "ong": "ʊ·ŋ",
    "i": "i·", "ia": "ja·", "ie": "je·", "iao": "jau·", "iu": "jou·",
    "ian": "jɛ·n", "in": "i·n", "iang": "ja·ŋ", "ing": "i·ŋ", "iong": "jʊ·ŋ",
    "u": "u·", "ua": "wa·", "uo": "wo·", "uai": "wai·", "ui": "wei·",
    "uan": "wa·n", "un": "wə·n", "uang": "wa·ŋ", "ueng": "wə·ŋ",
    "v": "y·", "ve": "ɥe·", "van": "ɥɛ·n", "vn": "y·n",
}
# fmt: on

# fmt: off
WHOLE = {
    "er": "ɚ·", "o": "ɔ·", "ê": "ɛ·", "yo": "jɔ·",
    "m": "m·", "n": "n·", "ng": "ŋ·", "hm": "hm·", "hng": "hŋ·",
}
# fmt: on
"""Syllables that are not an initial and a final."""

ARROWS = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}

_LEARNED = {"li5": "li3", "shao5": "shao3"}

_PARTICLES = frozenset({"de", "le", "la", "zhe", "men", "ya", "ma", "ba"})
"""What ends a word and only seems to be said twice (快乐了, 部门们, 挨骂吗)."""
_KIN = frozenset({"ma1", "ba4"})
"""Said twice nevertheless (妈妈, 爸爸); 你妈吗 is taken for it."""

PAUSES = {"，": ", ", "。": ". ", "！": "! ", "？": "? "}

_SYLLABLE = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs]?)([aeiouvê]\w*)")


def phonemes(sounds: Iterable[str]) -> str:
    """Return pinyin syllables and marks in the model's alphabet.

    Raises:
        TextError: if a syllable is no pinyin.
    """
    return "".join(PAUSES.get(sound) or ipa(sound) for sound in _as_learned(sounds)).strip()


def version() -> str:
    """Return a short name of how syllables are spelled, alone and said twice, and marks."""
    known = filter(_shape, (start + end for start in (*INITIALS, *"yw") for end in FINALS))
    twice = ((letters + tone, letters + "5") for letters in (*known, *WHOLE) for tone in ARROWS)
    spelled = [PAUSES, *(phonemes(own) for pair in twice for own in (pair[:1], pair))]
    return hashlib.sha256(repr(spelled).encode()).hexdigest()[:16]


def _as_learned(sounds: Iterable[str]) -> Iterator[str]:
    """Yield the sounds with the tones that the model learned from its dictionary."""
    before = ""
    for sound in sounds:
        yield before if _said_twice(before, sound) else _LEARNED.get(sound, sound)
        before = sound


def _said_twice(before: str, sound: str) -> bool:
    if sound[-1] != "5" or sound[:-1] != before[:-1]:
        return False
    return sound[:-1] not in _PARTICLES or before in _KIN


def ipa(syllable: str) -> str:
    """Return one pinyin syllable with its tone digit, such as zha4, in the model's alphabet."""
    letters, tone = syllable[:-1].replace("ü", "v"), syllable[-1:]
    shape = _shape(letters)
    if shape is None or tone not in ARROWS:
        raise TextError(f"不是拼音: '{syllable}'", f"no pinyin syllable: '{syllable}'")
    return shape.replace("·", ARROWS[tone])


def _shape(letters: str) -> str | None:
    return WHOLE.get(letters) or _joined(letters)


def _joined(letters: str) -> str | None:
    """Return initial and final in IPA, or None if there are no such two."""
    found = _SYLLABLE.fullmatch(_without_glide_letters(letters))
    if found is None:
        return None
    initial, final = found.groups()
    if initial in {"j", "q", "x"} and final.startswith("u"):
        final = "v" + final[1:]
    if initial in {"zh", "ch", "sh", "r", "z", "c", "s"} and final == "i":
        return INITIALS[initial] + "ɨ·"
    return INITIALS[initial] + FINALS[final] if final in FINALS else None


def _without_glide_letters(letters: str) -> str:
    """Return a syllable that begins with y or w as its bare final: yuan van, you iu, wei ui."""
    if letters.startswith("yu"):
        return "v" + letters[2:]
    if letters.startswith(("yi", "wu")):
        return letters[1:]
    if letters[:1] in {"y", "w"}:
        bare = {"y": "i", "w": "u"}[letters[0]] + letters[1:]
        return {"iou": "iu", "uei": "ui", "uen": "un", "iong": "iong"}.get(bare, bare)
    return letters
