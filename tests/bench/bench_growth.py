"""How compiling grows with a town, with APScheduler's memory store beside it for scale.

Every 50 nodes are a group with six programmes of its own; APScheduler gets a
cron job for each programme at each node, which is what one would write
without windows. Each size runs in a process of its own, memory is what the
work itself added at its peak.
"""

import json
import subprocess
import sys

from tests.bench.figures import Figure

SIZES = (100, 1_000, 10_000, 100_000)
MOST_JOBS = 10_000
"""Nodes up to which APScheduler is measured; beyond, it takes minutes."""


def measure() -> list[Figure]:
    """Return seconds and megabytes for towns of four sizes."""
    found, each = [], {}
    for nodes in SIZES:
        seconds, mb = _once("compile", nodes)
        each[nodes] = seconds / nodes
        what = f"compile {nodes:,} nodes, {nodes // 50:,} groups, 30 days"
        found += [Figure(what, seconds, "s"), Figure(f"{what}: memory", mb, "MB")]
        if nodes <= MOST_JOBS:
            seconds, mb = _once("jobs", nodes)
            what = f"APScheduler, {nodes * 6:,} cron jobs"
            found += [Figure(what, seconds, "s"), Figure(f"{what}: memory", mb, "MB")]
    growth = each[SIZES[-1]] / each[1_000]
    found.append(Figure("time a node, 100,000 against 1,000", growth, "times", most=2.0))
    return found


def _once(kind: str, nodes: int) -> tuple[float, float]:
    """Return the seconds and megabytes that one measurement took."""
    command = [sys.executable, "-m", "tests.bench.growth", kind, str(nodes)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    facts = json.loads(done.stdout)
    return facts["seconds"], facts["mb"]
