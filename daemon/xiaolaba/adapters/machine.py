"""The machine under a node: which boot this is, how much memory and disk there is."""

import os
from pathlib import Path

_PROC = Path("/proc")


def boot_id() -> str:
    """Return a name that changes with every start of the system."""
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def memory_mb() -> float:
    """Return this process's resident memory in MB (10^6 bytes)."""
    pages = int((_PROC / "self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def disk_free_mb(folder: Path) -> int:
    """Return what is left on the folder's disk for ordinary users, in MB; 0 if it is gone."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return 0
    return disk.f_bavail * disk.f_frsize // 1_000_000


def uptime_s() -> int:
    """Return how long the system has been up, in seconds."""
    return int(float((_PROC / "uptime").read_text().split()[0]))
