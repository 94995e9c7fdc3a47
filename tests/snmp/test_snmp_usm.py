"""Keys, MACs and ciphers against the vectors of the RFCs, and what lies in the window of an engine's time."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.snmp import usm
from netmon.snmp.engines import LAST_BOOTS, Clock, OwnEngine
from netmon.snmp.user import User

ENGINE = bytes.fromhex("000000000000000000000002")
PASSWORD = b"maplesyrup"

# RFC 3414 appendix A.3.1 and A.3.2: protocol, key of the password, key localized to ENGINE.
KEYS = [
    ("md5", "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
    ("sha", "9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f"),
]
# draft-reeder-snmpv3-usm-3desede section 5: keys of 32 octets from the same password and engine.
REEDER = [
    ("md5", "526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0a3a40abfac5acc12"),
    ("sha", "6695febc9288e36282235fc7151f128497b38f3f9b8b6d78936ba6e7d19dfd9c"),
]
SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("protocol", "localized"),
    [("md5", "87021d7bd9d101ba05ea6e3bf9d9bd4a"), ("sha", "78e2dcce79d59403b58c1bbaa5bff46391f1cd25")],
)
def test_keys_of_a_changed_password(protocol: usm.AuthProtocol, localized: str) -> None:
    """RFC 3414 appendix A.5: the new password is newsyrup."""
    assert usm.localize(protocol, usm.master_key(protocol, b"newsyrup"), ENGINE).hex() == localized


@pytest.mark.parametrize(("protocol", "master", "localized"), KEYS)
def test_keys_of_a_password(protocol: usm.AuthProtocol, master: str, localized: str) -> None:
    key = usm.master_key(protocol, PASSWORD)
    assert key.hex() == master
    assert usm.localize(protocol, key, ENGINE).hex() == localized


@pytest.mark.parametrize(("protocol", "extended"), REEDER)
def test_a_short_key_is_made_longer_as_cisco_does(protocol: usm.AuthProtocol, extended: str) -> None:
    user = User(b"u", protocol, b"", "aes256", usm.master_key(protocol, PASSWORD), "cisco")
    assert user.keys(ENGINE, "cisco").priv_key.hex() == extended


def test_a_short_key_is_made_longer_by_its_own_hash() -> None:
    localized = usm.localize("sha", usm.master_key("sha", PASSWORD), ENGINE)
    user = User(b"u", "sha", b"", "aes256", usm.master_key("sha", PASSWORD), "blumenthal")
    assert user.keys(ENGINE).priv_key == (localized + hashlib.sha1(localized).digest())[:32]


def test_which_keys_are_long_enough() -> None:
    short = {(auth, priv) for auth in usm.MAC_SIZES for priv in usm.KEY_SIZES if usm.needs_extension(auth, priv)}
    assert short == {
        ("md5", "aes192"), ("md5", "aes256"), ("sha", "aes192"), ("sha", "aes256"), ("sha224", "aes256")
    }  # fmt: skip


def test_a_password_below_eight_octets_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter than 8"):
        usm.master_key("sha", b"1234567")


def test_a_localized_key_is_taken_as_it_is() -> None:
    key = usm.localize("sha", usm.master_key("sha", PASSWORD), ENGINE)
    assert User(b"u", "sha", key, engine_id=ENGINE).keys(ENGINE).auth_key == key


def test_no_key_is_ever_shown() -> None:
    user = User(b"u", "sha", b"secret-master", "aes128", b"secret-private")
    assert "secret" not in repr(user)
    assert repr(user.keys(ENGINE)) == "Keys(auth='sha', priv='aes128')"


# NIST SP 800-38A, F.3.13 (CFB128-AES128): the salt and the times stand in the vector 00 01 .. 0f.
def test_aes_is_cfb_128() -> None:
    keys = usm.Keys("sha", b"", "aes128", bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"))
    plain = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
    wanted = "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"
    boots, time, salt = 0x00010203, 0x04050607, 0x08090A0B0C0D0E0F
    octets, parameters = usm.encrypt(keys, plain, boots=boots, engine_time=time, salt=salt)
    assert octets.hex() == wanted
    assert usm.decrypt(keys, octets, boots=boots, engine_time=time, parameters=parameters) == plain


@given(st.sampled_from(sorted(usm.KEY_SIZES)), st.binary(min_size=1, max_size=300), st.integers(0, (1 << 64) - 1))
def test_what_was_encrypted_is_decrypted(priv: usm.PrivProtocol, plain: bytes, salt: int) -> None:
    keys = usm.Keys("sha256", b"", priv, bytes(range(usm.KEY_SIZES[priv])))
    octets, parameters = usm.encrypt(keys, plain, boots=7, engine_time=9, salt=salt)
    assert len(plain) < 8 or octets != plain, "a few octets may be the same by chance"
    found = usm.decrypt(keys, octets, boots=7, engine_time=9, parameters=parameters)
    assert found is not None
    assert found[: len(plain)] == plain
    assert len(found) - len(plain) < (8 if priv == "des" else 1)


@given(st.sampled_from(sorted(usm.KEY_SIZES)), st.binary(max_size=40), st.binary(max_size=12))
def test_noise_is_decrypted_to_noise_or_nothing_and_never_raises(
    priv: usm.PrivProtocol, octets: bytes, parameters: bytes
) -> None:
    keys = usm.Keys("sha256", b"", priv, bytes(usm.KEY_SIZES[priv]))
    found = usm.decrypt(keys, octets, boots=1, engine_time=1, parameters=parameters)
    assert found is None or len(found) == len(octets)


@pytest.mark.parametrize(
    ("boots", "time", "in_time"),
    [(3, 1000, True), (3, 850, True), (3, 849, False), (3, 90_000, True), (4, 0, True), (2, 5000, False),
     (LAST_BOOTS, 1000, False)],
)  # fmt: skip
def test_the_window_of_a_foreign_engine(boots: int, time: int, in_time: bool) -> None:
    assert Clock(3, 1000, 0).is_in_time(boots, time) is in_time


def test_a_clock_moves_forward_only_unless_the_engine_itself_sets_it() -> None:
    clock = Clock(3, 1000, 0)
    clock.saw(3, 900, 5 * SECOND)
    assert clock.now(10 * SECOND) == (3, 1010)
    clock.saw(4, 2, 10 * SECOND)
    assert clock.now(11 * SECOND) == (4, 3)
    clock.set(1, 7, 11 * SECOND)
    assert clock.now(11 * SECOND) == (1, 7)


@pytest.mark.parametrize(
    ("boots", "time", "in_time"), [(5, 100, True), (5, 250, True), (5, 251, False), (4, 100, False), (6, 100, False)]
)
def test_the_window_of_the_own_engine(boots: int, time: int, in_time: bool) -> None:
    assert OwnEngine(b"12345", 5, 0).is_in_time(boots, time, 100 * SECOND) is in_time


def test_an_engine_at_the_last_boots_takes_nothing() -> None:
    assert not OwnEngine(b"12345", LAST_BOOTS, 0).is_in_time(LAST_BOOTS, 0, 0)
