"""Traps of version 3: who may send them, whose engine is believed, and what a forger achieves."""

from collections.abc import Iterable

import pytest
from structlog.testing import capture_logs

from netmon.domain.inventory import Element
from netmon.snmp import ber, secured, usm
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import LAST_BOOTS, Clock
from netmon.snmp.pdu import V2_TRAP
from netmon.snmp.user import User
from netmon.sources.credential import Credential
from netmon.sources.realm import DEFAULT
from netmon.sources.traps.engines import Key
from netmon.sources.traps.senders import Senders, Told

ENGINE = bytes.fromhex("80007ed904aabbccdd")
OTHER = ENGINE + b"x"
KEY = Key(DEFAULT, ENGINE)
R1 = Element("r1", ("192.0.2.1",), engine_id=ENGINE.hex())
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


def credential(user: User, id_: str = "") -> Credential:
    return Credential(id_ or f"c-{user.name.decode()}", version="v3", user=user)


def senders(*users: User, elements: Iterable[Element] = (), learn: bool = True) -> Senders:
    one = Senders()
    one.load([credential(user) for user in users], elements, learn=learn)
    return one


def judge(one: Senders, found: secured.Secured, *, source: str = "", realm: str = DEFAULT) -> Told | str:
    return one.judge(found, realm=realm, source=lambda: source, at_ms=5_000, now_ns=0)


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
    assert len(one.engines) == 0
    assert len(one.users) == 0


def test_forged_engines_fill_nothing() -> None:
    one = senders(USER)
    forger = User(b"netmon", "sha", WRONG, "aes128", WRONG)
    for number in range(500):
        assert judge(one, sent(forger, engine_id=ENGINE + number.to_bytes(2, "big"))) == "wrong_digest"
    assert (len(one.engines), len(one.users)) == (0, 0)


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
    assert not one.engines.replace(KEY, Clock(40, 2_000, 0))
    assert judge(one, sent(USER, boots=1, time=5)) == "not_in_time_window"
    assert one.engines.replace(KEY, Clock(1, 4, 0))
    assert isinstance(judge(one, sent(USER, boots=1, time=5)), Told)


def test_only_named_engines_where_nothing_is_learned() -> None:
    one = senders(USER, elements=[R1], learn=False)
    assert isinstance(judge(one, sent(USER)), Told)
    assert judge(one, sent(USER, engine_id=OTHER)) == "unknown_engine"
    assert one.owners(DEFAULT, ENGINE) == ("r1",)


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


def test_of_users_of_one_name_each_is_heard_at_its_own_engines() -> None:
    first, second = User(b"netmon", "sha", WRONG, "aes128", WRONG), USER
    one = Senders()
    one.load([credential(first, "site-a"), credential(second, "site-b")], ())
    for user, engine_id, id_ in ((second, ENGINE, "site-b"), (first, OTHER, "site-a"), (second, ENGINE, "site-b")):
        told = judge(one, sent(user, engine_id=engine_id))
        assert isinstance(told, Told)
        assert told.credential == id_
    assert judge(one, sent(User(b"netmon", "sha", MASTER, "aes128", WRONG), time=1_001)) == "decryption_failed"
    stranger = User(b"netmon", "sha", usm.master_key("sha", b"a third password"), "aes128", MASTER)
    assert judge(one, sent(stranger, time=1_001)) == "wrong_digest"
    assert one.users.in_vain > 0


def test_users_of_one_name_may_differ_in_level() -> None:
    signed = User(b"netmon", "sha", MASTER)
    one = senders(USER, signed)
    assert isinstance(judge(one, sent(signed)), Told)
    assert isinstance(judge(one, sent(USER)), Told)
    assert judge(one, sent(User(b"netmon"))) == "unsupported_security_level"


def test_an_engine_that_was_learned_is_not_heard_once_only_those_of_the_inventory_are() -> None:
    one = senders(USER, elements=[R1])
    assert isinstance(judge(one, sent(USER, engine_id=OTHER)), Told)
    one.load([credential(USER)], [R1], learn=False)
    assert judge(one, sent(USER, engine_id=OTHER)) == "unknown_engine"
    assert isinstance(judge(one, sent(USER)), Told)


def test_one_engine_id_in_two_realms_is_two_engines() -> None:
    one = senders(USER)
    assert isinstance(judge(one, sent(USER, boots=40)), Told)
    assert isinstance(judge(one, sent(USER, boots=3), realm="cust-a"), Told)
    assert judge(one, sent(USER, boots=3)) == "not_in_time_window"


NAMED = [Element(name, (f"192.0.2.{number}",)) for number, name in enumerate(("r1", "r2", "r3"), start=1)]


def test_two_elements_of_the_inventory_that_share_an_engine_id_have_a_time_each() -> None:
    clones = [
        Element("r1", ("192.0.2.1",), engine_id=ENGINE.hex()),
        Element("r2", ("192.0.2.2",), engine_id=ENGINE.hex()),
    ]
    one = senders(USER, elements=clones)
    assert one.shared() == {(DEFAULT, ENGINE): ("r1", "r2")}
    assert isinstance(judge(one, sent(USER, boots=40), source="r1"), Told)
    told = judge(one, sent(USER, boots=3), source="r2")
    assert isinstance(told, Told)
    assert told.engine == Key(DEFAULT, ENGINE, "r2")
    assert judge(one, sent(USER, boots=3), source="r1") == "not_in_time_window"
    assert isinstance(judge(one, sent(USER, boots=40), source="r1"), Told)


def test_so_have_two_elements_that_answer_polls_as_one_engine() -> None:
    one = senders(USER, elements=NAMED)
    judge(one, sent(USER, boots=40), source="r1")
    one.engines.bind(KEY, "r1", by_source=True)
    one.polled({(DEFAULT, ENGINE): ("r1", "r2")})
    assert isinstance(judge(one, sent(USER, boots=3), source="r2"), Told)
    assert judge(one, sent(USER, boots=39), source="r1") == "not_in_time_window", "it is still measured by its own time"


def test_an_engine_id_that_two_addresses_send_from_is_shared() -> None:
    one = senders(USER, elements=NAMED)
    judge(one, sent(USER), source="r1")
    one.engines.bind(KEY, "r1", by_source=True)
    told = judge(one, sent(USER, boots=7), source="r2")
    assert isinstance(told, Told)
    assert told.engine == Key(DEFAULT, ENGINE, "r2")
    assert one.owners(DEFAULT, ENGINE) == ("r1", "r2")
    assert isinstance(judge(one, sent(USER, boots=3), source="r1"), Told)
    assert judge(one, sent(USER, boots=2), source="elsewhere") == "not_in_time_window"


def test_an_old_message_from_the_address_of_another_element_is_no_clone() -> None:
    """Whoever recorded a trap could send it from there."""
    one = senders(USER, elements=NAMED)
    judge(one, sent(USER, boots=40), source="r1")
    one.engines.bind(KEY, "r1", by_source=True)
    with capture_logs() as logs:
        assert judge(one, sent(USER, boots=3), source="r2") == "not_in_time_window"
    assert [(line["event"], line["elements"]) for line in logs] == [("engine_id_shared", ("r1", "r2"))]
    assert one.owners(DEFAULT, ENGINE) == ("r1",)


@pytest.mark.parametrize("elements", [[R1, *NAMED[1:]], NAMED], ids=["configured", "polled"])
def test_what_the_inventory_or_a_poll_says_no_address_contradicts(elements: list[Element]) -> None:
    one = senders(USER, elements=elements)
    one.polled({(DEFAULT, ENGINE): ("r1",)})
    for source in ("r1", "r2", "r3"):
        assert isinstance(judge(one, sent(USER), source=source), Told)
    assert one.owners(DEFAULT, ENGINE) == ("r1",)
    assert len(one.engines) == 1


def test_an_element_that_left_the_inventory_owns_no_engine() -> None:
    one = senders(USER, elements=NAMED)
    judge(one, sent(USER, boots=40), source="r1")
    one.engines.bind(KEY, "r1", by_source=True)
    one.load([credential(USER)], NAMED[1:])
    assert one.owners(DEFAULT, ENGINE) == ()
    assert judge(one, sent(USER, boots=3)) == "not_in_time_window", "its time is still known"


def test_of_two_elements_that_shared_an_engine_id_one_remains() -> None:
    one = senders(USER, elements=NAMED)
    judge(one, sent(USER), source="r1")
    one.engines.bind(KEY, "r1", by_source=True)
    judge(one, sent(USER, boots=7), source="r2")
    one.load([credential(USER)], NAMED[1:])
    assert one.owners(DEFAULT, ENGINE) == ("r2",)
    assert judge(one, sent(USER, boots=6), source="r2") == "not_in_time_window"
