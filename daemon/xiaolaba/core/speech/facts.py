"""What a rhyme must not say: a telephone number that is not the police's, a promise of refunds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xiaolaba.core.speech.traditional import simplified

HOTLINES = frozenset({"96110", "110"})
_NUMBER = re.compile(
    r"(?<![\d.,])(?:\d[\d -]{1,14}\d)(?![\d.,%％]|[万千百亿元块毛蚊年月日号个条次天名位岁折倍人分])"
)
_SPELT = re.compile("[零〇一二三四五六七八九幺]{4,}")
_SPELT_OUT = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_PROMISE = re.compile(
    r"(?:保证|包|一定|肯定|必定|负责|帮你|替你|为你|帮您|可以|能够|都能|就能|可|能|实)"
    r"[^，。！？,.!?]{0,6}(?:追回|追返|要回|退回|讨回|挽回|攞返|拎返|退返|追讨|全额退|退还)"
)
_DENIED = re.compile("[不没难未唔冇别莫咪]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not so, at character `at` of a text."""

    code: str
    at: int
    zh: str
    en: str


def faults(text: str) -> Iterator[Fault]:
    """Find other telephone numbers than the police's, and promises that nobody can keep."""
    plain = simplified(text)
    for found in (*_NUMBER.finditer(plain), *_SPELT.finditer(plain)):
        number = re.sub(r"\D", "", found[0].translate(_SPELT_OUT))
        if number not in HOTLINES and len(number) >= 3:
            zh = f"电话“{found[0]}”：只写反诈专线 96110 和报警 110"
            en = f"'{found[0]}': name no other number than 96110 and 110"
            yield Fault("hotline", found.start(), zh, en)
    for found in _PROMISE.finditer(plain):
        if not _DENIED.search(plain[max(0, found.start() - 2) : found.end()]):
            zh = f"“{found[0]}”：不要许诺能追回钱，骗子也这么说"
            en = f"'{found[0]}': never promise that money comes back"
            yield Fault("promise", found.start(), zh, en)
