"""The rhyme or the reading that an operator names; what there is instead is told."""

import sys
from pathlib import Path

from xiaolaba.core.checking.finding import near
from xiaolaba.core.rhyme import Reading, Rhyme
from xiaolaba.core.units import Language, RhymeId
from xiaolaba.settings import load_rhymes


def rhyme_named(folder: Path, name: str) -> Rhyme | None:
    """Return the rhyme of that id; tells when there is none."""
    rhymes = load_rhymes(folder)
    found = rhymes.get(RhymeId(name))
    if found is None:
        zh, en = near(name, rhymes)
        print(f"没有这条顺口溜 '{name}'{zh} / no such rhyme '{name}'{en}", file=sys.stderr)
    return found


def reading_named(folder: Path, name: str, language: Language) -> Reading | None:
    """Return a rhyme's reading in a language; tells when there is none."""
    rhyme = rhyme_named(folder, name)
    reading = None if rhyme is None else rhyme.reading(language)
    if rhyme is not None and reading is None:
        has = "、".join(own.language for own in rhyme.readings)
        said = f"{name} 没有 {language} 版本，只有 {has} / no reading in {language}"
        print(said, file=sys.stderr)
    return reading
