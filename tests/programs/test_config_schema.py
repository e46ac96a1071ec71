"""The JSON Schemas for editors say what the readers say."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from xiaolaba.settings import daemon, holidays, node, places, policy, rhymes, schedule
from xiaolaba.settings.document import Mapping, Node, Scalar, read_document

CONFIG = Path("config")
FOLDER = CONFIG / "schema"
SCHEMAS = {
    path.name: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")
}
EXAMPLES = sorted(CONFIG.glob("*.yaml"))
REGISTRY: Registry[Any] = Registry().with_resources(
    (name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)


def plain(value: Node) -> Any:
    """Return a document as an editor sees it: numbers and true or false by YAML 1.2's rules."""
    if isinstance(value, Mapping):
        return {key.text: plain(inner) for key, inner in value.entries}
    if not isinstance(value, Scalar):
        return [plain(item) for item in value.items]
    if value.plain and re.fullmatch(r"-?[0-9]+", value.text):
        return int(value.text)
    if value.plain and re.fullmatch(r"-?[0-9]+\.[0-9]+", value.text):
        return float(value.text)
    return value.text == "true" if value.plain and value.text in ("true", "false") else value.text


def complaints(schema: str, path: Path) -> list[str]:
    judge = jsonschema.Draft202012Validator(SCHEMAS[schema], registry=REGISTRY)
    return [error.message for error in judge.iter_errors(plain(read_document(path)))]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_is_one(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_names_its_schema_and_keeps_it(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert first == f"# yaml-language-server: $schema=schema/{path.stem}.json"
    assert complaints(f"{path.stem}.json", path) == []


@pytest.mark.parametrize("path", sorted(Path("audio/rhymes").glob("*.yaml")), ids=lambda p: p.name)
def test_every_shipped_rhyme_keeps_its_schema(path):
    assert complaints("rhymes.json", path) == []


@pytest.mark.parametrize("name", ["places", "schedule", "policy", "holidays-cn"])
def test_the_planted_errors_are_refused_by_the_schema_too(name):
    assert complaints(f"{name}.json", Path("tests/data/broken/words") / f"{name}.yaml")


def keys(name: str, *way: str) -> set[str]:
    found = SCHEMAS[name]
    for step in way:
        found = found[step]
    return set(found["properties"])


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (keys("places.json"), places.ROOT_KEYS),
        (keys("places.json", "$defs", "place"), places.PLACE_KEYS),
        (keys("places.json", "$defs", "node"), places.NODE_KEYS),
        (keys("schedule.json"), schedule.ROOT_KEYS),
        (keys("schedule.json", "$defs", "silence"), schedule.SILENCE_KEYS),
        (keys("schedule.json", "$defs", "playlist"), schedule.PLAYLIST_KEYS),
        (keys("schedule.json", "$defs", "playlist", "properties", "pick"), schedule.PICK_KEYS),
        (keys("schedule.json", "$defs", "programme"), schedule.PROGRAMME_KEYS),
        (keys("policy.json"), policy.ROOT_KEYS),
        (keys("policy.json", "$defs", "quiet"), policy.QUIET_KEYS),
        (keys("policy.json", "$defs", "blackout"), policy.BLACKOUT_KEYS),
        (keys("policy.json", "properties", "caps"), policy.CAPS_KEYS),
        (keys("holidays-cn.json"), holidays.ROOT_KEYS),
        (keys("holidays-cn.json", "$defs", "year"), holidays.YEAR_KEYS),
        (keys("daemon.json"), daemon.KEYS),
        (keys("node.json"), node.KEYS),
        (keys("rhymes.json", "$defs", "rhyme"), rhymes.KEYS),
    ],
)
def test_a_schema_knows_the_keys_that_its_reader_knows(found, known):
    assert found == set(known)
