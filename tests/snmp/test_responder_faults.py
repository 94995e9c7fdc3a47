"""Each way in which an agent misbehaves, as its manager sees it."""

import pytest

from netmon.snmp import ber, message
from netmon.snmp.agent import Agent
from netmon.snmp.faults import (
    Delay,
    Duplicate,
    EndlessWalk,
    Fault,
    ForeignReply,
    GenErr,
    Loss,
    NonIncreasing,
    Reorder,
    TooBig,
    Truncate,
    WrongType,
)
from netmon.snmp.message import Message, decode, encode
from netmon.snmp.responder import Responder
from tests.snmp.snmp_examples import router

DESCR, OPER, MTU = "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.4"
HC_IN = "1.3.6.1.2.1.31.1.1.1.6"
UPTIME = "1.3.6.1.2.1.1.3.0"


def request(
    pdu_type: int, *oids: str, version: int = message.V2C, status: int = 0, index: int = 0, id_: int = 7
) -> bytes:
    varbinds = tuple((oid, ber.NULL, None) for oid in oids)
    return encode(Message(version, b"public", pdu_type, id_, status, index, varbinds))


def faulty(*faults: Fault, ports: int = 4) -> Responder:
    agent = router(ports=ports)
    for fault in faults:
        agent.faults.begin(fault)
    return Responder([agent])


def hits(responder: Responder) -> dict[str, int]:
    return +responder.agents[b"public"].faults.hits


def ask(responder: Responder, datagram: bytes, now: int = 0) -> Message:
    answer = responder.answer(datagram, now)
    assert answer is not None
    return decode(answer)


def walked(responder: Responder, column: str, *, most: int, version: int = message.V2C) -> list[str]:
    """Return the indexes that GETNEXT finds below a column, at most so many."""
    found: list[str] = []
    cursor = column
    while len(found) < most:
        cursor, tag, _ = ask(responder, request(message.GET_NEXT, cursor, version=version)).varbinds[0]
        if tag in (ber.END_OF_MIB_VIEW, ber.NULL) or not cursor.startswith(f"{column}."):
            break
        found.append(cursor.removeprefix(f"{column}."))
    return found


def test_an_agent_without_faults_is_true():
    responder = faulty()
    assert walked(responder, DESCR, most=9) == ["1", "2", "3", "4"]
    assert [delivery.after_ms for delivery in responder.replies(request(message.GET, UPTIME), 0)] == [0]
    assert hits(responder) == {}


def test_too_big_counts_octets_and_leaves_small_answers_alone():
    responder = faulty(TooBig(above=150))
    assert ask(responder, request(message.GET_BULK, DESCR, index=2)).error_status == 0
    many = ask(responder, request(message.GET_BULK, DESCR, index=100))
    assert (many.error_status, many.varbinds) == (message.TOO_BIG, ())
    assert hits(responder) == {"too_big": 1}


@pytest.mark.parametrize(
    ("datagram", "index"),
    [
        (request(message.GET, UPTIME, f"{DESCR}.3"), 2),
        (request(message.GET, UPTIME, f"{DESCR}.2"), 0),
        (request(message.GET_NEXT, f"{DESCR}.2"), 1),
        (request(message.GET_BULK, "1.3.6.1.2.1.1.3", OPER, DESCR, status=1, index=3), 3),
        (request(message.GET_BULK, DESCR, index=2), 0),
    ],
    ids=["get", "get of others", "next", "bulk", "bulk that ends before"],
)
def test_gen_err_stands_at_the_varbind_that_asked(datagram: bytes, index: int):
    answer = ask(faulty(GenErr(f"{DESCR}.3")), datagram)
    assert (answer.error_status, answer.error_index) == ((message.GEN_ERR, index) if index else (0, 0))


def test_gen_err_without_an_oid_is_everywhere():
    assert ask(faulty(GenErr()), request(message.GET, UPTIME)).error_status == message.GEN_ERR


@pytest.mark.parametrize(
    ("ports", "order"), [(1, "1"), (2, "21"), (3, "132"), (4, "1324"), (5, "12435")], ids=lambda value: str(value)
)
def test_non_increasing_swaps_two_rows_and_loses_none(ports: int, order: str):
    responder = faulty(NonIncreasing(), ports=ports)
    assert walked(responder, DESCR, most=20) == list(order)
    assert walked(responder, OPER, most=20) == list(order)
    bulk = ask(responder, request(message.GET_BULK, DESCR, index=ports))
    assert [oid.rpartition(".")[2] for oid, _, _ in bulk.varbinds] == list(order)


def test_non_increasing_is_of_one_column_where_one_is_named():
    responder = faulty(NonIncreasing(DESCR))
    assert (walked(responder, DESCR, most=9), walked(responder, OPER, most=9)) == (list("1324"), list("1234"))


def test_an_endless_walk_goes_on_after_the_last_row():
    responder = faulty(EndlessWalk(DESCR))
    assert walked(responder, DESCR, most=50) == [str(index) for index in range(1, 51)]
    assert walked(responder, OPER, most=50) == list("1234")
    bulk = ask(responder, request(message.GET_BULK, f"{DESCR}.4", index=3))
    assert [varbind[0] for varbind in bulk.varbinds] == [f"{DESCR}.{index}" for index in (5, 6, 7)]


def test_an_endless_walk_of_what_version_1_cannot_say_ends():
    responder = faulty(EndlessWalk(HC_IN))
    assert walked(responder, HC_IN, most=5, version=message.V1) == []


def test_wrong_type_hits_what_is_named_and_nothing_else():
    responder = faulty(WrongType(MTU), WrongType(f"{DESCR}.2"))
    answer = ask(responder, request(message.GET, f"{MTU}.1", f"{DESCR}.2", f"{DESCR}.1", f"{MTU}.99"))
    assert answer.varbinds == (
        (f"{MTU}.1", ber.OCTET_STRING, b"1500"),
        (f"{DESCR}.2", ber.INTEGER, 0),
        (f"{DESCR}.1", ber.OCTET_STRING, b"xe-0/0/0"),
        (f"{MTU}.99", ber.NO_SUCH_INSTANCE, None),
    )
    assert ask(responder, request(message.GET_NEXT, MTU)).varbinds[0][1] == ber.OCTET_STRING


def test_answers_are_cut_late_twice_lost_or_from_elsewhere():
    whole = faulty().answer(request(message.GET, UPTIME), 0)
    assert whole is not None
    for fault, expected in (
        (Truncate(), [(whole[: len(whole) // 2], 0, "")]),
        (Truncate(size=9), [(whole[:9], 0, "")]),
        (Delay(by_ms=300), [(whole, 300, "")]),
        (Duplicate(), [(whole, 0, ""), (whole, 0, "")]),
        (Loss(), []),
        (Loss(above=len(whole)), [(whole, 0, "")]),
        (Loss(above=len(whole) - 1), []),
        (ForeignReply("127.0.0.9"), [(whole, 0, "127.0.0.9")]),
    ):
        sent = faulty(fault).replies(request(message.GET, UPTIME), 0)
        assert [(one.datagram, one.after_ms, one.source) for one in sent] == expected, fault


def test_reorder_lets_the_second_answer_come_first_and_loses_none():
    responder = faulty(Reorder())
    came = [
        [decode(one.datagram).request_id for one in responder.replies(request(message.GET, UPTIME, id_=id_), 0)]
        for id_ in range(1, 5)
    ]
    assert came == [[], [2, 1], [], [4, 3]]
    assert responder.replies(request(message.GET, UPTIME, id_=5), 0) == []
    responder.agents[b"public"].faults.end(Reorder())
    last = responder.replies(request(message.GET, UPTIME, id_=6), 0)
    assert [decode(one.datagram).request_id for one in last] == [6, 5]
    assert not responder.agents[b"public"].faults.any


def test_faults_may_come_together_and_end_by_time():
    agent = router()
    agent.faults.begin(Duplicate(), now=1_000, for_ms=500)
    agent.faults.begin(Delay(by_ms=40), now=1_000)
    responder = Responder([agent])
    assert [one.after_ms for one in responder.replies(request(message.GET, UPTIME), 1_499)] == [40, 40]
    assert [one.after_ms for one in responder.replies(request(message.GET, UPTIME), 1_500)] == [40]


def misfortunes(seed: int) -> list[int]:
    agent = Agent([(UPTIME, ber.TIME_TICKS, 1)], seed=seed)
    for fault in (Loss(percent=30), Duplicate(percent=30), Delay(by_ms=1, jitter_ms=100)):
        agent.faults.begin(fault)
    responder = Responder([agent])
    return [one.after_ms for _ in range(200) for one in responder.replies(request(message.GET, UPTIME), 0)]


def test_the_same_seed_brings_the_same_misfortune():
    assert misfortunes(7) == misfortunes(7)
    assert misfortunes(7) != misfortunes(8)
    assert 100 < len(misfortunes(7)) < 260
