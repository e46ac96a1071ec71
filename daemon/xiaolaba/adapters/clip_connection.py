"""A connection to the clip server that goes when others want its place and it is only held.

`uvicorn` counts every open connection and waits for ever for the rest of a
request, so two hundred clients that say nothing would keep all others out.
Here, when there is no room, the connection goes that has been idle longest;
when all are at work, the one that has taken longest over one answer and more
than `SLOW_S`: a node takes its download up where it broke off.
"""

import asyncio
from collections.abc import Iterable
from typing import Protocol, TypeVar

from uvicorn.protocols.http.h11_impl import H11Protocol

SLOW_S = 120.0
"""A clip is some hundred kilobytes: who takes longer than that over one is not reading."""


class Placed(Protocol):
    """A connection, whether it answers a request, and since when it does or does not."""

    since: float

    @property
    def busy(self) -> bool:
        """Whether it has a request to answer."""
        ...


P = TypeVar("P", bound=Placed)


class Connection(H11Protocol):
    """One client; `since` is when its request came whole or its last answer ended."""

    since = 0.0

    @property
    def busy(self) -> bool:
        """Whether it has a request to answer."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Take a place, another's if there is none left."""
        super().connection_made(transport)
        self.since = self.loop.time()
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self._make_room()

    def handle_events(self) -> None:
        """Take note of when a request came."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self.since = self.loop.time()

    def on_response_complete(self) -> None:
        """Take note of when its answer ended."""
        self.since = self.loop.time()
        super().on_response_complete()

    def _make_room(self) -> None:
        others = [own for own in self.connections if isinstance(own, Connection) and own != self]
        going = first_to_go(others, self.loop.time())
        if going is not None:
            self.connections.discard(going)
            going.transport.abort()


def first_to_go(connections: Iterable[P], now: float) -> P | None:
    """Return the connection whose place may be had, None if all are well at work."""
    known = list(connections)
    idle = [own for own in known if not own.busy]
    slow = [own for own in known if own.busy and now - own.since > SLOW_S]
    return min(idle or slow, key=lambda own: own.since, default=None)
