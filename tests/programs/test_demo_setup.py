"""The demonstration is set up anew from whatever an interrupted one left behind."""

from pathlib import Path

import pytest

from xiaolaba.adapters import keys
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.cli.demo.show import Demonstration
from xiaolaba.cli.demo.town import NODES, Demo, write_town


def set_up(demo: Demo) -> StateFolder:
    write_town(demo)
    Demonstration(demo, Path("config"), use_card=False)._set_up()
    return StateFolder(demo.root / "daemon")


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path / "run", Path("audio/rhymes").absolute(), tmp_path / "clips")


def test_a_second_demonstration_keeps_keys_and_nodes(demo: Demo):
    first = set_up(demo).enrolled()

    again = set_up(demo)

    assert set(first) == set(NODES)
    assert again.enrolled() == first


def test_a_demonstration_killed_while_it_took_a_node_in_is_set_up_all_the_same(demo: Demo):
    folder = set_up(demo)
    gate = NODES[0]
    (folder.root / "nodes" / f"{gate}.passwd").unlink()
    (demo.identity(gate) / "password").unlink()

    again = set_up(demo)

    assert set(again.enrolled()) == set(NODES)
    assert (
        keys.public_half(demo.identity(gate) / "node.key")
        == (folder.root / "nodes" / f"{gate}.pub").read_bytes()
    )


def test_a_demonstration_killed_after_it_made_the_policy_key_uses_that_key(demo: Demo):
    folder = set_up(demo)
    before = demo.policy_key.read_bytes()
    folder.policy_pub.unlink()

    again = set_up(demo)

    assert demo.policy_key.read_bytes() == before
    assert again.policy_pub.read_bytes() == keys.public_half(demo.policy_key)


def test_without_a_card_both_nodes_sound_into_files_and_it_is_said_why(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ALSA_CONFIG_PATH", "/dev/null")
    show = Demonstration(demo, Path("config"), use_card=True)
    write_town(demo)
    show._set_up()

    assert all(str(demo.wav(node)) in demo.node(node).read_text() for node in NODES)
    assert [note for note in show._view(None).notes if "WAV" in note and "default" in note]
