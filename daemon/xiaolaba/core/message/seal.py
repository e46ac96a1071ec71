"""Seal and open messages: JWS compact serialisation (RFC 7515) with EdDSA (RFC 8037).

The exact bytes are signed, so nobody needs canonical JSON. Cryptography is
handed in as functions. Every sealed message names its kind, its node, a
generation and revision that only grow, and when it holds; `require_current`
refuses anything else with a code.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xiaolaba.core.errors import MessageError, SignatureError
from xiaolaba.core.message.strict import MOST, dump, load

Sign = Callable[[bytes], bytes]
"""Return the 64-byte Ed25519 signature of the bytes."""

Verify = Callable[[bytes, bytes], bool]
"""Return whether (message, signature) was signed by one known key; compares in constant time."""

MAX_SEALED = 64 * 1024
"""Longest sealed message that is looked at, in bytes; the largest real one is a policy of 10 KB."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a message is for and when it holds; times are Unix seconds.

    (generation, revision) orders the messages of one kind to one node.
    """

    kind: str
    node: str
    generation: int
    revision: int
    not_before: int
    expires: int

    @property
    def order(self) -> tuple[int, int]:
        """What only grows."""
        return self.generation, self.revision


def seal(envelope: Envelope, body: Mapping[str, Any], kid: str, sign: Sign) -> bytes:
    """Return `body` in its envelope, signed by the key that `kid` names.

    Raises:
        MessageError: if the envelope has a number that nobody would read.
    """
    _require_numbers(envelope.generation, envelope.revision, envelope.not_before, envelope.expires)
    header = {"alg": "EdDSA", "kid": kid, "typ": f"xiaolaba-{envelope.kind}"}
    payload = {
        "kind": envelope.kind,
        "node": envelope.node,
        "gen": envelope.generation,
        "rev": envelope.revision,
        "nbf": envelope.not_before,
        "exp": envelope.expires,
        "body": body,
    }
    signed = _encode(dump(header)) + b"." + _encode(dump(payload))
    return signed + b"." + _encode(sign(signed))


def unseal(sealed: bytes, kind: str, keys: Mapping[str, Verify]) -> tuple[Envelope, dict[str, Any]]:
    """Return envelope and body of a message of `kind` signed by one of `keys`.

    Raises:
        SignatureError: if no key of `keys` signed these bytes.
        MessageError: if they are too long, malformed or of another kind.
    """
    if len(sealed) > MAX_SEALED:
        raise MessageError("too-large", f"{len(sealed)} bytes, at most {MAX_SEALED}")
    parts = sealed.split(b".")
    if len(parts) != 3:
        raise MessageError("malformed", "not three parts separated by dots")
    header = load(_decode(parts[0]))
    verify = keys.get(str(header.get("kid")))
    if header.get("alg") != "EdDSA" or "crit" in header or verify is None:
        raise SignatureError(f"unknown key {str(header.get('kid'))[:40]!r} or algorithm")
    if not verify(parts[0] + b"." + parts[1], _decode(parts[2])):
        raise SignatureError("the signature does not fit the bytes")
    payload = load(_decode(parts[1]))
    if payload.get("kind") != kind or header.get("typ") != f"xiaolaba-{kind}":
        raise MessageError("wrong-kind", f"{payload.get('kind')!r}, expected {kind!r}")
    return _envelope(payload), _body(payload)


def signer_of(sealed: bytes) -> str:
    """Return the key id that a message, which `unseal` took, was signed with."""
    return str(load(_decode(sealed.split(b".")[0])).get("kid"))


def require_current(
    envelope: Envelope, node: str, latest: tuple[int, int] | None, now: int
) -> None:
    """Refuse a message that is for another node, older than `latest`, too early or too late.

    `latest` is the highest order applied so far; the same order again is let
    through, so that a retained message may be read twice.

    Raises:
        MessageError: with code wrong-node, old-revision, not-yet or expired.
    """
    if envelope.node != node:
        raise MessageError("wrong-node", f"for {envelope.node!r}, this is {node!r}")
    if latest is not None and envelope.order < latest:
        raise MessageError("old-revision", f"{envelope.order} is older than {latest}")
    if now < envelope.not_before:
        raise MessageError("not-yet", f"holds from {envelope.not_before}, now is {now}")
    if now >= envelope.expires:
        raise MessageError("expired", f"held until {envelope.expires}, now is {now}")


def _envelope(payload: dict[str, Any]) -> Envelope:
    kind, node = payload.get("kind"), payload.get("node")
    numbers = [payload.get(name) for name in ("gen", "rev", "nbf", "exp")]
    if not isinstance(kind, str) or not isinstance(node, str):
        raise MessageError("malformed", "kind and node must be text")
    _require_numbers(*numbers)
    return Envelope(kind, node, *numbers)  # type: ignore[arg-type]  # ints, checked above


def _require_numbers(*numbers: Any) -> None:
    if not all(type(number) is int and 0 <= number < MOST for number in numbers):
        raise MessageError("malformed", "gen, rev, nbf and exp must be whole numbers")


def _body(payload: dict[str, Any]) -> dict[str, Any]:
    body = payload.get("body")
    if not isinstance(body, dict):
        raise MessageError("malformed", "the body is not an object")
    return body


def _encode(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _decode(part: bytes) -> bytes:
    """Read base64url in its one canonical form, so that no two texts mean the same bytes."""
    try:
        raw = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except binascii.Error as error:
        raise MessageError("malformed", "not base64url") from error
    if _encode(raw) != part:
        raise MessageError("malformed", "not base64url")
    return raw
