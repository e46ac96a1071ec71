"""Ed25519 keys in PEM files, on the `cryptography` library."""

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from xiaolaba.adapters.whole_file import alone, write_whole
from xiaolaba.core.errors import StoreError
from xiaolaba.core.message.seal import Sign, Verify
from xiaolaba.core.refusal import refusal

_PUBLIC, _PRIVATE = ("公钥", "public key"), ("私钥", "private key")
_OTHER = "不是 Ed25519 密钥，或已损坏", "no Ed25519 key, or a damaged one"


def generate(path: Path) -> None:
    """Write a new private key, readable by its owner only; `.pub` beside it is its public half.

    The public half comes first: where there is a key, it is whole and so is the other.

    Raises:
        StoreError: if there is a key already: one is never overwritten.
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with alone(path.parent):
        if path.exists():
            raise StoreError(f"已有密钥 {path}，不会覆盖 / there is a key already: {path}")
        write_whole(path.with_suffix(".pub"), _pem(key.public_key()), 0o644)
        write_whole(path, private)


def public_half(path: Path) -> bytes:
    """Return the public half of a private key file, as the `.pub` beside it.

    Raises:
        StoreError: if the file is no Ed25519 private key.
    """
    return _pem(_private(path).public_key())


def opener(path: Path) -> tuple[str, Verify]:
    """Return the key id and verifying function of a private key file.

    Raises:
        StoreError: if the file is no Ed25519 private key.
    """
    return _verifier(_private(path).public_key())


def signer(path: Path) -> tuple[str, Sign]:
    """Return the key id and signing function of a private key file.

    Raises:
        StoreError: if the file is no Ed25519 private key.
    """
    key = _private(path)
    return _kid(key.public_key()), key.sign


def verifier(path: Path) -> tuple[str, Verify]:
    """Return the key id and verifying function of a public key file.

    Raises:
        StoreError: if the file is no Ed25519 public key.
    """
    data = _read(path, _PUBLIC)
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unusable(path, _PUBLIC, *_taken_for(_PUBLIC, data)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _unusable(path, _PUBLIC, *_OTHER)
    return _verifier(key)


def _verifier(key: Ed25519PublicKey) -> tuple[str, Verify]:
    def verify(message: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return _kid(key), verify


def _private(path: Path) -> Ed25519PrivateKey:
    data = _read(path, _PRIVATE)
    try:
        key = serialization.load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(path, _PRIVATE, *_taken_for(_PRIVATE, data)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable(path, _PRIVATE, *_OTHER)
    return key


def _read(path: Path, half: tuple[str, str]) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(path, half, refusal(error), error.strerror or str(error)) from error


def _taken_for(wanted: tuple[str, str], data: bytes) -> tuple[str, str]:
    """Return what a file is that holds no such half: the other one, or no key at all."""
    if wanted is _PRIVATE and b"BEGIN PUBLIC KEY" in data:
        zh, en = "这是公钥，要私钥，例如 policy.key", "it is the public half, the .key is wanted"
    elif wanted is _PUBLIC and b"PRIVATE KEY" in data:
        zh, en = "这是私钥，要公钥，例如 policy.pub", "it is the private key, the .pub is wanted"
    else:
        zh, en = _OTHER
    return zh, en


def _unusable(path: Path, half: tuple[str, str], zh: str, en: str) -> StoreError:
    return StoreError(f"{half[0]} {path} 用不了：{zh} / cannot use {half[1]} {path}: {en}")


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _kid(key: Ed25519PublicKey) -> str:
    """Return a key's id: the first 16 hex digits of the SHA-256 of its raw bytes."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]
