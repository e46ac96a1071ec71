"""Child processes that are started again when they die, and end with their parent."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
GRACE = 5.0
"""Seconds a child has to end by itself after SIGTERM."""


@dataclass
class Child:
    """One `xiaolaba` command as a process of its own; its output goes to `log`."""

    name: str
    arguments: list[str]
    log: Path
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _retry_at: float = 0.0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        alive = self._process is not None and self._process.poll() is None
        return self._process.pid if alive and self._process else None

    @property
    def exit_code(self) -> int | None:
        """How the last process ended; None while it runs or before the first."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the process."""
        parent = os.getpid()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "xiaolaba", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: _die_with(parent),  # no threads yet
            )
        self.starts += 1

    def keep_alive(self) -> bool:
        """Start the process again if it died, half a second later; True when it just did."""
        if self._process is None or self._process.poll() is None:
            return False
        if self._retry_at == 0.0:
            self._retry_at = time.monotonic() + 0.5
        if time.monotonic() < self._retry_at:
            return False
        self._retry_at = 0.0
        self.start()
        return True

    def stop(self) -> None:
        """Ask the process to end, then insist."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _die_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends, even on SIGKILL."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before the line above
        os._exit(1)
