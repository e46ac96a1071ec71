"""What a command may not read or write is told by its name, in Chinese, with what to do."""

from collections.abc import Sequence
from importlib import import_module

import pytest

from tests.daemon_house import DaemonHouse
from tests.shared_folder import powerless, shared
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


def warm_up(words: Sequence[str]) -> None:
    """Call a command as oneself: who is powerless may not enter the program's folder either."""
    import_module("xiaolaba.core.refusal")
    main(words)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_folder_that_one_may_not_enter_is_named_with_what_to_do(tmp_path, capsys, words):
    house = DaemonHouse(tmp_path / "house")
    house.build()
    called = [word.format(root=house.root) for word in words]
    warm_up([word.replace("yard", "nobody") for word in called])
    capsys.readouterr()

    with powerless(house.root):
        code = main(called)

    said = capsys.readouterr().err
    assert code in (1, 2)
    assert "没有权限：换个文件夹，或用 sudo" in said
    assert str(house.root) in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rhymes", ("rhyme", "list", "--rhymes")),
        ("recordings", ("record", "list", "--recordings")),
    ],
)
def test_a_folder_that_is_itself_closed_is_not_taken_for_an_empty_one(capsys, name, words):
    with shared() as top:
        (top / name).mkdir()
        warm_up([*words, str(top / name)])
        capsys.readouterr()
        with powerless(top / name):
            code = main([*words, str(top / name)])

    said = capsys.readouterr().err
    assert code == 2
    assert "没有权限：换个文件夹，或用 sudo" in said
    assert f"{top / name}" in said
    assert "这里没有顺口溜文件" not in said
    assert "还没有录音" not in said
