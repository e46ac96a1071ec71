import pytest

from xiaolaba.adapters import approvals
from xiaolaba.core.errors import StoreError
from xiaolaba.core.speech.approval import Approval
from xiaolaba.core.units import ClipHash, Language, RhymeId

ONE = Approval(RhymeId("one"), Language("yue"), ClipHash("a" * 64), "朗读者", 1_795_000_000)
TWO = Approval(RhymeId("two"), Language("yue"), ClipHash("b" * 64), "陈叔", 1_795_000_060)


def test_what_is_added_is_read_back_in_order(tmp_path):
    assert approvals.read(tmp_path) == ()

    approvals.add(tmp_path, ONE)
    approvals.add(tmp_path, TWO)

    assert approvals.read(tmp_path) == (ONE, TWO)


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[]",
        '{"rhyme": "one"}',
        "[" * 100_000,
        '{"rhyme":"one","language":"yue","clip":"aa","listener":" ","at":1}',
        '{"rhyme":"one","language":"yue","clip":"aa","listener":"x","at":"now"}',
    ],
)
def test_a_line_that_is_no_approval_is_named(tmp_path, line):
    approvals.add(tmp_path, ONE)
    with (tmp_path / approvals.FILE).open("a") as file:
        file.write(line + "\n")

    with pytest.raises(StoreError, match=r"approvals\.jsonl:2:1"):
        approvals.read(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match="写不了"):
        approvals.add(tmp_path / "nowhere", ONE)
