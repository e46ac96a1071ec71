"""What the service manager hears, on a real datagram socket."""

import os
import socket

import pytest

from xiaolaba.adapters.notify import WITHOUT_CARD, Manager, patient
from xiaolaba.core.errors import DeviceError
from xiaolaba.core.units import Instant
from xiaolaba.sim.fakes import FakeClock, FakeSink


class Systemd:
    """The other end of the socket; `heard` empties it."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.setblocking(False)
        name = self._socket.getsockname()
        self.name = "@" + name[1:].decode() if isinstance(name, bytes) else name

    def heard(self) -> list[list[str]]:
        said = []
        while True:
            try:
                said.append(self._socket.recv(4096).decode().split("\n"))
            except BlockingIOError:
                return said

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def systemd(request, tmp_path):
    other_end = Systemd(str(tmp_path / "notify") if request.param == "path" else "")
    yield other_end
    other_end.close()


@pytest.fixture
def managers():
    """Make managers, closed at the end."""
    made: list[Manager] = []

    def make(environ, clock=None) -> Manager:
        made.append(Manager(environ, clock or (lambda: 0.0)))
        return made[-1]

    yield make
    for manager in made:
        manager.close()


def test_start_and_end_are_said_with_a_status(systemd, managers):
    manager = managers({"NOTIFY_SOCKET": systemd.name})

    manager.ready("喇叭 jinxiu-gate\nsecond line")
    manager.stopping()

    assert systemd.heard() == [["READY=1", "STATUS=喇叭 jinxiu-gate second line"], ["STOPPING=1"]]


def test_beats_come_four_to_the_interval_however_often_they_are_offered(systemd, managers):
    now = 0.0
    manager = managers({"NOTIFY_SOCKET": systemd.name, "WATCHDOG_USEC": "60000000"}, lambda: now)

    for second in range(60):
        now = float(second)
        manager.beat()

    assert systemd.heard() == [["WATCHDOG=1"]] * 4


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="no watchdog"),
        pytest.param({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, id="another's watchdog"),
        pytest.param({"WATCHDOG_USEC": "often"}, id="an interval that is no number"),
    ],
)
def test_nothing_beats_or_begins_to_where_no_watchdog_waits(environ, systemd, managers):
    manager = managers({"NOTIFY_SOCKET": systemd.name, **environ})

    manager.beat()
    manager.wait("no card")

    assert systemd.heard() == [["STATUS=no card"]]


def test_nothing_is_sent_without_a_socket(managers):
    manager = managers({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())})

    for say in (manager.beat, manager.stopping, manager.resume, lambda: manager.ready("here")):
        say()


def test_a_manager_that_is_gone_is_logged_and_survived(tmp_path, managers, caplog):
    manager = managers({"NOTIFY_SOCKET": str(tmp_path / "nobody")})

    manager.ready("here")

    assert "manager.deaf" in caplog.text


def test_while_no_card_can_be_opened_the_watchdog_waits_and_then_is_as_before(systemd, managers):
    manager = managers({"NOTIFY_SOCKET": systemd.name, "WATCHDOG_USEC": "60000000"})
    manager.ready("jinxiu-gate")
    sink = FakeSink(FakeClock(Instant(0)))
    answers = [DeviceError("hw:0: no such device"), DeviceError("hw:0: busy"), sink, sink]

    def open_sink():
        answer = answers.pop(0)
        if isinstance(answer, DeviceError):
            raise answer
        return answer

    open_patiently = patient(manager, open_sink)
    systemd.heard()
    for _ in range(2):
        with pytest.raises(DeviceError):
            open_patiently()
    opened = open_patiently(), open_patiently()

    assert opened == (sink, sink)
    assert systemd.heard() == [
        [
            "WATCHDOG=1",
            f"WATCHDOG_USEC={WITHOUT_CARD}000000",
            "STATUS=没有声卡 / no sound card: hw:0: no such device",
        ],
        ["WATCHDOG=1", "WATCHDOG_USEC=60000000", "STATUS=jinxiu-gate"],
    ]
