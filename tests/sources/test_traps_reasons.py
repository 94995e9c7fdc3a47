"""Every reason to turn a message away, each by a message that deserves it, and the sentence it is told with."""

from typing import get_args

from netmon.domain.duration import Rate
from netmon.domain.oid import SYS_UPTIME
from netmon.domain.rejection import Reason
from netmon.domain.request import RejectionsWanted
from netmon.snmp import usm
from netmon.snmp.message import RESPONSE, V2_TRAP, V2C, Message, encode
from netmon.snmp.user import User
from netmon.sources.credential import Credential
from netmon.sources.traps.config import Community, TrapsConfig
from netmon.sources.traps.limits import LimitConfig, LimitsConfig
from netmon.sources.traps.reasons import SENTENCES
from tests.sources.test_traps_storms import CREDENTIALS, ELEMENTS, LINK_DOWN, LINK_UP, USER, listening, v2c, v3

OTHER = usm.master_key("sha256", b"another password")
AT_HOME = b"\x80\x00\x00\x00\x01home"
ABROAD = b"\x80\x00\x00\x00\x01away"
OPEN = LimitsConfig()


def replaced(**fields: object) -> User:
    known = {"name": USER.name, "auth": USER.auth, "auth_master": USER.auth_master, "priv": USER.priv}
    return User(**{**known, "priv_master": USER.priv_master, **fields})  # type: ignore[arg-type]


MESSAGES: dict[Reason, bytes] = {
    "not_snmp": b"GET / HTTP/1.1",
    "truncated": v2c(1)[:-3],
    "malformed": v2c(1).replace(b"\x04\x06public", b"\x04\x7fpublic"),
    "unsupported_version": v2c(1).replace(b"\x02\x01\x01\x04", b"\x02\x01\x02\x04"),
    "wrong_pdu": encode(Message(V2C, b"public", RESPONSE, 1, 0, 0, ())),
    "no_trap_oid": encode(Message(V2C, b"public", V2_TRAP, 1, 0, 0, ((SYS_UPTIME, 0x43, 1),))),
    "bad_community": v2c(1).replace(b"public", b"secret"),
    "unknown_user": v3(1, AT_HOME, user=replaced(name=b"stranger")),
    "wrong_digest": v3(1, AT_HOME, user=replaced(auth_master=OTHER)),
    "decryption_failed": v3(1, AT_HOME, boots=2, user=replaced(priv_master=OTHER)),
    "unsupported_security_level": v3(1, AT_HOME, user=replaced(priv="", priv_master=b"")),
    "not_in_time_window": v3(1, AT_HOME, boots=1),
}


async def test_every_reason_is_told_with_its_sentence() -> None:
    seen: dict[str, str] = {}
    config = TrapsConfig(communities=(Community("ro"), Community("elsewhere", ("192.0.2.0/24",))))
    credentials = {**CREDENTIALS, "elsewhere": Credential("elsewhere", community=b"elsewhere")}
    async with listening(OPEN) as listener:

        async def send(*datagrams: bytes, source: str = "127.0.0.3") -> None:
            listener.send(source, *datagrams)
            await listener.all_read()
            found = listener.traps.rejections(RejectionsWanted()).last
            seen.update({one.reason: one.text for one in found})

        def use(**changes: object) -> None:
            other = {"communities": config.communities, **changes}
            listener.traps.load(TrapsConfig(**other), credentials=credentials, elements=ELEMENTS)  # type: ignore[arg-type]

        use()
        await send(v3(1, AT_HOME, boots=2))
        assert seen == {}
        for reason, datagram in MESSAGES.items():
            before = set(seen)
            await send(datagram)
            assert set(seen) - before == {reason}, f"{reason}: {set(seen) - before}"
        await send(encode(Message(V2C, b"elsewhere", V2_TRAP, 1, 0, 0, ())))
        use(engines="configured")
        await send(v3(1, ABROAD))
        use(contexts=("vrf-a",))
        await send(v3(1, AT_HOME, boots=2))
        use(unknown_sources="drop")
        await send(v2c(1), source="127.0.0.77")
        one = LimitConfig(Rate("1/s"), 1)
        use(limits=LimitsConfig(trap=one))
        await send(v2c(1), v2c(2))
        use(limits=LimitsConfig(source=one))
        await send(v2c(1), v2c(2, LINK_UP), v2c(3, LINK_DOWN + ".1"))
        use(limits=LimitsConfig(v3_crypto_rate=Rate("1/s")))
        await send(v3(1, AT_HOME, boots=2), v3(2, AT_HOME, boots=2))
    # What a full queue gives up was no message that could be looked at: it is counted, and kept nowhere.
    # A bug needs one: test_a_bug_costs_one_datagram_and_is_in_the_books.
    assert set(seen) == {*get_args(Reason)} - {"queue_full", "bug"}
    for said, text in seen.items():
        source, told, why = text.split(": ", 2)
        assert (source in ("127.0.0.3", "127.0.0.77"), told) == (True, said)
        known = next(sentence for reason, sentence in SENTENCES.items() if reason == said)
        assert why.startswith(known.replace("the user", 'user "').partition(' "')[0])
    assert 'user "netmon" is known' in seen["wrong_digest"]
    assert seen["wrong_digest"].endswith("(configured: sha256, engine 8000000001686f6d65)")
    assert 'no credential has user "stranger"' in seen["unknown_user"]
    assert "(configured: authPriv, sent: authNoPriv," in seen["unsupported_security_level"]
    assert not any("public" in text or "secret" in text for text in seen.values())
