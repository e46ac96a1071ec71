"""Last-resort speech from romanised syllables: the `espeak-ng` program.

It is run as a program of its own with the text on its standard input. It
reads hanzi wrongly, so it is given pinyin or Jyutping only. The speech is
robotic: experimental in both languages.
"""

import shutil
import struct
import subprocess
from functools import cached_property

from xiaolaba.core.errors import VoiceError
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.units import Language
from xiaolaba.ports.voice import Capability, Speech, Utterance

VOICES = {Language("yue"): "yue-latn-jyutping", Language("cmn"): "cmn-latn-pinyin"}
WORDS_A_MINUTE = 150
"""espeak-ng's own measure of pace at rate 1; slower than its default, for a horn outdoors."""
TIMEOUT_S = 60

_PAUSES = dict(zip(MARKS, [",", ".", "!", "?"], strict=True))


class Espeak:
    """The program, speaking one language."""

    def __init__(self, language: Language, program: str = "espeak-ng") -> None:
        self._language = language
        self._program = program

    @property
    def capability(self) -> Capability:
        """What the engine is and can."""
        languages = frozenset({self._language})
        return Capability("espeak", VOICES[self._language], self._version, languages, languages)

    def probe(self) -> str | None:
        """Return why the engine cannot be used now, or None."""
        if shutil.which(self._program) is None:
            return f"没有安装 {self._program} / {self._program} is not installed"
        return None

    def synthesize(self, utterance: Utterance) -> Speech:
        """Say it.

        Raises:
            VoiceError: if the program fails or says nothing.
        """
        text = " ".join(_PAUSES.get(sound, sound) for sound in utterance.phonemes)
        pace = str(round(WORDS_A_MINUTE * utterance.rate))
        voice = VOICES[self._language]
        wav = self._run("-v", voice, "-s", pace, "-b", "1", "--stdin", "--stdout", said=text)
        return _speech(wav)

    @cached_property
    def _version(self) -> str:
        """Return the program's version, or "" without the program."""
        if self.probe():
            return ""
        words = self._run("--version").decode(errors="replace").split("Data at")[0].split()
        return words[-1] if words else ""

    def _run(self, *arguments: str, said: str = "") -> bytes:
        try:
            done = subprocess.run(
                [self._program, *arguments],
                input=said.encode(),
                capture_output=True,
                timeout=TIMEOUT_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise VoiceError(f"espeak-ng 出错 / espeak-ng failed: {error}") from error
        return done.stdout


def _speech(wav: bytes) -> Speech:
    """Return the sound of a WAV stream whose header does not know its length."""
    begin = wav.find(b"data") + 8
    if wav[:4] != b"RIFF" or begin < 44 or len(wav) - begin < 2:
        raise VoiceError("espeak-ng 没有声音 / espeak-ng said nothing")
    (rate,) = struct.unpack_from("<I", wav, 24)
    count = (len(wav) - begin) // 2
    values = struct.unpack_from(f"<{count}h", wav, begin)
    return Speech(rate, struct.pack(f"<{count}f", *(value / 32768 for value in values)))
