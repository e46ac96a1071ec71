"""Sound files in memory, on the `soundfile` library: FLAC written and read, other formats read."""

import io
from collections.abc import Mapping
from pathlib import Path

import soundfile

from xiaolaba.core.errors import ClipError
from xiaolaba.core.units import RATE
from xiaolaba.ports.voice import Speech


def encode(frames: bytes, tags: Mapping[str, str]) -> bytes:
    """Return 48 kHz s16 mono frames as a FLAC file with `title`, `artist` or `comment` tags."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", RATE, 1, "PCM_16", format="FLAC") as sound:
        for name, value in tags.items():
            setattr(sound, name, value)
        sound.buffer_write(frames, "int16")
    return file.getvalue()


def decode(data: bytes) -> tuple[bytes, Mapping[str, str]]:
    """Return the frames and tags of a clip.

    Raises:
        ClipError: if the bytes are no whole FLAC file of 48 kHz, mono, 16 bit.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            if (sound.format, sound.samplerate, sound.channels) != ("FLAC", RATE, 1):
                raise ClipError("不是 48 kHz 单声道 FLAC / not a FLAC of 48 kHz, mono")
            return bytes(sound.buffer_read(dtype="int16")), sound.copy_metadata()
    except soundfile.LibsndfileError as error:
        raise ClipError(f"音频损坏 / damaged audio: {error}") from error


def speech(data: bytes) -> Speech:
    """Return the sound in a file of any format that libsndfile reads, such as MP3, as mono.

    Raises:
        ClipError: if it cannot be read.
    """
    try:
        wave, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ClipError(f"读不出声音 / no readable sound: {error}") from error
    return Speech(rate, wave.mean(axis=1).astype("<f4").tobytes())


def seconds(path: Path) -> float:
    """Return how long a sound file is, from its header.

    Raises:
        ClipError: if it cannot be read.
    """
    try:
        found = soundfile.info(str(path))
    except soundfile.LibsndfileError as error:
        raise ClipError(f"读不出声音 / no readable sound: {error}") from error
    return float(found.frames / found.samplerate)


def archived(speech: Speech) -> bytes:
    """Return a sound as FLAC at its own rate, 24 bit mono."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", speech.rate, 1, "PCM_24", format="FLAC") as sound:
        sound.buffer_write(speech.frames, "float32")
    return file.getvalue()


def compressed(frames: bytes) -> bytes:
    """Return 48 kHz s16 mono frames as a small Ogg Opus file, for listening in a browser."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", RATE, 1, "OPUS", format="OGG") as sound:
        sound.buffer_write(frames, "int16")
    return file.getvalue()
