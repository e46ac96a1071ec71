import json
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from xiaolaba.core.errors import MessageError, SignatureError
from xiaolaba.core.message.seal import MAX_SEALED, Envelope, _encode, require_current, seal, unseal

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ENVELOPE = Envelope("playlist", "gate", 1, 7, 1000, 2000)
BODY = {"level": -6.0, "名字": "东门"}
REGISTRY = jws.JWSRegistry(algorithms=["EdDSA"])


def verify(message: bytes, signature: bytes) -> bool:
    try:
        KEY.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


KEYS = {"k": verify}
SEALED = seal(ENVELOPE, BODY, "k", KEY.sign)


def test_what_was_sealed_is_what_is_opened():
    assert unseal(SEALED, "playlist", KEYS) == (ENVELOPE, BODY)


def test_the_same_message_is_sealed_to_the_same_bytes():
    assert seal(ENVELOPE, dict(reversed(BODY.items())), "k", KEY.sign) == SEALED


@pytest.mark.parametrize("field", ["generation", "revision", "not_before", "expires"])
@pytest.mark.parametrize("number", [-1, 2**53])
def test_a_number_that_nobody_reads_is_never_sealed(field, number):
    with pytest.raises(MessageError, match="malformed"):
        seal(replace(ENVELOPE, **{field: number}), BODY, "k", KEY.sign)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
@settings(max_examples=500)
def test_a_message_with_any_byte_changed_is_refused(at, flip):
    changed = bytearray(SEALED)
    changed[at] ^= flip

    with pytest.raises(MessageError):
        unseal(bytes(changed), "playlist", KEYS)


def test_the_unused_bits_of_the_signatures_last_letter_cannot_be_changed_either():
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    opened = 0
    for letter in alphabet:
        try:
            unseal(SEALED[:-1] + bytes([letter]), "playlist", KEYS)
        except MessageError:
            continue
        opened += 1

    assert opened == 1


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_rubbish_is_refused_and_never_anything_worse(rubbish):
    with pytest.raises(MessageError):
        unseal(rubbish, "playlist", KEYS)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["kind", "node", "gen", "rev", "nbf", "exp", "body"]), values)
)
def test_signed_rubbish_is_opened_as_an_envelope_or_refused(payload):
    sealed = sign_raw({"alg": "EdDSA", "kid": "k", "typ": "xiaolaba-playlist"}, payload)

    try:
        envelope, body = unseal(sealed, "playlist", KEYS)
    except MessageError:
        return

    assert envelope.kind == "playlist"
    assert isinstance(body, dict)


def sign_raw(header, payload):
    signed = _encode(json.dumps(header).encode()) + b"." + _encode(json.dumps(payload).encode())
    return signed + b"." + _encode(KEY.sign(signed))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "k", "typ": "xiaolaba-playlist"},
        {"alg": "HS256", "kid": "k", "typ": "xiaolaba-playlist"},
        {"alg": "EdDSA", "kid": "unknown", "typ": "xiaolaba-playlist"},
        {"alg": "EdDSA", "typ": "xiaolaba-playlist"},
        {"alg": "EdDSA", "kid": "k", "typ": "xiaolaba-playlist", "crit": ["exp"]},
    ],
    ids=[
        "no algorithm",
        "another algorithm",
        "unknown key",
        "no key",
        "an extension to understand",
    ],
)
def test_a_header_that_promises_no_known_signature_is_refused(header):
    with pytest.raises(SignatureError):
        unseal(sign_raw(header, {}), "playlist", KEYS)


def test_a_message_of_another_key_under_a_known_name_is_refused():
    with pytest.raises(SignatureError):
        unseal(seal(ENVELOPE, BODY, "k", OTHER.sign), "playlist", KEYS)


def test_a_message_of_another_kind_is_refused():
    with pytest.raises(MessageError, match="wrong-kind"):
        unseal(SEALED, "policy", KEYS)


def test_a_message_that_is_too_long_is_not_even_looked_at():
    with pytest.raises(MessageError, match="too-large"):
        unseal(b"a" * (MAX_SEALED + 1), "playlist", KEYS)


@pytest.mark.parametrize(
    ("node", "latest", "now", "code"),
    [
        ("yard", None, 1500, "wrong-node"),
        ("gate", (1, 8), 1500, "old-revision"),
        ("gate", (2, 1), 1500, "old-revision"),
        ("gate", None, 999, "not-yet"),
        ("gate", None, 2000, "expired"),
    ],
    ids=["another node's", "an older revision", "an older generation", "too early", "too late"],
)
def test_a_message_that_does_not_hold_is_refused_with_its_code(node, latest, now, code):
    with pytest.raises(MessageError) as refused:
        require_current(ENVELOPE, node, latest, now)

    assert refused.value.code == code


def test_the_same_revision_may_be_read_twice():
    require_current(ENVELOPE, "gate", (1, 7), 1500)
    require_current(ENVELOPE, "gate", (1, 6), 1000)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
def test_another_library_opens_what_we_seal():
    public = OKPKey.import_key(public_jwk())

    opened = jws.deserialize_compact(SEALED, public, registry=REGISTRY)

    assert json.loads(opened.payload)["body"] == BODY


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
def test_we_open_what_another_library_seals():
    payload = {"kind": "ack", "node": "gate", "gen": 1, "rev": 2, "nbf": 0, "exp": 9, "body": {}}
    header = {"alg": "EdDSA", "kid": "k", "typ": "xiaolaba-ack"}
    sealed = jws.serialize_compact(
        header, json.dumps(payload).encode(), OKPKey.import_key(private_jwk()), registry=REGISTRY
    )

    envelope, body = unseal(sealed.encode(), "ack", KEYS)

    assert (envelope.order, body) == ((1, 2), {})


def public_jwk():
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(KEY.public_key().public_bytes_raw())}


def private_jwk():
    return public_jwk() | {"d": b64(KEY.private_bytes_raw())}


def b64(raw):
    return _encode(raw).decode()
