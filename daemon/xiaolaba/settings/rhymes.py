"""audio/rhymes/*.yaml as rhymes.

rhymes:
  - id: brush-orders
    topic: 刷单返利
    audience: [student, worker]        # or all
    expires: 2027-12-31                # optional, the last day
    readings:
      cmn: 刷单先垫钱，骗你没商量。
      yue: {text: 刷單要墊錢, say: {行長: hong4 zoeng2}}
"""

import re
from pathlib import Path

from xiaolaba.core.errors import ConfigError
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.units import Language, RhymeId
from xiaolaba.settings import times, words
from xiaolaba.settings.document import Mapping, Mark, Node, Scalar
from xiaolaba.settings.fields import Log, each, open_record, record, require_clean, scalar, word
from xiaolaba.settings.folder import yaml_files
from xiaolaba.settings.sources import Place, Sources

KEYS = ("id", "topic", "audience", "expires", "readings")
_AUDIENCES = {audience.value: audience for audience in Audience}


def load_rhymes(folder: Path) -> dict[RhymeId, Rhyme]:
    """Return every rhyme in a folder's YAML files, in the order of files and lines.

    Raises:
        ConfigError: with everything that is wrong in any of them.
    """
    sources = Sources()
    rhymes = read_rhymes(folder, sources)
    require_clean(sources.problems)
    return rhymes


def read_rhymes(folder: Path, sources: Sources) -> dict[RhymeId, Rhyme]:
    """Return every rhyme that can be read; problems and positions go to `sources`."""
    found: dict[RhymeId, Rhyme] = {}
    for path in _files(folder, sources):
        log = Log(str(path), sources.problems)
        try:
            root = open_record(path, log, "rhymes")
        except ConfigError as error:
            sources.refuse("rhymes", error)
            continue
        root.require("rhymes")
        root.each("rhymes", lambda node, log: _add(node, log, found, sources))
    return found


def _files(folder: Path, sources: Sources) -> list[Path]:
    """Return the files to read; that there are none is told."""
    try:
        paths = yaml_files(folder)
    except ConfigError as error:
        sources.refuse("rhymes", error)
        return []
    if not paths:
        log = Log(str(folder), sources.problems)
        log.add(Mark(), "这里没有顺口溜文件（*.yaml）", "there are no rhymes (*.yaml) here")
        sources.unread.add("rhymes")
    return paths


def _add(node: Node, log: Log, found: dict[RhymeId, Rhyme], sources: Sources) -> None:
    """Read one rhyme and keep it, unless its id is taken."""
    rhyme = _rhyme(node, log)
    first = sources.rhymes.setdefault(rhyme.id, Place(log.file, node))
    if first.node is node or not rhyme.id:
        found[rhyme.id] = rhyme
        return
    at = f"{first.file}:{first.node.mark.line}"
    mark = record(node, Log("")).mark("id")
    log.add(mark, f"id '{rhyme.id}' 已用于 {at}", f"duplicate id '{rhyme.id}', first at {at}")


def _rhyme(node: Node, log: Log) -> Rhyme:
    row = record(node, log, *KEYS)
    row.require("readings")
    return Rhyme(
        RhymeId(row.need("id", words.identifier, "")),
        row.need("topic", words.words, ""),
        audiences(row.at("audience"), log),
        _readings(row.at("readings"), log),
        row.take("expires", times.day, None),
    )


def audiences(node: Node | None, log: Log) -> frozenset[Audience]:
    """Return whom a rhyme speaks to: one word or a list; everybody if nothing was written."""
    parse = words.one_of(_AUDIENCES)
    if node is None:
        return frozenset({Audience.ALL})
    if isinstance(node, Scalar):
        return frozenset({scalar(node, log, parse, Audience.ALL)})
    return frozenset(each(node, log, word(parse, Audience.ALL), empty=False))


def _readings(node: Node | None, log: Log) -> tuple[Reading, ...]:
    """Return a rhyme's readings, one a language."""
    if node is None:
        return ()
    row = record(node, log)
    if row.written and not row.node.entries:
        log.add(node.mark, "至少要有一个语言版本", "at least one reading is wanted")
    return tuple(
        _reading(scalar(key, log, words.language, Language("")), value, log)
        for key, value in row.node.entries
    )


def _reading(language: Language, node: Node, log: Log) -> Reading:
    if not isinstance(node, Mapping):
        return Reading(language, scalar(node, log, words.spoken, ""))
    row = record(node, log, "text", "say")
    text = row.need("text", words.spoken, "")
    say = tuple(
        (scalar(key, log, words.words, ""), scalar(value, log, syllables, ""))
        for key, value in row.record("say").node.entries
    )
    for spelt, _ in say:
        if spelt and text and spelt not in text:
            mark = row.mark("say")
            log.add(mark, f"文字里没有“{spelt}”", f"'{spelt}' is not in the text", warning=True)
    return Reading(language, text, say)


def syllables(text: str) -> str:
    """Return romanised syllables with tone digits, one a space: `hang2 zhang3`."""
    if not re.fullmatch(r"[a-zü:]{1,8}[1-6]( [a-zü:]{1,8}[1-6]){0,19}", text):
        raise words.Wrong(
            f"'{text}' 不是注音；请写带声调数字的音节，例如 hang2 zhang3",
            f"'{text}' is not a pronunciation; write syllables with tones such as hang2 zhang3",
        )
    return text
