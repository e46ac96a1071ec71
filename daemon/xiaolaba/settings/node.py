"""node.yaml: who a loudspeaker is, whom it listens to and what it sounds through."""

from dataclasses import dataclass
from pathlib import Path

from xiaolaba.core.units import NodeId, Seconds
from xiaolaba.settings import words
from xiaolaba.settings.fields import Log, Record, open_record
from xiaolaba.settings.machine import Address, ClockTrust, clock_trust, host, port, relative_to

KEYS = ("id", "broker", "identity", "state", "sound", "clock", "cache", "report", "mixer")
DEFAULT_BUDGET = 2_000_000_000
DEFAULT_REPORT = Seconds(300.0)
LONGEST_WAKE = 5.0
"""Seconds of silence in which any amplifier has woken up."""
_AT_ONCE = Seconds(0.0)


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """An ALSA device by name, or a WAV file with the same timing; one of the two.

    `wake` is how long it is fed silence after each opening before anything sounds.
    """

    device: str | None = None
    wav: Path | None = None
    wake: Seconds = _AT_ONCE


@dataclass(frozen=True, slots=True)
class MixerSettings:
    """A card's own volume control, and at how many per cent of its range it is held."""

    card: str
    control: str
    volume: int


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """All of node.yaml; relative paths were taken from the file's own folder.

    `cache` is how many bytes decoded clips may take; `report` how long news
    that can wait are gathered before they are sent.
    """

    id: NodeId
    broker: Address
    identity: Path
    state: Path
    sound: SoundSettings
    clock: ClockTrust
    cache: int = DEFAULT_BUDGET
    report: Seconds = DEFAULT_REPORT
    mixer: MixerSettings | None = None


def load_node(path: Path) -> NodeSettings:
    """Return the settings in `path`.

    Raises:
        ConfigError: with everything that is wrong in it.
    """
    log = Log(str(path))
    root = open_record(path, log, *KEYS)
    folder = relative_to(path.parent)
    settings = NodeSettings(
        NodeId(root.need("id", words.identifier, "")),
        _broker(root),
        root.need("identity", folder, Path()),
        root.need("state", folder, Path()),
        _sound(root, path.parent),
        clock_trust(root),
        root.record("cache", "budget").take("budget", words.size, DEFAULT_BUDGET),
        root.record("report", "every").take("every", words.duration(0, 3600), DEFAULT_REPORT),
        _mixer(root),
    )
    _require_own_identity(root, settings)
    log.require_clean()
    return settings


def _require_own_identity(root: Record, settings: NodeSettings) -> None:
    """Tell if the identity names another node; one that names none may be anybody's."""
    try:
        with (settings.identity / "id").open(encoding="utf-8", errors="replace") as file:
            named = file.read(100).strip()
    except OSError:
        return
    if settings.id and named not in ("", settings.id):
        zh = f"这份身份是 '{named}' 的，不是 '{settings.id}' 的：是不是拿错了文件夹？"
        en = f"this identity is of '{named}', not of '{settings.id}': the wrong folder?"
        root.log.add(root.mark("identity"), zh, en)


def _broker(root: Record) -> Address:
    root.require("broker")
    row = root.record("broker", "host", "port")
    return Address(row.need("host", host, ""), row.take("port", port, 1883))


def _sound(root: Record, folder: Path) -> SoundSettings:
    row = root.record("sound", "device", "wav", "wake")
    if row.has("device") and row.has("wav"):
        zh, en = "device 和 wav 只能写一个", "write either device or wav, not both"
        root.log.add(row.mark("wav"), zh, en)
    device = row.take("device", words.words, None)
    wav = row.take("wav", relative_to(folder), None)
    wake = row.take("wake", words.duration(0, LONGEST_WAKE), _AT_ONCE)
    return SoundSettings(device if device or wav else "default", wav, wake)


def _mixer(root: Record) -> MixerSettings | None:
    row = root.record("mixer", "card", "control", "volume")
    if not root.has("mixer"):
        return None
    return MixerSettings(
        row.take("card", words.words, "default"),
        row.take("control", words.words, "PCM"),
        row.need("volume", words.whole(0, 100), 0),
    )
