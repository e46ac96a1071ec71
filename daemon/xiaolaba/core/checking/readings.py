"""Is there something to say in each language that places and playlists ask for?

A language that no rhyme has at all is a slip at the share that names it; one
that some rhymes lack is told once a playlist.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from xiaolaba.core.checking.finding import Finding, Path, near
from xiaolaba.core.checking.programmes import wanted_shares
from xiaolaba.core.rhyme import Rhyme
from xiaolaba.core.schedule import Place, Selection, Town
from xiaolaba.core.timetable.loop import picked
from xiaolaba.core.units import Language
from xiaolaba.core.where import Row, Shares

MOST_NAMED = 5
"""Most rhymes that a sentence lists."""


def readings(town: Town, nodes: Row) -> Iterator[Finding]:
    """Yield languages that nothing is said in, and playlists or rhymes that lack one."""
    spoken = _spoken(town.rhymes.values())
    yield from _slips(town, spoken)
    wanted = wanted_shares(town, nodes)
    for selection in town.selections.values():
        rhymes = list(picked(town, selection))
        shares = list(wanted.get(selection.id, {}))
        yield from _nothing(selection, rhymes, shares)
        yield from _lacking(selection, rhymes, _languages(shares), spoken)


def _spoken(rhymes: Iterable[Rhyme]) -> frozenset[Language]:
    return frozenset(reading.language for rhyme in rhymes for reading in rhyme.readings)


def _languages(shares: Iterable[Shares]) -> list[Language]:
    return list(dict.fromkeys(language for own in shares for language, _ in own))


def _slips(town: Town, spoken: frozenset[Language]) -> Iterator[Finding]:
    """Yield each share of a language that no rhyme has."""
    playlists = ((("playlists", own.id), own.languages) for own in town.selections.values())
    for path, shares in chain(_tree_shares(town.places, ("places",)), playlists):
        for language, _ in shares or ():
            if language not in spoken:
                zh, en = near(language, spoken)
                zh, en = (
                    f"没有一首顺口溜有 {language} 版本{zh}",
                    f"no rhyme has a {language} reading{en}",
                )
                yield Finding((*path, "languages", f"{language}:"), zh, en, warning=True)


def _tree_shares(places: Sequence[Place], above: Path) -> Iterator[tuple[Path, Shares | None]]:
    for n, place in enumerate(places):
        yield (*above, n), place.languages
        yield from _tree_shares(place.places, (*above, n, "places"))


def _nothing(
    selection: Selection, rhymes: Sequence[Rhyme], wanted: Sequence[Shares]
) -> Iterator[Finding]:
    """Yield that a playlist has nothing to play, at all or somewhere."""
    path = ("playlists", selection.id)
    if not rhymes:
        zh = f"播放内容 '{selection.id}' 一首顺口溜也没选到"
        yield Finding(path, zh, f"playlist '{selection.id}' has nothing to play")
    for shares in wanted:
        if rhymes and _spoken(rhymes).isdisjoint(language for language, _ in shares):
            listed = ", ".join(language for language, _ in shares)
            zh = f"播放内容 '{selection.id}' 没有 {listed} 的语言版本，没有可播的"
            yield Finding(path, zh, f"playlist '{selection.id}' has nothing to play in {listed}")


def _lacking(
    selection: Selection,
    rhymes: Sequence[Rhyme],
    languages: Sequence[Language],
    spoken: frozenset[Language],
) -> Iterator[Finding]:
    """Yield the rhymes named in vain, and what the others lack of the languages that some have."""
    mute = [rhyme for rhyme in rhymes if languages and _spoken([rhyme]).isdisjoint(languages)]
    named = [rhyme for rhyme in mute if rhyme.id in selection.rhymes]
    for rhyme in named:
        yield _named_in_vain(selection, rhyme, languages)
    others = [rhyme for rhyme in rhymes if rhyme not in named]
    for language in languages:
        without = [rhyme for rhyme in others if rhyme.reading(language) is None]
        if without and language in spoken:
            yield _left_out(selection, language, without, len(rhymes))


def _named_in_vain(selection: Selection, rhyme: Rhyme, languages: Sequence[Language]) -> Finding:
    listed = ", ".join(languages)
    return Finding(
        ("playlists", selection.id, "rhymes", rhyme.id),
        f"'{rhyme.id}' 没有任何需要的语言版本（{listed}）",
        f"'{rhyme.id}' has no reading in any wanted language ({listed})",
    )


def _left_out(
    selection: Selection, language: Language, without: Sequence[Rhyme], count: int
) -> Finding:
    """Return that a playlist lacks a language, with the rhymes where just some do."""
    name, path = selection.id, ("playlists", selection.id)
    if len(without) == count:
        zh = f"'{name}' 里没有一首有 {language} 版本，这一份就不播"
        en = f"'{name}': no rhyme has a {language} reading; that share is left out"
        return Finding(path, zh, en, warning=True)
    ids = ", ".join(rhyme.id for rhyme in without[:MOST_NAMED])
    more_zh, more_en = (" 等", " ...") if len(without) > MOST_NAMED else ("", "")
    zh = f"'{name}' 的 {count} 首里有 {len(without)} 首没有 {language} 版本"
    zh += f"，用这种语言播放时会跳过：{ids}{more_zh}"
    en = f"'{name}': {len(without)} of {count} have no {language} reading"
    en += f" and are left out there: {ids}{more_en}"
    return Finding(path, zh, en, warning=True)
