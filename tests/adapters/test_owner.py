import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.shared_folder import OTHER, content, fenced, shared
from xiaolaba.adapters import keys
from xiaolaba.adapters.owner import as_owner, is_another_s
from xiaolaba.adapters.sqlite_status import read_clock
from xiaolaba.adapters.sqlite_store import SqliteStore
from xiaolaba.adapters.state_folder import StateFolder
from xiaolaba.core.errors import StoreError
from xiaolaba.core.units import NodeId
from xiaolaba.ports.store import Standing

GATE = NodeId("gate")
HASH = "$7$101$c2FsdA==$aGFzaA=="


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder that belongs to the daemon's user."""
    with shared() as folder:
        yield folder


@pytest.fixture
def ours(theirs: Path) -> Path:
    """A folder of root's beside it, with a file that only root may touch."""
    return fenced(theirs.parent / "ours")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration that only root may read."""
    source = tmp_path / "config"
    source.mkdir(mode=0o700)
    (source / "places.yaml").write_text("places: []")
    return source


def plant(link: Path, target: Path) -> None:
    """Put a link in place of whatever is there, as whoever owns the folder can."""
    if link.exists():
        link.rename(link.with_name(f"{link.name}.old"))
    link.symlink_to(target)


def lock(folder: StateFolder) -> None:
    held = folder.lock()
    if held is not None:
        held.close()


WRITES: dict[str, Callable[[StateFolder, Path], object]] = {
    "prepare": lambda folder, _: folder.prepare(),
    "trust": lambda folder, _: folder.trust(b"key"),
    "enrol": lambda folder, _: folder.enrol(GATE, b"key", HASH),
    "put_policy": lambda folder, _: folder.put_policy(GATE, b"policy"),
    "put": lambda folder, _: folder.hold_file.put({}, (b"hold",)),
    "apply": lambda folder, config: folder.apply("one", config, config, "UTC"),
    "retire": lambda folder, _: folder.retire(GATE),
    "lock": lambda folder, _: lock(folder),
    "is_locked": lambda folder, _: folder.is_locked(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_root_writes_nothing_outside_through_a_planted_folder(
    write: Callable[[StateFolder, Path], object], theirs: Path, ours: Path, config: Path
):
    folder, before = StateFolder(theirs), content(ours)
    folder.prepare()
    folder.enrol(GATE, b"key", HASH)
    for name in ("keys", "nodes", "policies", "applied", "retired"):
        plant(theirs / name, ours)

    with suppress(StoreError):
        write(folder, config)

    assert content(ours) == before


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_root_writes_nothing_outside_through_a_planted_file(
    write: Callable[[StateFolder, Path], object], theirs: Path, ours: Path, config: Path
):
    folder, before = StateFolder(theirs), content(ours)
    folder.prepare()
    folder.enrol(GATE, b"key", HASH)
    files = [*theirs.rglob("*.pub"), *theirs.rglob("*.key"), theirs / "holds.jws"]
    files += [theirs / "daemon.lock", theirs / "applied" / "current"]
    for path in files + [path.with_name(f".{path.name}.partial") for path in files]:
        plant(path, ours / "secret")

    with suppress(StoreError):
        write(folder, config)

    assert content(ours) == before


def test_what_root_writes_belongs_to_whom_the_folder_does(theirs: Path, config: Path):
    folder = StateFolder(theirs)
    for write in WRITES.values():
        write(folder, config)
        folder.policy_pub.unlink(missing_ok=True)  # it was no key

    assert {path.stat().st_uid for path in theirs.rglob("*")} == {OTHER}
    assert os.geteuid() == os.getuid()


def test_root_signs_with_no_key_that_was_planted(theirs: Path, tmp_path: Path):
    folder = StateFolder(theirs)
    folder.prepare()
    keys.generate(tmp_path / "policy.key")
    (tmp_path / "policy.key").chmod(0)
    plant(folder.programme_key, tmp_path / "policy.key")

    with pytest.raises(StoreError, match=r"programme\.key"):
        folder.signer()


def test_root_reads_the_record_as_its_owner(theirs: Path):
    with as_owner(theirs):
        store = SqliteStore(theirs / "store.sqlite")
        store.report([(Standing("trusted"), 1)])

    try:
        assert read_clock(theirs / "store.sqlite") == "trusted"
        assert {path.stat().st_uid for path in theirs.iterdir()} == {OTHER}
    finally:
        store.close()


def test_a_folder_that_is_missing_belongs_to_who_makes_it(theirs: Path):
    StateFolder(theirs / "new").prepare()

    made = [theirs / "new", *(theirs / "new").rglob("*")]
    assert {path.stat().st_uid for path in made} == {os.geteuid()}


def test_only_root_among_another_user_s_files_is_not_at_home(theirs: Path, tmp_path: Path):
    assert is_another_s(theirs) == (os.geteuid() == 0)
    assert not is_another_s(tmp_path)


def test_rights_come_back_also_after_an_error(theirs: Path):
    before = os.geteuid(), os.getegid(), os.getgroups()

    with pytest.raises(ValueError, match=str(OTHER)), as_owner(theirs):
        raise ValueError(os.geteuid())

    assert (os.geteuid(), os.getegid(), os.getgroups()) == before


def test_a_program_that_goes_on_for_years_never_gets_its_rights_back(theirs: Path):
    code = (
        "import os, sys, pathlib; from xiaolaba.adapters.owner import become_owner;"
        "become_owner(pathlib.Path(sys.argv[1])); print(*os.getresuid())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, theirs], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == [str(OTHER)] * 3
