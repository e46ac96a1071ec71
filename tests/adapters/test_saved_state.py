"""Saved state outlives a file that was cut anywhere."""

import pytest

from xiaolaba.adapters.saved_state import SavedState
from xiaolaba.core.errors import StoreError


def test_what_was_saved_last_is_loaded(tmp_path):
    saved = SavedState(tmp_path / "saved")
    saved.save("policy", b"one")
    saved.save("policy", b"two")

    assert SavedState(tmp_path / "saved").load("policy") == b"two"
    assert saved.load("playlist") is None


def test_a_file_cut_at_any_byte_is_noticed_and_the_copy_before_is_used(tmp_path):
    saved = SavedState(tmp_path)
    saved.save("policy", b"one")
    saved.save("policy", b"two two two")
    whole = (tmp_path / "policy").read_bytes()

    for size in range(len(whole)):
        (tmp_path / "policy").write_bytes(whole[:size])
        assert saved.load("policy") == b"one"
        assert saved.damaged == {"policy"}


@pytest.mark.parametrize("size", [None, 0, 70])
def test_that_the_latest_copy_is_gone_or_damaged_is_known_and_only_then(tmp_path, size):
    saved = SavedState(tmp_path)
    for name in ("policy", "playlist"):
        saved.save(name, b"one")
        saved.save(name, b"two two two")
    if size is None:
        (tmp_path / "policy").unlink()
    else:
        (tmp_path / "policy").write_bytes((tmp_path / "policy").read_bytes()[:size])

    found = [saved.load(name) for name in ("policy", "playlist", "floor")]

    assert found == [b"one", b"two two two", None]
    assert saved.damaged == {"policy"}


def test_a_damaged_file_does_not_replace_the_good_copy(tmp_path):
    saved = SavedState(tmp_path)
    saved.save("policy", b"one")
    saved.save("policy", b"two")
    (tmp_path / "policy").write_bytes(b"rotten")

    saved.save("policy", b"three")
    (tmp_path / "policy").write_bytes(b"rotten again")

    assert saved.load("policy") == b"one"


def test_a_folder_that_cannot_be_is_a_store_error(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="file"):
        SavedState(tmp_path / "file" / "saved")
