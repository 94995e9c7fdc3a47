"""Version 3 takes whatever comes: random, cut and changed messages at the receiver and at the requests of polls.

None raises, none hangs, and nothing grows with what is turned away.
"""

import asyncio
import gc
import random
import time
from collections import Counter
from collections.abc import Callable

import pytest

from netmon.domain.duration import Rate
from netmon.domain.inventory import Element
from netmon.snmp import ber, message, secured, usm, varbinds
from netmon.snmp.asking import Asking
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import Clock, Engine, OwnEngine
from netmon.snmp.errors import DecodeError
from netmon.snmp.exchange import Exchange, Reply, Target
from netmon.snmp.reports import REPORT_OIDS
from netmon.snmp.secured import Envelope
from netmon.snmp.template import pdu_template
from netmon.snmp.user import NO_KEYS, User
from netmon.sources.credential import Credential
from netmon.sources.traps.admit import Admission, Origin, Rejected
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.limits import Limits, LimitsConfig
from netmon.sources.traps.version3 import Reported, Version3
from tests.fuzz.test_datagrams import mutated, random_value

SEED = 20_261_130
EACH = 200_000
WARM = 20_000
OURS, THEIRS = bytes.fromhex("80007ed9050102030405060708"), bytes.fromhex("80007ed904aabbccdd")
KEY = usm.master_key("sha", b"authpassword")
USERS = (
    User(b"open"),
    User(b"signed", "sha256", usm.master_key("sha256", b"authpassword")),
    User(b"netmon", "sha", KEY, "aes128", KEY),
    User(b"netmon", "sha", KEY, "aes256", KEY),
    User(b"netmon", "md5", usm.master_key("md5", b"authpassword"), "des", usm.master_key("md5", b"privpassword")),
)
PDUS = (message.GET, message.RESPONSE, message.INFORM, message.INFORM, message.V2_TRAP, message.V2_TRAP, message.REPORT)
NAMED = write_varbind(("1.3.6.1.6.3.1.1.4.1.0", ber.OBJECT_IDENTIFIER, "1.3.6.1.6.3.1.1.5.3"))
PEER = ("192.0.2.1", 161)


def sound(rng: random.Random) -> bytes:
    """Return a message that a device or a manager could have sent."""
    pdu_type, user = rng.choice(PDUS), rng.choice(USERS)
    engine_id = rng.choice((OURS, OURS, THEIRS, THEIRS, b"", THEIRS + rng.randbytes(2)))
    first = (
        write_varbind((rng.choice([*REPORT_OIDS.values()]), ber.COUNTER32, 1)) if pdu_type == message.REPORT else NAMED
    )
    found = [
        write_varbind((f"1.3.6.1.4.1.32473.{rng.randrange(2**31)}", *random_value(rng)))
        for _ in range(rng.randrange(3))
    ]
    pdu = ber.tlv(pdu_type, write_pdu(rng.randrange(2**31), 0, 0, [first, *found]))
    boots = (7, 0) if engine_id == OURS else (rng.randrange(5), rng.randrange(2_000))
    envelope = Envelope(7, engine_id, *boots, user.name, reportable=rng.random() < 0.5)
    keys = NO_KEYS if not engine_id else user.keys(engine_id, rng.choice(("blumenthal", "blumenthal", "cisco")))
    return secured.seal(
        envelope, secured.scoped_pdu(rng.choice((engine_id, b"")), b"", pdu), keys, salt=rng.randrange(2**32)
    )


def hostile(rng: random.Random, messages: list[bytes]) -> bytes:
    """Return random octets that begin like a message, or a sound one that was changed or cut."""
    kind = rng.randrange(4)
    if kind == 0:
        return ber.tlv(ber.SEQUENCE, b"\x02\x01\x03" + rng.randbytes(rng.randrange(200)))
    datagram = mutated(rng, rng.choice(messages))
    return datagram[: rng.randrange(1, len(datagram) + 1)] if kind == 1 else datagram


@pytest.fixture(autouse=True)
def small_memories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the codec keep little, so that a memory without a bound would be seen."""
    monkeypatch.setattr(varbinds, "_OID_TEXT", {})
    monkeypatch.setattr(varbinds, "_LISTS", {})
    monkeypatch.setattr(varbinds, "_OIDS_KEPT", 200)
    monkeypatch.setattr(varbinds, "_LISTS_KEPT", 50)


def stays_flat(take: Callable[[bytes], object], kept: Callable[[], list[int]]) -> None:
    """Give it hostile messages; fail when more is kept at the end than after the first of them."""
    rng = random.Random(SEED)
    messages = [sound(rng) for _ in range(500)]
    for one in messages:
        take(one)
    for _ in range(WARM):
        take(hostile(rng, messages))
    gc.collect()
    before, objects = kept(), Counter(type(one).__name__ for one in gc.get_objects())
    for _ in range(EACH - WARM):
        take(hostile(rng, messages))
    gc.collect()
    grown = Counter(type(one).__name__ for one in gc.get_objects()) - objects
    assert kept() == before
    assert (len(varbinds._OID_TEXT) <= 200, len(varbinds._LISTS) <= 50, len(varbinds._FRESH) <= 2) == (True,) * 3
    assert grown.total() < 1_000, grown.most_common(5)


@pytest.mark.slow
def test_the_receiver_takes_what_is_sound_and_turns_the_rest_away() -> None:
    no_rate = LimitsConfig(v3_crypto_rate=Rate("1000000000/s"), v3_crypto_total=Rate("1000000000/s"))
    config = TrapsConfig(limits=no_rate)
    credentials = {f"c{at}": Credential(f"c{at}", version="v3", user=user) for at, user in enumerate(USERS)}
    elements = (Element("r1", ("192.0.2.1",)),)
    version3 = Version3(config, OwnEngine(OURS, 7, time.monotonic_ns()), Limits(config.limits))
    version3.load(config, credentials=credentials, elements=elements)
    admission = Admission(config, credentials=credentials, elements=elements)
    origin = Origin(1_000, "default", "listener", "192.0.2.1", 162)
    became: Counter[str] = Counter()

    def take(datagram: bytes) -> None:
        outcome = version3.take(datagram, origin, admission)
        reason = outcome.rejected if isinstance(outcome, Reported) else outcome
        became[reason.reason if isinstance(reason, Rejected) else type(outcome).__name__] += 1

    def kept() -> list[int]:
        senders = version3.senders
        return [len(senders.engines), len(senders.users), len(version3._authority._keys), len(version3._seen)]

    stays_flat(take, kept)
    assert became.total() == EACH + 500
    assert {"Trap", "Inform", "Reported", "malformed", "wrong_digest", "unknown_user", "not_in_time_window"} <= set(
        became
    )


@pytest.mark.slow
async def test_requests_of_polls_are_answered_by_sound_answers_alone() -> None:
    # Keys of a user whose key is made longer take milliseconds to make: an engine that is known has them.
    asking, user, engine = Asking(), USERS[3], Engine(THEIRS, Clock(1, 100, 0))
    target = Target("192.0.2.1", version=message.V3, user=user)
    oids = ("1.3.6.1.2.1.1.3.0",)
    template = pdu_template(message.GET, oids, non_repeaters=0, max_repetitions=0)
    future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    rng = random.Random(SEED)
    became: Counter[str] = Counter()

    def begun() -> Exchange:
        exchange = Exchange(target, oids, pdu_type=message.GET, most=1, template=template, future=future)
        exchange.peer = PEER
        if rng.random() < 0.8:
            exchange.engine = engine
        asking.datagram(exchange, 7, 0)
        return exchange

    exchange = begun()

    def take(datagram: bytes) -> None:
        nonlocal exchange
        if rng.random() < 0.05:
            asking.unanswered(exchange)
            exchange = begun()
        try:
            taken = asking.take(exchange, secured.read(datagram), 0)
        except DecodeError:
            became["malformed"] += 1
        else:
            became[type(taken).__name__] += 1

    def kept() -> list[int]:
        return [len(asking._engines), len(asking._discovered_ns), len(asking.ways._ways)]

    stays_flat(take, kept)
    assert {"malformed", "Ignored", "Again", "Answered"} <= set(became)
