"""From nodes to values: known keys, typed readers, and every problem told at its place.

A `Log` gathers the problems of one file. A `Record` is one mapping with its
known keys; what cannot be read is told and replaced by a stand-in, so that
reading goes on and everything wrong comes out at once. The caller raises
before a stand-in can do harm (`Log.require_clean`).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from xiaolaba.core.checking.finding import near
from xiaolaba.core.errors import ConfigError, Problem
from xiaolaba.settings.document import Mapping, Mark, Node, Scalar, Sequence, read_document
from xiaolaba.settings.words import Wrong, read

MAX_PROBLEMS = 200
"""Most errors told at once, and most warnings."""

T = TypeVar("T")


@dataclass
class Log:
    """The problems found in one file so far; `file` is its name as shown.

    What was `applied` is obeyed already, so that no limit set since may stop it.
    """

    file: str
    problems: list[Problem] = field(default_factory=list)
    applied: bool = False

    def add(self, mark: Mark, zh: str, en: str, warning: bool = False) -> None:
        """Take one problem down."""
        note(self.problems, Problem(self.file, mark.line, mark.column, zh, en, warning))

    def exceed(self, mark: Mark, zh: str, en: str) -> None:
        """Take down that there is more than there may be: a warning in what was applied."""
        self.add(mark, zh, en, warning=self.applied)

    def require_clean(self) -> tuple[Problem, ...]:
        """Return the warnings.

        Raises:
            ConfigError: with all problems, if one of them is an error.
        """
        return require_clean(self.problems)


def note(problems: list[Problem], problem: Problem) -> None:
    """Take one problem down, unless it is one warning too many.

    Raises:
        ConfigError: with all of them when there are more errors than anyone reads.
    """
    alike = sum(known.warning == problem.warning for known in problems)
    if problem.warning and alike >= MAX_PROBLEMS:
        return
    problems.append(problem)
    if not problem.warning and alike >= MAX_PROBLEMS:
        zh, en = "错误太多，后面的没有再查", "too many errors; the rest was not looked at"
        last = Problem(problem.file, problem.line, problem.column, zh, en)
        raise ConfigError((*sorted(set(problems)), last))


def require_clean(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems in order when all are warnings.

    Raises:
        ConfigError: with all of them otherwise.
    """
    found = tuple(sorted(set(problems)))
    if not all(problem.warning for problem in found):
        raise ConfigError(found)
    return found


@dataclass(frozen=True)
class Record:
    """One mapping of a document, read key by key; not `written`, nothing is missed in it."""

    node: Mapping
    log: Log
    written: bool = True

    def has(self, key: str) -> bool:
        """Return whether the key was written."""
        return any(name.text == key for name, _ in self.node.entries)

    def at(self, key: str) -> Node | None:
        """Return what was written under a key, or None."""
        return next((value for name, value in self.node.entries if name.text == key), None)

    def mark(self, key: str = "") -> Mark:
        """Return where a key's value stands, or the record itself."""
        value = self.at(key)
        return self.node.mark if value is None else value.mark

    def take(self, key: str, parse: Callable[[str], T], default: T) -> T:
        """Return a word read by `parse`, or `default` if it was not written or is wrong."""
        value = self.at(key)
        return default if value is None else scalar(value, self.log, parse, default)

    def need(self, key: str, parse: Callable[[str], T], stand_in: T) -> T:
        """Return a word read by `parse`; a missing key is told."""
        self.require(key)
        return self.take(key, parse, stand_in)

    def require(self, *keys: str) -> None:
        """Tell the first of `keys` if none was written; any one will do."""
        if self.written and not any(self.has(key) for key in keys):
            zh, en = (between.join(f"'{key}'" for key in keys) for between in (" 或 ", " or "))
            self.log.add(self.node.mark, f"缺少 {zh}", f"{en} is missing")

    def each(self, key: str, decode: Callable[[Node, Log], T], empty: bool = True) -> tuple[T, ...]:
        """Return a list's items, each decoded; none if it was not written."""
        value = self.at(key)
        return () if value is None else each(value, self.log, decode, empty)

    def record(self, key: str, *known: str) -> "Record":
        """Return the mapping under a key; an empty record if there is none."""
        value = self.at(key)
        if value is None:
            return Record(Mapping(self.node.mark), self.log, written=False)
        return record(value, self.log, *known)


def record(node: Node, log: Log, *known: str) -> Record:
    """Return a mapping as a record; unknown and doubled keys are told, no `known` means any."""
    if not isinstance(node, Mapping):
        log.add(node.mark, *_expected_mapping(node, known))
        return Record(Mapping(node.mark), log, written=False)
    entries = tuple(entry for entry in node.entries if not _grown_together(*entry, log))
    seen: dict[str, Scalar] = {}
    for key, _ in entries:
        if key.text in seen:
            line = seen[key.text].mark.line
            log.add(
                key.mark,
                f"'{key.text}' 写了两次，前一次在第 {line} 行",
                f"duplicate key '{key.text}', first on line {line}",
            )
        seen.setdefault(key.text, key)
        if known and key.text not in known:
            maybe_zh, maybe_en = near(key.text, known)
            log.add(
                key.mark,
                f"不认识的键 '{key.text}'{maybe_zh}",
                f"unknown key '{key.text}'{maybe_en}",
            )
    return Record(Mapping(node.mark, entries), log, written=len(entries) == len(node.entries))


def _grown_together(key: Scalar, value: Node, log: Log) -> bool:
    """Tell a key that its value has grown to for want of a space: `{id:gate}`."""
    found = re.fullmatch("([A-Za-z0-9_-]+)([:：])(.+)", key.text)
    if not found or not key.plain or not isinstance(value, Scalar) or not value.empty:
        return False
    meant = f"{found[1]}: {found[3]}"
    wide_zh, wide_en = ("用半角，", "half-width colon and a ") if found[2] == "：" else ("", "")
    zh = f"冒号{wide_zh}后面要空一格；请写 '{meant}'"
    log.add(key.mark, zh, f"write '{meant}', with a {wide_en}space")
    return True


def _expected_mapping(node: Node, known: tuple[str, ...]) -> tuple[str, str]:
    keys = ", ".join(known[:6])
    like_zh, like_en = (f"（{keys} …）", f" ({keys} ...)") if keys else ("", "")
    if isinstance(node, Scalar) and "：" in node.text:
        return (
            f"这里要写“键: 值”{like_zh}；冒号用了全角 '：'，请改成半角 ': '",
            f"keys and values are wanted here{like_en}; the colon is full-width, write ': '",
        )
    if isinstance(node, Scalar) and re.fullmatch(r"[A-Za-z0-9_-]+:\S.*", node.text):
        return (
            f"这里要写“键: 值”{like_zh}；冒号后面要空一格",
            f"keys and values are wanted here{like_en}; a space is wanted after the colon",
        )
    return f"这里要写“键: 值”{like_zh}", f"keys and values are wanted here{like_en}"


def scalar(node: Node, log: Log, parse: Callable[[str], T], stand_in: T) -> T:
    """Return a word read by `parse`; what is wrong with it is told."""
    if not isinstance(node, Scalar):
        log.add(node.mark, "这里只要一个值，不是列表或“键: 值”", "one value is wanted here")
        return stand_in
    if node.empty:
        log.add(node.mark, "这里是空的；请填写或删去这一行", "empty; fill it in or remove the key")
        return stand_in
    try:
        return read(parse, node.text)
    except Wrong as wrong:
        log.add(node.mark, wrong.zh, wrong.en)
        return stand_in


def each(
    node: Node, log: Log, decode: Callable[[Node, Log], T], empty: bool = True
) -> tuple[T, ...]:
    """Return a list's items, each decoded; `empty` says whether there may be none."""
    if isinstance(node, Scalar) and node.empty and empty:
        return ()
    if not isinstance(node, Sequence):
        log.add(node.mark, "这里要写列表，例如 [a, b]", "a list is wanted here, such as [a, b]")
        return ()
    if not node.items and not empty:
        log.add(node.mark, "列表是空的；请填写或删去这个键", "the list is empty")
    return tuple(decode(item, log) for item in node.items)


def few(row: Record, key: str, most: int) -> None:
    """Tell a list under `key` that has more than `most` items."""
    node = row.at(key)
    if isinstance(node, Sequence) and len(node.items) > most:
        zh, en = f"最多 {most} 项，这里有 {len(node.items)} 项", f"more than {most} items"
        row.log.exceed(node.items[most].mark, zh, en)


def word(parse: Callable[[str], T], stand_in: T) -> Callable[[Node, Log], T]:
    """Return a decoder of list items that are one word each."""
    return lambda node, log: scalar(node, log, parse, stand_in)


def open_record(path: Path, log: Log, *known: str) -> Record:
    """Return a file's root as a record; an empty file has no keys.

    Raises:
        ConfigError: when the file cannot be read at all.
    """
    root = read_document(path, log.file)
    if isinstance(root, Scalar) and root.empty:
        root = Mapping(root.mark)
    return record(root, log, *known)
