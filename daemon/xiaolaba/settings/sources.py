"""Where everything was written, so that a finding about the town becomes a line and a column."""

from dataclasses import dataclass, field

from xiaolaba.core.checking.finding import Path
from xiaolaba.core.errors import ConfigError, Problem
from xiaolaba.core.units import RhymeId
from xiaolaba.settings.document import Mapping, Mark, Node, Scalar


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a document, with its file's name as shown."""

    file: str
    node: Node

    @property
    def mark(self) -> Mark:
        """Where it begins."""
        return self.node.mark


@dataclass
class Sources:
    """The files of one configuration: their roots, what is wrong, and what was not read.

    `roots` holds each top-level key's file; `unread` the keys whose file could
    not be read, so that nothing is said to be unknown on their account. `applied`
    says that the configuration was judged when it was applied.
    """

    roots: dict[str, Place] = field(default_factory=dict)
    rhymes: dict[RhymeId, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    applied: bool = False

    def refuse(self, key: str, error: ConfigError) -> None:
        """Take down that the file which holds `key` cannot be read."""
        self.problems.extend(error.problems)
        self.unread.add(key)

    def locate(self, path: Path) -> tuple[str, Mark]:
        """Return the file and place of the deepest part of `path` that was written."""
        head, *rest = path
        if head == "rhymes" and rest:
            start = self.rhymes[RhymeId(str(rest[0]))]
            return start.file, descend(start.node, tuple(rest[1:]))
        start = self.roots[str(head)]
        return start.file, descend(start.node, path)


def descend(node: Node, path: Path) -> Mark:
    """Return where the deepest part of `path` below `node` stands.

    A step with a colon after it is the key itself rather than its value.
    """
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        node = found
    return node.mark


def _child(node: Node, step: str | int) -> Node | None:
    """Return a key's value, an index's item, or the item that is or bears a name."""
    if isinstance(node, Mapping):
        for key, value in node.entries:
            if step in (key.text, f"{key.text}:"):
                return value if step == key.text else key
        return None
    if isinstance(node, Scalar):
        return None
    if isinstance(step, int):
        return node.items[step] if step < len(node.items) else None
    return next((item for item in node.items if _bears(item, step)), None)


def _bears(item: Node, name: str) -> bool:
    if isinstance(item, Mapping):
        return any(
            key.text == "id" and isinstance(value, Scalar) and value.text == name
            for key, value in item.entries
        )
    return isinstance(item, Scalar) and item.text == name
