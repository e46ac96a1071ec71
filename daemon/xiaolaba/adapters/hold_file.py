"""The messages about nodes' holds in one file of the daemon's folder, a line each.

One file, so that a whole town is silenced by one write. The last message about
a node counts; those before it stay for who asks why it was silent.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from xiaolaba.adapters.owner import as_owner, owned
from xiaolaba.adapters.whole_file import alone, told, write_whole
from xiaolaba.core.errors import MessageError
from xiaolaba.core.sounding.hold import Held, Keys, opened
from xiaolaba.core.units import NodeId

KEPT = 10_000
"""Most messages that are kept; the last ones always are."""

Messages = dict[NodeId, list[tuple[Held, ...]]]
"""The messages about each node, as `hold.opened` gives them, in order."""

log = logging.getLogger(__name__)


class HoldFile:
    """`holds.jws` below `root`; `keys` gives the programme keys and the policy keys."""

    def __init__(self, root: Path, keys: Callable[[], tuple[Keys, Keys]]) -> None:
        self.root, self.path = root, root / "holds.jws"
        self._keys = keys

    @owned
    def messages(self) -> Messages:
        """Return what is written; a damaged line is logged and left out."""
        if not self.path.exists():
            return {}
        with told(self.path):
            lines = self.path.read_bytes().splitlines()
        found: Messages = {}
        keys = self._keys()
        for number, line in enumerate(lines, 1):
            try:
                held = opened(line, *keys)
                found.setdefault(NodeId(held[-1].envelope.node), []).append(held)
            except MessageError as error:
                log.error("hold.unreadable file=%s:%d error=%s", self.path, number, error)
        return {node: sorted(row, key=lambda held: held[-1].order) for node, row in found.items()}

    @contextmanager
    def changing(self) -> Iterator[Messages]:
        """Give the messages to nobody else until `put` is done."""
        with as_owner(self.root), alone(self.root):
            yield self.messages()

    @owned
    def put(self, messages: Mapping[NodeId, list[tuple[Held, ...]]], new: Sequence[bytes]) -> None:
        """Write messages down and then the new ones; if that is too much, old ones go."""
        if sum(map(len, messages.values())) + len(new) > KEPT:
            messages = {node: row[-1:] for node, row in messages.items()}
        write_whole(self.path, lines(messages) + b"".join(line + b"\n" for line in new))


def lines(messages: Mapping[NodeId, list[tuple[Held, ...]]]) -> bytes:
    """Return messages as the file has them."""
    return b"".join(held[-1].sealed + b"\n" for row in messages.values() for held in row)
