"""Traps of version 3: who may send them, whose engine is believed, and what a forger achieves."""

import pytest

from netmon.snmp import ber, secured, usm
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import LAST_BOOTS, Clock
from netmon.snmp.pdu import V2_TRAP
from netmon.snmp.user import User
from netmon.sources.credential import Credential
from netmon.sources.traps.engines import Senders, Told

ENGINE = bytes.fromhex("80007ed904aabbccdd")
OTHER = ENGINE + b"x"
MASTER = usm.master_key("sha", b"authpassword")
WRONG = usm.master_key("sha", b"another password")
USER = User(b"netmon", "sha", MASTER, "aes128", MASTER)
SIGNED = User(b"signed", "sha256", usm.master_key("sha256", b"authpassword"))


def sent(
    user: User, *, engine_id: bytes = ENGINE, boots: int = 3, time: int = 1_000, extension: usm.Extension = "blumenthal"
) -> secured.Secured:
    name = write_varbind(("1.3.6.1.6.3.1.1.4.1.0", ber.OBJECT_IDENTIFIER, "1.3.6.1.6.3.1.1.5.3"))
    scoped = secured.scoped_pdu(engine_id, b"vrf-a", ber.tlv(V2_TRAP, write_pdu(7, 0, 0, [name])))
    envelope = secured.Envelope(1, engine_id, boots, time, user.name)
    return secured.read(secured.seal(envelope, scoped, user.keys(engine_id, extension), salt=5))


def senders(*users: User, engines: dict[bytes, str] | None = None, learn: bool = True) -> Senders:
    credentials = [Credential(f"c-{user.name.decode()}", version="v3", user=user) for user in users]
    return Senders(credentials, engines or {}, learn=learn)


def judge(one: Senders, found: secured.Secured) -> Told | str:
    return one.judge(found, at_ms=5_000, now_ns=0)


@pytest.mark.parametrize("user", [User(b"open"), SIGNED, USER], ids=lambda user: user.level)
def test_a_trap_of_a_user_is_told_with_its_credential_and_context(user: User) -> None:
    told = judge(senders(user), sent(user))
    assert isinstance(told, Told)
    assert (told.credential, told.opened.context) == (f"c-{user.name.decode()}", b"vrf-a")
    assert told.opened.message.varbinds[0][2] == "1.3.6.1.6.3.1.1.5.3"


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (User(b"stranger", "sha", MASTER, "aes128", MASTER), "unknown_user"),
        (User(b"netmon", "sha", WRONG, "aes128", MASTER), "wrong_digest"),
        (User(b"netmon", "sha", MASTER, "aes128", WRONG), "decryption_failed"),
        (User(b"netmon", "sha", MASTER), "unsupported_security_level"),
        (User(b"netmon"), "unsupported_security_level"),
    ],
    ids=["user", "digest", "privacy", "signed only", "nothing"],
)
def test_what_is_not_proven_is_refused_and_teaches_nothing(user: User, reason: str) -> None:
    one = senders(USER)
    assert judge(one, sent(user)) == reason
    assert one.known() == {}
    assert len(one._keys) == 0


def test_forged_engines_fill_nothing() -> None:
    one = senders(USER)
    forger = User(b"netmon", "sha", WRONG, "aes128", WRONG)
    for number in range(500):
        assert judge(one, sent(forger, engine_id=ENGINE + number.to_bytes(2, "big"))) == "wrong_digest"
    assert (len(one.known()), len(one._keys)) == (0, 0)


def test_a_replay_out_of_the_window_is_refused() -> None:
    one = senders(USER)
    assert isinstance(judge(one, sent(USER, boots=3, time=1_000)), Told)
    assert isinstance(judge(one, sent(USER, boots=3, time=850)), Told)
    assert judge(one, sent(USER, boots=3, time=849)) == "not_in_time_window"
    assert judge(one, sent(USER, boots=2, time=9_000)) == "not_in_time_window"
    assert isinstance(judge(one, sent(USER, boots=4, time=0)), Told)
    assert judge(one, sent(USER, boots=3, time=1_000)) == "not_in_time_window"
    assert judge(one, sent(USER, boots=LAST_BOOTS, time=0)) == "not_in_time_window"


def test_an_engine_that_was_reset_is_heard_again_once_the_element_confirms_it() -> None:
    one = senders(USER)
    judge(one, sent(USER, boots=40, time=1_000))
    assert judge(one, sent(USER, boots=1, time=5)) == "not_in_time_window"
    assert not one.replace(ENGINE, Clock(40, 2_000, 0))
    assert judge(one, sent(USER, boots=1, time=5)) == "not_in_time_window"
    assert one.replace(ENGINE, Clock(1, 4, 0))
    assert isinstance(judge(one, sent(USER, boots=1, time=5)), Told)


def test_only_named_engines_where_nothing_is_learned() -> None:
    one = senders(USER, engines={ENGINE: "r1"}, learn=False)
    assert isinstance(judge(one, sent(USER)), Told)
    assert judge(one, sent(USER, engine_id=OTHER)) == "unknown_engine"
    assert one.known()[ENGINE].element == "r1"


def test_the_other_way_to_make_a_key_longer_is_found() -> None:
    user = User(b"netmon", "sha", MASTER, "aes256", MASTER)
    one = senders(user)
    for _ in range(2):
        assert isinstance(judge(one, sent(user, extension="cisco")), Told)


def test_a_user_of_one_engine_is_known_there_alone() -> None:
    key = usm.localize("sha", MASTER, ENGINE)
    local = User(b"netmon", "sha", key, "aes128", key, engine_id=ENGINE)
    one = senders(local)
    assert isinstance(judge(one, sent(USER)), Told)
    assert judge(one, sent(USER, engine_id=OTHER)) == "unknown_user"


def test_the_longest_silent_stranger_goes_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netmon.sources.traps.engines._ENGINES", 3)
    one = senders(SIGNED, engines={ENGINE: "r1"})
    for tail in (b"", b"a", b"b", b"a", b"c"):
        judge(one, sent(SIGNED, engine_id=ENGINE + tail, time=2_000))
    assert set(one.known()) == {ENGINE, ENGINE + b"a", ENGINE + b"c"}
