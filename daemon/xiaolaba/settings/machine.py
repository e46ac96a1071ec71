"""What daemon.yaml and node.yaml share: hosts, ports, folders and whom the clock trusts."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from xiaolaba.settings.fields import Record
from xiaolaba.settings.words import Wrong, one_of, whole


class ClockTrust(StrEnum):
    """Whom a machine believes that its clock is right."""

    KERNEL = "kernel"
    RTC = "rtc"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port."""

    host: str
    port: int


def clock_trust(root: Record) -> ClockTrust:
    """Return `clock.trust`; the kernel's word if nothing is written."""
    choices = {trust.value: trust for trust in ClockTrust}
    return root.record("clock", "trust").take("trust", one_of(choices), ClockTrust.KERNEL)


def host(text: str) -> str:
    """Return a host name or address."""
    if not re.fullmatch(r"[A-Za-z0-9.:-]{1,253}", text):
        raise Wrong(f"'{text}' 不是主机名或地址", f"'{text}' is not a host name or address")
    return text


port = whole(1, 65535)


def relative_to(folder: Path) -> Callable[[str], Path]:
    """Return a reader of paths that are relative to `folder` unless absolute."""

    def read_path(text: str) -> Path:
        if not text.strip() or len(text) > 4000:
            raise Wrong("这里要写路径", "a path is wanted")
        return folder / text.strip()

    return read_path
