"""However a configuration is damaged, reading it gives a town or problems, never a crash."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from xiaolaba.core.errors import ConfigError
from xiaolaba.settings import load_town

FILES = ("places.yaml", "schedule.yaml", "policy.yaml", "holidays-cn.yaml")
LINES = {name: Path("config", name).read_text(encoding="utf-8").splitlines() for name in FILES}
SCRAPS = (
    *("", "[]", "{}", "null", "-", ":", "：", "#", "\t", "|", "&a", "*a", "!!str", "%", "'", '"'),
    *("xideng", "tag:market", '"-tag:near-school"', "hak", "urgent", "true", "📢", "\x00"),
    *("25:00", '"00:00-24:00"', '"24:00-24:00"', '"22:00-21:59"', "2026-02-30", "9000-01-01"),
    *("2000-01-01..2099-12-31", '"2027-01-01 24:00"', "1ms", "24h", "continuous", "[mon]"),
    *("holiday", "{cmn: 0}", "{cmn: 1000, yue: 999}"),
)

damage = st.tuples(
    st.sampled_from(FILES), st.integers(0, 200), st.sampled_from(SCRAPS), st.booleans()
)


def damaged(name: str, number: int, scrap: str, whole: bool) -> str:
    """Return a file with the value on one line, or the whole line, replaced by a scrap."""
    lines = list(LINES[name])
    number %= len(lines)
    key, colon, _ = lines[number].rpartition(": ")
    lines[number] = scrap if whole else f"{key}{colon}{scrap}"
    return "\n".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return Path(shutil.copytree("config", tmp_path_factory.mktemp("fuzz") / "config"))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(damage, min_size=1, max_size=2))
@example([("places.yaml", 0, "\x00", True)])
def test_a_damaged_configuration_gives_problems_with_places(folder, damages):
    for name in FILES:
        shutil.copy(f"config/{name}", folder)
    for name, *how in damages:
        (folder / name).write_text(damaged(name, *how), encoding="utf-8")

    try:
        _, problems = load_town(folder, Path("tests/data/rhymes"), date(2026, 11, 21))
    except ConfigError as error:
        problems = error.problems

    lengths = {f"{folder}/{name}": len((folder / name).read_bytes().split(b"\n")) for name in FILES}
    for problem in problems:
        assert 1 <= problem.line <= lengths.get(problem.file, 1_000)
        assert problem.zh
        assert problem.en
