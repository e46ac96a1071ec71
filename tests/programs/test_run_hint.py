"""After the demonstration a newcomer is told how to call the other commands."""

import os

import pytest

from xiaolaba.cli.demo.run import calling


@pytest.fixture
def folder(tmp_path):
    program = tmp_path / "xiaolaba"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return tmp_path


def test_a_shell_that_does_not_find_the_program_is_told_what_to_type(folder):
    assert f'export PATH="{folder}:$PATH"' in calling(folder, os.defpath)


def test_a_shell_that_finds_the_program_is_told_nothing(folder):
    assert calling(folder, f"{folder}:{os.defpath}") == ""


def test_where_there_is_no_program_nothing_is_promised(tmp_path):
    assert calling(tmp_path, "") == ""
