import json

import pytest

from xiaolaba.core.errors import ClipError
from xiaolaba.core.library import Clip, from_json, library, to_json
from xiaolaba.core.units import ClipHash, Language, RhymeId, Samples

ONE = Clip(
    RhymeId("one"),
    Language("cmn"),
    ClipHash("c" * 64),
    Samples(144_000),
    *("kokoro", "zf_001", "key", False, -16.0, -1.0),
)
ROW = json.loads(to_json(library([ONE])))["clips"][0]


def manifest(**changes: object) -> str:
    return json.dumps({"v": 1, "clips": [ROW | changes]})


def test_a_manifest_that_was_written_is_read_back():
    assert from_json(manifest()) == library([ONE])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "[]",
        '{"v": 2, "clips": []}',
        '{"v": 1, "clips": 5}',
        manifest(samples="3"),
        manifest(samples=None),
        manifest(samples=True),
        manifest(samples=2.5),
        manifest(samples=-5),
        manifest(samples=10**400),
        manifest(hash=5),
        manifest(hash="../c"),
        manifest(rhyme="\ud800"),
        manifest(language=["cmn"]),
        manifest(loudness="loud"),
        manifest(experimental=1),
        manifest(unknown=1),
    ],
)
def test_a_manifest_that_nothing_can_be_made_of_is_refused_whole(text):
    with pytest.raises(ClipError):
        from_json(text)
