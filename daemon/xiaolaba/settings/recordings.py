"""audio/recordings/*.yaml: who speaks in each recording, with whose consent, from where.

Beside `licai-app.yue.flac` stands `licai-app.yue.yaml`:

rhyme: licai-app
language: yue
speaker: 朗读者
consent: 书面同意，2026-11-01
source: 手机录音 001.wav
text: 投资软件唔好乱装，啲钱入咗难出仓。
sha256: ...
"""

import re
from dataclasses import dataclass
from pathlib import Path

from xiaolaba.core.errors import ConfigError
from xiaolaba.core.units import Language, RhymeId
from xiaolaba.settings import words
from xiaolaba.settings.fields import Log, open_record, require_clean
from xiaolaba.settings.folder import yaml_files

KEYS = ("rhyme", "language", "speaker", "consent", "source", "text", "sha256")


@dataclass(frozen=True, slots=True)
class Recording:
    """One reading spoken by a person; `text` is what was read, `sha256` names the sound file."""

    rhyme: RhymeId
    language: Language
    speaker: str
    consent: str
    source: str
    text: str
    sha256: str

    @property
    def name(self) -> str:
        """What its files are called, without their endings."""
        return f"{self.rhyme}.{self.language}"


def load_recordings(folder: Path) -> tuple[Recording, ...]:
    """Return every recording described in a folder, by name; none if there is no folder.

    Raises:
        ConfigError: with everything that is wrong in any description.
    """
    found: list[Recording] = []
    log = Log(str(folder))
    for path in yaml_files(folder):
        own = Log(str(path), log.problems)
        try:
            found.append(_recording(path, own))
        except ConfigError as error:
            log.problems.extend(error.problems)
    require_clean(log.problems)
    return tuple(found)


def _recording(path: Path, log: Log) -> Recording:
    row = open_record(path, log, *KEYS)
    return Recording(
        RhymeId(row.need("rhyme", words.identifier, "")),
        row.need("language", words.language, Language("")),
        row.need("speaker", words.words, ""),
        row.need("consent", words.words, ""),
        row.need("source", words.words, ""),
        row.need("text", words.spoken, ""),
        row.need("sha256", _digest, ""),
    )


def _digest(text: str) -> str:
    """Return a SHA-256 in hexadecimal."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise words.Wrong(f"'{text}' 不是 SHA-256", f"'{text}' is not a SHA-256")
    return text
