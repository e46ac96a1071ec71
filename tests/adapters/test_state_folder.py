from itertools import pairwise
from pathlib import Path

import pytest

from xiaolaba.adapters import keys
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.adapters.whole_file import write_whole
from xiaolaba.core.errors import StoreError
from xiaolaba.core.message.seal import Envelope, seal
from xiaolaba.core.units import NodeId

GATE = NodeId("gate")
HASH = "$7$101$c2FsdA==$aGFzaA=="


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    folder = StateFolder(tmp_path / "state")
    folder.prepare()
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    source = tmp_path / "config"
    source.mkdir()
    (source / "places.yaml").write_text("places: []")
    (source / "secret.key").write_text("secret")
    return source


def test_it_is_prepared_once_and_keeps_its_key(folder: StateFolder):
    before = folder.programme_key.read_bytes()
    folder.prepare()

    assert folder.programme_key.read_bytes() == before
    assert folder.programme_key.stat().st_mode & 0o777 == 0o600
    assert folder.root.joinpath("keys").stat().st_mode & 0o777 == 0o700


def test_only_one_daemon_may_use_it(folder: StateFolder):
    held = folder.lock()

    assert held is not None
    assert folder.lock() is None
    assert folder.is_locked()
    held.close()
    assert not folder.is_locked()


def test_what_is_applied_is_in_force_whole(folder: StateFolder, config: Path):
    before = folder.marks()["applied"]

    folder.apply("one", config, config, "Asia/Shanghai")

    current = folder.current()
    assert current is not None
    assert sorted(path.name for path in current.rglob("*.*")) == ["places.yaml", "places.yaml"]
    assert folder.zone_name() == "Asia/Shanghai"
    assert folder.marks()["applied"] != before


def test_an_apply_that_fails_half_way_leaves_the_old_in_force(folder: StateFolder, config: Path):
    folder.apply("one", config, config, "Asia/Shanghai")
    (config / "places.yaml").unlink()
    (config / "places.yaml").mkdir()

    with pytest.raises(StoreError):
        folder.apply("two", config, config, "UTC")

    assert folder.current() == folder.root / "applied" / "one"
    assert folder.zone_name() == "Asia/Shanghai"


def test_the_newest_thirty_snapshots_are_kept(folder: StateFolder, config: Path):
    for number in range(33):
        folder.apply(f"n{number:02}", config, config, "UTC")

    kept = sorted(path.name for path in folder.root.joinpath("applied").iterdir() if path.is_dir())
    assert kept == [f"n{number:02}" for number in range(3, 33)]


def test_an_enrolled_node_is_known_by_its_key_and_password(folder: StateFolder, tmp_path: Path):
    keys.generate(tmp_path / "node.key")
    before = folder.marks()["nodes"]

    folder.enrol(GATE, (tmp_path / "node.pub").read_bytes(), HASH)

    kid, sign = keys.signer(tmp_path / "node.key")
    assert folder.enrolled() == {GATE: HASH}
    assert folder.node_keys([GATE])[GATE][kid](b"message", sign(b"message"))
    assert folder.marks()["nodes"] != before


def test_a_damaged_node_key_shuts_out_that_node_alone(folder: StateFolder, tmp_path: Path, caplog):
    keys.generate(tmp_path / "node.key")
    folder.enrol(GATE, (tmp_path / "node.pub").read_bytes(), HASH)
    folder.enrol(NodeId("yard"), b"rubbish", HASH)

    assert set(folder.node_keys(folder.enrolled())) == {GATE}
    assert "node=yard" in caplog.text


def test_only_policies_signed_with_the_policy_key_are_seen(folder: StateFolder, tmp_path: Path):
    for name in ("policy", "other"):
        keys.generate(tmp_path / f"{name}.key")
    write_whole(folder.policy_pub, (tmp_path / "policy.pub").read_bytes())
    envelope = Envelope("policy", "gate", 1, 7, 0, 1)
    folder.put_policy(GATE, seal(envelope, {}, *keys.signer(tmp_path / "policy.key")))
    folder.put_policy(NodeId("yard"), seal(envelope, {}, *keys.signer(tmp_path / "other.key")))
    folder.put_policy(NodeId("late"), b"rubbish")

    assert {node: policy.envelope.order for node, policy in folder.policies().items()} == {
        GATE: (1, 7)
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("_daemon", b"$7$101$c2FsdA==$aGFzaA=="),
        ("gate (copy)", b"$7$101$c2FsdA==$aGFzaA=="),
        ("late", b"\xff\xfe"),
        ("late", b""),
        ("late", b"$7$101$c2FsdA==$aGFzaA==\n_daemon:$7$101$c2FsdA==$aGFzaA=="),
    ],
    ids=["the daemon's own name", "no id", "no text", "empty", "a second user"],
)
def test_a_password_that_no_node_can_have_is_left_out(folder: StateFolder, caplog, name, said):
    folder.enrol(GATE, b"key", HASH)
    (folder.root / "nodes" / f"{name}.passwd").write_bytes(said)

    assert folder.enrolled() == {GATE: HASH}
    assert name in caplog.text


def test_an_older_copy_of_a_policy_does_not_replace_it(folder: StateFolder, tmp_path: Path):
    keys.generate(tmp_path / "policy.key")
    write_whole(folder.policy_pub, (tmp_path / "policy.pub").read_bytes())
    signer = keys.signer(tmp_path / "policy.key")
    for name, revision in (("gate", 8), ("gate.old", 7), ("a-copy", 6)):
        sealed = seal(Envelope("policy", "gate", 1, revision, 0, 1), {}, *signer)
        folder.put_policy(NodeId(name), sealed)

    assert folder.policies()[GATE].envelope.revision == 8


def test_nobody_else_may_enter(folder: StateFolder, config: Path):
    folder.apply("one", config, config, "UTC")

    folders = [folder.root, *(path for path in folder.root.rglob("*") if path.is_dir())]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}


def test_what_is_in_force_is_not_touched_when_it_is_applied_again(
    folder: StateFolder, config: Path
):
    folder.apply("one", config, config, "UTC")
    before = {path: path.stat().st_ino for path in folder.root.glob("applied/one/**/*")}

    folder.apply("one", config, config, "UTC")

    assert {path: path.stat().st_ino for path in folder.root.glob("applied/one/**/*")} == before


def test_rubbish_where_the_configuration_in_force_is_named_is_told(folder: StateFolder):
    (folder.root / "applied" / "current").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(StoreError, match="current"):
        folder.current()


def test_each_change_of_a_part_is_noticed(folder: StateFolder):
    seen = [folder.marks()["policies"]]
    changes = [
        lambda: folder.put_policy(GATE, b"one"),
        lambda: folder.put_policy(GATE, b"two"),
        lambda: (folder.root / "policies" / "gate.jws").write_bytes(b"three!"),
        lambda: (folder.root / "policies" / "gate.jws").unlink(),
        lambda: (folder.root / "policies").rmdir(),
    ]
    for change in changes:
        change()
        seen.append(folder.marks()["policies"])

    assert all(before != after for before, after in pairwise(seen[:-1]))
    assert seen[-1] == seen[0]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="file"):
        StateFolder(tmp_path / "file" / "state").prepare()


def test_an_unreadable_mark_of_what_is_in_force_is_told_and_not_fatal(folder: StateFolder):
    (folder.root / "applied" / "current").mkdir()

    with pytest.raises(StoreError, match="current"):
        folder.current()
