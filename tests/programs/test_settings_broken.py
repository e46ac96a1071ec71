"""Every planted error is told at its exact place, all of them at once.

A case is a folder under `tests/data/broken/`: a configuration with its rhymes and,
in `problems.txt`, what must be said about it.
"""

from datetime import date
from pathlib import Path

import pytest

from xiaolaba.core.errors import ConfigError
from xiaolaba.settings import load_town

TODAY = date(2026, 11, 21)
BROKEN = Path("tests/data/broken")


@pytest.mark.parametrize("case", ["words", "names", "clash", "rhymes"])
def test_every_planted_error_is_told_at_its_place(case):
    folder = BROKEN / case

    with pytest.raises(ConfigError) as caught:
        load_town(folder, folder / "rhymes", TODAY)

    told = [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]
    assert told == (folder / "problems.txt").read_text(encoding="utf-8").splitlines()
