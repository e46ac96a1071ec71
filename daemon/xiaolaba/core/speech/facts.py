"""What a rhyme must not say: a telephone number that is not the police's, a promise of refunds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xiaolaba.core.speech.naming import POLICE
from xiaolaba.core.speech.numbers import telephones
from xiaolaba.core.speech.traditional import simplified

_SPELT = re.compile("[零〇一二三四五六七八九幺]{5,}")
_SPELT_OUT = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_COUNTING = "0123456789", "9876543210"

_INSIDE = "[^，。！？,.!?]{0,6}"
_PROMISE = re.compile(
    "(?:保证|包|一定|肯定|必定|负责|帮你|替你|为你|帮您|可以|能够|都能|就能|可|能|保[你您]|(?<![其老落核])实(?=[攞拎追退]返))"
    f"{_INSIDE}(?:追回|追返|要回|退回|讨回|挽回|攞返|拎返|退返|追讨|全额退|退还|无恙)"
    f"|(?:[帮替为][你您]|[把将]钱){_INSIDE}追(?![^，。！？,.!?])"
)
_DENIED = re.compile("[不没难未唔冇别莫咪]")
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]?")
_QUOTED = re.compile(
    "骗子|[自号声谎]称|冒充|谁[说话讲]|有人[说话讲]|[别莫勿咪]信|唔好信|何必|[？?]"
)
"""What shows that a sentence tells of a swindler's promise, or doubts it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not so, at character `at` of a text; a warning is for a person to judge."""

    code: str
    at: int
    zh: str
    en: str
    warning: bool = False


def faults(text: str) -> Iterator[Fault]:
    """Find other telephone numbers than the police's, and promises that nobody can keep."""
    for found in (*telephones(text), *_spelt(text)):
        if re.sub(r"\D", "", found[0].translate(_SPELT_OUT)) not in POLICE:
            number = text[found.start() : found.end()]
            zh = f"电话“{number}”：只写反诈专线 96110 和报警 110"
            en = f"'{number}': name no other number than 96110 and 110"
            yield Fault("hotline", found.start(), zh, en)
    for sentence in _SENTENCE.finditer(simplified(text)):
        quoted = _QUOTED.search(sentence[0]) is not None
        for found in _promises(sentence):
            yield _promise(text[found.start() : found.end()], found.start(), quoted)


def _spelt(text: str) -> Iterator[re.Match[str]]:
    """Yield numbers spelt out in hanzi; counting from one to seven is none."""
    for found in _SPELT.finditer(text):
        if not any(found[0].translate(_SPELT_OUT) in row for row in _COUNTING):
            yield found


def _promises(sentence: re.Match[str]) -> Iterator[re.Match[str]]:
    """Yield the promises of a sentence that it does not deny."""
    for found in _PROMISE.finditer(sentence.string, sentence.start(), sentence.end()):
        before = max(sentence.start(), found.start() - 2)
        if not _DENIED.search(sentence.string, before, found.end()):
            yield found


def _promise(said: str, at: int, quoted: bool) -> Fault:
    """Return the fault of a promise; one that is only told of is for a person to judge."""
    if quoted:
        zh = f"“{said}”：像是许诺能追回钱；若是骗子的话就不必改"
        en = f"'{said}' sounds like a promise of money back; leave it if swindlers say it"
    else:
        zh = f"“{said}”：不要许诺能追回钱，骗子也这么说"
        en = f"'{said}': never promise that money comes back"
    return Fault("promise", at, zh, en, quoted)
