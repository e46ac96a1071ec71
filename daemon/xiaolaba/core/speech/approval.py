"""Sign-off: an experimental clip stays off the air until a named listener has approved it.

An approval names the clip by its hash, so a clip that is made anew needs a
new one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from xiaolaba.core.library import Clip, Library
from xiaolaba.core.units import ClipHash, Language, RhymeId


@dataclass(frozen=True, slots=True)
class Approval:
    """One listener's word for one clip; `at` in Unix seconds."""

    rhyme: RhymeId
    language: Language
    clip: ClipHash
    listener: str
    at: int


def is_approved(clip: Clip, approvals: Iterable[Approval]) -> bool:
    """Return whether somebody approved this very clip of this reading."""
    wanted = (clip.rhyme, clip.language, clip.hash)
    return any((own.rhyme, own.language, own.clip) == wanted for own in approvals)


def released(library: Library, approvals: Iterable[Approval]) -> Library:
    """Return the library with every experimental clip withheld that nobody approved."""
    signed = {(own.rhyme, own.language, own.clip) for own in approvals}
    return replace(
        library,
        withheld=frozenset(
            name
            for name, clip in library.clips.items()
            if clip.experimental and (*name, clip.hash) not in signed
        ),
    )
