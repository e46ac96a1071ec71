"""The machine under a node: which boot this is, and how it fares."""

import os
import time
from pathlib import Path

_PROC = Path("/proc")
_SYS = Path("/sys")


def boot_id() -> str:
    """Return a name that changes with every start of the system."""
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def memory_mb() -> float:
    """Return this process's resident memory in MB (10^6 bytes); 0 if it cannot be read now."""
    try:
        pages = int((_PROC / "self/statm").read_text().split()[1])
    except OSError:
        return 0.0
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
    return int(time.clock_gettime(time.CLOCK_BOOTTIME))


def temperature_c(sys: Path = _SYS) -> float | None:
    """Return how hot the processor is, or None if nothing measures it."""
    try:
        return int((sys / "class/thermal/thermal_zone0/temp").read_text()) / 1000
    except (OSError, ValueError):
        return None


def under_voltage(sys: Path = _SYS) -> bool | None:
    """Return whether the supply was too weak lately, or None if nothing measures it.

    The Raspberry Pi's firmware is one of the kernel's hardware monitors.
    """
    for monitor in sorted((sys / "class/hwmon").glob("hwmon*")):
        try:
            if (monitor / "name").read_text().strip() == "rpi_volt":
                return (monitor / "in0_lcrit_alarm").read_text().strip() == "1"
        except OSError:
            continue
    return None


def wifi_dbm(proc: Path = _PROC) -> float | None:
    """Return the level of the first wireless interface, or None if there is none."""
    try:
        lines = (proc / "net/wireless").read_text().splitlines()[2:]
        return float(lines[0].split()[3])
    except (OSError, ValueError, IndexError):
        return None
