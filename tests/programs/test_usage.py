"""What a command cannot read is told in Chinese and English, with the way to help."""

import json
import os
import subprocess
import sys

import pytest

from xiaolaba.cli import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chek"], "没有 'chek'（是不是 'check'？） / there is no 'chek' (did you mean 'check'?)"),
        (["zzzz"], "没有 'zzzz'，可以是 "),
        ([], "还要写 命令 COMMAND / the following arguments are required"),
        (["plan", "--bogus"], "不认识 --bogus / unrecognized arguments: --bogus"),
        (["plan", "--node"], "--node 后面要写值 / argument --node: expected one argument"),
        (["plan", "--days", "0"], "要写 1 到 366 / 1 to 366"),
        (["plan", "--from", "2026-13-01"], "没有 2026-13-01 这一天"),
        (["enrol", "gate"], "还要写 --to / "),
        (["hold"], "要写其中一个：--until --for --list --lift / "),
        (["hold", "--list", "--lift"], "--lift 不能和 --list 一起用 / "),
        (["run", "--sound", "wv"], "--sound：没有 'wv'（是不是 'wav'？）"),
        (["calendar", "show", "--year", "x"], "--year 的值不对：'x' / "),
    ],
)
def test_what_cannot_be_read_is_told_in_both_languages(words, said, capsys):
    with pytest.raises(SystemExit) as caught:
        main(words)

    told = capsys.readouterr().err
    assert caught.value.code == 2
    assert said in told
    assert "看 see: xiaolaba" in told


def test_where_the_locale_knows_no_chinese_a_command_works_all_the_same():
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment = {**os.environ, **ascii_only, "PYTHONPATH": "daemon"}

    done = subprocess.run(
        [sys.executable, "-m", "xiaolaba", "rhyme", "list", "--json"],
        env=environment,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "刷单返利" in {rhyme["topic"] for rhyme in json.loads(done.stdout)}
