"""One YAML 1.2 document as nodes that know where they stand in their file.

PyYAML's events are taken as they come and every plain scalar stays text, so
`7:30` is not 450 and `no` is not false. Refused: a second document, tags,
anchors and aliases, and whatever passes a limit. Keys written twice are kept
and left to `settings.fields` to refuse, so that they are told with the rest.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from xiaolaba.core.errors import ConfigError, Problem
from xiaolaba.core.refusal import refusal
from xiaolaba.settings import complaint

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 200_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is six times faster
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file, both counted from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word or text; `plain` says that it was written without quotes."""

    mark: Mark
    text: str
    plain: bool = True

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    mark: Mark
    items: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with values, in the order written."""

    mark: Mark
    entries: tuple[tuple[Scalar, "Node"], ...] = ()


Node = Scalar | Sequence | Mapping


class _Refused(Exception):
    """A document that cannot be read on from `mark`."""

    def __init__(self, mark: Mark, zh: str, en: str) -> None:
        super().__init__(en)
        self.mark, self.zh, self.en = mark, zh, en


def read_document(path: Path, name: str | None = None) -> Node:
    """Return the one document in `path`; problems call the file `name`.

    Raises:
        ConfigError: with the first problem, when it cannot be read at all.
    """
    with _told(name or str(path)):
        return parse(_read(path))


def parse_document(raw: bytes, name: str) -> Node:
    """Return the one document in `raw`; problems call it `name`.

    Raises:
        ConfigError: with the first problem, when it cannot be read at all.
    """
    with _told(name):
        return parse(raw)


def decoded(raw: bytes, name: str) -> str:
    """Return plain text in UTF-8, with or without a byte order mark.

    Raises:
        ConfigError: when it is too large or written in another encoding, which is named.
    """
    with _told(name):
        return _decoded(raw)


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except _Refused as refused:
        mark = refused.mark
        problem = Problem(name, mark.line, mark.column, refused.zh, refused.en)
        raise ConfigError((problem,)) from None


def _read(path: Path) -> bytes:
    """Return the file's bytes, one more than allowed at most."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _Refused(Mark(), "没有这个文件", "no such file") from None
    except OSError as error:
        raise _Refused(Mark(), f"读不了：{refusal(error)}", f"cannot read: {error}") from None


def parse(raw: bytes) -> Node:
    """Return the nodes of a document's bytes."""
    text = _decoded(raw)
    bad = _UNPRINTABLE.search(text)
    if bad:
        code = f"U+{ord(bad[0]):04X}"
        raise _Refused(_mark_at(text, bad.start()), f"不可见字符 {code}", f"unprintable {code}")
    try:
        return _composed(_events(text))
    except yaml.YAMLError as error:
        raise _explained(error, text) from None


def _decoded(raw: bytes) -> str:
    """Return the text; another encoding than UTF-8 is named."""
    if len(raw) > MAX_BYTES:
        raise _Refused(Mark(), "文件太大，上限 1 MB", "the file is too large; the limit is 1 MB")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _Refused(Mark(), *_encoding("UTF-16"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        raise _Refused(_mark_at(before, len(before)), *_encoding(_guess(raw))) from None


def _guess(raw: bytes) -> str:
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "GBK"


def _encoding(guess: str) -> tuple[str, str]:
    zh = f"，看来是 {guess} 编码" if guess else ""
    en = f" (it looks like {guess})" if guess else ""
    return f"文件不是 UTF-8{zh}；请另存为 UTF-8", f"not UTF-8{en}; save the file as UTF-8"


def _mark_at(text: str, index: int) -> Mark:
    before = re.split("\r\n|\r|\n", text[:index])
    return Mark(len(before), len(before[-1]) + 1)


def _events(text: str) -> Iterator[Any]:
    """Yield the parser's events, refusing what passes the limits on the way."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _Refused(
                _mark(event),
                f"嵌套太深，最多 {MAX_DEPTH} 层",
                f"nested too deeply; the limit is {MAX_DEPTH} levels",
            )
        if count > MAX_NODES:
            raise _Refused(
                _mark(event),
                f"内容太多，一个文件最多 {MAX_NODES} 项",
                f"too much in one file; the limit is {MAX_NODES} values",
            )
        yield event


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _composed(events: Iterator[Any]) -> Node:
    """Return the root of the only document; an empty one is an empty scalar."""
    root: Node = Scalar(Mark(), "")
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Refused(
                    _mark(event),
                    "一个文件只能有一份文档；请去掉多余的 '---'",
                    "only one document a file; remove the extra '---'",
                )
        elif isinstance(event, yaml.NodeEvent):
            root = _node(event, events)
    return root


def _node(event: Any, events: Iterator[Any]) -> Node:
    """Return the node that begins with `event`; never deeper than `MAX_DEPTH`."""
    mark = _mark(event)
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise _Refused(
            mark,
            "不支持 YAML 的锚点与引用（& 和 *）；请直接写出内容，文字请加引号",
            "anchors and aliases (& and *) are not supported; write it out, or quote the text",
        )
    if getattr(event, "tag", None) not in (None, "!"):
        tag = event.tag
        raise _Refused(mark, f"不支持 YAML 标签 {tag}", f"tags are not supported: {tag}")
    if isinstance(event, yaml.ScalarEvent):
        return Scalar(mark, event.value, plain=event.style in (None, ""))
    if isinstance(event, yaml.SequenceStartEvent):
        return Sequence(mark, tuple(_children(events)))
    return _mapping(mark, events)


def _children(events: Iterator[Any]) -> Iterator[Node]:
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            return
        yield _node(event, events)


def _mapping(mark: Mark, events: Iterator[Any]) -> Mapping:
    entries: list[tuple[Scalar, Node]] = []
    children = _children(events)
    for key in children:
        if not isinstance(key, Scalar):
            raise _Refused(key.mark, "键必须是一个词", "a key must be a word")
        entries.append((key, next(children)))
    return Mapping(mark, tuple(entries))


def _explained(error: yaml.YAMLError, text: str) -> _Refused:
    """Return the parser's complaint in words an operator can act on."""
    marks = (getattr(error, "problem_mark", None), getattr(error, "context_mark", None))
    places = [(mark.line + 1, mark.column + 1) for mark in marks if mark is not None]
    said = getattr(error, "problem", None) or "syntax error"
    quote = _run_on(text, places[0][0]) if places else None
    line, column, zh, en = complaint.explained(text, places, said, quote)
    return _Refused(Mark(line, column), zh, en)


def _run_on(text: str, line: int) -> tuple[int, int] | None:
    """Return where a text in quotes begins that runs on from an earlier line to `line`."""
    with suppress(yaml.YAMLError):
        for token in yaml.scan(text, Loader=_Loader):
            start, end = token.start_mark.line + 1, token.end_mark.line + 1
            quoted = isinstance(token, yaml.ScalarToken) and token.style in ("'", '"')
            if quoted and start < line == end:
                return start, token.start_mark.column + 1
            if start > line:
                break
    return None
