"""Why a file is not YAML, in words that an operator can act on.

A parser notices late: what it complains about is often the line before, a
bracket that was never closed is noticed at the end of the file, and a quote
at the next quote.
"""

import re
from collections.abc import Sequence

Place = tuple[int, int]
"""Line and column from 1."""
Words = tuple[str, str]
"""The same in Chinese and in English."""
Complaint = tuple[int, int, str, str]

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
        re.compile(r"[ ]*(-)[A-Za-z0-9_{\[\"']"),
        "减号后面要空一格",
        "a space is wanted after the dash",
    ),
    (
        re.compile(_KEY + r"(:)[^ \n:]"),
        "冒号后面要空一格",
        "a space is wanted after the colon",
    ),
)
"""Slips known by how a line begins; the group is where they are."""

_FULL_WIDTH = re.compile("[：，“”‘’［］｛｝－]")

_OPEN_QUOTE = "found unexpected end of stream"
_BRACKET = re.compile("did not find expected ',' or '(.)'")
_NO_START = "found character that cannot start any token"
_NO_KEY = "did not find expected key"
_SECOND_COLON = "mapping values are not allowed in this context"
_NO_COLON = "could not find expected ':'"

_UNEVEN = (
    "缩进没有对齐：同一级的各行要从同一列开始",
    "indentation: lines of one level begin in one column",
)
_MEANT: dict[str, Words] = {
    _OPEN_QUOTE: ("这个引号没有关上", "this quote is never closed"),
    _NO_COLON: ("这一行少了冒号，或者少了 '- '", "this line lacks a colon, or '- ' before it"),
    _NO_KEY: _UNEVEN,
    "did not find expected '-' indicator": _UNEVEN,
    _SECOND_COLON: (
        "缩进没有对齐，或者上一行少了冒号",
        "indentation, or the line before lacks a colon",
    ),
    "block sequence entries are not allowed in this context": (
        "'- ' 要另起一行",
        "'- ' begins a line of its own",
    ),
    "found unknown escape character": (
        "双引号里的 '\\' 有特别的意思；请改用单引号",
        "a backslash means something in double quotes; use single ones",
    ),
}
"""What the parser says, and what is mostly meant by it."""
_OTHERWISE = (
    "YAML 写法有误（多半是缩进、冒号或引号）",
    "not valid YAML (look at indentation, colons, quotes)",
)


def explained(text: str, noticed: Sequence[Place], said: str, quote: Place | None) -> Complaint:
    """Return where and what is wrong with `text`.

    `noticed` is where the parser noticed and where it had begun, `said` its words;
    `quote` is where a text in quotes began that ran on to the line where it noticed.
    """
    lines = re.split("\r\n|\r|\n", text.rstrip())
    within = [place for place in noticed if place[0] <= len(lines)]
    at = within[0] if within else (len(lines), len(lines[-1]) + 1)
    slip = _slip(lines, at[0])
    if quote is None and slip is not None:
        return slip
    begun = quote or (within[-1] if within else at)
    place, (zh, en) = _told(lines[at[0] - 1], at, begun, _OPEN_QUOTE if quote else said)
    return (*place, zh, f"{en} ({said})")


def _slip(lines: Sequence[str], line: int) -> Complaint | None:
    """Return a known slip on this line or the one before it."""
    for number in (line, line - 1):
        for slip, zh, en in _SLIPS:
            found = slip.match(lines[number - 1]) if number else None
            if found:
                return number, found.start(1) + 1, zh, en
    return None


def _told(line: str, at: Place, begun: Place, said: str) -> tuple[Place, Words]:
    """Return what the parser means, and whether to look where it noticed or where it began."""
    if said in (_OPEN_QUOTE, _NO_COLON):
        return begun, _MEANT[said]
    bracket = _BRACKET.fullmatch(said)
    if bracket and (begun[0] != at[0] or begun == at):
        opening = {"]": "[", "}": "{"}[bracket[1]]
        return begun, (f"这里的 '{opening}' 没有关上", f"this '{opening}' is never closed")
    return at, _on_line(line, at[1] - 1, said)


def _on_line(line: str, column: int, said: str) -> Words:
    """Return what is wrong at a column (from 0) of a line."""
    wide, before = _FULL_WIDTH.search(line), line[:column]
    if wide:
        return (
            f"YAML 写法有误，这一行有全角符号 '{wide[0]}'；请改成半角",
            f"not valid YAML: full-width '{wide[0]}' on this line; write it half-width",
        )
    if _BRACKET.fullmatch(said):
        return _left_out(line, said[-2])
    if said == _NO_START:
        sign = line[column : column + 1]
        return f"值不能以 '{sign}' 开头；请加引号", f"no value begins with '{sign}'; quote it"
    if said == _NO_KEY and before.strip():
        return "引号外面还有字；全放进引号，或者去掉引号", "words after a quote; quote all or none"
    if said == _SECOND_COLON and ": " in before:
        return (
            "一行里有两个冒号；值里有冒号，就给值加引号",
            "two colons; quote a value that has one",
        )
    return _MEANT.get(said, _OTHERWISE)


def _left_out(line: str, closing: str) -> Words:
    if line.count('"') % 2:
        return "这一行的引号没有配成对", "the quotes on this line are no pairs"
    return f"少了逗号，或者少了 '{closing}'", f"a comma or '{closing}' is missing"
