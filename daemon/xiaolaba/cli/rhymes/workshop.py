"""What synthesis works with, wired: front ends, voices, the sound chain and the clip folder.

Nothing heavy is imported before it is needed: an unchanged library is
recognised without numpy, the dictionaries or the model.
"""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from xiaolaba.adapters import edge, espeak
from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.adapters.kokoro import Kokoro
from xiaolaba.adapters.kokoro_yue import KokoroYue
from xiaolaba.adapters.recordings import Recordings
from xiaolaba.cli.rhymes.fronts import fronts
from xiaolaba.core.units import RATE, Language, Samples
from xiaolaba.ports.voice import Levelled, Speech, Voice
from xiaolaba.settings.voices import (
    SoundSettings,
    VoiceChoice,
    VoiceSettings,
    load_sound,
    load_voices,
)
from xiaolaba.synth.batch import Shop
from xiaolaba.synth.plan import Offer
from xiaolaba.synth.reader import Reader
from xiaolaba.synth.studio import Studio

OFFLINE = "voices.yaml 里 online: false，不联网 / online: false in voices.yaml"
RECORDINGS = Path("audio/recordings")
MEMINFO = Path("/proc/meminfo")
MOST_ONLINE = 4
"""Most workers while an online voice may be asked: more at once is refused by the service."""
WORKER_BYTES = 750_000_000
"""What a worker with the model takes, measured, with some room."""


def open_shop(config: Path, clips: Path, recordings: Path = RECORDINGS) -> Shop:
    """Return what a batch works with, as `voices.yaml` and `sound.yaml` in `config` say."""
    voices, sound = load_voices(config / "voices.yaml"), load_sound(config / "sound.yaml")
    shelf = ClipFolder(clips)
    return Shop(
        Reader(fronts(), shelf.phonemes()),
        {
            language: tuple(
                offer(language, choice, voices.online, recordings) for choice in choices
            )
            for language, choices in voices.languages.items()
        },
        shelf,
        partial(open_studio, voices, sound, clips, recordings),
        min(voices.workers or workers(), MOST_ONLINE if voices.online else sys.maxsize),
        f"{sound.before}+{sound.after}+{sound.pause}+{sound.chime}",
        (*sound.tail, *sound.label),
    )


def open_studio(
    voices: VoiceSettings, sound: SoundSettings, clips: Path, recordings: Path
) -> Studio:
    """Return a worker's studio; called in the worker."""
    from xiaolaba.adapters import flac

    chosen: dict[tuple[Language, str, str], Voice] = {}
    for language, choices in voices.languages.items():
        for choice in choices:
            voice = _voice(language, choice, recordings)
            if not isinstance(voice, str):
                can = voice.capability
                names = voice.speakers if isinstance(voice, Recordings) else (can.voice,)
                chosen |= {(language, can.engine, name): voice for name in names}
    return Studio(chosen, finisher(sound), flac.encode, ClipFolder(clips))


def workers(meminfo: Path = MEMINFO) -> int:
    """Return how many workers the cores and the free memory allow; at least one."""
    return max(1, min(len(os.sched_getaffinity(0)), _free_bytes(meminfo) // WORKER_BYTES))


def _free_bytes(meminfo: Path) -> int:
    """Return the memory that can be had without swapping."""
    for line in meminfo.read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def finisher(sound: SoundSettings) -> Callable[[Sequence[Speech]], Levelled]:
    """Return what levels the parts of a clip and puts them in a row, as sound.yaml says."""
    from xiaolaba.adapters import composition, loudness
    from xiaolaba.adapters.chime import chime

    before, after, pause = (
        Samples(round(own * RATE)) for own in (sound.before, sound.after, sound.pause)
    )
    first = [chime()] if sound.chime else []

    def finish(said: Sequence[Speech]) -> Levelled:
        levelled = [loudness.level(speech) for speech in said]
        parts = [*first, *(own.frames for own in levelled)]
        row = [before, parts[0], *(own for part in parts[1:] for own in (pause, part)), after]
        frames = composition.joined(row)
        if len(parts) > 1:
            return loudness.measured(frames)
        return Levelled(frames, levelled[0].loudness, levelled[0].peak)

    return finish


def _voice(language: Language, choice: VoiceChoice, recordings: Path) -> Voice | str:
    """Return the voice that was chosen, or why there is none."""
    match choice.engine:
        case "kokoro" if language == "cmn":
            return Kokoro(choice.voice or "zf_xiaobei")
        case "edge" if choice.voice or language in edge.VOICES:
            return edge.Edge(language, choice.voice)
        case "espeak" if language in espeak.VOICES:
            return espeak.Espeak(language)
        case "kokoro-yue" if language == "yue":
            return KokoroYue(choice.voice or "zf_xiaobei")
        case "recording":
            return Recordings(language, recordings)
        case _:
            return f"不会说 {language} / cannot speak {language}"


def offer(language: Language, choice: VoiceChoice, online: bool, recordings: Path) -> Offer:
    """Return a choice with what its engine says of itself."""
    voice = _voice(language, choice, recordings)
    if isinstance(voice, str):
        return Offer(choice.engine, choice.voice, "", trouble=voice)
    can = voice.capability
    barred = "" if can.offline or online else OFFLINE
    return Offer(
        can.engine,
        can.voice,
        can.version,
        choice.rate,
        language in can.experimental,
        can.offline,
        barred or voice.probe() or "",
        can.synthetic,
        voice.versions if isinstance(voice, Recordings) else None,
    )
