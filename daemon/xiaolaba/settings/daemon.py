"""daemon.yaml: where the daemon keeps its state, its broker and its clips."""

import re
from dataclasses import dataclass
from pathlib import Path

from xiaolaba.core.message import fields as message
from xiaolaba.settings.fields import Log, Record, open_record
from xiaolaba.settings.machine import Address, ClockTrust, clock_trust, host, port, relative_to
from xiaolaba.settings.words import Wrong, boolean, one_of

LONGEST_URL = 180
"""No node reads a longer one."""
_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
KEYS = ("state", "broker", "clips", "rhymes", "clock", "unapproved")


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """The MQTT broker: `embedded` means that the daemon starts it as its child."""

    address: Address
    embedded: bool = True


@dataclass(frozen=True, slots=True)
class ClipSettings:
    """The clips' folder, where they are served, and the URL by which nodes reach them."""

    folder: Path
    address: Address
    url: str


@dataclass(frozen=True, slots=True)
class DaemonSettings:
    """All of daemon.yaml; relative paths were taken from the file's own folder.

    `air_unapproved` lets experimental clips sound that no listener approved.
    """

    state: Path
    broker: BrokerSettings
    clips: ClipSettings
    rhymes: Path
    clock: ClockTrust
    air_unapproved: bool = False


def load_daemon(path: Path) -> DaemonSettings:
    """Return the settings in `path`.

    Raises:
        ConfigError: with everything that is wrong in it.
    """
    log = Log(str(path))
    root = open_record(path, log, *KEYS)
    folder = relative_to(path.parent)
    settings = DaemonSettings(
        root.need("state", folder, Path()),
        _broker(root),
        _clips(root, path.parent),
        root.need("rhymes", folder, Path()),
        clock_trust(root),
        root.take("unapproved", one_of({"hold": False, "air": True}), False),
    )
    log.require_clean()
    return settings


def _broker(root: Record) -> BrokerSettings:
    row = root.record("broker", "embedded", "host", "port")
    address = Address(row.take("host", host, "127.0.0.1"), row.take("port", port, 1883))
    return BrokerSettings(address, row.take("embedded", boolean, True))


def _clips(root: Record, folder: Path) -> ClipSettings:
    root.require("clips")
    row = root.record("clips", "folder", "host", "port", "url")
    address = Address(row.take("host", host, "127.0.0.1"), row.take("port", port, 8080))
    return ClipSettings(
        row.need("folder", relative_to(folder), Path()),
        address,
        row.take("url", url, f"http://{address.host}:{address.port}/clips/"),
    )


def url(text: str) -> str:
    """Return the URL that a clip's file name is appended to; it ends with a slash."""
    if len(text) > LONGEST_URL:
        zh, en = f"网址最多 {LONGEST_URL} 个字符", f"a URL has at most {LONGEST_URL} characters"
        raise Wrong(zh, en)
    if not (_URL.fullmatch(text) and _node_reads(text)):
        zh = f"'{text}' 不是网址（http://主机:端口/…，端口 1–65535）"
        raise Wrong(zh, f"'{text}' is not a URL such as http://host:port/..., port 1 to 65535")
    return text if text.endswith("/") else text + "/"


def _node_reads(text: str) -> bool:
    try:
        return bool(message.url(text))
    except ValueError:
        return False
