"""What a command may not read or write is told by its name, in Chinese, with what to do."""

import pytest

from tests.daemon_house import DaemonHouse
from tests.shared_folder import powerless
from xiaolaba.cli import main

COMMANDS = {
    "check": ("check", "--config", "{root}/config"),
    "plan": ("plan", "--config", "{root}/config", "--node", "gate"),
    "explain": ("explain", "--config", "{root}/config", "--node", "gate"),
    "explain with holds": (
        *("explain", "--config", "{root}/config", "--node", "gate"),
        *("--daemon", "{root}/config/daemon.yaml"),
    ),
    "apply": (
        *("apply", "--yes", "--config", "{root}/config"),
        *("--daemon", "{root}/config/daemon.yaml"),
    ),
    "calendar show": ("calendar", "show", "--config", "{root}/config"),
    "status": ("status", "--daemon", "{root}/config/daemon.yaml"),
    "hold": ("hold", "--list", "--daemon", "{root}/config/daemon.yaml"),
    "retire": ("retire", "yard", "--yes", "--daemon", "{root}/config/daemon.yaml"),
    "voices": ("voices", "--config", "{root}/config"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_folder_that_one_may_not_enter_is_named_with_what_to_do(tmp_path, capsys, words):
    house = DaemonHouse(tmp_path / "house")
    house.build()
    called = [word.format(root=house.root) for word in words]
    if words[0] != "retire":
        main(called)  # so that nothing of the program remains to be read
    capsys.readouterr()

    with powerless(house.root):
        code = main(called)

    said = capsys.readouterr().err
    assert code in (1, 2)
    assert "没有权限：换个文件夹，或用 sudo" in said
    assert str(house.root) in said
