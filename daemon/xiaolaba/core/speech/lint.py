"""What an editor would say of a rhyme: does it rhyme, how long is it, is what it says true.

Everything here is a *note* at a place of a reading's text. A warning is for
a person to look at; an error is wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from xiaolaba.core.rhyme import Reading, Rhyme
from xiaolaba.core.speech.facts import faults
from xiaolaba.core.speech.finals import ends, rhymes
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.speech.traditional import simplified
from xiaolaba.core.speech.written_cantonese import mandarin_words
from xiaolaba.core.units import Language, RhymeId

SYLLABLES_A_SECOND, PAUSE_S = 4.0, 0.3
LONGEST_S, SHORTEST_S = 20.0, 3.0
"""Longer than this nobody stops for; shorter than this nobody turns the head."""
ALIKE = 0.6
"""Share of two texts' pairs of characters from which on they say the same twice."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One remark on a reading: at character `at` of its text, None for the whole of it."""

    rhyme: RhymeId
    language: Language
    at: int | None
    code: str
    zh: str
    en: str
    warning: bool = True


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reading with its sounds; `unsure` are the places of its text that want a look."""

    rhyme: Rhyme
    reading: Reading
    sounds: tuple[str, ...]
    unsure: tuple[tuple[int, str], ...] = ()


def notes(spoken: Sequence[Spoken], today: date) -> Iterator[Note]:
    """Yield what there is to say of these readings."""
    for own in spoken:
        for code, at, zh, en, warning in _of_one(own, today):
            yield Note(own.rhyme.id, own.reading.language, at, code, zh, en, warning)
    yield from _twins(spoken)


_Remark = tuple[str, int | None, str, str, bool]


def _of_one(own: Spoken, today: date) -> Iterator[_Remark]:
    yield from _expired(own.rhyme, today)
    yield from _rhyming(own)
    yield from _length(own)
    for fault in faults(own.reading.text):
        yield fault.code, fault.at, fault.zh, fault.en, fault.warning
    if own.reading.language == "yue":
        yield from _mandarin(own.reading.text)
    for at, sound in own.unsure:
        word = own.reading.text[at]
        zh = f"多音字“{word}”读作 {sound}：请核对；不对就写在 say 里"
        yield "polyphone", at, zh, f"'{word}' is read {sound}: look, and correct it by say", True


def _expired(rhyme: Rhyme, today: date) -> Iterator[_Remark]:
    if rhyme.expires is not None and rhyme.expires < today:
        zh, en = f"已于 {rhyme.expires} 过期，不再播出", f"expired on {rhyme.expires}"
        yield "expired", None, f"{zh}；改日期或删去", f"{en}; change the date or remove it", False


def _rhyming(own: Spoken) -> Iterator[_Remark]:
    last = ends(own.sounds)
    if last and not rhymes(own.sounds, own.reading.language):
        heard = "、".join(last)
        zh = f"不押韵：句尾是 {heard}；至少一半句尾要同韵，最后一句也要"
        yield "rhyme", None, zh, f"does not rhyme: the clauses end in {', '.join(last)}", True


def speaking_time(sounds: Sequence[str]) -> float:
    """Return about how many seconds a slow voice takes."""
    syllables = sum(sound not in MARKS for sound in sounds)
    return syllables / SYLLABLES_A_SECOND + PAUSE_S * (len(sounds) - syllables)


def _length(own: Spoken) -> Iterator[_Remark]:
    seconds = speaking_time(own.sounds)
    if seconds > LONGEST_S:
        zh = f"太长：约 {seconds:.0f} 秒，最好不超过 {LONGEST_S:.0f} 秒"
        yield "long", None, zh, f"long: about {seconds:.0f} s, {LONGEST_S:.0f} at most", True
    elif own.sounds and seconds < SHORTEST_S:
        zh = f"太短：约 {seconds:.1f} 秒，没人来得及听"
        yield "short", None, zh, f"short: about {seconds:.1f} s, nobody will catch it", True


def _mandarin(text: str) -> Iterator[_Remark]:
    for foreign in mandarin_words(text):
        zh = f"“{foreign.word}”是普通话的说法，粤语说“{foreign.instead}”"
        en = f"'{foreign.word}' is Mandarin; Cantonese says '{foreign.instead}'"
        yield "mandarin-word", foreign.at, zh, en, True


def _twins(spoken: Sequence[Spoken]) -> Iterator[Note]:
    """Find readings that say nearly the same; the later one is named."""
    pairs = [(own, _pairs(own.reading.text)) for own in spoken]
    for n, (own, mine) in enumerate(pairs):
        for other, theirs in pairs[:n]:
            if own.reading.language != other.reading.language or own.rhyme is other.rhyme:
                continue
            shared = len(mine & theirs)
            if shared >= ALIKE * max(1, len(mine | theirs)):
                zh = f"与“{other.rhyme.id}”几乎一样：留一条就够"
                en = f"nearly the same as '{other.rhyme.id}': one is enough"
                name = (own.rhyme.id, own.reading.language)
                yield Note(*name, None, "duplicate", zh, en)
                break


def _pairs(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters, marks left out."""
    plain = "".join(character for character in simplified(text) if character.isalnum())
    return frozenset(plain[k : k + 2] for k in range(len(plain) - 1))
