"""The clauses that several files share: where, days, language shares."""

import re
from collections.abc import Callable
from math import gcd
from typing import TypeVar

from xiaolaba.core.calendar import DayClass, Days
from xiaolaba.core.schedule import EVERYWHERE, Where
from xiaolaba.core.units import Language
from xiaolaba.settings import day_names, words
from xiaolaba.settings.day_names import CLASSES, WEEKDAYS
from xiaolaba.settings.document import Mapping, Node, Scalar
from xiaolaba.settings.fields import Log, Record, each, record, scalar, word

MAX_ITEMS = 20
"""Most items that the shares of one rhyme may need."""

T = TypeVar("T")

_BETWEEN = re.compile("[,，、;；]")
_CHINESE = re.compile("[\u4e00-\u9fff][^:：]{0,99}")


def several(node: Node, log: Log, parse: Callable[[str], T], stand_in: T) -> tuple[T, ...]:
    """Return a list's words, at least one; one word alone is a list of one."""
    if not isinstance(node, Scalar):
        return each(node, log, word(parse, stand_in), empty=False)
    if not _BETWEEN.search(node.text):
        return (scalar(node, log, parse, stand_in),)
    parts = (part.strip() for part in _BETWEEN.split(node.text))
    meant = f"[{', '.join(filter(None, parts))}]"
    log.add(node.mark, f"几样要写成列表；请写 {meant}", f"write a list: {meant}")
    return ()


def where(row: Record) -> Where:
    """Return the nodes meant by `where`; everywhere if it was not written."""
    node = row.at("where")
    if node is None:
        return EVERYWHERE
    found = [name for name in several(node, row.log, _name, "") if name]
    if found and all(name.startswith("-") for name in found):
        row.log.add(
            node.mark,
            '只写了排除；请先写包括哪些地点，例如 [xideng, "-jinxiu-gate"]',
            'only exclusions; name what is included too, such as [xideng, "-jinxiu-gate"]',
        )
    return Where(
        frozenset(_stripped(found, "")),
        frozenset(_stripped(found, "tag:")),
        frozenset(_stripped(found, "-")),
        frozenset(_stripped(found, "-tag:")),
    )


def _name(text: str) -> str:
    """Return an id or `tag:` with an id, with or without `-` before it.

    A name in Chinese passes: whether it is that of a place is seen once those are known.
    """
    plain = text.removeprefix("-")
    if not _CHINESE.fullmatch(plain):
        words.identifier(plain.removeprefix("tag:"))
    return text


def _stripped(names: list[str], prefix: str) -> list[str]:
    """Return the names that carry exactly `prefix`, without it."""
    kinds = {name: _prefix(name) for name in names}
    return [name.removeprefix(prefix) for name in names if kinds[name] == prefix]


def _prefix(name: str) -> str:
    return next((kind for kind in ("-tag:", "tag:", "-") if name.startswith(kind)), "")


def days(row: Record) -> Days:
    """Return a kind of day, or the weekdays listed; every day if nothing was written."""
    node = row.at("days")
    if node is None:
        return DayClass.EVERYDAY
    lone = isinstance(node, Scalar) and not _BETWEEN.search(node.text)
    if isinstance(node, Scalar) and lone and node.text not in WEEKDAYS:
        return scalar(node, row.log, _day_class, DayClass.EVERYDAY)
    return frozenset(several(node, row.log, _weekday, 0))


def _day_class(text: str) -> DayClass:
    if text not in CLASSES:
        _weekday(text)
    return CLASSES[text]


def _weekday(text: str) -> int:
    """Return a weekday's number, 0 for Monday."""
    if text in CLASSES:
        raise words.Wrong(
            f"'{text}' 不能和星期放在一起；请单独写 days: {text}",
            f"'{text}' cannot stand among weekdays; write days: {text}",
        )
    if text not in WEEKDAYS:
        meant = day_names.meant(text)
        zh, en = (f"（是不是 '{meant}'？）", f" (did you mean '{meant}'?)") if meant else ("", "")
        raise words.Wrong(
            f"'{text}' 不是日子；可写 everyday、workday、restday、holiday 或 [mon, …, sun]{zh}",
            f"'{text}' is no day: everyday, workday, restday, holiday or [mon, ..., sun]{en}",
        )
    return WEEKDAYS.index(text)


def shares(row: Record) -> tuple[tuple[Language, int], ...] | None:
    """Return the language shares in the order written, or None if nothing was written."""
    node = row.at("languages")
    if node is None:
        return None
    entries = record(node, row.log).node.entries
    found = tuple(
        (
            scalar(key, row.log, words.language, Language("")),
            scalar(value, row.log, words.whole(1, 1000), 1),
        )
        for key, value in entries
    )
    if isinstance(node, Mapping) and not node.entries:
        row.log.add(node.mark, "至少写一种语言", "name at least one language")
    needed = sum(share for _, share in found) // (gcd(*(share for _, share in found)) or 1)
    if needed > MAX_ITEMS:
        row.log.add(
            node.mark,
            f"这个比例要把一首顺口溜排 {needed} 次，最多 {MAX_ITEMS} 次；请用简单些的，例如 3 比 1",
            f"these shares need {needed} items for one rhyme, {MAX_ITEMS} at most;"
            " use a simpler ratio such as 3 to 1",
        )
    return found
