"""Stand-ins for every port of node and daemon, in memory and in virtual time.

They keep the contracts of the real adapters (the same tests hold both) and
are what the town simulation and the tests of the programs run on.
"""

from xiaolaba.sim.fakes.bus import FakeBus, matches
from xiaolaba.sim.fakes.clock import FakeClock
from xiaolaba.sim.fakes.folders import FakeCache, FakeLedger, FakeSaved
from xiaolaba.sim.fakes.sink import FakeSink
from xiaolaba.sim.fakes.store import FakeStore

__all__ = [
    "FakeBus",
    "FakeCache",
    "FakeClock",
    "FakeLedger",
    "FakeSaved",
    "FakeSink",
    "FakeStore",
    "matches",
]
