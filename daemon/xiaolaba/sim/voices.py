"""A voice that hums instead of speaking, and a studio that needs no library.

It answers in a millisecond, is the same every time, and does on demand what
real engines do on bad days. What is asked of it stands in the text:

* 坏  refuses to speak
* 崩  kills its process, as running out of memory does
"""

import json
import os
import signal
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.core.errors import VoiceError
from xiaolaba.core.speech.sounds import Say
from xiaolaba.core.units import Language
from xiaolaba.ports.voice import Capability, Levelled, Speech, Utterance
from xiaolaba.synth.batch import Shop
from xiaolaba.synth.plan import Offer
from xiaolaba.synth.reader import Front, Reader
from xiaolaba.synth.studio import Studio

LANGUAGES = (Language("cmn"), Language("yue"))


class Hum:
    """The voice; every character is a quarter of a second of its own number."""

    @property
    def capability(self) -> Capability:
        """What the engine is and can."""
        return Capability("hum", "low", "1", frozenset(LANGUAGES))

    def probe(self) -> str | None:
        """Return None: it can always be used."""
        return None

    def synthesize(self, utterance: Utterance) -> Speech:
        """Hum."""
        if "坏" in utterance.text:
            raise VoiceError("嗓子坏了 / a sore throat")
        if "崩" in utterance.text:
            os.kill(os.getpid(), signal.SIGKILL)
        return Speech(48_000, b"".join(sound.encode() * 4_800 for sound in utterance.phonemes))


def shop(clips: Path, workers: int = 2, engines: Sequence[str] = ("hum",)) -> Shop:
    """Return a batch's surroundings with this voice under the names in `engines`."""
    offers = tuple(Offer(engine, "low", "1") for engine in engines)
    return Shop(
        Reader({language: Front("1", _characters) for language in LANGUAGES}),
        dict.fromkeys(LANGUAGES, offers),
        ClipFolder(clips),
        partial(open_studio, clips, engines),
        workers,
    )


def open_studio(clips: Path, engines: Sequence[str] = ("hum",)) -> Studio:
    """Return a studio with this voice under the names in `engines`."""
    voices = {(language, engine, "low"): Hum() for language in LANGUAGES for engine in engines}
    return Studio(voices, _finished, _packed, ClipFolder(clips))


def _characters(text: str, say: Say) -> tuple[str, ...]:
    return tuple(f"{ord(character):05x}" for character in text)


def _finished(said: Sequence[Speech]) -> Levelled:
    frames = b"".join(speech.frames for speech in said)
    return Levelled(frames[: len(frames) // 2 * 2], -16.0, -1.0)


def _packed(frames: bytes, tags: Mapping[str, str]) -> bytes:
    return json.dumps(dict(tags)).encode() + frames
