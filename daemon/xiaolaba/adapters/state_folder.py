"""The daemon's state folder: keys, enrolled nodes, signed policies, applied configurations.

keys/programme.key .pub   signs playlists and acknowledgements
keys/policy.pub           opens policies; its private half lies elsewhere
nodes/<id>.pub .passwd    an enrolled node: its key, its hashed MQTT password
retired/<id>/             what a node was enrolled with that is no longer
policies/<id>.jws         signed by `xiaolaba policy publish`
holds.jws                 the messages about nodes' holds, a line each
applied/<name>/           configurations as applied; `applied/current` names the one in force
broker/  store.sqlite  daemon.lock
"""

import fcntl
import logging
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from xiaolaba.adapters import keys
from xiaolaba.adapters.folder_marks import FolderMarks, mark
from xiaolaba.adapters.hold_file import HoldFile, lines
from xiaolaba.adapters.owner import as_owner, owned
from xiaolaba.adapters.whole_file import make_folder, told, write_whole
from xiaolaba.core.errors import MessageError, StoreError
from xiaolaba.core.message.seal import Envelope, Sign, Verify, unseal
from xiaolaba.core.sounding.hold import Held, Keys
from xiaolaba.core.units import NodeId

SNAPSHOTS_KEPT = 30

_ID = re.compile("[a-z0-9][a-z0-9-]{0,31}")
_HASHED = re.compile(r"[$A-Za-z0-9+/=]{1,300}")
_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9-]{0,63}")

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
        self.hold_file = HoldFile(root, self._hold_keys)
        self._nodes, self._policies = FolderMarks(root / "nodes"), FolderMarks(root / "policies")

    @owned
    def prepare(self) -> None:
        """Make the folders and the programme key where they are missing."""
        make_folder(self.root)
        for name in ("keys", "nodes", "policies", "applied", "broker"):
            make_folder(self.root / name)
        if not self.programme_key.exists():
            keys.generate(self.programme_key)

    @owned
    def trust(self, public: bytes) -> None:
        """Let this be the key that opens policies."""
        write_whole(self.policy_pub, public)

    @owned
    def policy_key(self) -> dict[str, Verify]:
        """Return the key that opens policies by its id; nothing before there is one."""
        return dict([keys.verifier(self.policy_pub)]) if self.policy_pub.exists() else {}

    @owned
    def programme_public(self) -> bytes:
        """Return the public half of the programme key, for an identity."""
        return keys.public_half(self.programme_key)

    @owned
    def signer(self) -> tuple[str, Sign]:
        """Return the programme key's id and signing function."""
        return keys.signer(self.programme_key)

    @owned
    def lock(self, tries: int = 10) -> IO[bytes] | None:
        """Return the held lock of the running daemon, or None if another one holds it.

        It is tried for a second: `is_locked` holds it for a moment too.
        """
        with told(self.root):
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

    @owned
    def is_locked(self) -> bool:
        """Return whether a daemon runs on this folder."""
        if not (self.root / "daemon.lock").exists():
            return False
        held = self.lock(tries=1)
        if held is not None:
            held.close()
        return held is None

    @owned
    def enrolled(self) -> dict[NodeId, str]:
        """Return the hashed MQTT password of every enrolled node; a damaged one is left out."""
        found = {}
        with told(self.root):
            for path in sorted((self.root / "nodes").glob("*.passwd")):
                hashed = path.read_text(encoding="utf-8", errors="replace").strip()
                if _ID.fullmatch(path.stem) and _HASHED.fullmatch(hashed):
                    found[NodeId(path.stem)] = hashed
                else:
                    log.error("node.password-unreadable file=%s", path)
        return found

    @owned
    def node_keys(self, nodes: Iterable[NodeId]) -> dict[NodeId, dict[str, Verify]]:
        """Return the keys that nodes sign with; a damaged one is logged and left out."""
        found = {}
        for node in nodes:
            try:
                found[node] = dict([keys.verifier(self.root / "nodes" / f"{node}.pub")])
            except StoreError as error:
                log.error("node.key-unreadable node=%s error=%s", node, error)
        return found

    @owned
    def policies(self, key: Mapping[str, Verify] | None = None) -> dict[NodeId, SignedPolicy]:
        """Return every node's signed policy; a damaged one is logged and left out.

        `key` opens them; without one it is the key that lies in the folder.
        """
        verify = self.policy_key() if key is None else key
        found: dict[NodeId, SignedPolicy] = {}
        for path in sorted((self.root / "policies").glob("*.jws")) if verify else ():
            try:
                sealed = path.read_bytes()
                envelope, body = unseal(sealed, "policy", verify)
            except (OSError, MessageError) as error:
                log.error("policy.unreadable file=%s error=%s", path, error)
                continue
            known = found.get(NodeId(envelope.node))
            if known is None or known.envelope.order < envelope.order:
                found[NodeId(envelope.node)] = SignedPolicy(envelope, body, sealed)
        return found

    def holds(self) -> dict[NodeId, tuple[Held, ...]]:
        """Return the last message about each node's holds, see `hold.opened`."""
        return {node: row[-1] for node, row in self.hold_file.messages().items()}

    @owned
    def current(self) -> Path | None:
        """Return the folder of the configuration in force, or None before the first."""
        path = self.root / "applied" / "current"
        if not path.exists():
            return None
        with told(path):
            name = path.read_text(encoding="utf-8", errors="replace").strip()
        if not _NAME.fullmatch(name):
            raise StoreError(f"{path} 已损坏，请重新 apply / {path} is damaged: apply again")
        return path.with_name(name)

    @owned
    def zone_name(self) -> str:
        """Return the local zone of the configuration in force; UTC before the first."""
        snapshot = self.current()
        if snapshot is None:
            return "UTC"
        with told(snapshot):
            return (snapshot / "zone").read_text(encoding="utf-8").strip()

    def apply(self, name: str, config: Path, rhymes: Path, zone: str) -> Path:
        """Copy a checked configuration under `name` and put it in force, whole or not at all.

        Equal names are equal contents: what is there already is not copied again.
        """
        folder = self.root / "applied" / name
        read = {"config": _yaml(config), "rhymes": _yaml(rhymes)}  # perhaps only root may
        with as_owner(self.root), told(folder):
            if not folder.exists():
                _lay_down(folder, read, zone)
            write_whole(self.root / "applied" / "current", f"{name}\n".encode())
            self._forget(folder)
        return folder

    @owned
    def enrol(self, node: NodeId, public: bytes, hashed: str) -> None:
        """Take a node in: its public key and its hashed password."""
        with told(self.root):
            write_whole(self.root / "nodes" / f"{node}.pub", public)
            write_whole(self.root / "nodes" / f"{node}.passwd", f"{hashed}\n".encode())

    @owned
    def retire(self, node: NodeId) -> Path:
        """Let a node go: what it was enrolled with is moved to a folder that is returned.

        The password goes first, so that a node half gone is shut out.
        """
        archive = self.root / "retired" / node
        with told(archive):
            make_folder(archive.parent)
            make_folder(archive)
            for name in (f"nodes/{node}.passwd", f"nodes/{node}.pub", f"policies/{node}.jws"):
                path = self.root / name
                if path.exists():
                    path.replace(archive / path.name)
        with self.hold_file.changing() as messages:
            if node in messages:
                write_whole(archive / "holds.jws", lines({node: messages.pop(node)}))
                self.hold_file.put(messages, ())
        return archive

    @owned
    def put_policy(self, node: NodeId, sealed: bytes) -> None:
        """Lay a signed policy where the daemon finds it."""
        with told(self.root):
            write_whole(self.root / "policies" / f"{node}.jws", sealed)

    def _hold_keys(self) -> tuple[Keys, Keys]:
        return dict([keys.verifier(self.programme_pub)]), self.policy_key()

    @owned
    def marks(self) -> dict[str, object]:
        """Return a mark of each part, which changes when the part does."""
        return {
            "nodes": self._nodes.look(),
            "policies": self._policies.look(),
            "holds": mark(self.hold_file.path),
            "applied": mark(self.root / "applied" / "current"),
        }

    def _forget(self, current: Path) -> None:
        """Remove all but the newest snapshots."""
        snapshots = [path for path in current.parent.iterdir() if path.is_dir()]
        snapshots.sort(key=lambda path: path.stat().st_mtime_ns)
        for path in snapshots[:-SNAPSHOTS_KEPT]:
            if path != current:
                shutil.rmtree(path, ignore_errors=True)


def _yaml(source: Path) -> dict[str, bytes]:
    """Return every YAML file of a folder."""
    with told(source):
        return {path.name: path.read_bytes() for path in sorted(source.glob("*.yaml"))}


def _lay_down(folder: Path, read: Mapping[str, Mapping[str, bytes]], zone: str) -> None:
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    make_folder(partial)
    for part, files in read.items():
        make_folder(partial / part)
        for name, content in files.items():
            write_whole(partial / part / name, content)
    write_whole(partial / "zone", f"{zone}\n".encode())
    partial.rename(folder)
