"""Pronunciations as one writes them down: words, and characters that their neighbours tell."""

import re
from collections.abc import Iterable, Iterator

Rule = tuple[re.Pattern[str], str]
"""(what is looked for, the character in the last brackets; its sound)."""


def words(table: str) -> dict[str, str]:
    """Return the words of a table with their syllables; a semicolon or a line ends each."""
    rows = (row.split() for row in table.replace("\n", ";").split(";"))
    return {row[0]: " ".join(row[1:]) for row in rows if row}


def rules(table: str) -> tuple[Rule, ...]:
    """Return the rules of a table, a line each: pattern and sound."""
    rows = (line.split() for line in table.strip().splitlines())
    return tuple((re.compile(pattern), sound) for pattern, sound in rows)


def by_neighbours(text: str, table: Iterable[Rule]) -> Iterator[tuple[int, str]]:
    """Yield the places in a simplified text of which a rule tells the sound, the surest last."""
    for pattern, sound in table:
        for found in pattern.finditer(text):
            yield found.start(pattern.groups), sound
