"""Processes that are measured: starting and ending them, and what they take."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench.figures import Figure

Process = subprocess.Popen[bytes]
TICKS = os.sysconf("SC_CLK_TCK")


def started(stack: ExitStack, command: list[str], environment: dict[str, str]) -> Process:
    """Start a program in silence; it ends with the stack."""
    silent = subprocess.DEVNULL
    world = {**os.environ, **environment}
    process = subprocess.Popen(command, env=world, stdout=silent, stderr=silent)
    stack.callback(stop, process)
    return process


def stop(process: Process) -> None:
    """End a process, if it has not ended yet."""
    if process.poll() is None:
        process.terminate()
    process.wait()


@contextmanager
def busy_cores(cores: int = os.cpu_count() or 1) -> Iterator[None]:
    """Keep so many cores busy."""
    command = [sys.executable, "-c", "while True: pass"]
    burners = [subprocess.Popen(command) for _ in range(cores)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def free_port() -> int:
    """Return a port on loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def busy(pid: int) -> float:
    """Return the processor seconds that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int, what: str) -> float:
    """Return a line of a process's status (VmRSS, RssAnon) in MB of 10^6 bytes."""
    return _kept(f"/proc/{pid}/status", what) * 1024 / 1e6


def written(pid: int) -> int:
    """Return the bytes that a process has had written to disks."""
    return _kept(f"/proc/{pid}/io", "write_bytes")


def use(who: str, pid: int, spent: float, passed: float) -> list[Figure]:
    """Return a process's memory, and its share of a core: seconds spent of those passed."""
    return [
        Figure(f"{who}: RSS", memory(pid, "VmRSS"), "MB"),
        Figure(f"{who}: anonymous", memory(pid, "RssAnon"), "MB"),
        Figure(f"{who}: of a core", 100 * spent / passed, "%"),
    ]


def _kept(path: str, what: str) -> int:
    lines = Path(path).read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))
