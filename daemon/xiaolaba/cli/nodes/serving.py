"""The daemon's parts wired together: broker, clips, store, bus, alarms, service."""

import logging
import os
import secrets
import signal
from contextlib import ExitStack

from xiaolaba import __version__
from xiaolaba.adapters.alarms import Alarms
from xiaolaba.adapters.clip_server import ClipServer
from xiaolaba.adapters.clock import SystemClock
from xiaolaba.adapters.mosquitto import DAEMON_USER, Mosquitto, hashed
from xiaolaba.adapters.mqtt import PahoBus
from xiaolaba.adapters.notify import Manager
from xiaolaba.adapters.sqlite_store import SqliteStore
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.cli.schedules.desk import Desk
from xiaolaba.core.errors import BrokerError
from xiaolaba.core.message import DAEMON_STATE
from xiaolaba.core.units import RATE
from xiaolaba.ports.bus import Bus
from xiaolaba.ports.clock import Clock
from xiaolaba.scheduler.mind import state_message
from xiaolaba.scheduler.service import Service
from xiaolaba.scheduler.state import Mind, Terms
from xiaolaba.settings import DaemonSettings

LOOK_S = 1.0
"""How often the disk is looked at."""
TICK_S = 5.0
"""How often what the broker holds is compared with what it shall hold."""
TIDY_S = 3600.0
"""How often what is old is forgotten; the machine may be off at any hour of the night."""

log = logging.getLogger(__name__)


def serve(settings: DaemonSettings, folder: StateFolder) -> None:
    """Start every part, run until SIGTERM or Ctrl-C, and stop the parts in reverse."""
    with ExitStack() as stack:
        store = SqliteStore(folder.store)
        stack.callback(store.close)
        clips = ClipServer(settings.clips.folder, *_clips_at(settings))
        clips.start()
        stack.callback(clips.stop)
        broker = _Broker(settings, folder)
        stack.callback(broker.stop)
        _run(settings, folder, store, broker, stack)
    log.info("daemon.stopped")


def _run(
    settings: DaemonSettings,
    folder: StateFolder,
    store: SqliteStore,
    broker: "_Broker",
    stack: ExitStack,
) -> None:
    clock = SystemClock(settings.clock.value)
    kid, sign = folder.signer()
    terms = Terms(kid, sign, settings.clips.url, __version__, store.generation())
    alarms = Alarms(lambda name: service.ring(name))
    desk = Desk(settings, folder, broker.reload)
    published = {publication.node: publication for publication in store.publications()}
    mind = Mind(terms, publications=published, bodies=store.bodies())
    bus = _bus(settings, terms, clock, broker.password)
    manager = Manager(os.environ)
    stack.callback(manager.close)
    service = Service(mind, bus, store, clock, desk.look, manager.beat)
    alarms.every("look", LOOK_S)
    alarms.every("tick", TICK_S)
    alarms.every("tidy", TIDY_S)
    alarms.start()
    stack.callback(alarms.stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _leave(manager, service))
    manager.ready("小喇叭服务端 / daemon")
    log.info("daemon.ready broker=%s:%d clips=%s", *_broker_at(settings), settings.clips.url)
    service.run()


def _leave(manager: Manager, service: Service) -> None:
    manager.stopping()
    service.stop()


def _bus(settings: DaemonSettings, terms: Terms, clock: Clock, password: str) -> Bus:
    return PahoBus(
        *_broker_at(settings),
        client_id=DAEMON_USER,
        user=DAEMON_USER,
        password=password,
        will=(DAEMON_STATE, state_message(terms, False, clock.now() // RATE, "")),
        advice="密码不对：核对 keys/broker.password / wrong password: see keys/broker.password",
    )


class _Broker:
    """The embedded broker with its users, or another one of which only the password is known."""

    def __init__(self, settings: DaemonSettings, folder: StateFolder) -> None:
        self._folder = folder
        self._child: Mosquitto | None = None
        if not settings.broker.embedded:
            self.password = _given_password(folder)
            return
        self.password = secrets.token_urlsafe(24)
        self._child = Mosquitto(folder.broker, *_broker_at(settings), self._users())
        self._child.start()

    def reload(self) -> None:
        """Take over the nodes that are enrolled now."""
        if self._child is not None:
            self._child.reload(self._users())

    def stop(self) -> None:
        """Stop the child, if there is one."""
        if self._child is not None:
            self._child.stop()

    def _users(self) -> dict[str, str]:
        nodes = {str(node): password for node, password in self._folder.enrolled().items()}
        return {DAEMON_USER: hashed(self.password, os.urandom(12))} | nodes


def _given_password(folder: StateFolder) -> str:
    path = folder.root / "keys" / "broker.password"
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerError(
            f"请把外部 MQTT 服务的用户 {DAEMON_USER} 的密码写进 {path}"
            f" / write the password of the broker's user {DAEMON_USER} into {path}"
        ) from error


def _broker_at(settings: DaemonSettings) -> tuple[str, int]:
    return settings.broker.address.host, settings.broker.address.port


def _clips_at(settings: DaemonSettings) -> tuple[str, int]:
    return settings.clips.address.host, settings.clips.address.port
