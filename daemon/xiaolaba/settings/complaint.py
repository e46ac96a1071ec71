"""Why a file is not YAML, in words that an operator can act on.

A parser notices late: what it complains about is often the line before, and a
bracket that was never closed is noticed at the end of the file.
"""

import re
from collections.abc import Sequence

Complaint = tuple[int, int, str, str]
"""Line and column from 1, Chinese, English."""

_KEY = r"[ ]*(?:- +)?[{]?[A-Za-z0-9_-]+[ ]*"
_SLIPS = (
    (
        re.compile(r"[ ]*(\t)"),
        "缩进用了制表符（Tab）；请改用空格",
        "indented with a tab; use spaces",
    ),
    (
        re.compile(_KEY + "(：)"),
        "冒号是全角 '：'；请写 ': '",
        "full-width colon; write ': '",
    ),
    (
        re.compile(_KEY + r"(:)[^ \n:]"),
        "冒号后面要空一格",
        "a space is wanted after the colon",
    ),
)
"""Slips known by how a line begins; the group is where they are."""

_FULL_WIDTH = re.compile("[：，“”‘’［］｛｝－]")


def explained(text: str, places: Sequence[tuple[int, int]], said: str) -> Complaint:
    """Return where and what is wrong with `text`.

    `places` is where the parser noticed and where it had begun, `said` its words.
    """
    lines = re.split("\r\n|\r|\n", text.rstrip())
    within = [place for place in places if place[0] <= len(lines)]
    line, column = within[0] if within else (len(lines), len(lines[-1]) + 1)
    return _slip(lines, line) or (line, column, *_advice(lines[line - 1], said))


def _slip(lines: Sequence[str], line: int) -> Complaint | None:
    """Return a known slip on this line or the one before it."""
    for number in (line, line - 1):
        for slip, zh, en in _SLIPS:
            found = slip.match(lines[number - 1]) if number else None
            if found:
                return number, found.start(1) + 1, zh, en
    return None


def _advice(line: str, said: str) -> tuple[str, str]:
    wide = _FULL_WIDTH.search(line)
    if wide:
        return (
            f"YAML 写法有误，这一行有全角符号 '{wide[0]}'；请改成半角",
            f"not valid YAML: full-width '{wide[0]}' on this line; write it half-width ({said})",
        )
    return (
        f"YAML 写法有误（多半是缩进、冒号或引号）：{said}",
        f"not valid YAML (look at indentation, colons, quotes): {said}",
    )
