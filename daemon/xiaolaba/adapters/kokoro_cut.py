"""The build step that cuts Kokoro's graph in two, so that pitch can be changed in between.

    tokens, style, speed -> [melody] -> durations, pitch
    ... and these two    -> [sound]  -> sound

`python -m xiaolaba.adapters.kokoro_cut` writes `voices/kokoro-yue.json`, the
*recipe*: for each part the stretches of the model that make it up, the few
bytes between them, and the SHA-256 of the whole. It is run once for a model
and the recipe is shipped; with it a program puts the parts together by
copying, and need not understand the graph. Unchanged values through both
parts give the very samples of the uncut model.

The model is a protobuf message (onnx.proto, IR version 9). A part keeps the
nodes that its outputs need, the weights that these name, and the header.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xiaolaba.adapters.kokoro_files import FOLDER, MODEL_SHA256, parts, read
from xiaolaba.core.errors import VoiceError

RECIPE = FOLDER / "kokoro-yue.json"

INPUTS = ("tokens", "style", "speed")
DURATIONS = "/encoder/Gather_output_0"
"""Frames for each token, 40 a second."""
PITCH = "/encoder/Reshape_output_0"
"""The fundamental frequency in Hz, 80 a second; below about 10 where there is no voice."""

CUTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "melody": (INPUTS, (DURATIONS, PITCH)),
    "sound": ((*INPUTS, DURATIONS, PITCH), ("audio",)),
}
"""Each part's inputs and outputs."""

_MODEL_GRAPH = 7
_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 1, 5, 11, 12, 13
_GRAPH_NAME = bytes([2 << 3 | 2, 1]) + b"g"
_NODE_INPUT, _NODE_OUTPUT, _VALUE_NAME, _TENSOR_NAME = 1, 2, 1, 8

Piece = tuple[int, int] | bytes
"""A stretch of the model, from and to, or bytes of its own."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message: its number, where its key begins, and its content from and to."""

    number: int
    key: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Step:
    """One node of the graph: where it is, what it takes and what it gives."""

    at: Field
    takes: tuple[str, ...]
    gives: tuple[str, ...]


class Graph:
    """The model's graph, taken apart."""

    def __init__(self, model: bytes) -> None:
        self._model = model
        top = list(fields(model, 0, len(model)))
        self._head = [field for field in top if field.number != _MODEL_GRAPH]
        (whole,) = [field for field in top if field.number == _MODEL_GRAPH]
        inside = list(fields(model, whole.start, whole.end))
        self._steps = [self._step(field) for field in inside if field.number == _NODE]
        self._maker = {name: n for n, step in enumerate(self._steps) for name in step.gives}
        self._weights = {
            self._names(field, _TENSOR_NAME)[0]: field
            for field in inside
            if field.number == _INITIALIZER
        }
        self._values = {
            self._names(field, _VALUE_NAME)[0]: field
            for field in inside
            if field.number in (_INPUT, _OUTPUT, _VALUE_INFO)
        }

    def part(self, given: Sequence[str], wanted: Sequence[str]) -> list[Piece]:
        """Return the pieces of a model of its own that makes `wanted` from `given`."""
        steps = [self._steps[n] for n in sorted(self._needed(given, wanted))]
        used = {name for step in steps for name in step.takes}
        pieces: list[Piece] = [(step.at.key, step.at.end) for step in steps]
        pieces += [(at.key, at.end) for name, at in self._weights.items() if name in used]
        pieces.append(_GRAPH_NAME)
        for number, names in (_INPUT, [n for n in given if n in used]), (_OUTPUT, wanted):
            for name in names:
                at = self._values[name]
                pieces += [_prefix(number, at.end - at.start), (at.start, at.end)]
        length = sum(len(p) if isinstance(p, bytes) else p[1] - p[0] for p in pieces)
        head: list[Piece] = [(field.key, field.end) for field in self._head]
        return list(_merged([*head, _prefix(_MODEL_GRAPH, length), *pieces]))

    def _needed(self, given: Sequence[str], wanted: Sequence[str]) -> set[int]:
        """Return the steps from which `wanted` follow, going back no further than `given`."""
        needed: set[int] = set()
        todo = list(wanted)
        while todo:
            name = todo.pop()
            maker = self._maker.get(name)
            if name in given or maker is None or maker in needed:
                continue
            needed.add(maker)
            todo += self._steps[maker].takes
        return needed

    def _step(self, field: Field) -> Step:
        return Step(field, self._names(field, _NODE_INPUT), self._names(field, _NODE_OUTPUT))

    def _names(self, field: Field, number: int) -> tuple[str, ...]:
        return tuple(
            self._model[inner.start : inner.end].decode()
            for inner in fields(self._model, field.start, field.end)
            if inner.number == number
        )


def fields(data: bytes, start: int, end: int) -> Iterator[Field]:
    """Yield the fields of a protobuf message in order.

    Raises:
        VoiceError: if it is none.
    """
    at = start
    while at < end:
        key = at
        tag, at = _varint(data, at)
        begin, size = at, {1: 8, 5: 4}.get(tag & 7)
        if tag & 7 == 2:
            size, begin = _varint(data, at)
        elif tag & 7 == 0:
            size = _varint(data, at)[1] - at
        if size is None or begin + size > end:
            raise VoiceError(f"不是模型文件 / no model: broken at byte {key}")
        at = begin + size
        yield Field(tag >> 3, key, begin, at)


def recipe(model: bytes) -> dict[str, Any]:
    """Return the recipe of a model, ready for JSON: own bytes are written in hex."""
    graph = Graph(model)
    made = {}
    for name, (given, wanted) in CUTS.items():
        pieces = graph.part(given, wanted)
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece if isinstance(piece, bytes) else model[slice(*piece)])
        written = [p.hex() if isinstance(p, bytes) else list(p) for p in pieces]
        made[name] = {"sha256": digest.hexdigest(), "pieces": written}
    return {"model": hashlib.sha256(model).hexdigest(), "parts": made}


def main() -> int:
    """Write the recipe of the installed model; exit code 1 if it is not the pinned one."""
    try:
        model = b"".join(map(read, parts()))
    except VoiceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    found = recipe(model)
    if found["model"] != MODEL_SHA256:
        sys.stderr.write(f"模型校验失败 / wrong SHA-256 {found['model']}\n")
        return 1
    RECIPE.write_text(to_text(found), encoding="utf-8")
    return 0


def to_text(found: Mapping[str, Any]) -> str:
    """Return the recipe as the text of its file."""
    return json.dumps(found, separators=(",", ":")).replace('"parts"', '\n"parts"') + "\n"


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length number and where it ends."""
    value = shift = 0
    while at < len(data) and shift < 64:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at
    raise VoiceError(f"不是模型文件 / no model: broken at byte {at}")


def _prefix(number: int, length: int) -> bytes:
    """Return the key and length that stand before a field's content."""
    out = [number << 3 | 2]
    while length > 127:
        out.append(length & 127 | 128)
        length >>= 7
    return bytes([*out, length])


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces with neighbours joined."""
    last: Piece = b""
    for piece in pieces:
        if isinstance(last, bytes) and isinstance(piece, bytes):
            last += piece
        elif not isinstance(last, bytes) and not isinstance(piece, bytes) and last[1] == piece[0]:
            last = (last[0], piece[1])
        else:
            if last:
                yield last
            last = piece
    yield last


if __name__ == "__main__":
    sys.exit(main())
