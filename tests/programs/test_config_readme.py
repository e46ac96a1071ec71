"""Every YAML example in config/README.md is read beside the shipped files without an error."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from xiaolaba.settings import load_town

README = Path("config/README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n# (\S+)\n(.*?)```", README, re.DOTALL)
NEEDED = {
    "places.yaml": {},
    "schedule.yaml": {"playlists": "playlists: [{id: elderly, pick: {}}]\n"},
    "policy.yaml": {},
    "holidays-cn.yaml": {},
}


def ids():
    return [f"{n} {name}" for n, (name, _) in enumerate(EXAMPLES)]


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=ids())
def test_an_example_of_the_manual_is_right(name, text, tmp_path):
    folder = Path(shutil.copytree("config", tmp_path / "config"))
    missing = [more for key, more in NEEDED[name].items() if f"{key}:" not in text]
    (folder / name).write_text("".join([text, *missing]), encoding="utf-8")
    if name == "places.yaml":
        (folder / "schedule.yaml").write_text("programmes: []\n")

    town, _ = load_town(folder, Path("audio/rhymes"), date(2026, 11, 21))

    assert town.places


def test_the_manual_has_examples_of_every_file():
    assert {name for name, _ in EXAMPLES} == set(NEEDED)
