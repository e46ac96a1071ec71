"""Which policy key a new node will trust, though the daemon was taken over."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon_house import DaemonHouse
from tests.shared_folder import OTHER, shared
from xiaolaba.adapters import keys
from xiaolaba.adapters.state_folder import StateFolder


@pytest.fixture
def house(tmp_path: Path) -> DaemonHouse:
    house = DaemonHouse(tmp_path)
    house.build()
    return house


@pytest.fixture
def theirs() -> Iterator[DaemonHouse]:
    """A town whose daemon has a user of its own; root carries the commands out."""
    with shared() as folder:
        (folder / "state").mkdir()
        os.chown(folder / "state", OTHER, -1)
        house = DaemonHouse(folder)
        house.build()
        yield house


def trusted(house: DaemonHouse, node: str) -> str:
    return keys.verifier(house.root / node / "policy.pub")[0]


def replace_key(house: DaemonHouse) -> None:
    """Put another policy key into the state folder, as whoever took the daemon over can."""
    keys.generate(house.root / "forged.key")
    StateFolder(house.root / "state").trust((house.root / "forged.pub").read_bytes())


def test_an_identity_has_the_policy_key_that_was_named_and_its_fingerprint_is_told(
    house: DaemonHouse, capsys
):
    house.call("enrol", "new", "--to", str(house.root / "new"), "--policy", house.policy_pub)

    fingerprint = keys.verifier(Path(house.policy_pub))[0]
    assert trusted(house, "new") == fingerprint
    assert fingerprint in capsys.readouterr().out


def test_a_policy_key_that_was_replaced_at_the_daemon_is_noticed(house: DaemonHouse, capsys):
    replace_key(house)

    words = ("enrol", "new", "--to", str(house.root / "new"), "--policy", house.policy_pub)
    house.call(*words, code=1)

    assert "可能被人换过" in capsys.readouterr().err
    assert not (house.root / "new").exists()
    assert "new" not in StateFolder(house.root / "state").enrolled()


def test_a_policy_key_that_is_not_there_is_told_with_where_to_look(house: DaemonHouse, capsys):
    named = str(house.root / "polciy.pub")

    house.call("enrol", "new", "--to", str(house.root / "new"), "--policy", named, code=1)

    assert f"没有 {named}：安全策略公钥在私钥旁边" in capsys.readouterr().err
    assert "new" not in StateFolder(house.root / "state").enrolled()


def test_the_daemons_own_copy_is_no_proof(house: DaemonHouse, capsys):
    own = str(house.root / "state" / "keys" / "policy.pub")

    house.call("enrol", "new", "--to", str(house.root / "new"), "--policy", own, code=1)

    assert "服务端改得了" in capsys.readouterr().err


def test_root_takes_no_node_in_on_the_word_of_the_daemons_user_alone(theirs: DaemonHouse, capsys):
    root = os.geteuid() == 0

    theirs.call("enrol", "new", "--to", str(theirs.root / "new"), code=int(root))

    assert ("--policy" in capsys.readouterr().err) == root
    assert (theirs.root / "new").exists() == (not root)


def test_root_leaves_nothing_that_the_daemons_user_cannot_read(theirs: DaemonHouse):
    theirs.call("hold", "--all", "--for", "2h")
    theirs.call("retire", "yard", "--yes")

    state = [theirs.root / "state", *(theirs.root / "state").rglob("*")]
    assert {path.stat().st_uid for path in state} == {OTHER}
    assert len(state) > 15


def test_a_policy_is_not_kept_on_the_word_of_a_key_that_was_planted(house: DaemonHouse):
    folder = StateFolder(house.root / "state")
    signed = folder.policies()
    replace_key(house)

    assert folder.policies() == {}
    assert folder.policies(dict([keys.opener(house.root / "policy.key")])) == signed
