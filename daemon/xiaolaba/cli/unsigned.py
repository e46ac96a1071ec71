"""Which nodes of a town have no signed policy, or one that does not say what the town does."""

from datetime import datetime
from typing import TYPE_CHECKING

from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.core.message import policy_to_json
from xiaolaba.core.schedule import Town
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.units import NodeId, instant
from xiaolaba.core.where import sites

if TYPE_CHECKING:
    from xiaolaba.core.telling.difference import Difference

MOST_NAMED = 6


def advice(folder: StateFolder, town: Town, found: "Difference", now: datetime) -> str:
    """Return what is still to be signed before a new configuration is whole, "" for nothing.

    That a policy says something else is looked at only if policy or days off changed.
    """
    missing, stale = _unsigned(folder, town, found.policy, now)
    told = []
    if missing:
        listed = "、".join(missing[:MOST_NAMED]) + (" 等" if len(missing) > MOST_NAMED else "")
        told.append(f"{len(missing)} 只喇叭还没有签名的安全策略，不会响（{listed}）")
    if stale:
        told.append(f"{len(stale)} 只喇叭的安全策略还是旧的")
    if not told:
        return ""
    en = f"{len(missing)} nodes have no signed policy and stay silent, {len(stale)} an old one"
    return f"警告 warning: {'；'.join(told)}：请运行 xiaolaba policy publish / {en}: publish it"


def _unsigned(
    folder: StateFolder, town: Town, changed: bool, now: datetime
) -> tuple[list[NodeId], list[NodeId]]:
    from xiaolaba.cli.policy import DAYS

    signed, first = folder.policies(), town.zone.day(instant(now))
    nodes = [own.node.id for own in sites(town.places)]
    missing = [node for node in nodes if node not in signed]
    stale = [
        node
        for node in nodes
        if changed
        and node in signed
        and signed[node].body != policy_to_json(node_policy(town, node, first, DAYS))
    ]
    return missing, stale
