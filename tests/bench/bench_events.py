"""What an event costs the daemon of ten thousand nodes, beside that of a hundred.

All nodes are online and have told what time they have. A message of one node
shall not cost more because there are others, and of acknowledgements made
together only the first may.
"""

import time
from dataclasses import replace
from statistics import median

from tests.bench.figures import Figure
from tests.programs.test_daemon_mind import GATE, KEYS, NOW, ONLINE, told
from xiaolaba.core.message import to_bytes
from xiaolaba.core.message.report import Event as Report
from xiaolaba.core.message.report import Health, to_json
from xiaolaba.core.units import NodeId
from xiaolaba.ports.store import Counted
from xiaolaba.scheduler.events import Event, NodeSaid, PlaysCounted
from xiaolaba.scheduler.mind import step
from xiaolaba.scheduler.state import Mind

SIZES = (100, 10_000)
TOGETHER = 100
"""Acknowledgements that one event brings."""
TIMES = 501
"""So often is each event timed."""

SAID = NodeSaid(NOW, GATE, "events", to_bytes(to_json(Report(str(GATE), NOW, "said"))))
HEALTHY = NodeSaid(
    NOW,
    GATE,
    "health",
    to_bytes(to_json(Health(str(GATE), NOW, "gap", "trusted", 0, "kernel", *(0,) * 9))),
)
COUNTED = PlaysCounted(NOW, (Counted(GATE, "e", 3, fresh=3),) * TOGETHER)
EVENTS: tuple[tuple[str, Event], ...] = (
    ("an event of one node", SAID),
    ("health of one node", HEALTHY),
    (f"{TOGETHER} acknowledgements", COUNTED),
)


def measure() -> list[Figure]:
    """Return how long each event takes in both, and how much longer in the large one."""
    few, many = (_mind(nodes) for nodes in SIZES)
    found = []
    for what, event in EVENTS:
        small, large = _seconds(few, event), _seconds(many, event)
        found += [
            Figure(f"{what}, {SIZES[0]:,} nodes", small * 1e3, "ms"),
            Figure(f"{what}, {SIZES[1]:,} nodes", large * 1e3, "ms"),
            Figure(f"{what}, many against few", large / small, "times", most=3.0),
        ]
    return found


def _mind(nodes: int) -> Mind:
    """Return the mind of a daemon whose nodes have all told the time."""
    ids = [NodeId(f"n{number}") for number in range(nodes)]
    mind, _ = told(*ONLINE)
    keys = {**mind.keys, **dict.fromkeys(ids, KEYS[GATE])}
    return replace(mind, keys=keys, clocks=dict.fromkeys((GATE, *ids), float(NOW)))


def _seconds(mind: Mind, event: Event) -> float:
    """Return the median of the seconds that a step takes."""
    return median(_once(mind, event) for _ in range(TIMES))


def _once(mind: Mind, event: Event) -> float:
    began = time.perf_counter()
    step(mind, event)
    return time.perf_counter() - began
