"""Where the daemon notices what changed on disk: nodes, policies, clips, the configuration."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from xiaolaba.adapters import approvals
from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.adapters.folder_marks import mark
from xiaolaba.adapters.owner import as_owner
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.core.errors import ClipError, StoreError, XiaolabaError
from xiaolaba.core.schedule import Town
from xiaolaba.core.speech.approval import Approval, released
from xiaolaba.scheduler.events import (
    Applied,
    ClipsChanged,
    Enrolled,
    Event,
    HoldsChanged,
    PoliciesChanged,
    SealedHold,
    SealedPolicy,
)
from xiaolaba.settings import DaemonSettings, load_town

AGAIN_S = 60
"""After so many seconds what could not be read is read again."""

log = logging.getLogger(__name__)


class Desk:
    """Compares marks of files once a second and reads what changed.

    Marks are taken before reading, so that what changes meanwhile is read
    again. What cannot be read is logged, the last good one stays, and it is
    tried again now and then: the disk may have been full.
    `on_nodes` is told when nodes came or went.
    """

    def __init__(
        self, settings: DaemonSettings, folder: StateFolder, on_nodes: Callable[[], None]
    ) -> None:
        self._clips, self._folder = settings.clips.folder, folder
        self._rhymes, self._air_unapproved = settings.rhymes, settings.air_unapproved
        self._approved: tuple[Approval, ...] = ()
        self._on_nodes = on_nodes
        self._marks: dict[str, object] = {}
        self._failed: dict[str, int] = {}

    def look(self, now: int) -> Iterator[Event]:
        """Yield what changed since the last look, in the order in which it is to be heard."""
        today = datetime.fromtimestamp(now, UTC).date()
        marks = self._folder.marks()
        marks["clips"] = (
            mark(self._clips / "manifest.json"),
            mark(self._rhymes / approvals.FILE),
        )
        marks["applied"] = marks["applied"], today  # local time is read for about a year
        for part, read in self._readers(now, today):
            before, self._marks[part] = self._marks.get(part), marks[part]
            if before != marks[part] or self._is_due(part, now):
                event = self._read(part, read, now)
                if event is not None:
                    log.info("daemon.read part=%s", part)
                    yield event

    def _is_due(self, part: str, now: int) -> bool:
        """Return whether to try again what could not be read; the clock may have been set back."""
        failed = self._failed.get(part)
        return failed is not None and not 0 <= now - failed < AGAIN_S

    def _read(self, part: str, read: Callable[[], Event | None], now: int) -> Event | None:
        """Return what is to be heard of a part; the others outlive whatever is wrong with it."""
        self._failed.pop(part, None)
        try:
            return read()
        except XiaolabaError as error:
            log.error("daemon.unreadable part=%s error=%s", part, error)
        except Exception:
            log.exception("daemon.unreadable part=%s", part)
        self._failed[part] = now
        return None

    def _readers(self, now: int, today: date) -> tuple[tuple[str, Callable[[], Event | None]], ...]:
        return (
            ("nodes", lambda: self._nodes(now)),
            ("holds", lambda: self._holds(now)),
            ("policies", lambda: self._policies(now)),
            ("clips", lambda: self._library(now)),
            ("applied", lambda: self._applied(now, today)),
        )

    def _nodes(self, now: int) -> Event:
        self._on_nodes()
        return Enrolled(now, self._folder.node_keys(self._folder.enrolled()))

    def _policies(self, now: int) -> Event:
        found = self._folder.policies().items()
        policies = {node: SealedPolicy(p.envelope.order, p.sealed) for node, p in found}
        return PoliciesChanged(now, policies)

    def _holds(self, now: int) -> Event:
        found = {node: held[-1] for node, held in self._folder.holds().items()}
        holds = {n: SealedHold(h.order, h.envelope.expires, h.sealed) for n, h in found.items()}
        return HoldsChanged(now, holds)

    def _library(self, now: int) -> Event:
        library, wrong = ClipFolder(self._clips).library()
        if wrong:
            raise ClipError(wrong)
        if not self._air_unapproved:
            library = released(library, self._approvals())
        if library.withheld:
            log.info("daemon.withheld unapproved=%d", len(library.withheld))
        return ClipsChanged(now, library)

    def _approvals(self) -> tuple[Approval, ...]:
        """Return the approvals; those last read when they cannot be read now."""
        try:
            self._approved = approvals.read(self._rhymes)
        except StoreError as error:
            log.error("daemon.unreadable part=approvals error=%s", error)
        return self._approved

    def _applied(self, now: int, today: date) -> Event | None:
        town = applied_town(self._folder, today)
        return None if town is None else Applied(now, town)


def applied_town(folder: StateFolder, today: date) -> Town | None:
    """Return the town as last applied, or None before the first time."""
    snapshot = folder.current()
    if snapshot is None:
        return None
    with as_owner(folder.root):
        return load_town(snapshot / "config", snapshot / "rhymes", today, applied=True)[0]
