"""Rhymes read, sounded and judged: every remark with its file, line and column."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

from xiaolaba.cli.rhymes.fronts import fronts, unsure
from xiaolaba.core.errors import Problem, TextError
from xiaolaba.core.rhyme import Reading, Rhyme
from xiaolaba.core.speech.lint import Note, Spoken, notes
from xiaolaba.core.speech.sounds import widths
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.units import RhymeId
from xiaolaba.settings.fields import require_clean
from xiaolaba.settings.rhyme_places import place
from xiaolaba.settings.rhymes import read_rhymes
from xiaolaba.settings.sources import Sources
from xiaolaba.synth.plan import Said
from xiaolaba.synth.reader import Reader


def found(folder: Path) -> list[Problem]:
    """Return everything there is to say of the rhymes in a folder, in the order of files.

    Raises:
        ConfigError: if a file cannot be read as rhymes at all.
    """
    sources = Sources()
    rhymes = read_rhymes(folder, sources)
    require_clean(sources.problems)
    told = list(sources.problems)
    spoken, mute = _spoken(rhymes)
    today = datetime.now(UTC).astimezone().date()
    for note in (*mute, *notes(spoken, today)):
        file, mark = place(sources, note.rhyme, note.language, note.at)
        zh = f"{note.rhyme}（{note.language}）：{note.zh}"
        told.append(Problem(file, mark.line, mark.column, zh, note.en, note.warning))
    return sorted(set(told))


def to_json(problems: list[Problem]) -> str:
    """Return the remarks as JSON."""
    return json.dumps([asdict(own) for own in problems], ensure_ascii=False, indent=1)


def _spoken(rhymes: Mapping[RhymeId, Rhyme]) -> tuple[list[Spoken], list[Note]]:
    """Return the readings with their sounds, and what is to be said of those without."""
    reader = Reader(fronts())
    spoken: list[Spoken] = []
    mute: list[Note] = []
    for rhyme in rhymes.values():
        for reading in rhyme.readings:
            said = reader.said(reading)
            if isinstance(said, TextError):
                name = (rhyme.id, reading.language)
                mute.append(Note(*name, None, "unspeakable", said.zh, said.en, warning=False))
            elif said.phonemes:
                spoken.append(Spoken(rhyme, reading, said.phonemes, _unsure(reading, said)))
    return spoken, mute


def _unsure(reading: Reading, said: Said) -> tuple[tuple[int, str], ...]:
    """Return the polyphones to look at, as places of the text that was written."""
    asked = unsure(said.text, reading.language, reading.say)
    places = _places(said.text, reading.text)
    begins = list(accumulate(widths(said.text, reading.language), initial=0))
    return tuple((places[at], said.phonemes[begins[at]]) for at in asked if at in places)


def _places(said: str, written: str) -> dict[int, int]:
    """Return where each character that is said was written, as far as they can be matched."""
    places: dict[int, int] = {}
    at = 0
    for number, character in enumerate(said):
        if character in MARKS:
            continue
        here = written.find(character, at)
        if here >= 0:
            places[number] = here
            at = here + 1
    return places
