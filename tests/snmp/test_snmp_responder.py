import msgspec
import pytest

from netmon.snmp import ber, message
from netmon.snmp.agent import Agent, UnknownPort
from netmon.snmp.interfaces import interface_rows
from netmon.snmp.message import Message, decode, encode
from netmon.snmp.responder import Responder
from tests.snmp.snmp_examples import LINK_DOWN, router

IF_DESCR = "1.3.6.1.2.1.2.2.1.2"
HC_IN = "1.3.6.1.2.1.31.1.1.1.6"
HC_OUT = "1.3.6.1.2.1.31.1.1.1.10"
IN_ERRORS = "1.3.6.1.2.1.2.2.1.14"
UPTIME = "1.3.6.1.2.1.1.3.0"
LAST = "1.3.6.1.6.3.10.2.1.3.0"


def ask(responder, pdu_type, *oids, version=message.V2C, now=0, status=0, index=0, community=b"public"):
    varbinds = tuple((oid, ber.NULL, None) for oid in oids)
    answer = responder.answer(encode(Message(version, community, pdu_type, 77, status, index, varbinds)), now)
    assert answer is not None
    response = decode(answer)
    assert (response.pdu_type, response.request_id, response.version) == (message.RESPONSE, 77, version)
    return response


@pytest.fixture
def responder():
    return Responder([router(), router(ports=1, community=b"small")])


def test_get_tells_missing_instance_from_missing_object(responder):
    response = ask(responder, message.GET, f"{IF_DESCR}.2", f"{IF_DESCR}.9", "1.3.6.1.4.1.1.1")
    assert response.varbinds == (
        (f"{IF_DESCR}.2", ber.OCTET_STRING, b"xe-0/0/1"),
        (f"{IF_DESCR}.9", ber.NO_SUCH_INSTANCE, None),
        ("1.3.6.1.4.1.1.1", ber.NO_SUCH_OBJECT, None),
    )


def test_community_chooses_the_agent(responder):
    assert ask(responder, message.GET, f"{IF_DESCR}.2", community=b"small").varbinds[0][1] == ber.NO_SUCH_INSTANCE
    request = encode(Message(message.V2C, b"wrong", message.GET, 1, 0, 0, ()))
    assert responder.answer(request, 0) is None


def test_get_next_goes_from_object_to_object_and_ends(responder):
    response = ask(responder, message.GET_NEXT, "1.3.6.1.2.1.1.3", f"{IF_DESCR}.4", f"{IF_DESCR}.1.5", LAST)
    assert [varbind[0] for varbind in response.varbinds] == [UPTIME, "1.3.6.1.2.1.2.2.1.3.1", f"{IF_DESCR}.2", LAST]
    assert response.varbinds[-1] == (LAST, ber.END_OF_MIB_VIEW, None)


def test_get_bulk_repeats_and_stops_at_the_end(responder):
    response = ask(responder, message.GET_BULK, "1.3.6.1.2.1.1.3", IF_DESCR, HC_IN, status=1, index=2)
    assert [varbind[0] for varbind in response.varbinds] == [
        UPTIME,
        f"{IF_DESCR}.1",
        f"{HC_IN}.1",
        f"{IF_DESCR}.2",
        f"{HC_IN}.2",
    ]
    at_end = ask(responder, message.GET_BULK, LAST, index=50)
    assert at_end.varbinds == ((LAST, ber.END_OF_MIB_VIEW, None),)
    assert ask(responder, message.GET_BULK, LAST, status=-1, index=-1).varbinds == ()
    assert ask(responder, message.GET_BULK, "1.3", status=9, index=5).varbinds[0][0] == "1.3.6.1.2.1.1.1.0"


def test_get_bulk_is_cut_to_the_size_of_the_answer():
    responder = Responder([router(ports=200)], max_size=484)
    request = encode(Message(message.V2C, b"public", message.GET_BULK, 1, 0, 400, ((IF_DESCR, ber.NULL, None),)))
    answer = responder.answer(request, 0)
    assert answer is not None
    assert 400 < len(answer) <= 484


def test_get_too_big_has_no_varbinds_in_v2c_and_all_in_v1():
    responder = Responder([router(ports=40)], max_size=484)
    oids = [f"{IF_DESCR}.{index}" for index in range(1, 41)]
    assert (ask(responder, message.GET, *oids).error_status, ask(responder, message.GET, *oids).varbinds) == (1, ())
    v1 = ask(responder, message.GET, *oids[:20], version=message.V1)
    assert (v1.error_status, v1.error_index) == (0, 0) or len(v1.varbinds) == 20


def test_v1_has_errors_instead_of_exceptions_and_no_counter64(responder):
    missing = ask(responder, message.GET, UPTIME, f"{IF_DESCR}.9", version=message.V1)
    assert (missing.error_status, missing.error_index) == (message.NO_SUCH_NAME, 2)
    assert missing.varbinds == ((UPTIME, ber.NULL, None), (f"{IF_DESCR}.9", ber.NULL, None))
    wide = ask(responder, message.GET, f"{HC_IN}.1", version=message.V1)
    assert wide.error_status == message.NO_SUCH_NAME
    skipped = ask(responder, message.GET_NEXT, HC_IN, version=message.V1)
    assert skipped.varbinds[0][0] == "1.3.6.1.2.1.31.1.1.1.14.1"
    assert ask(responder, message.GET_NEXT, LAST, version=message.V1).error_status == message.NO_SUCH_NAME


def test_set_is_refused(responder):
    assert ask(responder, message.SET, UPTIME).error_status == message.NOT_WRITABLE
    assert ask(responder, message.SET, UPTIME, version=message.V1).error_status == message.NO_SUCH_NAME


@pytest.mark.parametrize("datagram", [b"", b"\x30\x00", encode(LINK_DOWN)])
def test_what_is_no_request_is_not_answered(responder, datagram):
    assert responder.answer(datagram, 0) is None


def values(agent: Agent, *oids: str, now: int) -> list[object]:
    return [agent.row(agent.find(oid), now)[2] for oid in oids]


def test_uptime_and_counters_run_with_the_time_passed_in():
    agent = router(rate_bps=1_000_000_000)
    oids = (UPTIME, LAST, f"{HC_IN}.1", "1.3.6.1.2.1.2.2.1.10.1", "1.3.6.1.2.1.31.1.1.1.7.1")
    assert values(agent, *oids, now=0) == [0, 0, 0, 0, 0]
    octets = 125_000 * 60_000
    assert values(agent, *oids, now=60_000) == [6_000, 60, octets, octets % 2**32, octets // 500]
    assert values(agent, *oids, now=60_000) == values(agent, *oids, now=60_000)


def test_recorded_counters_go_on_from_where_they_were_and_wrap():
    start = 2**64 - 100
    agent = Agent([("1.3.6.1.2.1.2.2.1.8.3", ber.INTEGER, 1), (f"{HC_IN}.3", ber.COUNTER64, start)], rate_bps=8000)
    assert values(agent, f"{HC_IN}.3", now=99) == [2**64 - 1]
    assert values(agent, f"{HC_IN}.3", now=100) == [0]


def test_without_a_rate_a_recording_stays_as_it_is():
    rows = [("1.3.6.1.2.1.2.2.1.8.3", ber.INTEGER, 7), (f"{HC_IN}.3", ber.COUNTER64, 5)]
    assert values(Agent(rows), rows[0][0], rows[1][0], now=10**9) == [7, 5]


def test_link_down_stops_the_port_and_makes_the_trap():
    agent = router(rate_bps=8_000_000)
    trap = decode(agent.link_down("xe-0/0/1", now=10_000))
    assert trap.varbinds[1][2] == "1.3.6.1.6.3.1.1.5.3"
    assert [varbind[2] for varbind in trap.varbinds] == [1000, "1.3.6.1.6.3.1.1.5.3", 2, 1, 2, b"xe-0/0/1", b"xe-0/0/1"]
    status, changed = "1.3.6.1.2.1.2.2.1.8.2", "1.3.6.1.2.1.2.2.1.9.2"
    assert values(agent, status, changed, f"{HC_IN}.2", now=20_000) == [2, 1000, 10_000_000]
    up = decode(agent.link_up("xe-0/0/1", now=30_000))
    assert up.varbinds[1][2] == "1.3.6.1.6.3.1.1.5.4"
    assert up.request_id != trap.request_id
    assert values(agent, status, changed, f"{HC_IN}.2", now=31_000) == [1, 3000, 11_000_000]


def test_unknown_port_is_an_error():
    with pytest.raises(UnknownPort):
        router().link_down("ge-9/9/9", now=0)


def test_reboot_is_silent_for_a_time_and_starts_from_zero():
    agent = router(rate_bps=8_000_000)
    responder = Responder([agent])
    request = encode(Message(message.V2C, b"public", message.GET, 1, 0, 0, ((UPTIME, ber.NULL, None),)))
    trap = decode(agent.reboot(now=60_000, down_ms=40_000))
    assert [varbind[2] for varbind in trap.varbinds] == [0, "1.3.6.1.6.3.1.1.5.1"]
    assert responder.answer(request, 99_999) is None
    assert responder.answer(request, 100_000) is not None
    assert values(agent, UPTIME, "1.3.6.1.6.3.10.2.1.2.0", f"{HC_IN}.1", now=101_000) == [100, 2, 1_000_000]


def test_silence_changes_nothing_else():
    agent = router()
    agent.silence(now=1_000, for_ms=500)
    assert [agent.silent(now) for now in (1_000, 1_499, 1_500)] == [True, True, False]
    assert agent.uptime_cs(1_500) == 150


def test_rows_of_another_type_than_the_mib_says_are_served_as_they_are():
    rows = [(UPTIME, ber.OCTET_STRING, b"?"), ("1.3.6.1.2.1.2.2.1.8.1", ber.OCTET_STRING, b"up")]
    agent = Agent(rows)
    assert [agent.row(place, 5) for place in range(len(agent))] == rows


def test_last_row_of_an_oid_wins():
    agent = Agent([(IF_DESCR, ber.NULL, None), (IF_DESCR, ber.INTEGER, 1)])
    assert (len(agent), agent.row(0, 0)) == (1, (IF_DESCR, ber.INTEGER, 1))


def test_trap_is_what_a_receiver_decodes():
    trap = decode(router(community=b"c").link_down("xe-0/0/0", now=0))
    assert msgspec.structs.replace(trap, varbinds=()) == Message(
        message.V2C, b"c", message.V2_TRAP, 0x00800001, 0, 0, ()
    )


def test_a_row_may_move_with_the_time_or_be_put():
    rows = [("1.3.6.1.4.1.32473.1.0", ber.INTEGER, 1), ("1.3.6.1.4.1.32473.2.0", ber.INTEGER, 5)]
    agent = Agent(rows, moving={"1.3.6.1.4.1.32473.1.0": lambda now: now // 1000})
    agent.put("1.3.6.1.4.1.32473.2.0", 7)
    assert [agent.row(place, 42_000)[2] for place in range(2)] == [42, 7]


def test_each_direction_has_its_own_flow_and_damage_counts_as_errors():
    names = ["ge-0"]
    agent = Agent(interface_rows(names), flows={"ge-0": (lambda a, b: (b - a) * 1_000, lambda a, b: (b - a) * 10)})
    agent.damage("ge-0", ppm=10_000, now=0)
    values = {oid: agent.row(agent.find(oid), 10_000)[2] for oid in (f"{HC_IN}.1", f"{HC_OUT}.1", f"{IN_ERRORS}.1")}
    assert values == {f"{HC_IN}.1": 10_000_000, f"{HC_OUT}.1": 100_000, f"{IN_ERRORS}.1": 200}
