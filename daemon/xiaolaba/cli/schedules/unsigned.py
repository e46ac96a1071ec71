"""Which nodes of a town have no signed policy, or one that does not say what the town does."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from xiaolaba.adapters.state_folder import SignedPolicy, StateFolder
from xiaolaba.core.errors import MessageError
from xiaolaba.core.message import policy_from_json
from xiaolaba.core.policy import Policy
from xiaolaba.core.schedule import Town
from xiaolaba.core.sounding.node_policy import policy_at
from xiaolaba.core.telling.policy_change import policy_changes
from xiaolaba.core.units import Instant, NodeId, instant
from xiaolaba.core.where import sites

SIGNED_DAYS = 400
"""How long a signed policy holds."""
MOST_NAMED = 6


def advice(folder: StateFolder, town: Town, now: datetime) -> str:
    """Return what is still to be signed before a configuration is whole, "" for nothing."""
    missing, stale = _unsigned(folder, town, now)
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


def _unsigned(folder: StateFolder, town: Town, now: datetime) -> tuple[list[NodeId], list[NodeId]]:
    signed, at = held(folder.policies()), instant(now)
    wanted = wanted_policies(town, at)
    missing = [node for node in wanted if node not in signed]
    stay = {node: own for node, own in wanted.items() if node in signed}
    stale = dict.fromkeys(n for row in policy_changes(signed, stay, at) for n in row.nodes)
    return missing, list(stale)


def wanted_policies(town: Town, at: Instant) -> dict[NodeId, Policy]:
    """Return what every node of a town is to hold, signed at `at`."""
    first = town.zone.day(at)
    return {own.node.id: policy_at(town, own, first, SIGNED_DAYS) for own in sites(town.places)}


def held(signed: Mapping[NodeId, SignedPolicy]) -> dict[NodeId, Policy]:
    """Return signed policies as nodes hold them; one that no node would read is left out."""
    found = {}
    for node, own in signed.items():
        with suppress(MessageError):
            found[node] = policy_from_json(node, own.body)
    return found
