"""Where each character of a reading stands in its file."""

from xiaolaba.core.units import Language, RhymeId
from xiaolaba.settings.document import Mapping, Mark, Node, Scalar
from xiaolaba.settings.sources import Sources


def place(
    sources: Sources, rhyme: RhymeId, language: Language, at: int | None = None
) -> tuple[str, Mark]:
    """Return the file and place of a reading's text, or of one of its characters.

    In a text of several lines that is the place where it begins.
    """
    found = sources.rhymes[rhyme]
    node: Node = found.node
    for key in ("readings", language, "text"):
        node = _under(node, key)
    if at is None or not isinstance(node, Scalar) or "\n" in node.text:
        return found.file, node.mark
    quote = 0 if node.plain else 1
    return found.file, Mark(node.mark.line, node.mark.column + quote + at)


def _under(node: Node, key: str) -> Node:
    """Return what stands under a key; the node itself where there is no such key."""
    if not isinstance(node, Mapping):
        return node
    return next((value for name, value in node.entries if name.text == key), node)
