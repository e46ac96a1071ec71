"""What each reading says: its text written out, and its sounds, remembered between runs.

The dictionaries take a second to load; a reading whose text and front end
have not changed since the last run does not need them.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from xiaolaba.core.errors import TextError
from xiaolaba.core.rhyme import Reading
from xiaolaba.core.speech.sounds import Say
from xiaolaba.core.speech.text import normalise
from xiaolaba.core.units import Language
from xiaolaba.synth.plan import Said


@dataclass(frozen=True, slots=True)
class Front:
    """How a language's text gets its sounds; `version` changes whenever the sounds may."""

    version: str
    pronounce: Callable[[str, Say], tuple[str, ...]]


@dataclass
class Reader:
    """Front ends with a memory; `memory` maps a reading's digest to its sounds.

    A language without a front end has no sounds: only recordings speak it.
    """

    fronts: Mapping[Language, Front]
    memory: Mapping[str, str] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)

    def said(self, reading: Reading) -> Said | TextError:
        """Return what a reading says, or why it cannot be said."""
        try:
            return self._said(reading)
        except TextError as error:
            return error

    def _said(self, reading: Reading) -> Said:
        text = normalise(reading.text, reading.language)
        front = self.fronts.get(reading.language)
        if front is None:
            return Said(text, ())
        digest = _digest([text, front.version, reading.language, *map(list, reading.say)])
        sounds = self.memory.get(digest) or " ".join(front.pronounce(text, reading.say))
        self.used[digest] = sounds
        return Said(text, tuple(sounds.split()))


def _digest(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
