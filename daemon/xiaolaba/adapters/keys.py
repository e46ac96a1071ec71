"""Ed25519 keys in PEM files, on the `cryptography` library."""

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from xiaolaba.core.errors import StoreError
from xiaolaba.core.seal import Sign, Verify


def generate(path: Path) -> None:
    """Write a new private key, readable by its owner only; `.pub` beside it is its public half.

    Raises:
        StoreError: if there is a key already: one is never overwritten.
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(private)
    except OSError as error:
        raise StoreError(f"cannot write key {path}: {error.strerror}") from error
    path.with_suffix(".pub").write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def signer(path: Path) -> tuple[str, Sign]:
    """Return the key id and signing function of a private key file.

    Raises:
        StoreError: if the file is no Ed25519 private key.
    """
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"cannot read private key {path}: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise StoreError(f"{path} is no Ed25519 private key")
    return _kid(key.public_key()), key.sign


def verifier(path: Path) -> tuple[str, Verify]:
    """Return the key id and verifying function of a public key file.

    Raises:
        StoreError: if the file is no Ed25519 public key.
    """
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read public key {path}: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise StoreError(f"{path} is no Ed25519 public key")

    def verify(message: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return _kid(key), verify


def _kid(key: Ed25519PublicKey) -> str:
    """Return a key's id: the first 16 hex digits of the SHA-256 of its raw bytes."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]
