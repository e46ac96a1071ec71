"""A programme's loop: which rhymes, in which languages, in which order.

Every rhyme comes once per language at equal shares, else as often as the
smallest whole ratio says (75/25: three times Mandarin to one Cantonese).
Languages are interleaved by largest remainder, so that none of them bunches.
"""

from math import gcd

from xiaolaba.core.library import Library, estimated_length
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.schedule import Programme, Selection, Town
from xiaolaba.core.timetable.score import Item, Loop
from xiaolaba.core.units import RATE, Language, Samples, Seconds
from xiaolaba.core.where import Shares

DEFAULT_ROUND = Seconds(120.0)


def loop(programme: Programme, items: tuple[Item, ...]) -> Loop:
    """Return a programme's loop of `items`, with the default for a round not written."""
    if programme.every is None:
        return Loop(programme.id, items, level=programme.level)
    longest = programme.round if programme.round is not None else DEFAULT_ROUND
    return Loop(
        programme.id,
        items,
        _samples(programme.every),
        _samples(min(longest, programme.every)),
        programme.level,
    )


def items(town: Town, library: Library, selection: Selection, place: Shares) -> tuple[Item, ...]:
    """Return a selection's items in turn, at a place with these shares."""
    rhymes = picked(town, selection)
    shares = selection.languages if selection.languages is not None else place
    ratio = gcd(*(share for _, share in shares)) or 1
    turns = {
        language: [
            _item(library, rhyme, reading, selection.gap)
            for _ in range(share // ratio)
            for rhyme in rhymes
            if (reading := rhyme.reading(language)) is not None
        ]
        for language, share in shares
    }
    order = interleave(tuple((language, len(own)) for language, own in turns.items()))
    lines = {language: iter(own) for language, own in turns.items()}
    return tuple(next(lines[language]) for language in order)


def picked(town: Town, selection: Selection) -> list[Rhyme]:
    """Return the rhymes of a selection: as named, or by topic and audience in order of id."""
    if selection.rhymes:
        return [town.rhymes[rhyme] for rhyme in selection.rhymes if rhyme in town.rhymes]
    return [town.rhymes[key] for key in sorted(town.rhymes) if _fits(selection, town.rhymes[key])]


def interleave(counts: Shares) -> list[Language]:
    """Return each language `count` times: next is the largest k·count/total − placed.

    A tie goes to the first written.
    """
    total = sum(count for _, count in counts)
    placed = dict.fromkeys((language for language, _ in counts), 0)
    order = []
    for k in range(1, total + 1):
        language, _ = max(counts, key=lambda own: k * own[1] - placed[own[0]] * total)
        placed[language] += 1
        order.append(language)
    return order


def _fits(selection: Selection, rhyme: Rhyme) -> bool:
    topic = selection.topics is None or rhyme.topic in selection.topics
    wanted = selection.audiences
    return topic and (
        wanted is None or Audience.ALL in rhyme.audiences or bool(wanted & rhyme.audiences)
    )


def _item(library: Library, rhyme: Rhyme, reading: Reading, gap: Seconds) -> Item:
    clip = library.clip(rhyme.id, reading.language)
    sound = clip.samples if clip is not None else estimated_length(reading)
    held = (rhyme.id, reading.language) in library.withheld
    name = clip.hash if clip is not None and not held else None
    return Item(rhyme.id, reading.language, name, sound, _samples(gap), rhyme.expires)


def _samples(duration: Seconds) -> Samples:
    return Samples(round(duration * RATE))
