"""Agents asked in version 3 by netmon's own client, told apart by contexts; informs to netmon's own authority."""

import time

import pytest

from netmon.snmp import message, secured, usm
from netmon.snmp.agent import Agent
from netmon.snmp.authority import Admitted, Authority, response
from netmon.snmp.client import Client, Target
from netmon.snmp.encode import write_varbind
from netmon.snmp.engines import OwnEngine
from netmon.snmp.errors import SnmpRefused, SnmpTimeout
from netmon.snmp.exchange import Target as Told
from netmon.snmp.faults import Loss
from netmon.snmp.informing import Informing
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.message import V2_TRAP, V2C, V3, decode
from netmon.snmp.notice import version_3
from netmon.snmp.responder import Responder
from netmon.snmp.user import User
from tests.snmp.test_snmp_client import clock_ms, serving
from tests.snmp.walking import by_pages

DESCR, NAME = "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.1.5.0"


def user(name: str, password: bytes = b"authpassword1", *, priv: bool = True) -> User:
    auth = usm.master_key("sha256", password)
    if not priv:
        return User(name.encode(), "sha256", auth)
    return User(name.encode(), "sha256", auth, "aes128", usm.master_key("sha256", b"privpassword1"))


GOOD, OPEN = user("netmon"), User(b"open")


def agent(name: str, ports: int = 4) -> Agent:
    rows = system_rows(name, description="made-up", object_id="1.3.6.1.4.1.32473.1")
    return Agent([*rows, *interface_rows([f"{name}-{port}" for port in range(ports)])], name=name)


class Served:
    """A responder whose time can be moved."""

    def __init__(self, *names: str, max_size: int = message.MAX_DATAGRAM) -> None:
        self.agents = [agent(name, 60) for name in names or ("r1",)]
        self.responder = Responder(self.agents, users=[GOOD, OPEN], max_size=max_size)
        self.began = time.monotonic_ns() // 1_000_000

    def now(self) -> int:
        return time.monotonic_ns() // 1_000_000 - self.began + 1_000

    def __call__(self, datagram: bytes) -> list[bytes]:
        return [one.datagram for one in self.responder.replies(datagram, self.now())]


def target(port: int, who: User = GOOD, *, context: bytes = b"", patient: bool = True) -> Target:
    timeout_ms, retries = (2_000, 2) if patient else (60, 0)
    return Target("127.0.0.1", port, version=V3, user=who, context=context, timeout_ms=timeout_ms, retries=retries)


@pytest.mark.parametrize("who", [GOOD, OPEN], ids=["authPriv", "noAuthNoPriv"])
async def test_gets_and_walks(who: User):
    with serving(Served()) as port:
        async with Client(clock_ms) as client:
            assert (await client.get(target(port, who), [NAME])).varbinds[0][2] == b"r1"
            walk = await by_pages(client, target(port, who), [DESCR], max_repetitions=25)
    assert (walk.complete, len(walk.rows)) == (True, 60)
    assert client.asking.reports == {"unknown_engine": 1}


async def test_answers_keep_to_the_largest_size():
    with serving(Served(max_size=600)) as port:
        async with Client(clock_ms) as client:
            page = await client.bulk(target(port), [DESCR], non_repeaters=0, max_repetitions=60)
    assert 5 < len(page.varbinds) < 40


async def test_contexts_tell_agents_apart_and_an_unknown_one_is_reported():
    with serving(Served("east", "west")) as port:
        async with Client(clock_ms) as client:
            for name in (b"west", b"east"):
                reply = await client.get(target(port, context=name), [NAME])
                assert reply.varbinds[0][2] == name
            for name in (b"north", b""):
                with pytest.raises(SnmpRefused) as refused:
                    await client.get(target(port, context=name), [NAME])
                assert refused.value.reason == "unknown_context"


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (user("netmon", b"another password"), "wrong_digest"),
        (user("stranger"), "unknown_user"),
        (user("netmon", priv=False), "unsupported_security_level"),
        (User(b"netmon"), "unsupported_security_level"),
        (User(b"netmon", "sha256", GOOD.auth_master, "aes128", bytes(32)), "decryption_failed"),
    ],
    ids=["password", "user", "lower level", "no level", "privacy"],
)
async def test_each_way_to_be_refused_has_its_report(who: User, reason: str):
    served = Served()
    with serving(served) as port:
        async with Client(clock_ms) as client:
            with pytest.raises(SnmpRefused) as refused:
                await client.get(target(port, who, patient=False), [NAME])
    assert refused.value.reason == reason
    assert reason in served.responder.authority.denied


async def test_a_wrong_engine_id_leads_to_the_right_one():
    with serving(Served()) as port:
        async with Client(clock_ms) as client:
            wrong = Target("127.0.0.1", port, version=V3, user=GOOD, engine_id=b"\x80\0\0\0\x01wrong")
            assert (await client.get(wrong, [NAME])).varbinds[0][2] == b"r1"
    assert client.asking.reports == {"unknown_engine": 1}


async def test_reboot_reset_and_skew_cost_a_resync_and_no_failure():
    served = Served()
    boot = served.agents[0].boot
    with serving(served) as port:
        async with Client(clock_ms) as client:
            await client.get(target(port), [NAME])
            served.agents[0].reboot(now=served.now(), down_ms=0)
            assert (await client.get(target(port), [NAME])).attempts == 1
            boot.skew(3_600_000, now=served.now())
            assert (await client.get(target(port), [NAME])).attempts == 1
            boot.reset_engine(served.now(), boots=1)
            assert (await client.get(target(port), [NAME])).attempts == 1
            boot.reset_engine(served.now(), boots=1, engine_id=b"\x80\0\0\0\x01new")
            assert (await client.get(target(port), [NAME])).attempts == 1
    assert client.counters["timeouts"] == 0
    assert client.asking.reports == {"unknown_engine": 2, "not_in_time_window": 3}


async def test_an_agent_that_is_down_says_nothing_at_all():
    served = Served()
    served.agents[0].silence(now=0, for_ms=10**9)
    with serving(served) as port:
        async with Client(clock_ms) as client:
            with pytest.raises(SnmpTimeout):
                await client.get(target(port, patient=False), [NAME])


async def test_faults_spoil_secured_answers_too():
    served = Served()
    with serving(served) as port:
        async with Client(clock_ms) as client:
            await client.get(target(port), [NAME])
            served.agents[0].faults.begin(Loss())
            with pytest.raises(SnmpTimeout):
                await client.get(target(port, patient=False), [NAME])


def test_a_trap_is_signed_by_the_agents_own_engine():
    one = Agent(interface_rows(["ge-0"]), name="r1", boots=7, form=version_3(GOOD, context=b"vrf-a"))
    found = secured.read(one.link_down("ge-0", now=65_000))
    assert (found.engine_id, found.boots, found.engine_time, found.user) == (one.boot.engine_id, 7, 65, b"netmon")
    keys = GOOD.keys(found.engine_id)
    assert secured.verify(found, keys)
    opened = secured.open_pdu(found, keys)
    assert opened is not None
    assert (opened.context, opened.message.pdu_type) == (b"vrf-a", V2_TRAP)
    assert opened.message.varbinds[1][2] == "1.3.6.1.6.3.1.1.5.3"


async def test_an_inform_keeps_its_request_id_until_it_is_answered():
    one = agent("r1")
    informing = Informing(Told("127.0.0.1", 162, version=V2C, community=b"c"))
    first = informing.begin(one.notice("1.3.6.1.6.3.1.1.5.1", (), now=0))
    second = informing.begin(one.notice("1.3.6.1.6.3.1.1.5.1", (), now=0))
    sent = [decode(informing.datagram(first, 0)) for _ in range(2)]
    assert [(inform.request_id, inform.pdu_type) for inform in sent] == [(first, message.INFORM)] * 2
    assert informing.take(message.inform_response(informing.datagram(second, 0)), 0) == (second, "answered")
    assert informing.take(message.inform_response(informing.datagram(first, 0)), 0) == (first, "answered")
    assert informing.take(b"\x30\x00", 0) == (0, "ignored")
    with pytest.raises(KeyError):
        informing.datagram(first, 0)


async def test_an_inform_of_version_3_discovers_whom_it_tells():
    authority = Authority(OwnEngine(b"\x80\0\0\0\x01them", 3, 0), [GOOD])
    informing = Informing(Told("127.0.0.1", 162, version=V3, user=GOOD))
    inform = informing.begin(agent("r1").notice("1.3.6.1.6.3.1.1.5.1", (), now=0))
    outcomes: list[str] = []
    while not outcomes or outcomes[-1] == "again":
        judged = authority.admit(secured.read(informing.datagram(inform, 10**9)), 10**9)
        if isinstance(judged, Admitted):
            asked = judged.opened.message
            assert (asked.request_id, asked.pdu_type) == (inform, message.INFORM)
            pdu = response(asked.request_id, [write_varbind(varbind) for varbind in asked.varbinds])
            reply: bytes | None = authority.respond(judged, pdu, 10**9)
        else:
            reply = judged.report
        assert reply is not None
        outcomes.append(informing.take(reply, 10**9)[1])
    assert outcomes == ["again", "answered"]


async def test_an_inform_of_a_stranger_is_refused():
    authority = Authority(OwnEngine(b"\x80\0\0\0\x01them", 3, 0), ())
    informing = Informing(Told("127.0.0.1", 162, version=V3, user=GOOD))
    inform = informing.begin(agent("r1").notice("1.3.6.1.6.3.1.1.5.1", (), now=0))
    for expected in ("again", "refused"):
        denied = authority.admit(secured.read(informing.datagram(inform, 0)), 0)
        assert not isinstance(denied, Admitted)
        assert denied.report is not None
        assert informing.take(denied.report, 0) == (inform, expected)
    assert informing.refused == {"unknown_user": 1}


async def test_both_ways_to_make_a_short_key_longer_are_known_of_one_user_at_one_time():
    master = usm.master_key("md5", b"authpassword1")
    served = Served()
    served.responder = Responder(served.agents, users=[User(b"both", "md5", master, "aes256", master)])
    with serving(served) as port:
        async with Client(clock_ms) as client:
            ways: tuple[usm.Extension, ...] = ("blumenthal", "cisco")
            for extension in ways * 2:
                who = User(b"both", "md5", master, "aes256", master, extension=extension)
                assert (await client.get(target(port, who), [NAME])).attempts == 1
    assert set(served.responder.authority.denied) == {"unknown_engine"}
