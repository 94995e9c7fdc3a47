"""Storms at the listener: what is shed, what is not, and what it costs the others."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
import structlog

from netmon.domain.duration import Rate
from netmon.domain.inventory import Element
from netmon.domain.observation import Trap
from netmon.domain.oid import SNMP_TRAP_ADDRESS, SNMP_TRAP_OID, SYS_UPTIME, Varbind
from netmon.snmp import ber, secured, usm
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import OwnEngine
from netmon.snmp.message import INFORM, V1, V1_TRAP, V2_TRAP, V2C, Message, V1Trap, encode
from netmon.snmp.user import NO_KEYS, User
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.traps import reading
from netmon.sources.traps.arrived import Arrived
from netmon.sources.traps.config import ProxyConfig, TrapsConfig
from netmon.sources.traps.fair import Waiter
from netmon.sources.traps.limits import LimitConfig, LimitsConfig
from netmon.sources.traps.listen import Traps
from netmon.telemetry.metrics import Metrics
from netmon.telemetry.seldom import Seldom
from tests.patience import PATIENCE_S
from tests.sources.taking import HandClock, Taking

LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
LINK_UP = "1.3.6.1.6.3.1.1.5.4"
OURS = bytes.fromhex("80007ed9050102030405060708")
USER = User(
    b"netmon",
    "sha256",
    usm.master_key("sha256", b"auth password"),
    "aes128",
    usm.master_key("sha256", b"priv password"),
)
CREDENTIALS = {"ro": Credential("ro", community=b"public"), "v3": Credential("v3", version="v3", user=USER)}
SMALL = LimitsConfig(source=LimitConfig(Rate("1/h"), 50), trap=LimitConfig(Rate("1/h"), 20))
MUCH = LimitsConfig(source=LimitConfig(Rate("1000000/s"), 1_000_000), trap=LimitConfig(Rate("1000000/s"), 1_000_000))
ELEMENTS = (Element("r1", ("192.0.2.1",)), Element("r2", ("192.0.2.2",)), Element("r3", ("127.0.0.3",)))


def v2c(number: int, oid: str = LINK_DOWN, *more: Varbind, pdu_type: int = V2_TRAP) -> bytes:
    varbinds: tuple[Varbind, ...] = ((SYS_UPTIME, 0x43, number), (SNMP_TRAP_OID, 0x06, oid), *more)
    return encode(Message(V2C, b"public", pdu_type, number, 0, 0, varbinds))


def v1(number: int, oid: str = LINK_DOWN, *more: Varbind) -> bytes:
    """Return one of the generic traps."""
    head = V1Trap("1.3.6.1.4.1.9", "127.0.0.3", int(oid.rpartition(".")[2]) - 1, 0, number)
    return encode(Message(V1, b"public", V1_TRAP, 0, 0, 0, more, v1_trap=head))


def v3(
    number: int,
    engine_id: bytes = b"\x80\x00\x00\x00\x01one",
    *,
    user: User = USER,
    oid: str = LINK_DOWN,
    boots: int = 1,
) -> bytes:
    varbinds = [write_varbind((SYS_UPTIME, 0x43, number)), write_varbind((SNMP_TRAP_OID, 0x06, oid))]
    scoped = secured.scoped_pdu(engine_id, b"", ber.tlv(V2_TRAP, write_pdu(number, 0, 0, varbinds)))
    keys = user.keys(engine_id) if user.auth else NO_KEYS
    return secured.seal(secured.Envelope(number, engine_id, boots, 100, user.name), scoped, keys, salt=number)


def _standing() -> Clock:
    """Return a clock that stands still: nobody earns another message while the machine does something else."""
    hands = HandClock()
    return Clock(hands.wall_ns, hands.monotonic_ns)


class Listener:
    """A receiver on loopback, and senders with addresses of their own."""

    def __init__(self, config: TrapsConfig) -> None:
        self.taking = Taking(at_once=True)
        self.traps = Traps(config, intake=self.taking, clock=_standing(), metrics=Metrics())
        self.traps.load(config, credentials=CREDENTIALS, elements=ELEMENTS)
        self.traps.take_version3(OwnEngine(OURS, 7, 0))
        self.traps.protect([LINK_UP])
        [address] = self.traps.open()
        self._to = ("127.0.0.1", int(address.rpartition(":")[2]))
        self._senders: dict[str, socket.socket] = {}
        self._sent = 0

    def send(self, source: str, *datagrams: bytes) -> socket.socket:
        out = self._senders.get(source)
        if out is None:
            out = self._senders[source] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            out.bind((source, 0))
            out.setblocking(False)
            out.connect(self._to)
        for datagram in datagrams:
            out.send(datagram)
        self._sent += len(datagrams)
        return out

    async def all_read(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.traps.books().read < self._sent or len(self.traps._reading):
                await asyncio.sleep(0)
        assert self.traps.books().missing == 0

    def passed(self) -> Counter[str]:
        return Counter(one.element for one in self.taking.observations if isinstance(one, Trap))

    def shed(self) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for row in self.traps.shed():
            found[row.source, row.reason] += row.count
        return found

    def close(self) -> None:
        for out in self._senders.values():
            out.close()
        self.traps.close()


@contextlib.asynccontextmanager
async def listening(limits: LimitsConfig = SMALL, **more: object) -> AsyncIterator[Listener]:
    listener = Listener(TrapsConfig(listen=("127.0.0.1:0",), limits=limits, **more))  # type: ignore[arg-type]
    running = asyncio.ensure_future(listener.traps.run())
    try:
        yield listener
    finally:
        running.cancel()
        await asyncio.wait([running])
        listener.close()


def of_element(number: int, address: str) -> bytes:
    return v2c(number, LINK_DOWN, (SNMP_TRAP_ADDRESS, 0x40, address))


async def test_behind_a_trusted_proxy_each_element_has_its_own_limit() -> None:
    async with listening(proxies=(ProxyConfig("127.0.0.9/32"),)) as listener:
        listener.send("127.0.0.9", *[of_element(number, "192.0.2.1") for number in range(200)])
        listener.send("127.0.0.9", *[of_element(number, "192.0.2.2") for number in range(15)])
        await listener.all_read()
        assert listener.passed() == {"r1": 20, "r2": 15}
        assert listener.shed() == {("r1", "storm_trap"): 180}


async def test_a_storm_of_a_relay_itself_is_no_storm_of_those_behind_it() -> None:
    async with listening(proxies=(ProxyConfig("127.0.0.9/32"),)) as listener:
        listener.send("127.0.0.9", *[v2c(number) for number in range(200)])
        listener.send("127.0.0.9", *[of_element(number, "192.0.2.1") for number in range(15)])
        await listener.all_read()
        assert listener.passed() == {"addr:default:127.0.0.9": 20, "r1": 15}
        assert listener.shed() == {("127.0.0.9", "storm_trap"): 180}


@pytest.mark.parametrize(
    "make", [v2c, partial(v2c, pdu_type=INFORM), v1], ids=["trap of v2c", "inform of v2c", "trap of v1"]
)
async def test_what_is_shed_in_a_storm_is_not_decoded(make: Callable[..., bytes]) -> None:
    """By the octets up to its name it is known; whether the rest is sound is no longer looked at."""
    sound = [make(number, LINK_DOWN, ("1.3", 4, b"x")) for number in range(1_000, 1_200)]
    broken = [one[:-2] + b"\x09x" for one in sound]
    async with listening() as listener:
        listener.send("127.0.0.3", *broken[:3], *sound, *broken)
        await listener.all_read()
        assert listener.passed() == {"r3": 20}
        assert listener.shed() == {("127.0.0.3", "malformed"): 3, ("127.0.0.3", "storm_trap"): 380}


async def test_what_a_storm_may_still_send_is_sound() -> None:
    """Of two kinds one is a storm; the other passes, but not what cannot be decoded."""
    async with listening() as listener:
        other = v2c(1, LINK_UP, ("1.3", 4, b"x"))
        listener.send("127.0.0.3", *[v2c(number) for number in range(200)])
        listener.send("127.0.0.3", other, other[:-2] + b"\x09x", other)
        await listener.all_read()
        assert listener.passed() == {"r3": 22}
        assert listener.shed() == {("127.0.0.3", "malformed"): 1, ("127.0.0.3", "storm_trap"): 180}


async def test_one_turn_of_the_loop_reads_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_LONGEST_S", 3_600.0)
    monkeypatch.setattr(reading, "_MOST_READ", 1_000)
    async with listening() as listener:
        listener.send("127.0.0.3", *[v2c(number) for number in range(1_500)])
        [door] = listener.traps._doors._doors
        assert listener.traps._read(door) == "part"
        assert listener.traps.books().read == 1_000
        assert listener.traps._read(door) == "all"
        assert listener.traps.books().read == 1_500
        assert listener.traps._read(door) == "nothing"


async def test_what_there_is_no_time_to_judge_waits_and_a_quiet_sender_does_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with listening(MUCH) as listener:
        listener.send("127.0.0.3", v2c(0))
        await listener.all_read()
        monkeypatch.setattr(reading, "_LONGEST_S", 3_600.0)
        monkeypatch.setattr(reading, "_JUDGE_S", 0.0)
        [door] = listener.traps._doors._doors
        listener.send("127.0.0.9", *[v2c(number) for number in range(1_020)])
        listener.send("127.0.0.3", v2c(1))
        listener.traps._read(door)
        assert listener.passed()["r3"] == 2
        books = listener.traps.books()
        assert (books.read, books.missing) == (1_022, 0)
        assert books.unread > 900
        await listener.all_read()
        assert sum(listener.passed().values()) == 1_022


async def test_who_fills_the_inbox_gives_up_his_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_LONGEST_S", 3_600.0)
    monkeypatch.setattr(reading, "_INBOX", 100)
    async with listening(MUCH) as listener:
        for source in ("127.0.0.3", "127.0.0.9"):
            listener.send(source, v2c(0))
        await listener.all_read()
        [door] = listener.traps._doors._doors
        listener.send("127.0.0.3", *[v2c(number) for number in range(5)])
        listener.send("127.0.0.9", *[v2c(number) for number in range(300)])
        listener.traps._read(door)
        await listener.all_read()
        assert listener.passed() == {"r3": 6, "addr:default:127.0.0.9": 96}
        assert listener.shed() == {("127.0.0.9", "queue_full"): 205}


async def test_strangers_are_one_sender_however_many_addresses_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_LONGEST_S", 3_600.0)
    monkeypatch.setattr(reading, "_INBOX", 100)
    async with listening(MUCH) as listener:
        listener.send("127.0.0.3", v2c(0))
        await listener.all_read()
        [door] = listener.traps._doors._doors
        listener.send("127.0.0.3", *[v2c(number) for number in range(5)])
        for stranger in range(30):
            listener.send(f"127.0.2.{stranger}", *[b"\x30\x03\x02\x01\x01"] * 10)
        listener.traps._read(door)
        await listener.all_read()
        assert listener.passed() == {"r3": 6}
        assert sum(count for (_, reason), count in listener.shed().items() if reason == "queue_full") == 205


async def test_a_bug_costs_one_datagram_and_is_in_the_books(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(MUCH) as listener:
        sound = listener.traps._judging.judge

        def judge(one: Arrived, now_ns: int, *, charged: bool = False) -> Waiter[Trap] | None:
            if one.datagram == v2c(3):
                raise ZeroDivisionError
            return sound(one, now_ns, charged=charged)

        monkeypatch.setattr(listener.traps._judging, "judge", judge)
        listener.send("127.0.0.3", *[v2c(number, pdu_type=INFORM) for number in range(2)], v2c(3), v2c(4), v2c(5))
        await listener.all_read()
        assert listener.passed() == {"r3": 4}
        assert listener.shed() == {("127.0.0.3", "bug"): 1}
        assert "netmon_observations_failed_total 1.0" in listener.traps._metrics.render().decode()


async def test_a_bug_that_comes_again_and_again_is_logged_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(MUCH) as listener:
        monkeypatch.setattr(listener.traps._reading, "_seldom", Seldom(most=2, now=lambda: 0.0))

        def judge(one: Arrived, now_ns: int, *, charged: bool = False) -> Waiter[Trap] | None:
            raise ZeroDivisionError

        monkeypatch.setattr(listener.traps._judging, "judge", judge)
        with structlog.testing.capture_logs() as lines:
            listener.send("127.0.0.3", *[v2c(number) for number in range(20)])
            await listener.all_read()
        assert listener.shed() == {("127.0.0.3", "bug"): 20}
        assert [line["event"] for line in lines if line.get("exc_info")] == ["datagram could not be judged"] * 2


async def test_what_gathered_before_the_end_is_read_and_what_was_shed_is_told() -> None:
    async with listening() as listener:
        listener.send("127.0.0.3", v2c(0))
        await listener.all_read()
        assert listener.traps.shed() == ()
        listener.send("127.0.0.3", *[v2c(number) for number in range(1, 30)])
    await listener.all_read()
    assert listener.passed() == {"r3": 20}
    assert listener.shed() == {("127.0.0.3", "storm_trap"): 10}


async def test_without_a_proxy_what_a_trap_says_of_its_sender_opens_no_second_account() -> None:
    async with listening() as listener:
        listener.send("127.0.0.9", *[of_element(number, f"192.0.2.{number % 200}") for number in range(200)])
        await listener.all_read()
        assert sum(listener.passed().values()) == 20
        assert listener.shed() == {("127.0.0.9", "storm_trap"): 180}


@pytest.mark.parametrize("make", [v1, v2c, v3], ids=["v1", "v2c", "v3"])
async def test_no_version_escapes_the_limits_in_a_storm(make: Callable[[int], bytes]) -> None:
    async with listening() as listener:
        listener.send("127.0.0.3", *[make(number) for number in range(300)])
        await listener.all_read()
        assert listener.passed() == {"r3": 20}
        assert listener.shed() == {("127.0.0.3", "storm_trap"): 280}


async def test_protected_traps_pass_a_storm_up_to_their_own_limit() -> None:
    async with listening() as listener:
        storm = [v2c(number, LINK_DOWN) for number in range(400)]
        clears = [v2c(number, LINK_UP) for number in range(600)]
        listener.send("127.0.0.3", *storm, *clears)
        await listener.all_read()
        names = Counter(one.trap_oid for one in listener.taking.observations if isinstance(one, Trap))
        assert names == {LINK_DOWN: 20, LINK_UP: 500}
        assert listener.shed() == {("127.0.0.3", "storm_trap"): 380, ("127.0.0.3", "storm_source"): 100}


async def test_an_inform_that_is_shed_is_not_answered_and_its_repeat_is_judged_anew() -> None:
    async with listening(
        LimitsConfig(source=LimitConfig(Rate("1/s"), 50), trap=LimitConfig(Rate("1/s"), 3))
    ) as listener:
        out = listener.send("127.0.0.3", *[v2c(number, pdu_type=INFORM) for number in range(10)])
        await listener.all_read()
        answers = 0
        with contextlib.suppress(BlockingIOError):
            while out.recv(65_535):
                answers += 1
        assert answers == 3
        books = listener.traps.books()
        assert (books.queued, books.shed, books.duplicates) == (3, 7, 0)
        # What was answered is a repeat all the same, and takes no room.
        listener.traps.load(TrapsConfig(limits=LimitsConfig()), credentials=CREDENTIALS, elements=ELEMENTS)
        listener.send("127.0.0.3", *[v2c(number, pdu_type=INFORM) for number in range(10)])
        await listener.all_read()
        assert (listener.traps.books().queued, listener.traps.books().duplicates) == (10, 3)


async def test_octets_behind_a_message_are_cut_off_and_counted_each_time() -> None:
    async with listening() as listener:
        listener.send("127.0.0.3", *[v2c(number) + b"more" for number in range(3)], v3(9) + b"more", v2c(4))
        listener.send("127.0.0.3", v2c(7, pdu_type=INFORM) + b"more")
        await listener.all_read()
        flags = [one.flags for one in listener.taking.observations if isinstance(one, Trap)]
        assert sorted(flags) == [(), *[("trailing_octets",)] * 5]
        assert "netmon_traps_trailing_octets_total 5.0" in listener.traps._metrics.render().decode()


async def test_more_v3_than_may_be_looked_into_is_shed_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic_ns", lambda: 1_000_000_000_000)
    limits = LimitsConfig(v3_crypto_rate=Rate("10/s"), v3_crypto_total=Rate("1000/s"))
    async with listening(limits) as listener:
        listener.send("127.0.0.4", *[v3(number) for number in range(100)])
        listener.send("127.0.0.3", v3(200, b"\x80\x00\x00\x00\x01two"), v2c(1))
        await listener.all_read()
        assert listener.passed()["r3"] == 2
        assert listener.shed()["127.0.0.4", "storm_unread"] == 90


async def test_what_is_not_looked_into_costs_no_reading_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit nobody asks whether a message is sound, whose it says to be, or for a Report."""
    monkeypatch.setattr("time.monotonic_ns", lambda: 1_000_000_000_000)
    limits = LimitsConfig(v3_crypto_rate=Rate("10/s"), v3_crypto_total=Rate("1000/s"))
    broken, discovery = v3(1)[:20] + b"\xff" + v3(1)[21:], v3(1, b"", user=User(b"", "", b"", "", b""))
    async with listening(limits) as listener:
        listener.send("127.0.0.4", *[v3(number) for number in range(10)], *[broken, discovery] * 20)
        await listener.all_read()
        assert listener.shed() == {("127.0.0.4", "storm_unread"): 40}
        assert listener.traps.books().discoveries == 0


@pytest.mark.slow
async def test_forged_engines_cost_a_bounded_amount_and_good_users_go_on() -> None:
    limits = LimitsConfig(v3_crypto_rate=Rate("1000000/s"), v3_crypto_total=Rate("100/s"))
    async with listening(limits) as listener:
        listener.send("127.0.0.3", v3(1, b"\x80\x00\x00\x00\x01good"))
        await listener.all_read()
        sample = bytearray(v3(2, b"\x80\x00\x00\x00\x01ffff"))
        at = sample.index(b"ffff")
        for number in range(100_000):
            sample[at : at + 4] = number.to_bytes(4, "big")
            listener.send(f"127.0.1.{number % 250 + 1}", bytes(sample))
            if number % 500 == 0:
                await listener.all_read()
        listener.send("127.0.0.3", v3(3, b"\x80\x00\x00\x00\x01good"))
        await listener.all_read()
        assert listener.passed() == {"r3": 2}
        books = listener.traps.books()
        assert books.shed + books.rejected == 100_000
        assert books.shed > 50_000
        version3 = listener.traps._judging.version3
        assert version3 is not None
        assert len(version3.senders.engines) == 1
        assert len(version3.senders.users) == 1
        assert len(listener.traps._limits._crypto) <= 251
