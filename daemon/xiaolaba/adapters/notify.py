"""What systemd is told over its notification socket (sd_notify(3)); silent where there is none.

A node's watchdog asks one question: does sound go on leaving the card? So a beat is
due only when it has. A card that is not there is no hang: a restart would not
bring it back, it would only cost mobile data. While none can be opened, the
watchdog waits for hours.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping

from xiaolaba.core.errors import DeviceError
from xiaolaba.ports.node import Sink

WITHOUT_CARD = 6 * 3600
"""Seconds without a card after which a restart is tried all the same."""
_BEATS = 4
"""Beats in one watchdog interval: three may get lost."""
_LONGEST_STATUS = 300

log = logging.getLogger(__name__)


class Manager:
    """The service manager that `environ` names; any thread may call."""

    def __init__(
        self, environ: Mapping[str, str], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{name[1:]}" if name.startswith("@") else name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._patience = _watchdog_us(environ)
        self._monotonic = monotonic
        self._due = monotonic()
        self._status = ""

    def ready(self, status: str) -> None:
        """Say that the start is done, and what `systemctl status` shall show."""
        self._status = status
        self._send("READY=1", _status(status))

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1")

    def beat(self) -> None:
        """Feed the watchdog; may be called as often as one likes."""
        now = self._monotonic()
        if self._patience and now >= self._due:
            self._due = now + self._patience / _BEATS / 1e6
            self._send("WATCHDOG=1")

    def wait(self, why: str) -> None:
        """Put the watchdog off because there is nothing to play on."""
        self._send(*self._within(WITHOUT_CARD * 1_000_000), _status(why))

    def resume(self) -> None:
        """Have the watchdog as it was before `wait`."""
        self._send(*self._within(self._patience), _status(self._status))

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def _within(self, microseconds: int) -> tuple[str, ...]:
        """Return how to ask for another patience, beginning now; without a watchdog nothing."""
        return ("WATCHDOG=1", f"WATCHDOG_USEC={microseconds}") if self._patience else ()

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            self._socket.sendto("\n".join(lines).encode(), socket.MSG_DONTWAIT, self._address)
        except OSError as error:
            log.warning("manager.deaf error=%s", error)


def patient(manager: Manager, open_sink: Callable[[], Sink]) -> Callable[[], Sink]:
    """Return `open_sink`, which lets the manager know while there is no card to open."""
    absent = False

    def open_patiently() -> Sink:
        nonlocal absent
        try:
            sink = open_sink()
        except DeviceError as error:
            if not absent:
                manager.wait(f"没有声卡 / no sound card: {error}")
            absent = True
            raise
        if absent:
            manager.resume()
        absent = False
        return sink

    return open_patiently


def _status(text: str) -> str:
    return "STATUS=" + " ".join(text.split())[:_LONGEST_STATUS]


def _watchdog_us(environ: Mapping[str, str]) -> int:
    """Return the watchdog's interval in microseconds; 0 if none watches this process."""
    interval, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not interval.isdecimal() or (pid and pid != str(os.getpid())):
        return 0
    return int(interval)
