"""voices.yaml and sound.yaml: who speaks each language, and what stands around the speech."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xiaolaba.core.rhyme import Reading
from xiaolaba.core.units import Language, Seconds
from xiaolaba.settings import words
from xiaolaba.settings.document import Node
from xiaolaba.settings.fields import Log, Record, each, open_record, record, scalar

ENGINES = ("recording", "edge", "kokoro", "kokoro-yue", "espeak")

SOUND_KEYS = ("before", "after", "pause", "chime", "tail", "label")


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """One engine with one of its voices; `rate` 1 is its own pace, less is slower."""

    engine: str
    voice: str
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """All of voices.yaml: the order in which voices are tried, for each language."""

    languages: Mapping[Language, tuple[VoiceChoice, ...]]
    online: bool = False
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """All of sound.yaml: what stands around the speech of a clip.

    `tail` and `label` are said after the reading, in the languages they name;
    `pause` parts them from it and from the chime.
    """

    before: Seconds = Seconds(0.2)
    after: Seconds = Seconds(0.3)
    pause: Seconds = Seconds(0.5)
    chime: bool = False
    tail: tuple[Reading, ...] = ()
    label: tuple[Reading, ...] = ()


def load_voices(path: Path) -> VoiceSettings:
    """Return the settings in `path`.

    Raises:
        ConfigError: with everything that is wrong in it.
    """
    log = Log(str(path))
    root = open_record(path, log, "online", "workers", "languages")
    root.require("languages")
    settings = VoiceSettings(
        _languages(root, log),
        root.take("online", words.boolean, False),
        root.take("workers", words.whole(1, 64), None),
    )
    log.require_clean()
    return settings


def load_sound(path: Path) -> SoundSettings:
    """Return the settings in `path`.

    Raises:
        ConfigError: with everything that is wrong in it.
    """
    log = Log(str(path))
    root = open_record(path, log, *SOUND_KEYS)
    pause = words.duration(0.0, 10.0)
    settings = SoundSettings(
        root.take("before", pause, Seconds(0.2)),
        root.take("after", pause, Seconds(0.3)),
        root.take("pause", pause, Seconds(0.5)),
        root.take("chime", words.boolean, False),
        _spoken(root.at("tail"), log),
        _spoken(root.at("label"), log),
    )
    log.require_clean()
    return settings


def _spoken(node: Node | None, log: Log) -> tuple[Reading, ...]:
    """Return a text for each language that has one."""
    if node is None:
        return ()
    return tuple(
        Reading(
            scalar(key, log, words.language, Language("")), scalar(value, log, words.spoken, "")
        )
        for key, value in record(node, log).node.entries
    )


def _languages(root: Record, log: Log) -> dict[Language, tuple[VoiceChoice, ...]]:
    node = root.at("languages")
    if node is None:
        return {}
    return {
        scalar(key, log, words.language, Language("")): each(value, log, _choice, empty=False)
        for key, value in record(node, log).node.entries
    }


def _choice(node: Node, log: Log) -> VoiceChoice:
    row = record(node, log, "engine", "voice", "rate")
    return VoiceChoice(
        row.need("engine", words.one_of({name: name for name in ENGINES}), ""),
        row.take("voice", words.words, ""),
        row.take("rate", _rate, 1.0),
    )


def _rate(text: str) -> float:
    """Return a pace from 0.5 to 2."""
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.5 <= rate <= 2.0:
        raise words.Wrong(
            f"语速要在 0.5 到 2 之间，不是 {text}", f"the rate must be from 0.5 to 2, not {text}"
        )
    return round(rate, 2)
