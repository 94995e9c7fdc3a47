"""Asking in version 3: an agent made of the other half of the code, on real sockets, that misbehaves on purpose."""

import asyncio
from collections.abc import Callable

import pytest

from netmon.snmp import asking, ber, message, secured, usm
from netmon.snmp.asking import is_v3
from netmon.snmp.authority import Admitted, Authority, Denied, response
from netmon.snmp.client import Client, Late, Target
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import Clock, OwnEngine
from netmon.snmp.errors import SnmpRefused, SnmpTimeout
from netmon.snmp.pdu import REPORT
from netmon.snmp.user import NO_KEYS, User
from tests.patience import PATIENCE_S
from tests.snmp.test_snmp_client import clock_ms, serving

NAME = "1.3.6.1.2.1.1.5.0"
ENGINE = bytes.fromhex("80007ed904aabbccdd")
MASTER = usm.master_key("sha", b"authpassword")
USER = User(b"netmon", "sha", MASTER, "aes128", MASTER)
SECOND = 1_000_000_000


class Agent:
    """Says its name to who may ask; remembers what it was sent and what it sent."""

    def __init__(self, *users: User, engine_id: bytes = ENGINE, boots: int = 3, time: int = 1000) -> None:
        self.authority = Authority(OwnEngine(engine_id, boots, -time * SECOND), users)
        self.asked: list[secured.Secured] = []
        self.change: Callable[[bytes], list[bytes]] = lambda answer: [answer]

    def answer(self, datagram: bytes) -> list[bytes]:
        found = secured.read(datagram)
        self.asked.append(found)
        match self.authority.admit(found, 0):
            case Denied(_, report):
                return [report] if report is not None else []
            case Admitted(opened=opened) as admitted:
                varbinds = [write_varbind((oid, ber.OCTET_STRING, b"r1")) for oid, _, _ in opened.message.varbinds]
                answer = self.authority.respond(admitted, response(opened.message.request_id, varbinds), 0)
                return self.change(answer)

    def restart(self, *, boots: int, time: int = 0, engine_id: bytes = ENGINE) -> None:
        self.authority = Authority(OwnEngine(engine_id, boots, -time * SECOND), self.authority.users)


def target(port: int, user: User = USER, *, retries: int = 0, timeout_ms: int = 1000) -> Target:
    return Target("127.0.0.1", port, version=message.V3, user=user, retries=retries, timeout_ms=timeout_ms)


LEVELS = [
    User(b"plain"),
    User(b"signed", "sha256", usm.master_key("sha256", b"authpassword")),
    USER,
    User(b"longer", "md5", usm.master_key("md5", b"authpassword"), "aes256", usm.master_key("md5", b"privpassword")),
    User(b"old", "md5", usm.master_key("md5", b"authpassword"), "des", usm.master_key("md5", b"privpassword")),
]


@pytest.mark.parametrize("user", LEVELS, ids=lambda user: user.name.decode())
async def test_the_engine_is_discovered_once_and_known_from_then_on(user: User) -> None:
    agent = Agent(user)
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            for _ in range(3):
                assert (await client.get(target(port, user), [NAME])).varbinds == ((NAME, ber.OCTET_STRING, b"r1"),)
    assert [found.engine_id for found in agent.asked] == [b"", ENGINE, ENGINE, ENGINE]
    assert {found.level for found in agent.asked[1:]} == {user.level}
    assert client.asking.reports == {"unknown_engine": 1}


async def test_an_engine_that_is_known_is_not_discovered() -> None:
    agent = Agent(USER)
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            client.asking.learn(("127.0.0.1", port), ENGINE, Clock(3, 1000, 0))
            reply = await client.get(target(port), [NAME])
    assert reply.varbinds[0][2] == b"r1"
    assert agent.asked[0].engine_id == ENGINE


@pytest.mark.parametrize(("boots", "time"), [(4, 0), (2, 50), (3, 4600), (3, 0)])
async def test_a_moved_engine_time_costs_no_retry_and_no_failure(boots: int, time: int) -> None:
    agent = Agent(USER)
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            await client.get(target(port), [NAME])
            agent.restart(boots=boots, time=time)
            reply = await client.get(target(port), [NAME])
            assert reply.attempts == 1
            assert await client.get(target(port), [NAME])
    assert client.asking.resyncs == 1
    assert client.counters["timeouts"] == 0


async def test_an_element_with_a_new_engine_is_discovered_anew() -> None:
    agent = Agent(USER)
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            await client.get(target(port), [NAME])
            agent.restart(boots=1, engine_id=ENGINE + b"x")
            assert (await client.get(target(port), [NAME])).varbinds[0][2] == b"r1"
            engine = client.asking.engine(("127.0.0.1", port))
    assert engine is not None
    assert engine.engine_id == ENGINE + b"x"


async def test_an_element_whose_engine_changes_again_and_again_is_discovered_every_ten_seconds_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The Report that says so is not signed: forged ones must not keep us busy."""
    monkeypatch.setattr(asking, "_REDISCOVER_NS", 3_600 * SECOND)
    agent = Agent(USER)
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            await client.get(target(port), [NAME])
            agent.restart(boots=1, engine_id=ENGINE + b"x")
            await client.get(target(port), [NAME])
            agent.restart(boots=1, engine_id=ENGINE + b"y")
            with pytest.raises(SnmpRefused) as refused:
                await client.get(target(port, timeout_ms=100), [NAME])
            assert refused.value.reason == "unknown_engine"
            monkeypatch.setattr(asking, "_REDISCOVER_NS", 0)
            assert (await client.get(target(port), [NAME])).varbinds[0][2] == b"r1"


async def test_a_time_that_never_fits_is_a_refusal_after_three_tries() -> None:
    agent = Agent(USER)

    def never_in_time(datagram: bytes) -> list[bytes]:
        boots = agent.authority.own.boots
        agent.restart(boots=boots + 2)
        return agent.answer(datagram)

    with serving(never_in_time) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            with pytest.raises(SnmpRefused) as refused:
                await client.get(target(port), [NAME])
    assert refused.value.reason == "not_in_time_window"
    assert client.asking.resyncs == 3


OTHER = usm.master_key("sha", b"another password")


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (User(b"netmon", "sha", OTHER, "aes128", MASTER), "wrong_digest"),
        (User(b"stranger", "sha", MASTER, "aes128", MASTER), "unknown_user"),
        (User(b"netmon", "sha", MASTER), "unsupported_security_level"),
        (User(b"netmon", "sha", MASTER, "aes128", OTHER), "decryption_failed"),
    ],
)
async def test_what_the_agent_reports_is_the_reason_when_no_answer_comes(user: User, reason: str) -> None:
    with serving(Agent(USER).answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            with pytest.raises(SnmpRefused) as refused:
                await client.get(target(port, user, timeout_ms=100), [NAME])
    assert refused.value.reason == reason
    assert client.counters["timeouts"] == 1


async def test_a_key_that_was_made_longer_in_the_other_way_is_found_by_itself() -> None:
    key = usm.master_key("sha", b"authpassword")
    theirs = User(b"netmon", "sha", key, "aes256", key, "cisco")
    ours = User(b"netmon", "sha", key, "aes256", key, "auto")
    agent = Agent(theirs)
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            first = await client.get(target(port, ours), [NAME])
            second = await client.get(target(port, ours), [NAME])
    assert first.varbinds == second.varbinds == ((NAME, ber.OCTET_STRING, b"r1"),)
    assert client.counters["timeouts"] == 0
    assert agent.authority.denied["decryption_failed"] == 1


KEY = usm.master_key("sha", b"authpassword")
THEIRS = User(b"netmon", "sha", KEY, "aes256", KEY, "cisco")
OURS = User(b"netmon", "sha", KEY, "aes256", KEY, "auto")


class Mute(Agent):
    """Drops what it cannot decrypt, as net-snmp's agent does."""

    def answer(self, datagram: bytes) -> list[bytes]:
        before = self.authority.denied["decryption_failed"]
        answers = super().answer(datagram)
        return answers if self.authority.denied["decryption_failed"] == before else []


@pytest.mark.parametrize("theirs", [THEIRS, OURS], ids=["cisco", "blumenthal"])
async def test_the_way_of_an_agent_that_drops_what_it_cannot_decrypt_is_found_by_a_retry(theirs: User) -> None:
    agent = Mute(theirs)
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            first = await client.get(target(port, OURS, retries=3, timeout_ms=300), [NAME])
            second = await client.get(target(port, OURS), [NAME])
            proven = client.asking.ways.proven(("127.0.0.1", port), OURS)
    assert first.varbinds == second.varbinds == ((NAME, ber.OCTET_STRING, b"r1"),)
    assert (second.attempts, proven) == (1, "cisco" if theirs == THEIRS else "blumenthal")


async def test_without_retries_the_next_request_tries_the_other_way() -> None:
    agent = Mute(THEIRS)
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            with pytest.raises(SnmpTimeout):
                await client.get(target(port, OURS, timeout_ms=100), [NAME])
            assert (await client.get(target(port, OURS), [NAME])).varbinds[0][2] == b"r1"


async def test_an_answer_to_the_first_way_is_taken_when_the_second_was_tried_already() -> None:
    """A slow agent is no agent that cannot decrypt."""
    agent = Mute(OURS)
    held: list[bytes] = []

    def slow(datagram: bytes) -> list[bytes]:
        answers = agent.answer(datagram)
        if len(agent.asked) == 2:
            held.extend(answers)
            return []
        return held if len(agent.asked) == 3 else answers

    with serving(slow) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            assert (await client.get(target(port, OURS, retries=3, timeout_ms=300), [NAME])).varbinds[0][2] == b"r1"
            assert client.asking.ways.proven(("127.0.0.1", port), OURS) == "blumenthal"


async def test_a_way_that_was_proven_is_kept_through_an_outage() -> None:
    agent = Mute(OURS)
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            await client.get(target(port, OURS), [NAME])
            agent.change = lambda _: []
            with pytest.raises(SnmpTimeout):
                await client.get(target(port, OURS, timeout_ms=100), [NAME])
            agent.change = lambda answer: [answer]
            assert (await client.get(target(port, OURS), [NAME])).attempts == 1


async def test_a_report_of_decryption_with_a_mac_has_the_other_way_tried() -> None:
    agent = Agent(THEIRS)

    def signed(datagram: bytes) -> list[bytes]:
        failed = agent.authority.denied["decryption_failed"]
        answers = agent.answer(datagram)
        if agent.authority.denied["decryption_failed"] == failed:
            return answers
        opened = secured.open_pdu(secured.read(answers[0]), NO_KEYS)
        assert opened is not None
        pdu = ber.tlv(REPORT, write_pdu(0, 0, 0, [write_varbind(opened.message.varbinds[0])]))
        found = agent.asked[-1]
        envelope = secured.Envelope(found.header.message_id, ENGINE, 3, 1000, b"netmon")
        keys = usm.Keys("sha", THEIRS.keys(ENGINE, "cisco").auth_key)
        return [secured.seal(envelope, secured.scoped_pdu(ENGINE, b"", pdu), keys)]

    with serving(signed) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            assert (await client.get(target(port, OURS), [NAME])).varbinds[0][2] == b"r1"
            assert client.counters["timeouts"] == 0


def forged(datagram: bytes) -> bytes:
    """Return an answer whose MAC fits no longer."""
    return datagram[:-1] + bytes((datagram[-1] ^ 1,))


async def test_an_answer_with_a_wrong_mac_is_no_answer() -> None:
    agent = Agent(USER)
    agent.change = lambda answer: [forged(answer)]
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            with pytest.raises(SnmpTimeout):
                await client.get(target(port, timeout_ms=100), [NAME])
    assert client.counters["foreign"] == 1
    assert client.asking.engine(("127.0.0.1", port)) is None


async def test_a_forged_answer_before_the_true_one_does_no_harm() -> None:
    agent = Agent(USER)
    agent.change = lambda answer: [forged(answer), b"", b"\x30\x05\x02\x01\x03\x30\x00", answer]
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            assert (await client.get(target(port), [NAME])).varbinds[0][2] == b"r1"


async def test_an_answer_below_the_level_of_the_user_is_no_answer() -> None:
    agent = Agent(USER)

    def unsigned(datagram: bytes) -> list[bytes]:
        found = secured.read(datagram)
        if not found.engine_id:
            return agent.answer(datagram)
        opened = secured.open_pdu(found, USER.keys(ENGINE))
        assert opened is not None
        pdu = response(opened.message.request_id, [write_varbind((NAME, ber.OCTET_STRING, b"forged"))])
        envelope = secured.Envelope(found.header.message_id, ENGINE, 3, 1000, b"netmon")
        signed_only = usm.Keys("sha", USER.keys(ENGINE).auth_key)
        return [secured.seal(envelope, secured.scoped_pdu(ENGINE, b"", pdu), keys) for keys in (NO_KEYS, signed_only)]

    with serving(unsigned) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            with pytest.raises(SnmpTimeout):
                await client.get(target(port, timeout_ms=100), [NAME])


async def test_an_answer_of_long_ago_is_refused() -> None:
    agent = Agent(USER)
    old = Agent(USER, time=100)

    with serving(lambda datagram: (agent if not agent.asked or len(agent.asked) < 2 else old).answer(datagram)) as port:
        async with Client(clock_ms, bind=("127.0.0.1",)) as client:
            await client.get(target(port), [NAME])
            # The second one would be admitted by the old engine only if it did not look at the time itself.
            reply = await client.get(target(port), [NAME])
    assert reply.attempts == 1
    assert client.asking.resyncs == 1


def test_the_version_is_seen_at_the_first_octets() -> None:
    found = secured.seal(secured.Envelope(1, b"", 0, 0, b""), secured.scoped_pdu(b"", b"", b"\xa0\x00"), NO_KEYS)
    assert is_v3(found)
    assert is_v3(b"\x30\x82\x00\x20\x02\x01\x03" + bytes(8))
    assert not is_v3(b"\x30\x82\x00\x20\x02\x01\x01" + bytes(8))
    assert not is_v3(b"\x30\x03\x02\x01\x03")


async def test_a_late_answer_teaches_the_round_trip_and_brings_nothing() -> None:
    agent, told = Agent(USER), asyncio.Queue[Late]()
    held: list[bytes] = []

    def hold(answer: bytes) -> list[bytes]:
        held.append(answer)
        return held[-2:] if len(held) > 2 else [answer] if len(held) == 1 else []

    agent.change = hold
    with serving(agent.answer) as port:
        async with Client(clock_ms, bind=("127.0.0.1",), on_late=told.put_nowait) as client:
            await client.get(target(port), [NAME])
            with pytest.raises(SnmpTimeout):
                await client.get(target(port, timeout_ms=50), [NAME])
            assert (await client.get(target(port), [NAME])).attempts == 1
            late = await asyncio.wait_for(told.get(), PATIENCE_S)
    assert late.target.user == USER
    assert late.rtt_us >= 50_000
    assert (client.counters["late"], client.counters["unexpected"]) == (1, 0)
