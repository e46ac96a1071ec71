"""The whole configuration as a checked `Town`, or every problem in it at once.

Files are read first, each by its own module; then `core.check` looks at the
names, and only when nothing is wrong so far at what would sound.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path

from xiaolaba.core.checking import town as check
from xiaolaba.core.checking.finding import Finding
from xiaolaba.core.checking.published import published
from xiaolaba.core.errors import ConfigError, Problem
from xiaolaba.core.library import Library
from xiaolaba.core.schedule import Town
from xiaolaba.core.speech.facts import faults
from xiaolaba.core.zone import Zone, zone
from xiaolaba.settings import holidays, places, policy, schedule
from xiaolaba.settings.document import Mapping, Mark
from xiaolaba.settings.fields import Log, Record, note, open_record, require_clean
from xiaolaba.settings.rhyme_places import place
from xiaolaba.settings.rhymes import read_rhymes
from xiaolaba.settings.sources import Place, Sources

HORIZON = timedelta(days=check.DAYS)

FILES = (
    *("places.yaml", "schedule.yaml", "policy.yaml", "holidays-cn.yaml"),
    *("daemon.yaml", "node.yaml", "voices.yaml", "sound.yaml"),
)
"""The files of a configuration folder."""

OPTIONAL = {
    "policy.yaml": (
        "没有安全策略文件，当作没有静音时段",
        "no policy file; taken as no quiet hours",
    ),
    "holidays-cn.yaml": ("没有放假安排文件", "no file of published holidays"),
}
"""Files that may be missing, with the warning."""

_LONGER = re.compile(r"([^.].*?\.yaml)\..+")
"""The name of a file with an ending too many, such as plain editors and copies get."""


def load_town(
    config: Path,
    rhymes: Path,
    today: date,
    library: Library | None = None,
    applied: bool = False,
) -> tuple[Town, tuple[Problem, ...]]:
    """Return the town written in a configuration folder, and warnings.

    Local time is right from the first of the month before `today` for a good
    year; what would sound is checked over the same time. `library` gives the
    clips' lengths, which are estimated without it; with it, what would be sent to
    nodes is checked too. In an `applied` configuration, which was judged when it
    was applied, what time has made wrong since (an expired rhyme, a clash that has
    come into sight, a limit that was set later) is a warning only.

    Raises:
        ConfigError: with everything that is wrong.
    """
    sources = Sources(applied=applied)
    town = _read(config, rhymes, today, sources)
    if not applied:
        _tell_faults(sources, town)
    if not sources.unread:
        _tell(sources, check.names(town))
    if _is_clean(sources):
        _tell(sources, check.sounding(town, library or Library(), today), applied)
    if library is not None and not applied and _is_clean(sources):
        _tell(sources, check.sent(town, library, today))
    return town, require_clean(sources.problems)


def load_places(config: Path, today: date) -> Town:
    """Return a configuration folder's town with nothing but its places and its clock.

    Raises:
        ConfigError: with everything that is wrong in places.yaml.
    """
    sources = Sources()
    tree = _open(config / "places.yaml", sources, *places.ROOT_KEYS)
    town = Town(town_zone(tree, today), places.places(tree))
    require_clean(sources.problems)
    return town


def _read(config: Path, rhymes: Path, today: date, sources: Sources) -> Town:
    """Return the town as far as it can be read; stand-ins fill the holes."""
    sources.problems.extend(strangers(config, FILES))
    sources.problems.extend(strangers(rhymes, ()))
    tree = _open(config / "places.yaml", sources, *places.ROOT_KEYS)
    plan = _open(config / "schedule.yaml", sources, *schedule.ROOT_KEYS)
    rules = _open(config / "policy.yaml", sources, *policy.ROOT_KEYS)
    notices = _open(config / "holidays-cn.yaml", sources, *holidays.ROOT_KEYS)
    years = holidays.published(notices)
    _tell(sources, published(years), sources.applied)
    return Town(
        zone=town_zone(tree, today),
        places=places.places(tree),
        programmes=schedule.programmes(plan),
        selections=schedule.selections(plan),
        silences=schedule.silences(plan),
        policy=policy.policy(rules),
        calendar=holidays.calendar(years),
        rhymes=read_rhymes(rhymes, sources),
    )


def strangers(folder: Path, files: tuple[str, ...]) -> Iterator[Problem]:
    """Yield the files that look as if they were meant to be read, but are called otherwise.

    A `.yml` in place of one of `files` is an error, since what it says would be missed.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name not in files and path.is_file():
            yield from _stranger(path, files)


def _stranger(path: Path, files: tuple[str, ...]) -> Iterator[Problem]:
    longer = _LONGER.fullmatch(path.name.lower())
    right = longer[1] if longer else f"{path.stem.lower()}.yaml"
    missed = right in files and not path.with_name(right).exists()
    if path.suffix.lower() in (".yml", ".yaml") and path.name != right:
        yield _misnamed(path, right, warning=right not in files)
    elif longer and missed:
        yield _misnamed(path, right, warning=True)
    elif meant := [right] if longer else get_close_matches(path.name, files, 1, 0.85):
        zh, en = f"不会读这个文件（是不是 '{meant[0]}'？）", f"not read (is it {meant[0]}?)"
        yield Problem(str(path), 1, 1, zh, en, warning=True)


def _misnamed(path: Path, right: str, warning: bool) -> Problem:
    zh, en = f"不会读这个文件；请改名为 {right}", f"not read; rename it {right}"
    return Problem(str(path), 1, 1, zh, en, warning)


def _open(path: Path, sources: Sources, *known: str) -> Record:
    """Return a file's root; one that cannot be read is told and taken as empty."""
    log = Log(str(path), sources.problems, sources.applied)
    try:
        root = _opened(path, log, known)
    except ConfigError as error:
        sources.refuse(known[0], error)
        root = Record(Mapping(Mark()), log, written=False)
    for key in known:
        sources.roots[key] = Place(log.file, root.node)
    return root


def _opened(path: Path, log: Log, known: tuple[str, ...]) -> Record:
    if path.name in OPTIONAL and not path.exists():
        log.add(Mark(), *OPTIONAL[path.name], warning=True)
        return Record(Mapping(Mark()), log, written=False)
    return open_record(path, log, *known)


def town_zone(root: Record, today: date) -> Zone:
    """Return the local clock from the first of the month before `today` on."""
    info = places.timezone(root)
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return zone(info.key, info, first, today + HORIZON + timedelta(days=2))


def _is_clean(sources: Sources) -> bool:
    return all(problem.warning for problem in sources.problems)


def _tell(sources: Sources, findings: Iterable[Finding], lenient: bool = False) -> None:
    """Take findings down as problems, each where its path was written."""
    for finding in findings:
        file, mark = sources.locate(finding.path)
        warning = finding.warning or lenient
        problem = Problem(file, mark.line, mark.column, finding.zh, finding.en, warning)
        note(sources.problems, problem)


def _tell_faults(sources: Sources, town: Town) -> None:
    """Take down what rhymes must not say; it is a person who decides, so these are warnings."""
    for rhyme in town.rhymes.values():
        for reading in rhyme.readings:
            for fault in faults(reading.text):
                file, mark = place(sources, rhyme.id, reading.language, fault.at)
                zh = f"{rhyme.id}（{reading.language}）：{fault.zh}"
                note(sources.problems, Problem(file, mark.line, mark.column, zh, fault.en, True))
