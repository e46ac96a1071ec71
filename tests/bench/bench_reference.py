"""The compiler beside the slow reading of the rules, over 10,000 random configurations.

Each core takes its share, with a seed of its own. On two cores of their own it takes some ten
minutes; XIAOLABA_EXAMPLES says another number.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from tests.bench.figures import Figure

ROOT = Path(__file__).parents[2]
EXAMPLES = int(os.environ.get("XIAOLABA_EXAMPLES", "10000"))
_COUNTED = re.compile(r"(\d+) passing, (\d+) failing")


def measure() -> list[Figure]:
    """Compare; a share that finds one that differs ends there."""
    cores, began = len(os.sched_getaffinity(0)), perf_counter()
    shares = [_share(-(-EXAMPLES // cores), seed) for seed in range(cores)]
    counts = [_counts(share) for share in shares]
    seconds = perf_counter() - began
    same, others = (sum(found) for found in zip(*counts, strict=True))
    return [
        Figure("random configurations compared", same + others, "", least=EXAMPLES),
        Figure("... that differ from the slow reading", others, "", most=0),
        Figure("... seconds", seconds, "s"),
    ]


def _share(examples: int, seed: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--hypothesis-show-statistics", "--hypothesis-profile=search"]
    return subprocess.Popen(
        [*command, f"--hypothesis-seed={seed}", "tests/core/test_reference.py"],
        cwd=ROOT,
        env={**os.environ, "XIAOLABA_EXAMPLES": str(examples)},
        stdout=subprocess.PIPE,
        text=True,
    )


def _counts(share: "subprocess.Popen[str]") -> tuple[int, int]:
    """Return how many configurations of a share agreed and how many differed."""
    said, _ = share.communicate()
    found = _COUNTED.search(said)
    if found is None or (share.returncode != 0) != (int(found[2]) > 0):
        raise RuntimeError(said[-2000:])
    return int(found[1]), int(found[2])
