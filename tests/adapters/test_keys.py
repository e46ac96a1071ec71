import threading
from pathlib import Path

import pytest

from xiaolaba.adapters import keys
from xiaolaba.core.errors import StoreError


def test_a_key_and_its_public_half_fit(tmp_path: Path):
    keys.generate(tmp_path / "a.key")

    kid, sign = keys.signer(tmp_path / "a.key")
    same, verify = keys.verifier(tmp_path / "a.pub")

    assert kid == same
    assert verify(b"message", sign(b"message"))
    assert not verify(b"massage", sign(b"message"))
    assert keys.public_half(tmp_path / "a.key") == (tmp_path / "a.pub").read_bytes()
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path):
    keys.generate(tmp_path / "a.key")
    before = (tmp_path / "a.key").read_bytes()

    with pytest.raises(StoreError, match=r"已有密钥 .*a\.key"):
        keys.generate(tmp_path / "a.key")

    assert (tmp_path / "a.key").read_bytes() == before


def test_there_is_no_key_without_its_public_half(tmp_path: Path):
    (tmp_path / "a.pub").mkdir()

    with pytest.raises(StoreError, match=r"a\.pub"):
        keys.generate(tmp_path / "a.key")

    assert not (tmp_path / "a.key").exists()


def test_what_a_power_cut_left_half_written_does_not_stand_in_the_way(tmp_path: Path):
    (tmp_path / ".a.key.partial").write_bytes(b"-----BEGIN PRIV")

    keys.generate(tmp_path / "a.key")

    assert keys.signer(tmp_path / "a.key")[0] == keys.verifier(tmp_path / "a.pub")[0]


def test_of_many_that_make_the_same_key_at_once_one_does(tmp_path: Path):
    refused: list[StoreError] = []

    def make() -> None:
        try:
            keys.generate(tmp_path / "a.key")
        except StoreError as error:
            refused.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 7
    assert keys.signer(tmp_path / "a.key")[0] == keys.verifier(tmp_path / "a.pub")[0]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"rubbish",
        b"-----BEGIN PUBLIC KEY-----\nMBAwBwYDKgMEBQADBQABAgME\n-----END PUBLIC KEY-----\n",
    ],
    ids=["nothing", "rubbish", "a key of a kind that nobody knows"],
)
def test_a_damaged_key_is_named(tmp_path: Path, damage: bytes):
    path = tmp_path / "a.pub"
    path.write_bytes(damage)

    with pytest.raises(StoreError, match=r"公钥 .*a\.pub.*public key"):
        keys.verifier(path)
    with pytest.raises(StoreError, match=r"私钥 .*a\.pub.*private key"):
        keys.signer(path)


def test_a_key_taken_for_its_other_half_is_told_apart(tmp_path: Path):
    keys.generate(tmp_path / "a.key")

    with pytest.raises(StoreError, match=r"a\.pub 用不了：这是公钥，要私钥.*is the public half"):
        keys.signer(tmp_path / "a.pub")
    with pytest.raises(StoreError, match=r"a\.key 用不了：这是私钥，要公钥.*is the private key"):
        keys.verifier(tmp_path / "a.key")


def test_a_key_that_is_not_there_is_told_in_chinese(tmp_path: Path):
    with pytest.raises(StoreError, match=r"公钥 .*a\.pub 用不了：没有这个文件"):
        keys.verifier(tmp_path / "a.pub")
