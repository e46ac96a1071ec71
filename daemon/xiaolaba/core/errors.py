"""Everything that can go wrong, as one tree split by whose fault it is.

* XiaolabaError
  x ConfigError            the operator wrote something impossible (carries every problem)
  x TextError              a reading that cannot be spoken as written
  x MessageError           bytes from a peer that must not be acted on (carries a code)
    - SignatureError       ... because no known key signed them
  x WorldError             the machine or a service failed
    - VoiceError           a voice engine gave no usable speech
    - ClipError            a clip is missing, damaged or not what its name says
    - DeviceError          the sound device is gone, busy or unusable
    - StoreError           a folder or database cannot be read or written
    - DamagedError         a database is damaged: it must be begun anew
    - BrokerError          the MQTT broker cannot be started or reached

What people read is Chinese first, then English; machines get `code`.
"""

from dataclasses import dataclass


class XiaolabaError(Exception):
    """Base of every error that this package raises on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in an operator's file, at its exact place (1-based)."""

    file: str
    line: int
    column: int
    zh: str
    en: str
    warning: bool = False

    def __str__(self) -> str:
        kind = "警告 warning: " if self.warning else ""
        return f"{self.file}:{self.line}:{self.column}: {kind}{self.zh} / {self.en}"


class ConfigError(XiaolabaError):
    """A configuration that cannot be carried out as written."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class TextError(XiaolabaError):
    """A reading that cannot be spoken as written; says what is wrong in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


class MessageError(XiaolabaError):
    """Bytes from a peer that must not be acted on; `code` is for machines."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class SignatureError(MessageError):
    """A message that no known key signed."""

    def __init__(self, detail: str) -> None:
        super().__init__("bad-signature", detail)


class WorldError(XiaolabaError):
    """The machine or a service failed."""


class VoiceError(WorldError):
    """A voice engine gave no usable speech."""


class ClipError(WorldError):
    """A clip is missing, damaged or not what its name says."""


class DeviceError(WorldError):
    """The sound device is gone, busy or unusable."""


class StoreError(WorldError):
    """A folder or database cannot be read or written."""


class DamagedError(WorldError):
    """A database is damaged: it must be begun anew."""


class BrokerError(WorldError):
    """The MQTT broker cannot be started or reached."""
