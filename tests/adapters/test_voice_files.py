"""Clips as files: joined, packed, kept whole or not at all."""

import hashlib
import json
import resource
from pathlib import Path

import pytest

from xiaolaba.adapters import flac
from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.adapters.composition import joined
from xiaolaba.core.errors import ClipError, StoreError
from xiaolaba.core.library import Clip, library
from xiaolaba.core.units import ClipHash, Language, RhymeId, Samples

FRAMES = bytes(range(256)) * 200


def clip(digest: ClipHash) -> Clip:
    name = (RhymeId("one"), Language("cmn"))
    return Clip(*name, digest, Samples(25_600), "hum", "low", "key", False, -16.0, -1.0)


def test_parts_are_joined_to_the_sample():
    assert joined([Samples(3), b"\1\2\3\4", Samples(1)]) == bytes(6) + b"\1\2\3\4" + bytes(2)


def test_a_clip_comes_back_sample_for_sample_and_says_it_is_synthetic():
    data = flac.encode(FRAMES, {"title": "one (cmn)", "comment": "合成语音 synthetic speech"})

    frames, tags = flac.decode(data)

    assert frames == FRAMES
    assert tags["comment"] == "合成语音 synthetic speech"


def test_the_same_sound_gives_the_same_bytes():
    tags = {"title": "one (cmn)"}

    assert flac.encode(FRAMES, tags) == flac.encode(FRAMES, tags)


@pytest.mark.parametrize("data", [b"", b"fLaC", b"no sound at all" * 100])
def test_damaged_audio_is_refused(data):
    with pytest.raises(ClipError):
        flac.decode(data)


def test_a_clip_is_kept_under_its_hash_and_known_to_be_whole(tmp_path):
    folder = ClipFolder(tmp_path)

    digest = folder.put(b"sound")

    assert digest == hashlib.sha256(b"sound").hexdigest()
    assert folder.path(digest).read_bytes() == b"sound"
    assert folder.is_whole(clip(digest))
    folder.path(digest).write_bytes(b"soun")
    assert not folder.is_whole(clip(digest))
    folder.path(digest).unlink()
    assert not folder.is_whole(clip(digest))


def test_a_manifest_comes_back(tmp_path):
    folder = ClipFolder(tmp_path)
    lib = library([clip(ClipHash("a" * 64))])

    folder.save(lib)

    assert folder.library() == (lib, "")


def test_an_unreadable_manifest_is_an_empty_library_with_a_reason(tmp_path):
    (tmp_path / "manifest.json").write_bytes(b"\xff\xfe{")

    lib, damage = ClipFolder(tmp_path).library()

    assert not lib.clips
    assert str(tmp_path / "manifest.json") in damage


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    folder = ClipFolder(tmp_path)
    folder.put(b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(StoreError, match=r"不能读写.*cannot be read or written"):
            folder.put(b"x" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    folder = ClipFolder(tmp_path / "file" / "clips")

    with pytest.raises(StoreError, match="clips"), folder.writing():
        pass


def test_what_a_killed_batch_left_behind_is_swept_up(tmp_path):
    (tmp_path / "half.part").write_bytes(b"hal")
    kept = ClipFolder(tmp_path).put(b"whole")

    with ClipFolder(tmp_path).writing():
        assert not list(tmp_path.glob("*.part"))

    assert (tmp_path / f"{kept}.flac").exists()


def test_remembered_readings_come_back_and_damage_only_costs_time(tmp_path):
    folder = ClipFolder(tmp_path)

    folder.remember({"digest": "bie2 xin4"})
    assert folder.phonemes() == {"digest": "bie2 xin4"}

    for wrong in ("{", json.dumps(["a list"])):
        Path(tmp_path / "phonemes.json").write_text(wrong, encoding="utf-8")
        assert folder.phonemes() == {}
