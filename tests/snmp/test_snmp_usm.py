"""Keys, MACs and ciphers against the vectors of the RFCs, and what lies in the window of an engine's time."""

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
# RFC 7860 publishes no keys. These of the same password and engine are the ones that other implementations test against
# (snmpio, async-snmp, pysnmp-based suites), each made from RFC 3414 appendix A.2 with another library.
SHA2_KEYS: list[tuple[usm.AuthProtocol, str, str]] = [
    (
        "sha224",
        "282a5867ee9aac639ad59df9572c7d3ac0fbc13a905b6df07dbbf00b",
        "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be682075674",
    ),
    (
        "sha256",
        "ab51014d1e077f6017df2b12bee5f5aa72993177e9bb569c4dff5a4ca0b4afac",
        "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b",
    ),
    (
        "sha384",
        "e06eccdf2c68a06ed034723c9c26e0db3b669e1e2efed49150b55377a2e98f383c86fb836857444654b287c93f51ff64",
        "3b298f16164a11184279d5432bf169e2d2a48307de02b3d3f7e2b4f36eb6f0455a53689a3937eea07319a633d2ccba78",
    ),
    (
        "sha512",
        "7e4396de5aadc77be853819b98c9406265b3a9c37cc3176569847a4e4f6fba63"
        "dd3a73d04924d31a63f95a601f9385af6be4ed1b37f87d040f7c6ed6f8d38a91",
        "22a5a36cedfcc085807a128d7bc6c2382167ad6c0dbc5fdff856740f3d84c099"
        "ad1ea87a8db096714d9788bd544047c9021e4229ce27e4c0a69250adfcffbb0b",
    ),
]
# RFC 2202 sections 2, 3 and RFC 4231 section 4.3, test case 2: key "Jefe"; RFC 3414 and 7860 say how much is the MAC.
MACS: list[tuple[usm.AuthProtocol, str]] = [
    ("md5", "750c783e6ab0b503eaa86e31"),
    ("sha", "effcdf6ae5eb2fa2d27416d5"),
    ("sha224", "a30e01098bc6dbbf45690f3a7e9e6d0f"),
    ("sha256", "5bdcc146bf60754e6a042426089575c75a003f089d273983"),
    ("sha384", "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"),
    (
        "sha512",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd",
    ),
]
# draft-blumenthal-aes-usm section 3.1.2.1 has the rule and no numbers; other implementations test against these.
BLUMENTHAL: list[tuple[usm.AuthProtocol, usm.PrivProtocol, str]] = [
    ("md5", "aes256", "526f5eed9fcce26f8964c2930787d82bfa24a92467426c2f4b09192be10dfaec"),
    ("sha", "aes192", "6695febc9288e36282235fc7151f128497b38f3f505e07eb"),
    ("sha", "aes256", "6695febc9288e36282235fc7151f128497b38f3f505e07eb9af25568fa1f5dbe"),
    ("sha224", "aes256", "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be682075674e82d9bf0"),
    ("sha256", "aes256", "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b"),
]
SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("protocol", "localized"),
    [("md5", "87021d7bd9d101ba05ea6e3bf9d9bd4a"), ("sha", "78e2dcce79d59403b58c1bbaa5bff46391f1cd25")],
)
def test_keys_of_a_changed_password(protocol: usm.AuthProtocol, localized: str) -> None:
    """RFC 3414 appendix A.5: the new password is newsyrup."""
    assert usm.localize(protocol, usm.master_key(protocol, b"newsyrup"), ENGINE).hex() == localized


@pytest.mark.parametrize(("protocol", "master", "localized"), [*KEYS, *SHA2_KEYS])
def test_keys_of_a_password(protocol: usm.AuthProtocol, master: str, localized: str) -> None:
    key = usm.master_key(protocol, PASSWORD)
    assert key.hex() == master
    assert usm.localize(protocol, key, ENGINE).hex() == localized


@pytest.mark.parametrize(("protocol", "extended"), REEDER)
def test_a_short_key_is_made_longer_as_cisco_does(protocol: usm.AuthProtocol, extended: str) -> None:
    user = User(b"u", protocol, b"", "aes256", usm.master_key(protocol, PASSWORD), "cisco")
    assert user.keys(ENGINE, "cisco").priv_key.hex() == extended


@pytest.mark.parametrize(("protocol", "priv", "extended"), BLUMENTHAL)
def test_a_short_key_is_made_longer_by_its_own_hash(
    protocol: usm.AuthProtocol, priv: usm.PrivProtocol, extended: str
) -> None:
    user = User(b"u", protocol, b"", priv, usm.master_key(protocol, PASSWORD), "blumenthal")
    assert user.keys(ENGINE).priv_key.hex() == extended


@pytest.mark.parametrize(("protocol", "mac"), MACS)
def test_macs_are_the_first_octets_of_the_hmac(protocol: usm.AuthProtocol, mac: str) -> None:
    assert usm.mac(protocol, b"Jefe", b"what do ya want for nothing?").hex() == mac


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


def test_what_is_encrypted_is_nothing_to_a_user_without_privacy() -> None:
    assert usm.decrypt(usm.Keys("sha", bytes(20)), b"octets", boots=1, engine_time=1, parameters=bytes(8)) is None


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
