"""A published year written into the text of holidays-cn.yaml; every other line stays as it is."""

from collections.abc import Iterator, Sequence

from xiaolaba.core.notice import Year
from xiaolaba.settings import document
from xiaolaba.settings.document import Mapping, Node, Scalar

HEADER = """\
# yaml-language-server: $schema=schema/holidays-cn.json
# 国家公布的放假安排。
years:
"""

Key = tuple[int, int, int]
"""Line and column of a year's key, from 0, and the year."""


def with_year(text: str, year: Year) -> str | None:
    """Return the text with `year` in it: in place of what it said before, else in its order.

    None means that the file's years are not written as a block that can be edited.
    """
    text = text if text.strip() else HEADER
    keys = _keys(text)
    if keys is None:
        return None
    lines = [f"{line}\n" for line in text.splitlines()]
    begin, end = _room(lines, keys, year.year)
    indent = " " * (keys[0][1] if keys else 2)
    block = [f"{indent}{line}\n" for line in _block(year)]
    return "".join([*lines[:begin], *block, *lines[end:]])


def _keys(text: str) -> list[Key] | None:
    """Return the years' keys, in the order written; None if each is not on a line of its own."""
    years = _years(document.parse(text.encode()))
    if isinstance(years, Scalar) and years.empty:
        return []
    if not isinstance(years, Mapping) or not years.entries:
        return None
    lines = text.splitlines()
    found = []
    for key, _ in years.entries:
        line, column = key.mark.line - 1, key.mark.column - 1
        if not key.text.isdecimal() or lines[line][:column].strip() or column == 0:
            return None
        found.append((line, column, int(key.text)))
    return found


def _years(root: Node) -> Node | None:
    entries = root.entries if isinstance(root, Mapping) else ()
    return next((value for key, value in entries if key.text == "years"), None)


def _room(lines: Sequence[str], keys: Sequence[Key], year: int) -> tuple[int, int]:
    """Return the lines that a year takes the place of."""
    starts = [line for line, _, _ in keys]
    for n, (line, _, number) in enumerate(keys):
        if number == year:
            following = starts[n + 1] if n + 1 < len(starts) else len(lines)
            return line, _above(lines, following)
    later = [line for line, _, number in keys if number > year]
    at = _above(lines, min(later, default=len(lines)))
    return at, at


def _above(lines: Sequence[str], line: int) -> int:
    """Return where the comments and empty lines above a line begin."""
    while line and (not lines[line - 1].strip() or lines[line - 1].lstrip().startswith("#")):
        line -= 1
    return line


def _block(year: Year) -> Iterator[str]:
    yield f"{year.year}:"
    yield "  off:" if year.off else "  off: []"
    for one in year.off:
        span = f"{one.dates.first}..{one.dates.last}"
        dates = span if one.dates.first != one.dates.last else f"{one.dates.first}"
        yield f"    - {{name: {one.name}, dates: {dates}}}"
    yield "  work: # 补班" if year.work else "  work: []"
    for day in year.work:
        yield f"    - {day}"
