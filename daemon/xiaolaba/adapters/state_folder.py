"""The daemon's state folder: keys, enrolled nodes, signed policies, applied configurations.

keys/programme.key .pub   signs playlists and acknowledgements
keys/policy.pub           opens policies; its private half lies elsewhere
nodes/<id>.pub .passwd    an enrolled node: its key, its hashed MQTT password
policies/<id>.jws         signed by `xiaolaba policy publish`
applied/<name>/           configurations as applied; `applied/current` names the one in force
broker/  store.sqlite  daemon.lock
"""

import fcntl
import logging
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from xiaolaba.adapters import keys
from xiaolaba.core.errors import MessageError, StoreError
from xiaolaba.core.seal import Envelope, Verify, unseal
from xiaolaba.core.units import NodeId

SNAPSHOTS_KEPT = 30

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SignedPolicy:
    """A policy as `xiaolaba policy publish` signed it."""

    envelope: Envelope
    body: dict[str, Any]
    sealed: bytes


class StateFolder:
    """Paths below one folder, and what is read and written there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programme_key = root / "keys" / "programme.key"
        self.programme_pub = root / "keys" / "programme.pub"
        self.policy_pub = root / "keys" / "policy.pub"
        self.broker = root / "broker"
        self.store = root / "store.sqlite"

    def prepare(self) -> None:
        """Make the folders and the programme key where they are missing."""
        with _told(self.root):
            for name in ("keys", "nodes", "policies", "applied", "broker"):
                (self.root / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.programme_key.exists():
            keys.generate(self.programme_key)

    def lock(self, tries: int = 10) -> IO[bytes] | None:
        """Return the held lock of the running daemon, or None if another one holds it.

        It is tried for a second: `is_locked` holds it for a moment too.
        """
        with _told(self.root):
            file = (self.root / "daemon.lock").open("ab")
        for _ in range(tries):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.1)
            else:
                return file
        file.close()
        return None

    def is_locked(self) -> bool:
        """Return whether a daemon runs on this folder."""
        if not (self.root / "daemon.lock").exists():
            return False
        held = self.lock(tries=1)
        if held is not None:
            held.close()
        return held is None

    def enrolled(self) -> dict[NodeId, str]:
        """Return the hashed MQTT password of every enrolled node."""
        with _told(self.root):
            found = sorted((self.root / "nodes").glob("*.passwd"))
            return {NodeId(path.stem): path.read_text().strip() for path in found}

    def node_keys(self, nodes: Iterable[NodeId]) -> dict[NodeId, dict[str, Verify]]:
        """Return the keys that nodes sign with; a damaged one is logged and left out."""
        found = {}
        for node in nodes:
            try:
                found[node] = dict([keys.verifier(self.root / "nodes" / f"{node}.pub")])
            except StoreError as error:
                log.error("node.key-unreadable node=%s error=%s", node, error)
        return found

    def policies(self) -> dict[NodeId, SignedPolicy]:
        """Return every node's signed policy; a damaged one is logged and left out."""
        if not self.policy_pub.exists():
            return {}
        verify = dict([keys.verifier(self.policy_pub)])
        found = {}
        for path in sorted((self.root / "policies").glob("*.jws")):
            try:
                sealed = path.read_bytes()
                envelope, body = unseal(sealed, "policy", verify)
                found[NodeId(envelope.node)] = SignedPolicy(envelope, body, sealed)
            except (OSError, MessageError) as error:
                log.error("policy.unreadable file=%s error=%s", path, error)
        return found

    def current(self) -> Path | None:
        """Return the folder of the configuration in force, or None before the first."""
        try:
            name = (self.root / "applied" / "current").read_text().strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _store_error(self.root / "applied" / "current", error) from error
        return self.root / "applied" / name

    def zone_name(self) -> str:
        """Return the local zone of the configuration in force; UTC before the first."""
        snapshot = self.current()
        if snapshot is None:
            return "UTC"
        with _told(snapshot):
            return (snapshot / "zone").read_text(encoding="utf-8").strip()

    def apply(self, name: str, config: Path, rhymes: Path, zone: str) -> Path:
        """Copy a checked configuration under `name` and put it in force, whole or not at all."""
        folder = self.root / "applied" / name
        partial = folder.with_name(f".{name}.partial")
        with _told(folder):
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            _hand_over(partial)
            _copy_yaml(config, partial / "config")
            _copy_yaml(rhymes, partial / "rhymes")
            write_whole(partial / "zone", f"{zone}\n".encode())
            shutil.rmtree(folder, ignore_errors=True)
            partial.rename(folder)
            write_whole(self.root / "applied" / "current", f"{name}\n".encode())
            self._forget(folder)
        return folder

    def enrol(self, node: NodeId, public: bytes, hashed: str) -> None:
        """Take a node in: its public key and its hashed password."""
        with _told(self.root):
            write_whole(self.root / "nodes" / f"{node}.pub", public)
            write_whole(self.root / "nodes" / f"{node}.passwd", f"{hashed}\n".encode())

    def put_policy(self, node: NodeId, sealed: bytes) -> None:
        """Lay a signed policy where the daemon finds it."""
        with _told(self.root):
            write_whole(self.root / "policies" / f"{node}.jws", sealed)

    def marks(self) -> dict[str, object]:
        """Return a mark of each part, which changes when the part does."""
        return {
            "nodes": _marks(self.root / "nodes"),
            "policies": _marks(self.root / "policies"),
            "applied": _mark(self.root / "applied" / "current"),
        }

    def _forget(self, current: Path) -> None:
        """Remove all but the newest snapshots."""
        snapshots = [path for path in current.parent.iterdir() if path.is_dir()]
        snapshots.sort(key=lambda path: path.stat().st_mtime_ns)
        for path in snapshots[:-SNAPSHOTS_KEPT]:
            if path != current:
                shutil.rmtree(path, ignore_errors=True)


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file so that nobody ever reads half of it; readable by its owner only."""
    partial = path.with_name(f".{path.name}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    _hand_over(partial)
    partial.replace(path)


def _hand_over(path: Path) -> None:
    """Let what root made belong to whom its folder does, so that the daemon can read it."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def file_mark(path: Path) -> object:
    """Return what changes when a file is written anew; None while it is not there."""
    return _mark(path)


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _marks(folder: Path) -> tuple[object, ...]:
    """Return the marks of a folder's finished files."""
    names = sorted(path for path in folder.glob("[!.]*") if path.is_file())
    return tuple((path.name, _mark(path)) for path in names)


def _copy_yaml(source: Path, target: Path) -> None:
    target.mkdir()
    _hand_over(target)
    for path in sorted(source.glob("*.yaml")):
        shutil.copyfile(path, target / path.name)
        _hand_over(target / path.name)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _store_error(path, error) from error


def _store_error(path: Path, error: OSError) -> StoreError:
    return StoreError(f"无法读写 {path}：{error.strerror} / cannot use {path}: {error}")
