"""`xiaolaba node`: one loudspeaker at work, until it is told to stop."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from xiaolaba import __version__
from xiaolaba.core.errors import StoreError
from xiaolaba.core.refusal import refusal

if TYPE_CHECKING:
    from xiaolaba.adapters.notify import Manager
    from xiaolaba.node.events import Measured, Trouble
    from xiaolaba.node.hands import World
    from xiaolaba.node.state import Identity
    from xiaolaba.ports.bus import Bus
    from xiaolaba.ports.clock import Clock
    from xiaolaba.ports.node import Ledger, Sink
    from xiaolaba.settings import NodeSettings

KEEPALIVE_S = 120
"""A ping costs 130 bytes of mobile data; at this pace 2.8 MB a month."""

SWITCH_S = 0.0005
"""Seconds that the sound thread may wait for the interpreter at each return from ALSA,
while other parts are being opened. With every core busy the first half second is written
in 31 ms, and in 64 ms at Python's own 5 ms (measured)."""

EPILOG = """\
例子 / example:
  xiaolaba node --config config/node.yaml

收到 SIGTERM 或 Ctrl-C 时淡出并退出，退出码 0；断网、断电、被杀之后重新启动，都从当前时刻接着播。
It fades out and exits with 0 on SIGTERM or Ctrl-C. Without network, after a power cut or a
kill it plays on from the present moment.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = commands.add_parser(
        "node",
        help="运行一个喇叭点位 / run one loudspeaker",
        description="运行一个喇叭点位，直到被要求停止 / run one loudspeaker until told to stop",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="node.yaml 的路径 / its settings"
    )
    command.set_defaults(run=node)


def node(args: argparse.Namespace) -> int:
    """Run a node until SIGTERM or SIGINT; 1 if a part of it failed."""
    from xiaolaba.adapters import machine
    from xiaolaba.adapters.notify import Manager
    from xiaolaba.adapters.owner import become_owner
    from xiaolaba.node.service import NodeService
    from xiaolaba.settings.node import load_node

    sys.setswitchinterval(SWITCH_S)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    settings = load_node(args.config)
    become_owner(settings.state)
    clock = _clock(settings)
    boot = machine.boot_id()
    identity = _identity(settings, boot)
    manager = Manager(os.environ)
    service = NodeService(identity, _world(settings, identity, clock, manager))
    _announce(settings)

    def leave(*_: object) -> None:
        manager.stopping()
        service.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    manager.ready(f"喇叭 / node {settings.id}")
    try:
        service.run()
    finally:
        manager.close()
    return 1 if service.failed else 0


def _clock(settings: "NodeSettings") -> "Clock":
    from xiaolaba.adapters.clock import SystemClock

    return SystemClock(settings.clock.value)


def _ledger(path: Path, boot: str, clock: "Clock", tell: "Callable[[Trouble], None]") -> "Ledger":
    """Open the ledger; where the disk takes none it is kept in memory, for the sound goes on."""
    from xiaolaba.adapters.sheltered_ledger import ShelteredLedger
    from xiaolaba.node.events import Trouble

    return ShelteredLedger(
        path, boot, lambda: clock.now() // 48, lambda code, detail: tell(Trouble(code, detail))
    )


def _identity(settings: "NodeSettings", boot: str) -> "Identity":
    from xiaolaba.adapters import keys
    from xiaolaba.node.state import Identity

    programme = keys.verifier(settings.identity / "programme.pub")
    policy = keys.verifier(settings.identity / "policy.pub")
    trusted = dict([programme]), dict([policy])
    return Identity(settings.id, boot, __version__, *trusted, settings.report)


def _world(
    settings: "NodeSettings", identity: "Identity", clock: "Clock", manager: "Manager"
) -> "World":
    from xiaolaba.adapters import keys
    from xiaolaba.adapters.clip_cache import DiskClipCache
    from xiaolaba.adapters.notify import patient
    from xiaolaba.adapters.saved_state import SavedState
    from xiaolaba.core.units import RATE, Samples
    from xiaolaba.node.hands import World

    kid, sign = keys.signer(settings.identity / "node.key")
    return World(
        clock,
        DiskClipCache(settings.state / "cache", settings.cache),
        SavedState(settings.state / "saved"),
        patient(manager, _sink(settings)),
        partial(_ledger, settings.state / "ledger.sqlite", identity.boot, clock),
        _bus(settings, identity),
        _measure(settings),
        kid,
        sign,
        manager.beat,
        Samples(round(settings.sound.wake * RATE)),
    )


STRANGE = (
    "身份或密码不对，或已退役：核对身份文件夹，或重新登记"
    " / wrong identity or password, or retired: compare the identity folder, or enrol anew"
)


def _bus(settings: "NodeSettings", identity: "Identity") -> "Callable[[], Bus]":
    """Return what opens the bus; its library is read only then."""
    password = _password(settings.identity / "password")

    def open_bus() -> "Bus":
        from xiaolaba.adapters.mqtt import PahoBus
        from xiaolaba.node.telling import will

        return PahoBus(
            settings.broker.host,
            settings.broker.port,
            client_id=settings.id,
            user=settings.id,
            password=password,
            will=will(identity),
            keepalive=KEEPALIVE_S,
            advice=STRANGE,
        )

    return open_bus


def _password(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise StoreError(f"{path}：{refusal(error)} / {error.strerror}") from error


def _sink(settings: "NodeSettings") -> "Callable[[], Sink]":
    """Return what opens the loudspeaker."""
    device, wav = settings.sound.device, settings.sound.wav
    if wav is None:
        from xiaolaba.adapters.alsa import AlsaSink

        return lambda: AlsaSink(device or "default")
    import time
    from datetime import UTC, datetime

    from xiaolaba.adapters.wav_sink import WavSink

    return lambda: WavSink(wav, time.monotonic, time.sleep, lambda: datetime.now(UTC))


def _measure(settings: "NodeSettings") -> "Callable[[Measured], Measured]":
    from xiaolaba.adapters import machine

    volume = _volume(settings)
    return lambda measured: replace(
        measured,
        uptime_s=machine.uptime_s(),
        memory_mb=machine.memory_mb(),
        disk_free_mb=machine.disk_free_mb(settings.state),
        temperature_c=machine.temperature_c(),
        under_voltage=machine.under_voltage(),
        wifi_dbm=machine.wifi_dbm(),
        mixer=volume(),
    )


def _volume(settings: "NodeSettings") -> "Callable[[], str]":
    """Return what holds the card's own volume, if one is written."""
    if settings.mixer is None:
        return lambda: ""
    from xiaolaba.adapters.mixer import Volume

    return Volume(settings.mixer.card, settings.mixer.control, settings.mixer.volume)


def _announce(settings: "NodeSettings") -> None:
    sound = settings.sound.wav or settings.sound.device
    logging.getLogger(__name__).info(
        "node.started node=%s broker=%s:%d sound=%s clock=%s",
        settings.id,
        settings.broker.host,
        settings.broker.port,
        sound,
        settings.clock.value,
    )
    if settings.clock.value == "host":
        text = "时钟未经校验，仅供演示 / the clock is taken as it is, for demonstrations only"
        logging.getLogger(__name__).warning("node.clock trust=host %s", text)
