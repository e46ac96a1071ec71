"""What is in force at a node, beside what the files say: applied, published, held, and heard of.

A configuration that was edited sounds only once it is applied, a policy once
it is published as well. Who asks why a node is silent is told both.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from xiaolaba.adapters.sqlite_status import read_status
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.cli.doing import doing
from xiaolaba.cli.folders import own_settings
from xiaolaba.cli.nodes.hold_standing import standing
from xiaolaba.cli.schedules.desk import applied_town
from xiaolaba.cli.schedules.unsigned import SIGNED_DAYS, held
from xiaolaba.core.errors import XiaolabaError
from xiaolaba.core.library import Library
from xiaolaba.core.policy import Policy
from xiaolaba.core.refusal import refusal
from xiaolaba.core.schedule import Town
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.sounding.hold import Held
from xiaolaba.core.sounding.hold_order import history
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.telling.explain import Explanation, State, explain
from xiaolaba.core.telling.policy_change import policy_changes
from xiaolaba.core.timetable.compile import score_of
from xiaolaba.core.units import Instant, NodeId, from_unix, instant
from xiaolaba.core.where import site
from xiaolaba.core.zone import Zone

PENDING = {
    "never-applied": ("配置还没有 apply 过", "nothing was applied yet"),
    "unapplied": ("配置改过，还没有 apply", "the configuration was changed and not applied"),
    "unsigned": (
        "这只喇叭还没有签名的安全策略，请 publish",
        "no policy was published for this node",
    ),
    "unpublished": ("安全策略改过，还没有 publish", "the policy was changed and not published"),
}
"""What is written and not in force yet."""

UNHEARD: dict[str, Any] = {
    "online": False,
    "now": "",
    "seen": 0,
    "current": False,
    "hold_obeyed": False,
}


@dataclass(frozen=True, slots=True)
class InForce:
    """What the daemon has of one node; `unread` says in two languages why that is not known."""

    unread: tuple[str, str] | None = None
    town: Town | None = None
    policy: Policy | None = None
    holds: tuple[Hold, ...] = ()
    said: dict[str, Any] = field(default_factory=lambda: UNHEARD)

    def pending(self, town: Town, node: NodeId, now: datetime) -> list[str]:
        """Return what of a town's files is not in force at a node."""
        return [] if self.unread else [*self._pending(town, node, instant(now))]

    def _pending(self, town: Town, node: NodeId, now: Instant) -> Iterator[str]:
        if self.town is None:
            yield "never-applied"
        elif self.town != town:
            yield "unapplied"
        if self.policy is None:
            yield "unsigned"
            return
        wanted = node_policy(town, node, town.zone.day(now), SIGNED_DAYS)
        if policy_changes({node: self.policy}, {node: wanted}, now):
            yield "unpublished"

    def explained(self, town: Town, library: Library, node: NodeId, at: Instant) -> Explanation:
        """Return why the node sounds or is silent; `town` knows one that was not applied yet."""
        try:
            where = site(self.town.places if self.town else (), node)
        except KeyError:
            return explain(town, library, node, at, State(None, self.policy, self.holds))
        known = self.town or town
        score = score_of(known, library, where, known.zone.day(at))
        return explain(known, library, node, at, State(score, self.policy, self.holds))

    def facts(self, pending: list[str], found: Explanation | None) -> dict[str, Any]:
        """Return it JSON-ready."""
        if self.unread:
            return {"holds_counted": False, "pending": None, "in_force": None}
        step = None if found is None else found.decisive
        return {
            "holds_counted": True,
            "pending": pending,
            "in_force": step and {"code": step.code.value, "zh": step.zh, "en": step.en},
            "reported": self.said,
        }

    def remarks(self, pending: list[str]) -> Iterator[str]:
        """Yield what else the reader of an answer must know."""
        if self.unread:
            zh, en = self.unread
            yield f"（未计静音令：{zh} / holds are not counted: {en}）"
        for code in pending:
            zh, en = PENDING[code]
            yield f"注意：{zh} / {en}"

    def heard(self, zone: Zone) -> Iterator[str]:
        """Yield what the node itself said last, by the town's clock."""
        if self.unread:
            return
        if not self.said["seen"]:
            yield "喇叭自己：还没有报过状态 / the node itself: never heard"
            return
        seen = zone.local(from_unix(self.said["seen"]))
        online = "在线 online" if self.said["online"] else "离线 offline"
        current, obeyed = self.said["current"], self.said["hold_obeyed"]
        late = "" if current else "，播放单不是最新 / its playlist is not the latest"
        late += "" if obeyed else "，静音令还没有送达 / it has not heard of its hold"
        yield f"喇叭自己（{seen:%m-%d %H:%M:%S}，{online}）：{doing(self.said['now']) or '-'}{late}"


def found_in_force(args: argparse.Namespace, node: NodeId, day: date, now: datetime) -> InForce:
    """Return what the daemon of these settings has of a node.

    Raises:
        XiaolabaError: if the state of a daemon that was named cannot be read.
    """
    settings = own_settings(args)
    try:
        if settings is None or not settings.state.exists():
            return InForce(("没有找到服务端的状态", "the daemon's state was not found"))
        return _read(StateFolder(settings.state), node, day, now)
    except (XiaolabaError, OSError) as error:
        if args.daemon is not None:
            raise
        said = refusal(error) if isinstance(error, OSError) else str(error).partition("\n")[0]
        return InForce((f"读不了服务端的状态，{said}", "the daemon's state cannot be read"))


def _read(folder: StateFolder, node: NodeId, day: date, now: datetime) -> InForce:
    messages = folder.hold_file.messages().get(node, [])
    signed = {name: own for name, own in folder.policies().items() if name == node}
    return InForce(
        None,
        applied_town(folder, day),
        held(signed).get(node),
        history(one[-1] for one in messages),
        _reported(folder, node, messages, now),
    )


def _reported(
    folder: StateFolder, node: NodeId, messages: Sequence[tuple[Held, ...]], now: datetime
) -> dict[str, Any]:
    """Return what the daemon last heard from a node."""
    if not folder.store.exists():
        return UNHEARD
    for row in read_status(folder.store, 0, int(now.timestamp())):
        if row.node == node and row.seen:
            hold = standing(row, messages[-1] if messages else (), now)
            current, obeyed = row.applied == row.published, hold is None or hold.obeyed
            said = {"online": row.online, "now": row.now, "seen": row.seen}
            return said | {"current": current, "hold_obeyed": obeyed}
    return UNHEARD
