"""Waiting for a condition with a deadline, which only a failure reaches."""

import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 300.0
"""Seconds that nothing here takes, however busy the machine."""


def until(condition: Callable[[], object], what: str = "it came true") -> None:
    """Wait until a condition holds; fail if it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"gave up waiting until {what}"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Return whether a process runs; one that nobody has asked about since it ended does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
