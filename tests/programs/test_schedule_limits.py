"""A schedule that is longer than anyone writes is refused at once, at the place where it is."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from xiaolaba.core.checking.programmes import MOST_AT_A_NODE
from xiaolaba.core.errors import ConfigError
from xiaolaba.settings import load_town
from xiaolaba.settings.policy import MOST_RULES
from xiaolaba.settings.schedule import MOST_PROGRAMMES, MOST_RANGES, MOST_RANGES_TOGETHER

PLACES = """\
timezone: Asia/Shanghai
places:
  - id: xideng
    name: 西登社区
    nodes:
"""
NODES = 5
RHYMES = Path("tests/data/rhymes")
TODAY = date(2026, 11, 21)
HEAD = """\
playlists: [{id: all, pick: {}}]
programmes:
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a configuration folder with some nodes and no schedule."""
    gates = "".join(f"      - {{id: gate{n}, name: {n} 门}}\n" for n in range(NODES))
    (tmp_path / "places.yaml").write_text(PLACES + gates, encoding="utf-8")
    return tmp_path


@pytest.fixture
def told(folder: Path) -> Callable[..., list[str]]:
    """Return what is told as wrong in programmes on a day each, with so many ranges of hours."""

    def read(counts: list[int], nodes: int = NODES) -> list[str]:
        write(folder, counts, nodes)
        try:
            load_town(folder, RHYMES, TODAY)
        except ConfigError as error:
            return [f"{p.line}:{p.column} {p.en}" for p in error.problems if not p.warning]
        return []

    return read


def write(folder: Path, counts: list[int], nodes: int = NODES) -> None:
    """Write a programme for each count, with so many ranges of hours, on a day of its own."""
    rows = [
        f"- {{id: p{n}, where: gate{n % nodes}, playlist: all, every: 60s,"
        f" dates: {2027 + n // 28}-02-{n % 28 + 1:02}, at: [{ranges(count)}]}}\n"
        for n, count in enumerate(counts)
    ]
    (folder / "schedule.yaml").write_text(HEAD + "".join(rows), encoding="utf-8")


def ranges(count: int) -> str:
    """Return so many ranges of a minute each."""
    moments = ((9 + n // 30, n % 30 * 2) for n in range(count))
    return ", ".join(f'"{h:02}:{m:02}-{h:02}:{m + 1:02}"' for h, m in moments)


def test_as_many_programmes_and_ranges_as_there_may_be_are_read(told):
    full = [MOST_RANGES] * (MOST_RANGES_TOGETHER // MOST_RANGES)

    assert MOST_RANGES_TOGETHER % MOST_RANGES == 0
    assert told([1] * MOST_PROGRAMMES) == []
    assert told(full) == []


def test_the_first_programme_too_many_is_told_and_none_from_there_on_is_read(told):
    found = told([1] * MOST_PROGRAMMES + [0, 0])

    assert found == [f"{MOST_PROGRAMMES + 3}:3 more than {MOST_PROGRAMMES} items"]


def test_the_first_range_too_many_of_a_programme_is_told(told):
    (found,) = told([2, MOST_RANGES + 1])

    assert found.startswith("4:")
    assert found.endswith(f" more than {MOST_RANGES} items")


def test_programmes_with_too_many_ranges_together_are_told(told):
    counts = [MOST_RANGES] * (MOST_RANGES_TOGETHER // MOST_RANGES) + [1]

    most = f"{MOST_RANGES_TOGETHER} at most"
    assert told(counts) == [
        f"3:1 the programmes have {sum(counts)} ranges of hours together, {most}"
    ]


def test_a_node_with_more_ranges_than_it_may_have_is_told_at_the_first_too_many(told):
    (found,) = told([1] * (MOST_AT_A_NODE + 2), nodes=1)

    assert told([1] * MOST_AT_A_NODE, nodes=1) == []
    assert found.startswith(f"{MOST_AT_A_NODE + 3}:")
    count = f"'gate0' has {MOST_AT_A_NODE + 1} ranges of hours up to here"
    assert found.endswith(f"{count}, {MOST_AT_A_NODE} at most; merge some")


@pytest.mark.parametrize(
    ("counts", "nodes"),
    [
        ([1] * (MOST_PROGRAMMES + 2), NODES),
        ([MOST_RANGES + 1], NODES),
        ([MOST_RANGES] * (MOST_RANGES_TOGETHER // MOST_RANGES + 1), NODES),
        ([1] * (MOST_AT_A_NODE + 2), 1),
    ],
    ids=["programmes", "ranges in one", "ranges together", "ranges at a node"],
)
def test_an_applied_schedule_beyond_a_limit_is_read_whole_with_a_warning(folder, counts, nodes):
    write(folder, counts, nodes)

    town, warnings = load_town(folder, RHYMES, TODAY, applied=True)

    assert [len(programme.at) for programme in town.programmes] == counts
    assert any("more than" in warning.en or "at most" in warning.en for warning in warnings)


def test_an_applied_policy_beyond_a_limit_is_read_whole_with_a_warning(folder):
    write(folder, [1])
    rules = "- {name: q, from: '21:30', to: '07:30'}\n" * (MOST_RULES + 1)
    (folder / "policy.yaml").write_text(f"quiet:\n{rules}", encoding="utf-8")

    town, warnings = load_town(folder, RHYMES, TODAY, applied=True)

    assert len(town.policy.quiet) == MOST_RULES + 1
    assert any(f"more than {MOST_RULES}" in warning.en for warning in warnings)
