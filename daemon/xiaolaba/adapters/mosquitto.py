"""The embedded broker: a supervised `mosquitto` child that never outlives its parent.

Its configuration is written anew at every start, readable by its owner only.
A user is a node's id and may write that node's own reports and read its own
orders, nothing else; `DAEMON_USER`, which no node can be called, may do
everything below the root topic. A child that dies is started again.
"""

import base64
import hashlib
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from xiaolaba.adapters.whole_file import make_folder, write_whole
from xiaolaba.core.errors import BrokerError
from xiaolaba.core.message import MAX_BODY, ROOT
from xiaolaba.core.refusal import cause

DAEMON_USER = "_daemon"
NODE_WRITES = ("state", "health", "events", "plays")
NODE_READS = ("policy", "hold", "playlist", "command", "plays/ack")
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SETTLED_S = 60.0
"""A child that ran so long and died is started again as after its first failure."""
READY_WITHIN_S = 10.0

_LEASH = (
    "import ctypes, os, signal, sys;"
    "ctypes.CDLL(None).prctl(1, signal.SIGKILL);"  # PR_SET_PDEATHSIG
    "os.getppid() == int(sys.argv[1]) or sys.exit('the parent is gone');"
    "os.execv(sys.argv[2], sys.argv[2:])"
)
"""Run a program that the kernel kills when the thread that started it ends."""

_STAMP = re.compile(r"^\d+: ")

log = logging.getLogger(__name__)


def hashed(password: str, salt: bytes) -> str:
    """Return a password as `mosquitto` keeps it (PBKDF2-HMAC-SHA512, as mosquitto_passwd does)."""
    rounds = 101
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    salted = base64.b64encode(salt).decode()
    return f"$7${rounds}${salted}${base64.b64encode(digest).decode()}"


class Mosquitto:
    """A broker on one address; `users` maps user names to hashed passwords."""

    def __init__(self, folder: Path, host: str, port: int, users: Mapping[str, str]) -> None:
        self._folder, self._host = folder, host
        self.port = port
        self._users = dict(users)
        self._child: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._errors: deque[str] = deque(maxlen=2)  # the second says where the first was found
        self._ended = ""
        self._thread = threading.Thread(target=self._supervise, name="mosquitto", daemon=True)

    def start(self) -> None:
        """Start the broker; return when it takes connections.

        Raises:
            BrokerError: if there is no mosquitto, the port is in use, or it dies at once.
            StoreError: if its files cannot be written.
        """
        self._program = _program()
        self.port = _free_port(self._host, self.port)
        self._write_files()
        self._thread.start()
        self._ready.wait(READY_WITHIN_S)
        if not self._ready.is_set() or not self.alive:
            self.stop()
            said = f"{self._last_words} ({self._ended})"
            raise BrokerError(f"MQTT 服务启动失败：{said} / mosquitto did not start: {said}")

    @property
    def alive(self) -> bool:
        """Whether the child runs."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """The child's process id, or 0 before the first start."""
        return self._child.pid if self._child else 0

    @property
    def _last_words(self) -> str:
        return " ".join(self._errors)

    def reload(self, users: Mapping[str, str]) -> None:
        """Take over new users; sessions of removed ones are closed."""
        self._users = dict(users)
        self._write_files()
        if self._child is not None:
            self._child.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End the child and wait for it."""
        self._stopping.set()
        if self._child is not None and self.alive:
            self._child.terminate()
        if self._thread.is_alive():
            self._thread.join(READY_WITHIN_S)
        if self._child is not None and self.alive:
            self._child.kill()

    def _supervise(self) -> None:
        """Start the child from this thread, which lives as long as it, again and again."""
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._run_child()
            except OSError as error:  # no memory, no processes, the program is being replaced
                self._errors.append(str(error))
                self._ended = "not started"
            self._ready.set()  # whoever waits shall see that it died
            failures = 1 if time.monotonic() - began > SETTLED_S else failures + 1
            if not self._stopping.is_set():
                log.warning("broker.died ended=%s said=%r", self._ended, self._last_words)
                self._stopping.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1])

    def _run_child(self) -> None:
        self._errors.clear()
        self._child = self._spawn()
        threading.Thread(target=self._await_port, args=(self._child,), daemon=True).start()
        self._listen_to(self._child)
        self._ended = _ending(self._child.returncode)

    def _spawn(self) -> subprocess.Popen[str]:
        leash = [sys.executable, "-I", "-S", "-c", _LEASH, str(os.getpid())]
        return subprocess.Popen(
            [*leash, self._program, "-c", str(self._folder / "mosquitto.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"},
        )

    def _listen_to(self, child: subprocess.Popen[str]) -> None:
        """Read what the child says until it ends; only an error is worth remembering."""
        with child:
            for line in child.stderr or ():
                said = _STAMP.sub("", line.strip())[:300]
                is_error = said.startswith("Error")
                if is_error:
                    self._errors.append(said)
                log.log(logging.WARNING if is_error else logging.DEBUG, "broker.said %s", said)

    def _await_port(self, child: subprocess.Popen[str]) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while child.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection((self._host, self.port), 1.0).close()
            except OSError:
                time.sleep(0.02)
            else:
                self._ready.set()
                return

    def _write_files(self) -> None:
        passwd = "".join(f"{user}:{hash_}\n" for user, hash_ in self._users.items())
        files = {
            "passwd": passwd,
            "acl": acl(),
            "mosquitto.conf": _conf(self._folder, self._host, self.port),
        }
        make_folder(self._folder)
        for name, text in files.items():
            write_whole(self._folder / name, text.encode())


def acl() -> str:
    """Return who may do what; `%u` is the user's name, which is its node's id."""
    rules = [f"user {DAEMON_USER}", f"topic readwrite {ROOT}/#"]
    rules += [f"pattern write {ROOT}/nodes/%u/{leaf}" for leaf in NODE_WRITES]
    rules += [f"pattern read {ROOT}/nodes/%u/{leaf}" for leaf in NODE_READS]
    rules += [f"pattern read {ROOT}/playlists/+", f"pattern read {ROOT}/daemon/state"]
    return "\n".join(rules) + "\n"


def _conf(folder: Path, host: str, port: int) -> str:
    """Return the configuration: no anonymous users, nobody under another's client id, limits."""
    return "\n".join(
        (
            "user root",  # root does not change it, so that the leash holds; others cannot
            f"listener {port} {host}",
            "use_username_as_clientid true",
            "allow_anonymous false",
            f"password_file {folder / 'passwd'}",
            f"acl_file {folder / 'acl'}",
            "persistence false",
            f"max_packet_size {MAX_BODY}",
            "max_connections 16000",
            "max_inflight_messages 20",
            "max_queued_messages 100000",  # 0 makes 2.0.11 hang up on any forbidden publish
            f"max_queued_bytes {64 * 1024 * 1024}",
            "set_tcp_nodelay true",
            "connection_messages false",
            "log_dest stderr",
            "log_timestamp false",
            "log_type error",
            "log_type warning",
            "",
        )
    )


def _program() -> str:
    found = shutil.which(
        "mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    )
    if found is None:
        raise BrokerError(
            "找不到 mosquitto，请运行：sudo apt install mosquitto"
            " / mosquitto is missing; run: sudo apt install mosquitto"
        )
    return found


def _free_port(host: str, port: int) -> int:
    """Return `port`, or a free one for 0; raise BrokerError if it is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BrokerError(
                f"无法使用 {host} 的端口 {port}（{cause(error)}）："
                f"请停掉占用它的程序（如 sudo systemctl stop mosquitto），"
                f"或在 daemon.yaml 的 broker.port 换一个端口"
                f" / cannot listen on {host}, port {port} ({error.strerror}): stop the program"
                f" that uses it, or choose another broker.port in daemon.yaml"
            ) from error
        return int(probe.getsockname()[1])


def _ending(code: int) -> str:
    """Return how a process ended: its exit code, or the signal's name."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
