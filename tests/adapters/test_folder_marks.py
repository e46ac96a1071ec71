import os
from pathlib import Path

import pytest

from xiaolaba.adapters.folder_marks import SELDOM, SETTLED, FolderMarks
from xiaolaba.adapters.whole_file import write_whole


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("gate", "yard"):
        write_whole(tmp_path / name, b"one")
    return tmp_path


def settled(folder: Path) -> FolderMarks:
    marks = FolderMarks(folder)
    for _ in range(SETTLED + 1):
        marks.look()
    return marks


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: write_whole(folder / "gate", b"two"),
        lambda folder: write_whole(folder / "market", b"two"),
        lambda folder: (folder / "yard").unlink(),
    ],
    ids=["written anew", "new", "gone"],
)
def test_a_file_that_changed_is_seen_at_the_next_look(folder: Path, change):
    marks = settled(folder)
    before = marks.look()

    change(folder)

    assert marks.look() != before


def test_what_changed_within_one_tick_of_the_folders_clock_is_seen_a_look_later(folder: Path):
    marks = FolderMarks(folder)
    before = marks.look()
    seen = folder.stat()
    write_whole(folder / "gate", b"two")
    os.utime(folder, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    assert marks.look() != before


def test_a_file_written_in_place_is_seen_after_a_while(folder: Path):
    marks = settled(folder)
    before = marks.look()
    (folder / "gate").write_bytes(b"longer")

    assert any(marks.look() != before for _ in range(SELDOM))


def test_a_folder_that_is_made_later_is_seen_then(tmp_path: Path):
    marks = settled(tmp_path / "late")
    before = marks.look()
    (tmp_path / "late").mkdir()
    write_whole(tmp_path / "late" / "gate", b"one")

    assert marks.look() != before


def test_half_written_files_are_passed_over(folder: Path):
    marks = settled(folder)
    before = marks.look()
    (folder / ".gate.partial").write_bytes(b"half")

    assert marks.look() == before
