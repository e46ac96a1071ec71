"""The library of finished clips: which file is which reading, and how long it is.

`manifest.json` beside the clips is this library in JSON. A clip is named by
the SHA-256 of its bytes; `key` names what it was made from, so that an
unchanged reading is never made again.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from xiaolaba.core.errors import ClipError
from xiaolaba.core.rhyme import Reading
from xiaolaba.core.units import RATE, ClipHash, Language, RhymeId, Samples

LONGEST = 3600 * RATE
"""No clip is longer, in samples."""
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Clip:
    """One reading as sound; `samples` is its exact length at 48 kHz.

    `engine` and `voice` made it, `why` says why an engine before it in the
    order did not; loudness is in LUFS, `peak` in dBTP.
    """

    rhyme: RhymeId
    language: Language
    hash: ClipHash
    samples: Samples
    engine: str
    voice: str
    key: str
    experimental: bool
    loudness: float
    peak: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Library:
    """Every finished clip by (rhyme, language); `withheld` names those that may not sound yet."""

    clips: Mapping[tuple[RhymeId, Language], Clip] = field(default_factory=dict)
    withheld: frozenset[tuple[RhymeId, Language]] = frozenset()

    def clip(self, rhyme: RhymeId, language: Language) -> Clip | None:
        """Return the clip of a reading, or None while it is not made."""
        return self.clips.get((rhyme, language))


def library(clips: Iterable[Clip]) -> Library:
    """Return a library of `clips`; the last of one reading wins."""
    return Library({(clip.rhyme, clip.language): clip for clip in clips})


def to_json(lib: Library) -> str:
    """Return the manifest: sorted, so that equal libraries give equal text."""
    rows = [asdict(lib.clips[key]) for key in sorted(lib.clips)]
    return json.dumps({"v": 1, "clips": rows}, ensure_ascii=False, indent=1) + "\n"


def from_json(text: str) -> Library:
    """Read a manifest back.

    Raises:
        ClipError: if the text is not a manifest of this version.
    """
    try:
        document = json.loads(text)
        if document["v"] != 1:
            raise ClipError(f"clip manifest has version {document['v']!r}, expected 1")
        return library(_clip(row) for row in document["clips"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ClipError(f"clip manifest is unreadable: {error}") from error


def _clip(row: Mapping[str, Any]) -> Clip:
    """Return a clip that everything can be made of; raise ValueError or TypeError."""
    clip = Clip(**row)
    "".join((clip.rhyme, clip.language, clip.engine, clip.voice, clip.key, clip.why)).encode()
    measured = all(isinstance(number, int | float) for number in (clip.loudness, clip.peak))
    if not measured or type(clip.experimental) is not bool:
        raise TypeError(f"loudness, peak, experimental of {clip.rhyme}")
    if type(clip.samples) is not int or not 0 < clip.samples <= LONGEST:
        raise ValueError(f"samples of {clip.rhyme}")
    if not _HASH.fullmatch(clip.hash):
        raise ValueError(f"hash of {clip.rhyme}")
    return clip


SYLLABLES_A_SECOND = 4.5
"""How fast the synthetic voices speak; a length estimated with it is marked as such."""


def estimated_length(reading: Reading) -> Samples:
    """Return how long a reading will take, guessed from its text; at least one second."""
    spoken = sum(1 for character in reading.text if character.isalnum())
    return Samples(round(RATE * max(1.0, spoken / SYLLABLES_A_SECOND)))
