import threading
from pathlib import Path

import pytest

from xiaolaba.adapters.whole_file import write_whole
from xiaolaba.core.errors import StoreError


def test_a_link_that_was_planted_leads_nowhere(tmp_path: Path):
    (tmp_path / "victim").write_text("untouched")
    for name in ("gate", ".gate.partial"):
        (tmp_path / name).symlink_to(tmp_path / "victim")

    write_whole(tmp_path / "gate", b"new")

    assert (tmp_path / "victim").read_text() == "untouched"
    assert (tmp_path / "gate").read_bytes() == b"new"
    assert not (tmp_path / "gate").is_symlink()


def test_of_many_that_write_at_once_one_wins_whole(tmp_path: Path):
    wrong: list[object] = []

    def write(letter: int) -> None:
        for _ in range(20):
            try:
                write_whole(tmp_path / "gate", bytes([letter]) * 100_000)
                read = (tmp_path / "gate").read_bytes()
            except StoreError as error:
                wrong.append(error)
            else:
                if len(read) != 100_000 or len(set(read)) != 1:
                    wrong.append(len(read))

    threads = [threading.Thread(target=write, args=(letter,)) for letter in b"abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert [path.name for path in tmp_path.iterdir()] == ["gate"]


def test_what_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "gate").mkdir()

    with pytest.raises(StoreError, match="gate"):
        write_whole(tmp_path / "gate", b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["gate"]


def test_what_is_written_is_the_owner_s_alone_whatever_the_old_file_was(tmp_path: Path):
    (tmp_path / "gate").write_text("old")
    (tmp_path / "gate").chmod(0o666)

    write_whole(tmp_path / "gate", b"new")

    assert (tmp_path / "gate").stat().st_mode & 0o777 == 0o600
