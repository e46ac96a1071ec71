"""Human voices: the folder of recordings, each beside a description of speaker and consent.

A recording is found by the text that was read. Once the rhyme's text is
changed, the recording no longer says it and the next voice takes over.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from functools import cached_property
from itertools import count
from pathlib import Path

from xiaolaba.core.errors import StoreError, TextError, VoiceError
from xiaolaba.core.refusal import refusal
from xiaolaba.core.speech.text import normalise
from xiaolaba.core.units import Language
from xiaolaba.ports.voice import Capability, Speech, Utterance
from xiaolaba.settings.recordings import KEYS, Recording, load_recordings

SOUND, DESCRIPTION = ".flac", ".yaml"
ASIDE = "replaced"
"""The folder beside, for what was replaced; no voice reads it."""


class Recordings:
    """Every recording of one language."""

    def __init__(self, language: Language, folder: Path) -> None:
        self._language, self._folder = language, folder

    @property
    def capability(self) -> Capability:
        """What the engine is and can."""
        return Capability("recording", "", "1", frozenset({self._language}), synthetic=False)

    def probe(self) -> str | None:
        """Return why the engine cannot be used now, or None."""
        return None

    @cached_property
    def texts(self) -> Mapping[str, Recording]:
        """The recordings by what is said in them, as `normalise` writes it."""
        found: dict[str, Recording] = {}
        for recording in load_recordings(self._folder):
            if recording.language == self._language:
                found[_said(recording)] = recording
        return found

    @property
    def versions(self) -> Mapping[str, tuple[str, str]]:
        """Each text with its speaker and the name of its sound."""
        return {text: (own.speaker, own.sha256[:16]) for text, own in self.texts.items()}

    @property
    def speakers(self) -> frozenset[str]:
        """Everybody who speaks."""
        return frozenset(own.speaker for own in self.texts.values())

    def synthesize(self, utterance: Utterance) -> Speech:
        """Return the recording of a text, at its own pace.

        Raises:
            VoiceError: if there is none, or its file is not the one described.
        """
        from xiaolaba.adapters.flac import speech

        recording = self.texts.get(utterance.text)
        if recording is None:
            raise VoiceError("没有这段文字的录音 / no recording of this text")
        return speech(read(self._folder, recording))


def read(folder: Path, recording: Recording) -> bytes:
    """Return the sound file of a recording.

    Raises:
        VoiceError: if it cannot be read or is not the one described.
    """
    path = folder / (recording.name + SOUND)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VoiceError(
            f"{path}：读不了录音，{refusal(error)} / cannot be read: {error.strerror}"
        ) from error
    if hashlib.sha256(data).hexdigest() != recording.sha256:
        raise VoiceError(
            f"{path}: 录音被换过或损坏，请重新导入 / not the recording described, import it again"
        )
    return data


def keep(folder: Path, recording: Recording, sound: bytes) -> None:
    """Put a recording and its description into the folder; the description comes last.

    Raises:
        StoreError: if the folder cannot take them.
    """
    lines = (f"{key}: {json.dumps(getattr(recording, key), ensure_ascii=False)}" for key in KEYS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / (recording.name + SOUND), sound)
        _write(folder / (recording.name + DESCRIPTION), ("\n".join(lines) + "\n").encode())
    except OSError as error:
        raise _unwritable(folder, error) from error


def set_aside(folder: Path, recording: Recording) -> Path:
    """Copy a recording with its description to where nothing replaces it; return where.

    Raises:
        StoreError: if that cannot be done.
    """
    aside = folder / ASIDE
    try:
        aside.mkdir(exist_ok=True)
        names = (f"{recording.name}.{number}" for number in count(1))
        name = next(name for name in names if not (aside / (name + DESCRIPTION)).exists())
        for ending in (SOUND, DESCRIPTION):
            path = folder / (recording.name + ending)
            if path.exists():
                _write(aside / (name + ending), path.read_bytes())
    except OSError as error:
        raise _unwritable(aside, error) from error
    return aside / (name + SOUND)


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(f"{folder}：写不了，{refusal(error)} / cannot be written: {error.strerror}")


def _said(recording: Recording) -> str:
    """Return what is said in a recording; a text that no voice could say is kept as written."""
    try:
        return normalise(recording.text, recording.language)
    except TextError:
        return recording.text


def _write(path: Path, data: bytes) -> None:
    handle, part = tempfile.mkstemp(suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(handle, 0o644)
            os.fsync(handle)
        Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
