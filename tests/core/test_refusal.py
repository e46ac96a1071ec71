import errno

import pytest

from xiaolaba.core.refusal import cause, refusal


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "没有权限：换个文件夹，或用 sudo"),
        (errno.EPERM, "没有权限：换个文件夹，或用 sudo"),
        (errno.ENOENT, "没有这个文件或文件夹：请核对路径"),
        (errno.ENOSPC, "磁盘满了：请腾出空间"),
        (errno.EISDIR, "这是文件夹，要写文件名"),
    ],
)
def test_a_refusal_is_told_in_chinese_with_what_to_do(number, said):
    assert refusal(OSError(number, "whatever the system says")) == said


def test_a_refusal_that_nobody_foresaw_stays_in_the_systems_words():
    assert refusal(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"
    assert refusal(OSError("odd")) == "odd"


def test_where_other_advice_follows_the_cause_stands_alone():
    assert cause(OSError(errno.EACCES, "Permission denied")) == "没有权限"
    assert cause(OSError(errno.EADDRINUSE, "Address already in use")) == "已被别的程序占用"
