import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator

import pytest

from netmon.domain.duration import Rate
from netmon.domain.inventory import Element
from netmon.domain.observation import Observation, Trap
from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME, Varbind
from netmon.domain.request import RejectionsWanted
from netmon.snmp.message import INFORM, RESPONSE, V2_TRAP, V2C, Message, decode, encode
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.realm import RealmConfig
from netmon.sources.traps import reading, sockets
from netmon.sources.traps.config import Community, ListenConfig, Listener, TrapsConfig, split_address
from netmon.sources.traps.limits import LimitConfig, LimitsConfig
from netmon.sources.traps.listen import Traps
from netmon.sources.traps.sockets import ListenError
from netmon.telemetry.metrics import Metrics
from tests.patience import PATIENCE_S
from tests.sources.taking import Taking

LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
ANYWHERE = TrapsConfig(listen=("127.0.0.1:0", "[::1]:0"))


@contextlib.asynccontextmanager
async def receiving(taking: Taking, config: TrapsConfig = ANYWHERE, most_waiting: int = 1_000) -> AsyncIterator[Traps]:
    traps = Traps(config, intake=taking, clock=Clock(), metrics=Metrics(), most_waiting=most_waiting)
    traps.load(config, credentials={"ro": Credential("ro", community=b"public")}, elements=())
    traps.open()
    running = asyncio.ensure_future(traps.run())
    try:
        yield traps
    finally:
        running.cancel()
        await asyncio.wait([running])
        traps.close()


async def net_snmp(*command: str) -> int:
    made = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    return await asyncio.wait_for(made.wait(), PATIENCE_S)


class Sender:
    """A plain UDP socket that speaks SNMP notifications."""

    def __init__(self, to: str, *, source: str = "") -> None:
        host, port = split_address(to)
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((source, 0))
        self.socket.connect((host, port))

    async def __aenter__(self) -> "Sender":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, request_id: int, *, pdu_type: int = V2_TRAP, community: bytes = b"public") -> None:
        varbinds: tuple[Varbind, ...] = ((SYS_UPTIME, 0x43, 1), (SNMP_TRAP_OID, 0x06, LINK_DOWN))
        self.socket.send(encode(Message(V2C, community, pdu_type, request_id, 0, 0, varbinds)))

    async def answer(self) -> Message:
        loop = asyncio.get_running_loop()
        return decode(await asyncio.wait_for(loop.sock_recv(self.socket, 65_535), PATIENCE_S))

    def silent(self) -> bool:
        try:
            self.socket.recv(65_535)
        except BlockingIOError:
            return True
        return False


def _trap(observation: Observation) -> Trap:
    assert isinstance(observation, Trap)
    return observation


@pytest.mark.parametrize("family", [0, 1])
async def test_net_snmp_sends_a_trap(family: int):
    taking = Taking(at_once=True)
    async with receiving(taking) as traps:
        target = ("udp:" if family == 0 else "udp6:") + traps.addresses[family]
        arguments = ("", LINK_DOWN, "1.3.6.1.2.1.2.2.1.1.7", "i", "7")
        assert await net_snmp("snmptrap", "-v2c", "-c", "public", target, *arguments) == 0
        [trap] = await taking.count(1)
        assert _trap(trap).source == ("127.0.0.1", "::1")[family]
        assert _trap(trap).listener == traps.addresses[family]
        assert _trap(trap).varbinds == (("1.3.6.1.2.1.2.2.1.1.7", 2, 7),)
        assert traps.books().committed == 1


async def test_net_snmp_sends_a_v1_trap():
    taking = Taking(at_once=True)
    async with receiving(taking) as traps:
        arguments = ("1.3.6.1.4.1.99999", "127.0.0.1", "6", "17", "4711")
        await net_snmp("snmptrap", "-v1", "-c", "public", traps.addresses[0], *arguments)
        [trap] = await taking.count(1)
        assert (_trap(trap).trap_oid, _trap(trap).uptime_cs) == ("1.3.6.1.4.1.99999.0.17", 4_711)


async def test_net_snmp_waits_for_the_answer_to_its_inform_until_the_commit():
    taking = Taking()
    async with receiving(taking) as traps:
        inform = asyncio.ensure_future(
            net_snmp("snmpinform", "-v2c", "-c", "public", "-t", "5", "-r", "1", traps.addresses[0], "", LINK_DOWN)
        )
        await taking.count(1)
        assert not inform.done()
        taking.commit()
        assert await inform == 0


async def test_a_failed_commit_answers_nothing():
    taking = Taking()
    async with receiving(taking) as traps, Sender(traps.addresses[0]) as first, Sender(traps.addresses[0]) as other:
        first.send(1, pdu_type=INFORM)
        await taking.count(1)
        taking.fail()
        other.send(2, pdu_type=INFORM)
        await taking.count(2)
        taking.commit()
        assert (await other.answer()).request_id == 2
        assert first.silent()


async def test_a_repeat_is_answered_once_with_the_first_and_at_once_after_it():
    taking = Taking()
    async with receiving(taking) as traps, Sender(traps.addresses[0]) as sender:
        for request_id in (1, 1, 2):
            sender.send(request_id, pdu_type=INFORM)
        await taking.count(2)
        taking.commit()
        answers = [await sender.answer(), await sender.answer()]
        assert [answer.request_id for answer in answers] == [1, 2]
        assert sender.silent()
        sender.send(1, pdu_type=INFORM)
        again = await sender.answer()
        assert (again.pdu_type, again.request_id, len(again.varbinds)) == (RESPONSE, 1, 2)
        assert len(taking.observations) == 2
        books = traps.books()
        assert (books.read, books.queued, books.duplicates, books.missing) == (4, 2, 2, 0)


async def test_informs_committed_before_a_restart_are_answered_without_an_observation():
    before, after = Taking(at_once=True), Taking()
    async with receiving(before) as traps, Sender(traps.addresses[0]) as sender:
        sender.send(1, pdu_type=INFORM)
        await sender.answer()
        address = traps.addresses[0]
        port = sender.socket.getsockname()[1]
    async with receiving(after, TrapsConfig(listen=(address,))) as traps, Sender(address) as sender:
        traps.restore([(trap.origin_id, trap.at) for trap in before.observations if isinstance(trap, Trap)])
        sender.socket.close()
        sender.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.socket.setblocking(False)
        sender.socket.bind(("127.0.0.1", port))
        sender.socket.connect(split_address(address))
        sender.send(1, pdu_type=INFORM)
        assert (await sender.answer()).request_id == 1
        assert after.observations == []


async def test_a_full_queue_gives_up_the_oldest_and_says_so(monkeypatch: pytest.MonkeyPatch):
    # Read and judged in one turn, however slow the machine is.
    monkeypatch.setattr(reading, "_LONGEST_S", PATIENCE_S)
    monkeypatch.setattr(reading, "_JUDGE_S", PATIENCE_S)
    taking = Taking(most_open=5)
    async with receiving(taking, most_waiting=10) as traps, Sender(traps.addresses[0]) as sender:
        for request_id in range(30):
            sender.send(request_id, pdu_type=INFORM)
        sender.send(99, community=b"no", pdu_type=RESPONSE)
        async with asyncio.timeout(PATIENCE_S):
            while traps.books().read < 31:
                await asyncio.sleep(0)
        books = traps.books()
        assert (books.queued, books.queue_full, books.waiting, books.rejected) == (30, 20, 10, 1)
        assert books.missing == 0
        rows = {row.reason: row for row in traps.shed()}
        assert (rows["queue_full"].count, rows["queue_full"].trap_oid) == (20, LINK_DOWN)
        taking.commit()
        taking.commit()
        assert [(await sender.answer()).request_id for _ in range(10)] == [*range(20, 30)]
        # The sender repeats what was given up: it is new.
        sender.send(7, pdu_type=INFORM)
        await taking.count(11)
        assert traps.books().missing == 0


async def test_other_communities_after_a_reload():
    taking = Taking(at_once=True)
    async with receiving(taking) as traps, Sender(traps.addresses[0]) as sender:
        credentials = {"core": Credential("core", community=b"core")}
        config = TrapsConfig(listen=ANYWHERE.listen, communities=(Community("core"),))
        traps.load(config, credentials=credentials, elements=(Element("r1", ("127.0.0.1",)),))
        sender.send(1)
        sender.send(2, community=b"core")
        [trap] = await taking.count(1)
        assert (_trap(trap).security_name, _trap(trap).element) == ("core", "r1")
        assert [rejection.reason for rejection in traps.rejections(RejectionsWanted()).last] == ["bad_community"]
        [count] = traps.rejections(RejectionsWanted()).counts
        assert (count.source, count.reason, count.count) == ("127.0.0.1", "bad_community", 1)
        assert {row.part: row.value for row in traps.health()}["unaccounted"] == 0


async def test_an_address_in_use_is_named_with_its_errno():
    async with receiving(Taking()) as traps:
        taken = TrapsConfig(listen=("127.0.0.1:0", traps.addresses[0]))
        with pytest.raises(
            ListenError, match=r"traps\.listen: cannot listen on 127\.0\.0\.1 port \d+: .* \(EADDRINUSE\)"
        ):
            Traps(taken, intake=Taking(), clock=Clock(), metrics=Metrics()).open()
    with pytest.raises(ListenError, match="EADDRNOTAVAIL"):
        Traps(TrapsConfig(listen=("192.0.2.1:0",)), intake=Taking(), clock=Clock(), metrics=Metrics()).open()


def test_only_the_default_falls_to_another_port(monkeypatch: pytest.MonkeyPatch):
    tried: list[int] = []

    def refuse(_: socket.socket, address: tuple[str, int]) -> None:
        tried.append(address[1])
        if address[1] < 1024:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse, raising=False)
    opened = sockets.open_all(TrapsConfig().listeners({}), receive_buffer=1 << 20, fall_back=True)
    for one in opened:
        one.close()
    assert tried == [162, 10_162]
    with pytest.raises(ListenError, match="EACCES"):
        sockets.open_all([Listener("127.0.0.1", 163)], receive_buffer=1 << 20)


async def test_the_kernel_says_what_it_dropped():
    config = TrapsConfig(listen=("127.0.0.1:0",))
    traps = Traps(config, intake=Taking(), clock=Clock(), metrics=Metrics())
    [address] = traps.open()
    try:
        traps._doors._doors[0].socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_304)
        async with Sender(address) as sender:
            for request_id in range(100):
                sender.send(request_id)
        told = [{row.part: row.value for row in traps.health()}["kernel_drops"] for _ in range(2)]
        # A core that was restored remembers the count of the life before: this one begins at nothing.
        assert told[0] == 0
        assert 0 < told[1] < 100
    finally:
        traps.close()


async def test_where_the_kernel_has_no_table_datagrams_tell_what_it_dropped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "_TABLES", ())
    taking, config = Taking(at_once=True), TrapsConfig(listen=("127.0.0.1:0",), accept_any_community=True)
    traps = Traps(config, intake=taking, clock=Clock(), metrics=Metrics())
    [address] = traps.open()
    traps._doors._doors[0].socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_304)
    async with Sender(address) as sender:
        for request_id in range(100):
            sender.send(request_id)
        running = asyncio.ensure_future(traps.run())
        await taking.until(lambda: len(taking.observations) > 0)
        # This one comes after those that were lost.
        sender.send(100, pdu_type=INFORM)
        await sender.answer()
        told = [{row.part: row.value for row in traps.health()}["kernel_drops"] for _ in range(2)]
        running.cancel()
    assert told[0] == 0
    assert told[1] == 101 - traps.books().read > 0
    traps.close()


async def test_a_storm_is_shed_exactly_and_takes_nothing_from_others():
    small = LimitConfig(Rate("1/s"), 20)
    limits = LimitsConfig(source=LimitConfig(Rate("1000/s"), 5_000), trap=small)
    taking = Taking(at_once=True)
    config = TrapsConfig(listen=("127.0.0.1:0",), limits=limits)
    async with receiving(taking, config) as traps, Sender(traps.addresses[0]) as loud, Sender("127.0.0.1:9") as quiet:
        for number in range(400):
            loud.send(number)
        quiet.socket.close()
        quiet.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        quiet.socket.bind(("127.0.0.2", 0))
        quiet.socket.connect(split_address(traps.addresses[0]))
        quiet.send(1)
        await taking.until(lambda: any(isinstance(o, Trap) and o.source == "127.0.0.2" for o in taking.observations))
        books = traps.books()
        rows = traps.shed()
    passed = sum(isinstance(one, Trap) and one.source == "127.0.0.1" for one in taking.observations)
    assert (books.read, books.missing) == (401, 0)
    assert 20 <= passed < 100  # one more for each second that a busy machine takes
    assert [(row.source, row.reason, row.trap_oid) for row in rows] == [("127.0.0.1", "storm_trap", LINK_DOWN)]
    assert books.shed == rows[0].count == 400 - passed
    assert [one.reason for one in traps.rejections(RejectionsWanted()).last][-1:] == ["storm_trap"]


async def test_one_address_in_two_realms_is_two_senders():
    """Each realm has its listener; the same datagram from the same address is another element's in each."""
    config = TrapsConfig(
        listen=(ListenConfig(":0", "cust-a"), ListenConfig("127.0.0.1:0", "cust-b", device="lo")),
        communities=(Community("ro"),),
    )
    realms = {"cust-a": RealmConfig(bind="127.0.0.2"), "cust-b": RealmConfig()}
    elements = [Element("a1", ("127.0.0.9",), realm="cust-a"), Element("b1", ("127.0.0.9",), realm="cust-b")]
    taking = Taking(at_once=True)
    traps = Traps(config, intake=taking, clock=Clock(), metrics=Metrics(), realms=realms)
    traps.load(config, credentials={"ro": Credential("ro", community=b"public")}, elements=elements)
    traps.open()
    running = asyncio.ensure_future(traps.run())
    try:
        of_a, of_b = traps.addresses
        assert (of_a.startswith("127.0.0.2:"), of_b.endswith("%lo")) == (True, True)
        for to in (of_a, of_b):
            async with Sender(to.removesuffix("%lo"), source="127.0.0.9") as sender:
                sender.send(1)
                sender.send(1)
        await taking.count(4)
    finally:
        running.cancel()
        await asyncio.wait([running])
        traps.close()
    found = {(one.realm, one.element, one.listener) for one in taking.observations if isinstance(one, Trap)}
    assert found == {("cust-a", "a1", of_a), ("cust-b", "b1", of_b)}


async def test_traps_of_an_element_that_is_given_by_name_come_from_its_address():
    """A name whose address another element has is not believed."""
    taking = Taking(at_once=True)
    elements = [Element("r1", ("r1.example.net",)), Element("r2", ("127.0.0.2",)), Element("r3", ("r3.example.net",))]
    async with receiving(taking) as traps:
        traps.load(ANYWHERE, credentials={"ro": Credential("ro", community=b"public")}, elements=elements)
        traps.resolved("default", "r1.example.net", "127.0.0.9")
        traps.resolved("default", "r3.example.net", "127.0.0.2")
        traps.health()
        traps.health()
        for source in ("127.0.0.9", "127.0.0.2"):
            async with Sender(traps.addresses[0], source=source) as sender:
                sender.send(1)
        await taking.count(2)
    found = {_trap(one).source: (_trap(one).element, _trap(one).element_by) for one in taking.observations}
    assert found == {"127.0.0.9": ("r1", "source"), "127.0.0.2": ("r2", "source")}
