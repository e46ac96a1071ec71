"""Which nodes the configuration in force has."""

from datetime import UTC, datetime

from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.cli.schedules.desk import applied_town
from xiaolaba.core.errors import ConfigError, StoreError
from xiaolaba.core.units import NodeId
from xiaolaba.core.where import sites


def planned_nodes(folder: StateFolder) -> frozenset[NodeId] | None:
    """Return the nodes of the configuration in force, None where there is none to be read."""
    try:
        town = applied_town(folder, datetime.now(UTC).date())
    except (ConfigError, StoreError):
        return None
    return None if town is None else frozenset(own.node.id for own in sites(town.places))
